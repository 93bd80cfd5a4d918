"""Laws of whitened innovations: mean zero, unit covariance, exact density."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import logsumexp

LOG_2PI = np.log(2.0 * np.pi)


@dataclass(frozen=True)
class StandardNormal:
    r"""Standard normal innovations.

    .. math:: \log p(\varepsilon) = -\tfrac12 |\varepsilon|^2 - \tfrac d2 \log 2\pi

    Parameters
    ----------
    n_features : int
        Dimension d.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.datasets import StandardNormal
    >>> law = StandardNormal(2)
    >>> law.log_density(np.zeros((1, 2))).round(4)
    array([-1.8379])
    """

    n_features: int

    def sample(self, n, rng):
        """Draw innovations.

        Parameters
        ----------
        n : int
            Number of draws.
        rng : numpy.random.RandomState
            Source of randomness.

        Returns
        -------
        eps : ndarray of shape (n, n_features)
            Independent draws.
        """
        return rng.standard_normal((n, self.n_features))

    def log_density(self, eps):
        """Evaluate the log-density.

        Parameters
        ----------
        eps : ndarray of shape (n, n_features)
            Innovations.

        Returns
        -------
        log_p : ndarray of shape (n,)
            Log-density of each row.
        """
        return -0.5 * np.einsum("ij,ij->i", eps, eps) - 0.5 * self.n_features * LOG_2PI


@dataclass(frozen=True, eq=False)
class GaussianMixtureLaw:
    r"""Whitened Gaussian mixture.

    .. math:: p(\varepsilon) = \sum_c \pi_c \, N(\varepsilon; m_c, S_c), \qquad
              \sum_c \pi_c m_c = 0, \qquad \sum_c \pi_c (S_c + m_c m_c^\top) = I.

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
    >>> law = GaussianMixtureLaw(
    ...     weights=np.array([0.5, 0.5]),
    ...     means=np.array([[-0.8], [0.8]]),
    ...     covariances=np.full((2, 1, 1), 0.36),
    ... )
    >>> law.sample(3, np.random.RandomState(0)).shape
    (3, 1)
    >>> law.log_density(np.array([[0.0], [0.8]])).round(2)
    array([-1.3 , -1.07])
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
        covariance = np.einsum("c,cij->ij", self.weights, self.covariances)
        covariance += np.einsum("c,ci,cj->ij", self.weights, self.means, self.means)
        # A law that is not white would silently change the covariance of its series.
        off_mean = np.abs(self.weights @ self.means).max()
        off_covariance = np.abs(covariance - np.eye(d)).max()
        if max(off_mean, off_covariance) > 1e-6:
            raise ValueError(
                "weights, means and covariances give a law whose mean is off zero by "
                f"{off_mean:.2g} and whose covariance is off the identity by "
                f"{off_covariance:.2g}; centre and whiten them."
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

    def sample(self, n, rng):
        """Draw innovations.

        Parameters
        ----------
        n : int
            Number of draws.
        rng : numpy.random.RandomState
            Source of randomness.

        Returns
        -------
        eps : ndarray of shape (n, n_features)
            Independent draws.
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
            Innovations.

        Returns
        -------
        log_p : ndarray of shape (n,)
            Log-density of each row.
        """
        terms = np.empty((self.n_components, len(eps)))
        for c, L in enumerate(np.linalg.cholesky(self.covariances)):
            z = solve_triangular(L, (eps - self.means[c]).T, lower=True)
            log_det = np.log(np.diag(L)).sum()
            terms[c] = (
                np.log(self.weights[c]) - log_det - 0.5 * np.einsum("ij,ij->j", z, z)
            )
        return logsumexp(terms, axis=0) - 0.5 * self.n_features * LOG_2PI
