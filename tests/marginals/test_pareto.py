"""The Pareto tail against its definition, scipy's distribution and scipy's fit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.stats import genpareto

from skdiffts.marginals._pareto import ParetoTail

POINTS = np.geomspace(1e-6, 1e6, 50)


def quantiles(shape, n=4000):
    return genpareto(shape).ppf((np.arange(n) + 0.5) / n)


@pytest.mark.parametrize("shape", [0.1, 0.3, 0.6])
def test_fit_is_near_the_distribution_and_scipys_fit(shape):
    e = 3.0 * quantiles(shape)
    tail = ParetoTail(e, 1e-6)
    # Posterior mean and mode differ by a fraction of the posterior's width, .02.
    theirs, _, scale = genpareto.fit(e, floc=0.0)
    assert_allclose(tail.shape, theirs, atol=0.015)
    assert_allclose(tail.scale, scale, rtol=0.02)
    assert_allclose([tail.shape, tail.scale / 3.0], [shape, 1.0], atol=0.03)


def test_scale_has_the_highest_likelihood():
    tail = ParetoTail(quantiles(0.4, 200), 1e-6)

    def likelihood(scale):
        return genpareto(tail.shape, scale=scale).logpdf(quantiles(0.4, 200)).sum()

    best = likelihood(tail.scale)
    assert best > likelihood(0.999 * tail.scale)
    assert best > likelihood(1.001 * tail.scale)


def test_few_exceedances_say_little_about_the_shape():
    """The prior's mean is .23; a thin tail of many pulls it to zero."""
    assert_allclose(ParetoTail(np.ones(1), 1e-6).shape, 0.23, atol=0.05)
    assert ParetoTail(np.linspace(0.01, 1.0, 2000), 1e-6).shape < 0.01


@given(st.floats(0.0, 0.95), st.integers(1, 300))
def test_distribution_is_scipys(shape, n):
    tail = ParetoTail(quantiles(shape, n), 1e-6)
    distribution = genpareto(tail.shape, scale=tail.scale)
    assert_allclose(
        tail.log_survival(POINTS), distribution.logsf(POINTS), rtol=1e-6, atol=1e-12
    )
    log_density = tail.log_survival(POINTS) + np.log(tail.hazard(POINTS))
    assert_allclose(log_density, distribution.logpdf(POINTS), rtol=1e-6, atol=1e-6)
    assert_allclose(tail.quantile(tail.log_survival(POINTS)), POINTS, rtol=1e-9)


def test_exponential_distribution_is_the_limit():
    """So thin and so many that no positive shape has any weight left."""
    tail = ParetoTail(np.ones(5000), 1e-6)
    assert 0.0 < tail.shape < 1e-14
    assert_allclose(tail.log_survival(POINTS), -POINTS)
    assert_allclose(tail.quantile(-POINTS), POINTS)
    assert_allclose(tail.hazard(POINTS), 1.0)


def test_units():
    e = quantiles(0.3, 60)
    here, there = ParetoTail(e, 1e-6), ParetoTail(1024.0 * e, 1e-3)
    assert_allclose(there.shape, here.shape, rtol=1e-12)
    assert_allclose(there.scale, 1024.0 * here.scale, rtol=1e-12)


@pytest.mark.parametrize("e", [[], [1e-300], [1e-12] * 40, [1e-9] * 30 + [1e-3]])
def test_scale_has_a_floor(e):
    tail = ParetoTail(np.array(e), 0.5)
    assert tail.scale == 0.5
    assert 0.0 <= tail.shape <= 1.0
    assert np.isfinite(tail.log_survival(POINTS)).all()


def test_quantiles_never_overflow():
    tail = ParetoTail(quantiles(0.9), 1e-6)
    assert np.isfinite(tail.quantile(np.array([-1e3, -1e5, -1e300]))).all()
