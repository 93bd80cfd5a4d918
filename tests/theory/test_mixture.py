"""Mixtures on the line, with everything by quadrature.

The model is the exact score of another mixture q and the prior its noised distribution:
the reverse process then ends in q, whatever gamma, and both sides of a bound are known.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.interpolate import CubicSpline, PchipInterpolator
from scipy.special import logsumexp
from scipy.stats import norm

from skdiffts.sde import CVP, VE, VP
from skdiffts.theory import free_w2_bound, kl_bound, tv_bound, w2_bound

FAMILIES = [VP(), VP(schedule="geometric"), VE(sigma_max=10.0), CVP()]
N_POINTS = 801


@st.composite
def mixtures(draw):
    """Weights, means and variances of two or three components."""
    k = draw(st.integers(2, 3))
    weights = draw(st.lists(st.floats(0.2, 1.0), min_size=k, max_size=k))
    means = draw(st.lists(st.floats(-2.0, 2.0), min_size=k, max_size=k))
    variances = draw(st.lists(st.floats(0.1, 1.0), min_size=k, max_size=k))
    return np.array(weights) / sum(weights), np.array(means), np.array(variances)


class Noised:
    """Distribution, score and slope of the score of y = x_0 + noise, at points y."""

    def __init__(self, mixture, noise2, y):
        weights, means, variances = (
            part[:, np.newaxis, np.newaxis] for part in mixture
        )
        variances = variances + noise2
        shift = y - means
        terms = np.log(weights) - 0.5 * (shift**2 / variances + np.log(variances))
        self.log_density = logsumexp(terms, axis=0) - 0.5 * np.log(2.0 * np.pi)
        posterior = np.exp(terms - logsumexp(terms, axis=0))
        local = -shift / variances
        self.score = (posterior * local).sum(axis=0)
        slope = local**2 - 1.0 / variances
        self.slope = (posterior * slope).sum(axis=0) - self.score**2


class Pair:
    """Data p and model q along a forward process, from a first time on."""

    def __init__(self, sde, p, q, start):
        self.sde, self.p, self.q = sde, p, q
        levels = np.linspace(sde.log_snr(1.0), sde.log_snr(start), 60)
        distributions = self.at(np.exp(-2.0 * levels))
        # In units in which both are smooth functions of the level.
        error = (
            distributions[2] * (distributions[1].score - distributions[0].score) ** 2
        ).sum(axis=1)
        self.squared_error = CubicSpline(levels, np.exp(-2.0 * levels) * error)
        slope = distributions[1].slope.max(axis=1)
        self.largest_slope = PchipInterpolator(levels, np.exp(-2.0 * levels) * slope)

    def at(self, noise2):
        """Distributions of y at some noises, and their masses at the points."""
        noise2 = np.atleast_1d(noise2)[:, np.newaxis]
        y = np.linspace(-1.0, 1.0, N_POINTS) * (12.0 + 9.0 * np.sqrt(noise2))
        p, q = Noised(self.p, noise2, y), Noised(self.q, noise2, y)
        step = (y[:, 1] - y[:, 0])[:, np.newaxis]
        return p, q, step * np.exp(p.log_density), step * np.exp(q.log_density)

    def noise2(self, t):
        return np.square(self.sde.std(t) / self.sde.scale(t))

    def error(self, t):
        """Root mean squared error of the score of x under p."""
        squared = self.squared_error(self.sde.log_snr(t))
        return np.sqrt(np.maximum(squared, 0.0)) / self.sde.std(t)

    def slope(self, t):
        """Largest slope of the model's score of x."""
        return self.largest_slope(self.sde.log_snr(t)) / np.square(self.sde.std(t))

    def kl(self, t):
        p, q, mass, _ = self.at(self.noise2(t))
        return max(0.0, float((mass * (p.log_density - q.log_density)).sum()))

    def tv(self, t):
        _, _, mass, other = self.at(self.noise2(t))
        return float(0.5 * np.abs(mass - other).sum())

    def w2(self, t):
        """From the quantiles, in the units of x."""
        noise2 = float(self.noise2(t))
        y = np.linspace(-1.0, 1.0, 6001) * (12.0 + 9.0 * np.sqrt(noise2))
        levels = (np.arange(6000) + 0.5) / 6000
        quantiles = []
        for weights, means, variances in (self.p, self.q):
            spread = np.sqrt(variances + noise2)
            cdf = norm.cdf((y[:, np.newaxis] - means) / spread) @ weights
            quantiles.append(np.interp(levels, cdf, y))
        gap = np.sqrt(np.mean((quantiles[0] - quantiles[1]) ** 2))
        return float(self.sde.scale(t) * gap)


@settings(max_examples=6)
@given(p=mixtures(), q=mixtures(), start=st.floats(1e-3, 0.2))
@pytest.mark.parametrize("sde", FAMILIES, ids=repr)
def test_divergence_is_exact_for_a_distribution_that_is_noised(sde, p, q, start):
    """De Bruijn's identity: Girsanov's bound is an equality here."""
    pair = Pair(sde, p, q, start)
    bound = kl_bound(sde, pair.error, prior_kl=pair.kl(1.0), start=start)
    assert_allclose(bound.total, pair.kl(start), rtol=1e-5, atol=1e-8)
    # The factor of gamma exactly, for a process that ends in the same distribution.
    other = kl_bound(sde, pair.error, prior_kl=pair.kl(1.0), start=start, gamma=2.0)
    assert_allclose(other.score, 25.0 / 16.0 * bound.score, rtol=1e-12)
    assert pair.tv(start) <= bound.total_variation + 1e-9


@settings(max_examples=6)
@given(p=mixtures(), q=mixtures(), start=st.floats(1e-2, 0.2))
@pytest.mark.parametrize("sde", FAMILIES, ids=repr)
def test_distances(sde, p, q, start):
    pair = Pair(sde, p, q, start)
    tv = tv_bound(sde, pair.error, prior_tv=min(1.0, pair.tv(1.0)), start=start)
    assert pair.tv(start) <= tv.total + 1e-9
    exact = pair.w2(start)
    setting = {"prior_w2": pair.w2(1.0), "slope": pair.slope, "start": start}
    free = free_w2_bound(sde, pair.error, **setting)
    # The quantiles of the grid are known to about 1e-3.
    assert exact <= free.total + 1e-3
    assert free.total <= w2_bound(sde, pair.error, **setting).total * (1.0 + 1e-9)
    assert free.total <= w2_bound(sde, pair.error, lam=1.0, **setting).total


@pytest.mark.parametrize("sde", FAMILIES, ids=repr)
def test_bounds_are_not_idle(sde):
    """Of distributions that differ little, the bounds are as large as the distances."""
    p = np.array([0.4, 0.6]), np.array([-0.6, 0.5]), np.array([0.6, 0.5])
    q = np.array([0.4, 0.6]), np.array([-0.5, 0.6]), np.array([0.65, 0.5])
    pair = Pair(sde, p, q, 0.01)
    tv = tv_bound(sde, pair.error, prior_tv=pair.tv(1.0), start=0.01)
    assert tv.total < 3.0 * pair.tv(0.01)
    free = free_w2_bound(
        sde, pair.error, prior_w2=pair.w2(1.0), slope=pair.slope, start=0.01
    )
    assert free.total < 3.0 * pair.w2(0.01)
