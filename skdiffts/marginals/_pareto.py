r"""Generalised Pareto distribution of the exceedances of a threshold.

.. math:: P(E > e) = \left(1 + \xi e / \beta\right)^{-1 / \xi}, \qquad \xi > 0

The exceedances of a high threshold tend to such a distribution (Pickands 1975, theorem
7). Shapes below zero, with a bounded support, are excluded; the exponential
distribution is the limit of shape zero.
"""

from copy import copy

import numpy as np

__all__ = ["ParetoTail"]

# Stands for zero: the exponential distribution to nine digits, up to a million scales.
MIN_SHAPE = 1e-15
# Shapes whose likelihoods are compared.
SHAPES = np.maximum(np.linspace(0.0, 1.0, 41), MIN_SHAPE)
N_ITERATIONS = 40
# Rate of their exponential prior, whose mean, near a quarter, is the shape of t(4).
PRIOR_RATE = 4.0
# Values are cut at this logarithm, near the logarithm of the largest number.
MAX_LOG = 700.0


class ParetoTail:
    """Fitted distribution, with the posterior mean of the shape.

    Parameters
    ----------
    exceedances : ndarray of shape (n_samples,)
        Positive numbers; without any the scale is the smallest allowed.
    min_scale : float
        Smallest scale allowed.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.marginals import ParetoTail
    >>> days = 8.0 * np.random.RandomState(0).exponential(size=200)
    >>> tail = ParetoTail(days, 1e-9)
    >>> bool(60.0 < tail.quantile(np.log(1e-4)) < 120.0)  # 74 in the distribution itself
    True
    """

    def __init__(self, exceedances, min_scale):
        unit = exceedances.mean() if len(exceedances) > 0 else min_scale
        e = exceedances / unit
        scales = _scales(SHAPES, e)
        energies = _energy(SHAPES[:, np.newaxis], e / scales[:, np.newaxis]).sum(axis=1)
        posterior = (
            -PRIOR_RATE * SHAPES - len(e) * np.log(scales) - (1.0 + SHAPES) * energies
        )
        weights = np.exp(posterior - posterior.max())
        self.shape = max(float(weights @ SHAPES / weights.sum()), MIN_SHAPE)
        [scale] = _scales(np.array([self.shape]), e)
        self.scale = max(float(unit * scale), min_scale)

    def towards(self, other, weight):
        """Tail between this one and another.

        Parameters
        ----------
        other : ParetoTail
            The other tail.
        weight : float
            Part of the way of the shape and of the logarithm of the scale.

        Returns
        -------
        ParetoTail
            The tail.
        """
        tail = copy(self)
        tail.shape = self.shape + weight * (other.shape - self.shape)
        tail.scale = float(self.scale * (other.scale / self.scale) ** weight)
        return tail

    def beyond(self, e):
        """Tail of what exceeds the threshold by more, above that.

        Parameters
        ----------
        e : float
            Exceedance that is the new threshold.

        Returns
        -------
        ParetoTail
            The tail.
        """
        tail = copy(self)
        tail.scale = self.scale + self.shape * float(e)
        return tail

    def log_survival(self, e):
        """Log-probability to exceed e.

        Parameters
        ----------
        e : ndarray
            Exceedances, zero at least.

        Returns
        -------
        ndarray
            Log-probabilities.
        """
        return -_energy(self.shape, e / self.scale)

    def quantile(self, log_survival):
        """Exceedance that is exceeded with a given log-probability.

        Parameters
        ----------
        log_survival : ndarray
            Log-probabilities.

        Returns
        -------
        ndarray
            Exceedances.
        """
        growth = np.minimum(-self.shape * log_survival, MAX_LOG)
        return self.scale * np.expm1(growth) / self.shape

    def hazard(self, e):
        """Density at e over the probability to exceed e.

        Parameters
        ----------
        e : ndarray
            Exceedances, zero at least.

        Returns
        -------
        ndarray
            Hazard rates.
        """
        return 1.0 / (self.scale + self.shape * e)


def _energy(shape, e):
    """Negative log-survival at unit scale."""
    return np.log1p(shape * e) / shape


def _scales(shapes, e):
    """Scale of highest likelihood at each shape, for exceedances of mean one.

    The derivative of the likelihood is zero where the factor in the loop is one.
    """
    scales = np.ones_like(shapes)
    if len(e) > 0:
        for _ in range(N_ITERATIONS):
            shares = e / (scales[:, np.newaxis] + shapes[:, np.newaxis] * e)
            scales = scales * (1.0 + shapes) * shares.mean(axis=1)
    return scales
