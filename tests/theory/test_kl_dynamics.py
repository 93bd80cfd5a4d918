"""Exact dynamics of the divergence (002, proposition 4.1 and corollary 4.2)."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import norm

from skdiffts.sde import COU, CVP, OU, VE, VP, LinearSDE, SubVP
from skdiffts.theory import gaussian_kl, kl_decrease, kl_rate, transport_kl_rate

FAMILIES = [
    OU(mu=0.5),
    VE(),
    VP(),
    SubVP(),
    COU(),
    CVP(),
    LinearSDE(drift=lambda t: -2.0 * t, noise=lambda t: 4.0 - t),
]
# Two points with weights of a half have this mean and variance, and noise in opposite pairs
# of size one makes every quadratic exact.
DISTRIBUTIONS = (0.5, 0.6), (-0.2, 1.5)


def moments(sde, distribution, t):
    m, s = sde.scale(t), sde.std(t)
    return sde.center + m * (distribution[0] - sde.center), m**2 * distribution[
        1
    ] + s**2


def score_of(sde, distribution):
    def score(X, t):
        mean, variance = moments(sde, distribution, t)
        return (mean - X) / variance

    return score


def divergence(sde, t):
    (a, v), (b, w) = (moments(sde, distribution, t) for distribution in DISTRIBUTIONS)
    return gaussian_kl([a], [[v]], [b], [[w]])


@pytest.mark.parametrize("sde", FAMILIES, ids=lambda sde: type(sde).__name__)
@pytest.mark.parametrize(("start", "end"), [(0.02, 1.0), (0.3, 0.7)])
def test_integrated_rate_is_the_difference_of_the_divergences(
    sde, start, end, monkeypatch
):
    mean, variance = DISTRIBUTIONS[0]
    X = mean + np.sqrt(variance) * np.array([[-1.0], [1.0], [-1.0], [1.0]])
    signs = np.array([[1.0], [1.0], [-1.0], [-1.0]])

    class Signs(np.random.RandomState):
        def standard_normal(self, size=None):
            return signs

    scores = [score_of(sde, distribution) for distribution in DISTRIBUTIONS]
    found = kl_decrease(
        sde, *scores, X, start=start, end=end, n_levels=48, random_state=Signs(0)
    )
    expected = divergence(sde, start) - divergence(sde, end)
    assert_allclose(found.total, expected, rtol=1e-5)
    assert (found.rates < 0.0).all()
    assert found.times.max() < end + 1e-6
    assert found.times.min() > start - 1e-6
    # Each rate is the slope of the closed form.
    t, h = found.times[20], 1e-5
    slope = (divergence(sde, t + h) - divergence(sde, t - h)) / (2.0 * h)
    assert_allclose(found.rates[20], slope, rtol=1e-4)


@pytest.mark.statistical
def test_mixture_against_a_gaussian():
    """Divergences by quadrature on the line; the error is within four standard errors."""
    sde = VP()

    def parts(t):
        m, s = float(sde.scale(t)), float(sde.std(t))
        sd = np.sqrt(0.04 * m**2 + s**2)
        return m, sd, np.sqrt(m**2 + s**2)

    def log_densities(x, t):
        m, sd, wide = parts(t)
        p = np.logaddexp(norm(-m, sd).logpdf(x), norm(m, sd).logpdf(x)) - np.log(2.0)
        return p, norm(0.0, wide).logpdf(x)

    def exact(t):
        x = np.linspace(-6.0, 6.0, 20_001)
        p, q = log_densities(x, t)
        return np.sum(np.exp(p) * (p - q)) * (x[1] - x[0])

    def score(X, t):
        m, sd, _ = parts(t)
        return (m * np.tanh(m * X / sd**2) - X) / sd**2

    def other(X, t):
        return -X / parts(t)[2] ** 2

    rng = np.random.RandomState(0)
    X = np.sign(rng.standard_normal((4000, 1))) + 0.2 * rng.standard_normal((4000, 1))
    found = kl_decrease(sde, score, other, X, start=0.01, random_state=0)
    expected = exact(0.01) - exact(1.0)
    assert found.standard_error < 0.03 * expected
    assert abs(found.total - expected) < 4.0 * found.standard_error


def test_transports_with_velocities_of_their_own():
    """Gaussians that drift and stretch at different rates, by finite differences."""

    def distribution(t):
        return np.array([1.0 + t, -t]), np.array([1.0 + t**2, 2.0])

    def other_distribution(t):
        return np.array([0.5, t**2]), np.array([1.5, 1.0 + t])

    def velocity_of(distribution):
        def velocity(X, t):
            h = 1e-6
            (mean, _), (above, wide), (below, thin) = (
                distribution(t),
                distribution(t + h),
                distribution(t - h),
            )
            stretch = (np.log(wide) - np.log(thin)) / (4.0 * h)
            return (above - below) / (2.0 * h) + stretch * (X - mean)

        return velocity

    def score_of_distribution(distribution):
        def score(X, t):
            mean, variance = distribution(t)
            return (mean - X) / variance

        return score

    def exact(t):
        (a, v), (b, w) = distribution(t), other_distribution(t)
        return gaussian_kl(a, np.diag(v), b, np.diag(w))

    t, h = 0.7, 1e-4
    mean, variance = distribution(t)
    corners = np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]])
    X = mean + np.sqrt(variance) * corners
    rate = transport_kl_rate(
        score_of_distribution(distribution),
        score_of_distribution(other_distribution),
        velocity_of(distribution),
        velocity_of(other_distribution),
        X,
        t,
    )
    slope = (exact(t + h) - exact(t - h)) / (2.0 * h)
    assert_allclose(rate.total, slope, rtol=1e-5)


def test_a_forward_process_is_a_transport():
    sde, t = OU(), 0.4
    scores = [score_of(sde, distribution) for distribution in DISTRIBUTIONS]

    def flow_of(score):
        def velocity(X, t):
            return sde.drift_coef(t) * X - 0.5 * sde.g2(t) * score(X, t)

        return velocity

    X = np.random.RandomState(0).standard_normal((50, 1))
    velocities = [flow_of(score) for score in scores]
    rate = transport_kl_rate(*scores, *velocities, X, t)
    assert_allclose(rate.total, kl_rate(sde, *scores, X, t).total, rtol=1e-12)


@pytest.mark.parametrize(("start", "end"), [(0.0, 1.0), (0.5, 0.5), (0.2, 1.1)])
def test_times_that_do_not_rise_are_named(start, end):
    with pytest.raises(ValueError, match="do not rise within"):
        kl_decrease(VP(), None, None, np.zeros((3, 1)), start=start, end=end)
