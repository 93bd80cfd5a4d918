"""Distributions of innovations, with exact density."""

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from skdiffts._gaussian import log_density

__all__ = ["GaussianMixtureLaw", "StandardNormal", "check_white"]


@dataclass(frozen=True)
class StandardNormal:
    r"""Standard normal distribution.

    .. math:: \log p(\varepsilon) = -\tfrac12 |\varepsilon|^2 - \tfrac d2 \log 2\pi

    Parameters
    ----------
    n_features : int
        Dimension d.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.datasets import StandardNormal
    >>> StandardNormal(2).log_density(np.zeros((1, 2))).round(4)
    array([-1.8379])
    """

    n_features: int

    def sample(self, n, rng):
        """Draw independent rows.

        Parameters
        ----------
        n : int
            Number of draws.
        rng : numpy.random.RandomState
            Source of randomness.

        Returns
        -------
        eps : ndarray of shape (n, n_features)
            Draws.
        """
        return rng.standard_normal((n, self.n_features))

    def log_density(self, eps):
        """Evaluate the log-density.

        Parameters
        ----------
        eps : ndarray of shape (n, n_features)
            Points.

        Returns
        -------
        log_p : ndarray of shape (n,)
            Log-density of each row.
        """
        squares = np.einsum("ij,ij->i", eps, eps)
        return -0.5 * (squares + self.n_features * np.log(2.0 * np.pi))


@dataclass(frozen=True, eq=False)
class GaussianMixtureLaw:
    r"""Gaussian mixture with draws, density and moments.

    .. math:: p(x) = \sum_c \pi_c \, N(x; m_c, S_c)

    As the innovation of a series it must be white, which the series checks:
    :math:`\sum_c \pi_c m_c = 0` and :math:`\sum_c \pi_c (S_c + m_c m_c^\top) = I`.

    Parameters
    ----------
    weights : ndarray of shape (n_components,)
        Positive probabilities :math:`\pi_c` that sum to one.
    means : ndarray of shape (n_components, n_features)
        Means :math:`m_c`.
    covariances : ndarray of shape (n_components, n_features, n_features)
        Covariance matrices :math:`S_c`.

    Examples
    --------
    Two narrow components at -0.8 and 0.8; the variance is 0.64 + 0.36 = 1.

    >>> import numpy as np
    >>> from skdiffts.datasets import GaussianMixtureLaw
    >>> mixture = GaussianMixtureLaw(
    ...     weights=np.array([0.5, 0.5]),
    ...     means=np.array([[-0.8], [0.8]]),
    ...     covariances=np.full((2, 1, 1), 0.36),
    ... )
    >>> mixture.sample(3, np.random.RandomState(0)).shape
    (3, 1)
    >>> mixture.log_density(np.array([[0.0], [0.8]])).round(2)
    array([-1.3 , -1.07])
    >>> mixture.covariance.round(12)
    array([[1.]])
    """

    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray

    def __post_init__(self):
        k, d = np.shape(self.means)
        if np.shape(self.weights) != (k,) or np.shape(self.covariances) != (k, d, d):
            raise ValueError(
                "weights, means and covariances have shapes "
                f"{np.shape(self.weights)}, {(k, d)} and {np.shape(self.covariances)}; "
                "pass shapes (k,), (k, d) and (k, d, d)."
            )
        if np.min(self.weights) <= 0 or not np.isclose(np.sum(self.weights), 1.0):
            raise ValueError(
                f"weights={self.weights} must be positive and sum to one; "
                "divide by their sum."
            )

    def __repr__(self):
        k, d = self.means.shape
        return f"GaussianMixtureLaw(n_components={k}, n_features={d})"

    @property
    def n_components(self):
        """Number of components."""
        return self.means.shape[0]

    @property
    def n_features(self):
        """Dimension d."""
        return self.means.shape[1]

    @property
    def mean(self):
        """Mean of the mixture."""
        return self.weights @ self.means

    @property
    def covariance(self):
        """Covariance of the mixture."""
        within = np.einsum("c,cij->ij", self.weights, self.covariances)
        centered = self.means - self.mean
        return within + np.einsum("c,ci,cj->ij", self.weights, centered, centered)

    def sample(self, n, rng):
        """Draw independent rows.

        Parameters
        ----------
        n : int
            Number of draws.
        rng : numpy.random.RandomState
            Source of randomness.

        Returns
        -------
        eps : ndarray of shape (n, n_features)
            Draws.
        """
        labels = rng.choice(self.n_components, size=n, p=self.weights)
        eps = rng.standard_normal((n, self.n_features))
        for c, L in enumerate(np.linalg.cholesky(self.covariances)):
            rows = labels == c
            eps[rows] = self.means[c] + eps[rows] @ L.T
        return eps

    def log_density(self, eps):
        """Evaluate the log-density.

        Parameters
        ----------
        eps : ndarray of shape (n, n_features)
            Points.

        Returns
        -------
        log_p : ndarray of shape (n,)
            Log-density of each row.
        """
        factors = np.linalg.cholesky(self.covariances)
        terms = [
            np.log(weight) + log_density(factor, eps - mean)
            for weight, mean, factor in zip(
                self.weights, self.means, factors, strict=True
            )
        ]
        return logsumexp(terms, axis=0)


def check_white(innovation):
    """Raise unless a Gaussian mixture has mean zero and unit covariance.

    A mixture that is not white would silently change the covariance of its series.

    Parameters
    ----------
    innovation : GaussianMixtureLaw
        Distribution of the innovations of a series.

    Raises
    ------
    ValueError
        If a moment is off by more than 1e-6.
    """
    off_mean = np.abs(innovation.mean).max()
    off_covariance = np.abs(innovation.covariance - np.eye(innovation.n_features)).max()
    if max(off_mean, off_covariance) > 1e-6:
        raise ValueError(
            f"innovation={innovation!r} is a mixture whose mean is off zero by "
            f"{off_mean:.2g} and whose covariance is off the identity by "
            f"{off_covariance:.2g}; centre and whiten it."
        )
