"""Margins: moments of the distributions themselves, inverse maps and slopes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import integrate, stats

from skdiffts._student import unit_student
from skdiffts.conditioning._margins import RankMargins, StudentMargins

KINDS = [StudentMargins, RankMargins]


def make_rows(seed, n=400):
    rng = np.random.RandomState(seed)
    rows = np.stack([rng.standard_t(4, size=n), rng.gumbel(size=n)], axis=1)
    return rows / np.sqrt((rows**2).mean(axis=0))


@pytest.mark.parametrize("kind", KINDS)
@given(seed=st.integers(0, 2**31))
@settings(max_examples=5)
def test_the_inverse_undoes_the_map(kind, seed):
    u = make_rows(seed)
    margins = kind.fit(u)
    assert_allclose(margins.inverse_transform(margins.transform(u)), u, atol=1e-8)


@pytest.mark.parametrize("kind", KINDS)
def test_the_second_moment_of_the_distribution_is_one(kind):
    margins = kind.fit(make_rows(0))

    def moment(g):
        rows = margins.inverse_transform(np.full((1, 2), g))
        return (rows**2)[0] * stats.norm.pdf(g)

    # Beyond six deviations a Pareto tail may have no second moment at all.
    bounds = (-20.0, 20.0) if kind is StudentMargins else (-6.0, 6.0)
    for j in range(2):
        value, _ = integrate.quad(lambda g, j=j: moment(g)[j], *bounds, limit=400)
        assert_allclose(value, 1.0, atol=2e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_slopes_are_those_of_finite_differences(kind):
    margins = kind.fit(make_rows(1))
    u = np.linspace(-4.0, 4.0, 41)[:, np.newaxis] + np.zeros((1, 2))
    step = 1e-6
    numeric = (margins.transform(u + step) - margins.transform(u - step)) / (2 * step)
    assert_allclose(margins.log_slope(u), np.log(numeric), atol=1e-3)


def test_student_margins_are_those_of_scipy():
    margins = StudentMargins(np.array([5.0]), np.array([0.2]))
    spread = np.sqrt(1.0 - 0.2**2)
    scale = spread * np.sqrt(3.0 / 5.0)
    u = np.linspace(-6.0, 6.0, 25)[:, np.newaxis]
    distribution = stats.t(5.0, loc=0.2, scale=scale)
    assert_allclose(
        margins.transform(u), stats.norm.ppf(distribution.cdf(u)), atol=1e-8
    )
    density = margins.log_slope(u) + stats.norm.logpdf(margins.transform(u))
    assert_allclose(density, distribution.logpdf(u), atol=1e-8)


@pytest.mark.statistical
def test_student_margins_find_their_parameters():
    """Ten thousand draws: standard errors of about .25 and .01."""
    truth = StudentMargins(np.array([5.0, 10.0]), np.array([0.1, -0.1]))
    g = np.random.RandomState(0).standard_normal((10_000, 2))
    margins = StudentMargins.fit(truth.inverse_transform(g))
    assert_allclose(margins.degrees, truth.degrees, rtol=0.2)
    assert_allclose(margins.location, truth.location, atol=0.04)


@given(st.floats(2.2, 50.0), st.integers(1, 6), st.integers(0, 2**31))
@settings(max_examples=20)
def test_unit_student_is_the_density_of_unit_covariance(degrees, d, seed):
    rows = np.random.RandomState(seed).standard_normal((5, d))
    squares = (rows**2).sum(axis=1)
    value, slope, slope_degrees = unit_student(squares, degrees, d)
    shape = np.eye(d) * (degrees - 2.0) / degrees
    reference = stats.multivariate_t(shape=shape, df=degrees).logpdf(rows)
    assert_allclose(value, reference, atol=1e-9)
    step = 1e-6
    more, less = (unit_student(squares + s, degrees, d)[0] for s in (step, -step))
    assert_allclose(slope, (more - less) / (2 * step), rtol=1e-4, atol=1e-7)
    more, less = (unit_student(squares, degrees + s, d)[0] for s in (step, -step))
    assert_allclose(slope_degrees, (more - less) / (2 * step), rtol=1e-3, atol=1e-6)
