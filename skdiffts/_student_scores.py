r"""Normal scores of Student's t distributions of unit variance."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from skdiffts._student import unit_student

__all__ = ["StudentScores"]

# Largest size of a score: its tail probability, 1e-300, is still a float.
LIMIT = 37.0471
SMALLEST = 5e-324
# Relative error of a probability that its quantile may leave, and steps to get there.
TOLERANCE, MAX_STEPS = 1e-12, 8
LOG_TWO_PI = np.log(2.0 * np.pi)


@dataclass(frozen=True, eq=False)
class StudentScores:
    r"""Map from t distributions of unit variance to the normal distribution, and back.

    .. math:: g = \Phi^{-1}(F_\nu(u)), \qquad
        \log g'(u) = \log f_\nu(u) - \log \varphi(g)

    Parameters
    ----------
    degrees : float or ndarray of shape (n_features,)
        Degrees of freedom :math:`\nu`, above 2; infinity is the normal distribution.
    limit : float, default=37.0471
        Size at which scores of t distributions are cut.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts._student_scores import StudentScores
    >>> scores = StudentScores(3.0)
    >>> u = np.array([-40.0, 0.0, 2.0])
    >>> g = scores.transform(u)
    >>> g.round(2).tolist(), bool(np.allclose(scores.inverse_transform(g), u))
    ([-4.51, 0.0, 2.05], True)
    """

    degrees: np.ndarray | float
    limit: float = LIMIT

    def transform(self, u):
        """Map values to normal scores.

        Parameters
        ----------
        u : ndarray of shape (n_rows, n_features)
            Values.

        Returns
        -------
        ndarray of shape (n_rows, n_features)
            Normal scores.
        """
        # The smaller tail keeps its digits where the larger one would round to one.
        tail = stdtr(self._heavy, -np.abs(u) / self._scale)
        scores = np.copysign(ndtri(np.maximum(tail, ndtr(-self.limit))), u)
        return np.where(np.isinf(self.degrees), u, scores)

    def inverse_transform(self, scores):
        """Map normal scores to values.

        Parameters
        ----------
        scores : ndarray of shape (n_rows, n_features)
            Normal scores.

        Returns
        -------
        ndarray of shape (n_rows, n_features)
            Values.
        """
        tail = ndtr(-np.minimum(np.abs(scores), self.limit))
        quantile = -self._scale * self._quantile(tail)
        return np.where(np.isinf(self.degrees), scores, np.copysign(quantile, scores))

    def log_slope(self, u, scores):
        """Logarithm of the slope of the map, and the derivative of that logarithm.

        Parameters
        ----------
        u : ndarray of shape (n_rows, n_features)
            Values.
        scores : ndarray of shape (n_rows, n_features)
            Their normal scores.

        Returns
        -------
        value, derivative : ndarray of shape (n_rows, n_features)
            Log slope and its derivative by u.
        """
        is_normal = np.isinf(self.degrees)
        density, by_square, _ = unit_student(u**2, self._heavy)
        value = density + 0.5 * (scores**2 + LOG_TWO_PI)
        value = np.where(is_normal, 0.0, value)
        derivative = 2.0 * u * by_square + scores * np.exp(value)
        return value, np.where(is_normal, 0.0, derivative)

    @property
    def _heavy(self):
        """Degrees of freedom, with a finite number for infinity, which is not used."""
        return np.where(np.isinf(self.degrees), 4.0, self.degrees)

    @property
    def _scale(self):
        """Scale of a t distribution of unit variance."""
        return np.sqrt(1.0 - 2.0 / self._heavy)

    def _quantile(self, tail):
        """Quantiles of small probabilities; SciPy below 1.12 finds the far ones roughly."""
        degrees, scale = self._heavy, self._scale
        t = stdtrit(degrees, tail)
        for _ in range(MAX_STEPS):
            reached = np.maximum(stdtr(degrees, t), SMALLEST)
            error = np.log(reached / tail)
            if not (np.abs(error) > TOLERANCE).any():
                break
            log_density, _, _ = unit_student((scale * t) ** 2, degrees)
            # Newton's method for the logarithm, nearly the logarithm of a power of t.
            width = np.exp(np.log(reached) - log_density) / scale
            t = t - error * width
        return t
