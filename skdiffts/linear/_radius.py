"""Student t distribution of the radius of rows with a given scatter matrix."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import gammaln

__all__ = ["StudentRadius"]

# Degrees of freedom that are compared; infinity is the Gaussian distribution.
DEGREES = (2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 12.0, 20.0, 40.0, 100.0, 400.0)
N_ITERATIONS = 50
TOLERANCE = 1e-6


@dataclass(frozen=True)
class StudentRadius:
    r"""Multivariate t density of rows, by their squared Mahalanobis distances.

    With quadratic form :math:`q = r' A^{-1} r`, rows have a multivariate t distribution
    with shape c A:

    .. math::
        \log p = \log\frac{\Gamma(\frac{\nu + d}{2})}{\Gamma(\frac{\nu}{2})}
        - \tfrac d2 \log(\nu \pi c) - \tfrac12 \log\det A
        - \tfrac{\nu + d}{2} \log\Bigl(1 + \frac{q}{\nu c}\Bigr)

    Parameters
    ----------
    degrees : float
        Degrees of freedom; infinity is the Gaussian distribution.
    scale : float
        Factor c of the matrix.
    """

    degrees: float
    scale: float

    @classmethod
    def fit(cls, forms, log_dets, d, weights=None, *, exact=True):
        """Maximise the likelihood of quadratic forms.

        Parameters
        ----------
        forms : ndarray of shape (n_rows,)
            Quadratic forms, preferably each from a matrix that has not seen its row.
        log_dets : float or ndarray of shape (n_rows,)
            Log-determinants of the matrices.
        d : int
            Number of columns.
        weights : ndarray of shape (n_rows,), default=None
            Importance of the rows; None is one for each.
        exact : bool, default=True
            Whether the degrees of freedom are refined beyond the grid.

        Returns
        -------
        StudentRadius
            The most likely radius.
        """
        weights = np.ones(len(forms)) if weights is None else weights
        weights = weights / weights.sum()
        gaussian = cls(np.inf, max(weights @ forms / d, np.finfo(float).tiny))
        candidates = [gaussian]
        scales = np.full(len(DEGREES), _start(forms, d))
        scales = _fixed_point(forms, d, weights, np.array(DEGREES), scales)
        candidates += [cls(nu, c) for nu, c in zip(DEGREES, scales, strict=True)]
        values = [
            one.mean_log_density(forms, log_dets, d, weights) for one in candidates
        ]
        best = int(np.argmax(values))
        if not exact or best == 0:
            return candidates[best]
        return cls._refine(candidates[best], forms, log_dets, d, weights)

    @classmethod
    def _refine(cls, start, forms, log_dets, d, weights):
        """Degrees of freedom between the neighbours of a point of the grid."""

        def at(log_degrees):
            degrees = np.exp(np.atleast_1d(log_degrees))
            scale = np.array([start.scale])
            [scale] = _fixed_point(forms, d, weights, degrees, scale)
            return cls(float(degrees[0]), float(scale))

        i = DEGREES.index(start.degrees)
        bounds = DEGREES[max(i - 1, 0)], DEGREES[min(i + 1, len(DEGREES) - 1)]
        best = minimize_scalar(
            lambda x: -at(x).mean_log_density(forms, log_dets, d, weights),
            bounds=np.log(bounds),
            method="bounded",
            options={"xatol": 1e-2},
        )
        return at(best.x)

    def log_density(self, forms, log_dets, d):
        """Log-density of rows.

        Parameters
        ----------
        forms : ndarray of shape (n_rows,)
            Quadratic forms q of the rows.
        log_dets : float or ndarray of shape (n_rows,)
            Log-determinants of their matrices.
        d : int
            Number of columns.

        Returns
        -------
        ndarray of shape (n_rows,)
            Log-densities, in nats.
        """
        nu, c = self.degrees, self.scale
        if np.isinf(nu):
            return -0.5 * (d * np.log(2.0 * np.pi * c) + log_dets + forms / c)
        half, total = 0.5 * nu, 0.5 * (nu + d)
        constant = gammaln(total) - gammaln(half) - 0.5 * d * np.log(nu * np.pi * c)
        return constant - 0.5 * log_dets - total * np.log1p(forms / (nu * c))

    def mean_log_density(self, forms, log_dets, d, weights):
        """Weighted mean of the log-density; the weights sum to one.

        Parameters
        ----------
        forms : ndarray of shape (n_rows,)
            Quadratic forms q of the rows.
        log_dets : float or ndarray of shape (n_rows,)
            Log-determinants of their matrices.
        d : int
            Number of columns.
        weights : ndarray of shape (n_rows,)
            Weights.

        Returns
        -------
        float
            Nats a row.
        """
        return float(weights @ self.log_density(forms, log_dets, d))

    def row_weights(self, forms, d):
        r"""Weights :math:`(\nu + d) / (\nu + q / c)` of rows in the scatter matrix.

        Parameters
        ----------
        forms : ndarray of shape (n_rows,)
            Quadratic forms q of the rows.
        d : int
            Number of columns.

        Returns
        -------
        ndarray of shape (n_rows,)
            Weights; ones for the Gaussian distribution.
        """
        if np.isinf(self.degrees):
            return np.ones(len(forms))
        return (self.degrees + d) / (self.degrees + forms / self.scale)


def _start(forms, d):
    """Scale with which the median row is as far out as one expects."""
    return max(np.median(forms) / d, np.finfo(float).tiny)


def _fixed_point(forms, d, weights, degrees, scales):
    r"""Scales that maximise the likelihood for given degrees of freedom.

    Parameter-expanded expectation-maximisation: the weighted mean of the forms is divided
    by the sum of the weights, which has the same fixed point and gets there much faster.
    """
    for _ in range(N_ITERATIONS):
        rows = (degrees + d) / (degrees + forms[:, np.newaxis] / scales)
        rows *= weights[:, np.newaxis]
        new = np.maximum(forms @ rows / (d * rows.sum(axis=0)), np.finfo(float).tiny)
        settled = np.abs(new / scales - 1.0).max() < TOLERANCE
        scales = new
        if settled:
            break
    return scales
