"""Draws that volatility feeds back have the moments of the residuals."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import norm
from sklearn.base import BaseEstimator
from sklearn.frozen import FrozenEstimator
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KernelDensity

from skdiffts import (
    DiffusionResidualSampler,
    GenerativeTimeSeries,
    KernelDriftVolEstimator,
    _residual_draws,
)
from skdiffts._residual_draws import N_DRAWS, ResidualDraws
from skdiffts._seeding import draw_residuals
from skdiffts.conditioning import EWCovariance, EWVolatility, NoScale
from skdiffts.datasets import load_us_market

WALK = np.random.RandomState(0).standard_normal((30, 4)).cumsum(axis=0)


def dynamics_of(residuals, **params):
    """Fitted dynamics of as many series; a volatility of past increments by default."""
    params = {"scale": EWVolatility()} | params
    return KernelDriftVolEstimator("all", **{"conditioning": None, **params}).fit(
        WALK[:, : residuals.shape[1]]
    )


class Resampling(BaseEstimator):
    """Sampler of a user: the residuals themselves, or wider, and off their mean."""

    def __init__(self, width=1.0, shift=0.0):
        self.width = width
        self.shift = shift

    def fit(self, X, y=None):
        self.rows_ = X
        return self

    def sample(self, n_samples, random_state):
        rows = np.random.RandomState(random_state).randint(
            len(self.rows_), size=n_samples
        )
        return self.width * self.rows_[rows] + self.shift

    def score_samples(self, X):
        return np.zeros(len(X))


class Memoryless:
    """Dynamics of a user, whose history is what they like."""

    def start_history(self, states):
        return states


@pytest.fixture
def residuals():
    """Skewed, correlated, with heavy tails."""
    rng = np.random.RandomState(0)
    mixing = np.array([[1.0, 0.4, 0.0], [0.0, 0.9, -0.3], [0.2, 0.0, 1.1]])
    return (rng.standard_t(8, size=(400, 3)) + rng.exponential(size=(400, 3))) @ mixing


def largest_deviation(draws, residuals):
    """Largest deviation of a moment of draws, in standard errors."""
    first, second = np.tril_indices(residuals.shape[1])
    centre = residuals.mean(axis=0)

    def products(rows):
        rows = rows - centre
        return np.hstack([rows, rows[:, first] * rows[:, second]])

    found, expected = products(draws), products(residuals).mean(axis=0)
    errors = found.std(axis=0) * np.sqrt(1.0 / len(draws) + 1.0 / N_DRAWS)
    return np.abs((found.mean(axis=0) - expected) / errors).max(), len(expected)


@pytest.mark.statistical
@pytest.mark.parametrize(
    "sampler",
    [
        KernelDensity(bandwidth=0.6),
        KernelDensity(kernel="tophat", bandwidth=1.0),
        GaussianMixture(2, covariance_type="spherical", random_state=0),
        Resampling(width=1.2, shift=0.1),
    ],
)
def test_fed_back_draws_have_the_moments_of_the_residuals(sampler, residuals):
    """Over seeds, a right sampler fails one time in a thousand (Bonferroni, normal)."""
    fitted = sampler.fit(residuals)
    draws = ResidualDraws.fit(fitted, residuals, dynamics_of(residuals)).draw(60_000, 1)
    deviation, n_moments = largest_deviation(draws, residuals)
    assert deviation < norm.isf(0.5e-3 / n_moments)
    raw, _ = largest_deviation(draw_residuals(fitted, 60_000, 1), residuals)
    assert raw > 2.0 * norm.isf(0.5e-3 / n_moments)


def test_draws_stay_where_nothing_is_fed_back(residuals):
    density = KernelDensity(bandwidth=0.3).fit(residuals)
    for scale in (None, NoScale()):
        dynamics = dynamics_of(residuals, scale=scale)
        plain = ResidualDraws.fit(density, residuals, dynamics)
        assert_array_equal(plain.draw(50, 3), density.sample(50, random_state=3))
    assert ResidualDraws.fit(density, residuals, Memoryless()).matrix is None
    # The diffusion sampler has matched its draws itself; frozen, too.
    diffusion = DiffusionResidualSampler()
    for sampler in (diffusion, FrozenEstimator(diffusion)):
        assert (
            ResidualDraws.fit(sampler, residuals, dynamics_of(residuals)).matrix is None
        )
    frozen = ResidualDraws.fit(
        density, residuals, FrozenEstimator(dynamics_of(residuals))
    )
    assert frozen.matrix is not None


def test_draws_have_no_variance_where_residuals_have_none(residuals):
    """A total beside its parts: a kernel density smears the exact relation."""
    rows = np.column_stack([residuals, residuals.sum(axis=1)])
    density = KernelDensity(bandwidth=0.3).fit(rows)
    draws = ResidualDraws.fit(density, rows, dynamics_of(rows)).draw(500, 0)
    assert_allclose(draws[:, :3].sum(axis=1), draws[:, 3], atol=1e-5)


def test_draws_are_measured_in_bounded_memory(residuals, monkeypatch):
    density = KernelDensity(bandwidth=0.3).fit(residuals)
    whole = ResidualDraws.fit(density, residuals, dynamics_of(residuals))
    n = N_DRAWS // 4
    pieces = [slice(i, i + n) for i in range(0, N_DRAWS, n)]
    monkeypatch.setattr(_residual_draws, "slices", lambda *_: pieces)
    parts = ResidualDraws.fit(density, residuals, dynamics_of(residuals))
    assert_allclose(parts.matrix, whole.matrix, atol=0.02)


def test_draws_that_are_not_finite_are_named(residuals):
    broken = Resampling(shift=np.nan).fit(residuals)
    with pytest.raises(ValueError, match=r"sampler=Resampling\(shift=nan\) draws NaN"):
        ResidualDraws.fit(broken, residuals, dynamics_of(residuals))


def garch(n_rows, d, seed=0):
    """Random walk with GARCH(1, 1) increments."""
    rng = np.random.RandomState(seed)
    variance, increments = np.ones(d), np.empty((n_rows + 500, d))
    for i in range(n_rows + 500):
        increments[i] = np.sqrt(0.75 * variance) * rng.standard_t(8, size=d)
        variance = 0.05 + 0.08 * increments[i] ** 2 + 0.87 * variance
    return increments[500:].cumsum(axis=0)


def spread_along_paths(generator, X, length, starts):
    """Spread of simulated increments over the spread of the real ones, in 200 rows."""
    paths = generator.sample(60, length, x0="states", random_state=0, output="array")
    increments, real = np.diff(paths, axis=1), np.diff(np.asarray(X), axis=0)
    spread = [increments[:, i : i + 200].std(axis=(0, 1)) for i in starts]
    return np.array(spread) / real.std(axis=0)


@pytest.mark.parametrize(
    "sampler", [KernelDensity(bandwidth=0.3), GaussianMixture(3, random_state=0)]
)
@pytest.mark.parametrize(
    "scale",
    [
        EWVolatility(halflife=20.0, pooling=0.3),
        EWCovariance(volatility=EWVolatility(halflife=20.0, pooling=0.3)),
    ],
)
def test_volatility_does_not_run_away(sampler, scale):
    """Uncorrected, a kernel density is 1.3 to 1.9 times too wide after 800 rows."""
    X = garch(1500, 3)
    dynamics = KernelDriftVolEstimator(
        "all", degree=0, conditioning=EWVolatility(pooling=1.0), scale=scale
    )
    generator = GenerativeTimeSeries(dynamics, sampler).fit(X)
    ratios = spread_along_paths(generator, X, 3000, (0, 800, 1500, 2799))
    assert (ratios > 0.85).all()
    assert (ratios < 1.15).all()


def test_volatility_does_not_depend_on_the_sampler():
    """The recipe of the finance guide on its data: as with the residuals themselves."""
    X = 100.0 * np.log(load_us_market()[["SP500", "NASDAQ", "WTI"]]).iloc[:1000]
    dynamics = KernelDriftVolEstimator(
        "all",
        degree=0,
        conditioning=EWVolatility(pooling=1.0),
        scale=EWVolatility(halflife=20.0, pooling=0.3),
    )
    ratios = [
        spread_along_paths(
            GenerativeTimeSeries(dynamics, sampler).fit(X), X, 1000, (0, 400, 799)
        )
        for sampler in (
            Resampling(),
            KernelDensity(bandwidth=0.3),
            GaussianMixture(3, random_state=0),
        )
    ]
    # Other draws: the spread of 60 paths with slow volatility is known to some 5 %.
    assert_allclose(ratios[1:], np.broadcast_to(ratios[0], (2, 3, 3)), rtol=0.15)
    assert (np.array(ratios) < 1.15).all()
