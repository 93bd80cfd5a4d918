"""Priors: distributions from which the reverse process starts."""

from abc import ABC, abstractmethod

import numpy as np
from scipy.special import logsumexp

from skdiffts._chunks import slices
from skdiffts._gaussian import log_density

__all__ = [
    "BaseGaussianPrior",
    "BasePrior",
    "EmpiricalPrior",
    "MatchedPrior",
    "StandardPrior",
    "StationaryPrior",
]


class BasePrior(ABC):
    """Distribution of y = x / m at the lowest signal-to-noise ratio."""

    @abstractmethod
    def sample(self, noise, rng):
        """Draw y.

        Parameters
        ----------
        noise : ndarray of shape (n_samples, n_features)
            Standard normal noise.
        rng : numpy.random.RandomState
            Source of all other randomness.

        Returns
        -------
        ndarray of shape (n_samples, n_features)
            Draws.
        """

    @abstractmethod
    def log_density(self, y):
        """Log-density of y.

        Parameters
        ----------
        y : ndarray of shape (n_samples, n_features)
            Points.

        Returns
        -------
        ndarray of shape (n_samples,)
            Log-density in nats.
        """


class BaseGaussianPrior(BasePrior):
    """Gaussian prior; a child sets the moments.

    Attributes
    ----------
    mean : ndarray of shape (n_features,)
        Mean.
    factor : ndarray of shape (n_features, n_features)
        Lower Cholesky factor of the covariance.
    """

    mean: np.ndarray
    factor: np.ndarray

    @property
    def covariance(self):
        """Covariance."""
        return self.factor @ self.factor.T

    def sample(self, noise, rng):
        return self.mean + noise @ self.factor.T

    def log_density(self, y):
        return log_density(self.factor, y - self.mean)


class MatchedPrior(BaseGaussianPrior):
    """Gaussian with the mean and the covariance of the noised data.

    Parameters
    ----------
    data : ndarray of shape (n_samples, n_features)
        Whitened training rows.
    log_snr : float
        Lowest log signal-to-noise ratio.
    center : float
        Center of the forward process.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.process import MatchedPrior
    >>> prior = MatchedPrior(np.array([[1.0], [3.0]]), log_snr=0.0, center=0.0)
    >>> prior.mean, prior.covariance.round(12)
    (array([2.]), array([[2.]]))
    """

    def __init__(self, data, log_snr, center):
        self.mean = data.mean(axis=0)
        noise = np.exp(-2.0 * log_snr) * np.eye(data.shape[1])
        covariance = np.atleast_2d(np.cov(data.T, bias=True)) + noise
        self.factor = np.linalg.cholesky(covariance)


class StandardPrior(BaseGaussianPrior):
    """N(c, s^2 I) in x about the center c of the process, whatever the data.

    Parameters
    ----------
    data : ndarray of shape (n_samples, n_features)
        Whitened training rows.
    log_snr : float
        Lowest log signal-to-noise ratio.
    center : float
        Center of the forward process.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.process import StandardPrior
    >>> prior = StandardPrior(np.array([[1.0], [3.0]]), log_snr=0.0, center=0.0)
    >>> prior.mean, prior.covariance
    (array([0.]), array([[1.]]))
    """

    def __init__(self, data, log_snr, center):
        d = data.shape[1]
        self.mean = np.full(d, center)
        self.factor = np.exp(-log_snr) * np.eye(d)


class StationaryPrior(BaseGaussianPrior):
    r"""Limit of the forward process: :math:`N(\mu, \sigma^2 / (2 \theta) I)` or N(0, I).

    In y it is :math:`N(c, (s_\infty / m(1))^2 I)`, with the spread :math:`s_\infty` of the
    limit: of :class:`skdiffts.sde.OU` in the first form, of VP and sub-VP in the second.
    The bounds :func:`skdiffts.theory.paper_tv_bound`, ``paper_w2_bound``, ``vp_tv_bound``
    are about this prior, ``prior="stationary"`` of the sampler.

    Parameters
    ----------
    sde : BaseSDE
        Forward process with a limit.
    n_features : int
        Number of columns.
    log_snr : float, default=None
        Log signal-to-noise ratio at which the reverse process starts; None takes
        t = 1.

    Raises
    ------
    ValueError
        If the process has no limit.

    Examples
    --------
    >>> from skdiffts.process import StationaryPrior
    >>> from skdiffts.sde import VP
    >>> sde = VP(beta_max=2.0)
    >>> prior = StationaryPrior(sde, 1)
    >>> round(float(prior.factor[0, 0] * sde.scale(1.0)), 12)  # of x at t = 1
    1.0
    """

    def __init__(self, sde, n_features, log_snr=None):
        if sde.limit_std is None:
            raise ValueError(
                f"sde={sde!r} has no stationary distribution; pass OU, VP or SubVP, or "
                "another prior."
            )
        t = 1.0 if log_snr is None else sde.time(log_snr)
        self.mean = np.zeros(n_features) + sde.center
        self.factor = sde.limit_std / float(sde.scale(t)) * np.eye(n_features)


class EmpiricalPrior(BasePrior):
    """Prior of noised training rows: a row drawn at random, plus Gaussian noise.

    Parameters
    ----------
    data : ndarray of shape (n_samples, n_features)
        Whitened training rows.
    log_snr : float
        Lowest log signal-to-noise ratio.
    center : float
        Center of the forward process.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.process import EmpiricalPrior
    >>> prior = EmpiricalPrior(np.array([[1.0], [3.0]]), log_snr=0.0, center=0.0)
    >>> prior.log_density(np.array([[2.0]])).round(3)
    array([-1.419])
    """

    def __init__(self, data, log_snr, center):
        self.data = data
        self.log_snr = log_snr

    def sample(self, noise, rng):
        # With replacement.
        rows = self.data[rng.randint(len(self.data), size=len(noise))]
        return rows + np.exp(-self.log_snr) * noise

    def log_density(self, y):
        # The mixture over all training rows.
        n, d = self.data.shape
        precision = np.exp(2.0 * self.log_snr)
        result = np.empty(len(y))
        for rows in slices(len(y), n * d):
            difference = y[rows, np.newaxis] - self.data
            energy = precision * np.einsum("qnd,qnd->qn", difference, difference)
            result[rows] = logsumexp(-0.5 * energy, axis=1)
        return result - np.log(n) + d * self.log_snr - 0.5 * d * np.log(2.0 * np.pi)
