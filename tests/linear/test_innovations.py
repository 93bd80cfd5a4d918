"""Distribution of innovations: mass, order, units, and the choice of margins."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from skdiffts.linear import InnovationDistribution


def heavy(n=300, d=2, seed=0):
    rng = np.random.RandomState(seed)
    rows = rng.standard_t([3.0, 6.0, 30.0][:d], (n, d))
    return rows @ (np.eye(d) + 0.5 * np.tri(d, k=-1)).T


@pytest.mark.parametrize(
    "whitenings", [(), ("series",), ("softened",), ("cholesky",)], ids=str
)
def test_density_integrates_to_one_in_the_plane(whitenings):
    """On a grid that is wide and fine near the center."""
    fit = InnovationDistribution.fit(heavy(), whitenings=whitenings)
    u = np.linspace(-9.0, 9.0, 801)
    axis, step = np.sinh(u), np.cosh(u) * (u[1] - u[0])
    points = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    density = np.exp(fit.log_density(points)).reshape(801, 801)
    assert_allclose(step @ density @ step, 1.0, atol=2e-3)


def test_density_integrates_to_one_on_the_line():
    fit = InnovationDistribution.fit(heavy(d=1))
    u = np.linspace(-12.0, 12.0, 4001)
    density = np.exp(fit.log_density(np.sinh(u)[:, np.newaxis]))
    assert_allclose((density * np.cosh(u)).sum() * (u[1] - u[0]), 1.0, atol=1e-3)


@given(seed=st.integers(0, 2**31), power=st.integers(-20, 20))
def test_units_of_the_series(seed, power):
    rows = heavy(n=80, d=3, seed=seed)
    unit = 2.0 ** np.array([power, 0, -power])
    fit, other = (InnovationDistribution.fit(part) for part in (rows, unit * rows))
    expected = fit.log_density(rows) - np.log(unit).sum()
    assert_allclose(other.log_density(unit * rows), expected, rtol=1e-6)


def test_order_of_the_series():
    rows, order = heavy(d=3), np.array([2, 0, 1])
    fit = InnovationDistribution.fit(rows)
    other = InnovationDistribution.fit(rows[:, order])
    assert_allclose(other.log_density(rows[:, order]), fit.log_density(rows), rtol=1e-6)


@pytest.mark.statistical
def test_margins_are_kept_where_they_pay():
    rng = np.random.RandomState(0)
    gaussian = rng.standard_normal((400, 8))
    independent = rng.standard_t(2.5, (400, 8))
    plain = InnovationDistribution.fit(gaussian)
    tails = InnovationDistribution.fit(independent)
    assert sum(tails.values["series"]) > sum(tails.values["radius"]) + 1.0
    assert tails.margins is not None
    fresh = rng.standard_normal((4000, 8))
    exact = -0.5 * (fresh**2).sum(axis=1) - 4.0 * np.log(2.0 * np.pi)
    assert plain.log_density(fresh).mean() > exact.mean() - 0.1


def test_cholesky_is_a_choice():
    fit = InnovationDistribution.fit(heavy(), whitenings=("cholesky",))
    assert set(fit.values) == {"radius", "cholesky"}
    assert (fit.whitening is None) == (fit.name == "radius")


@pytest.mark.parametrize("n", [1, 2, 5])
def test_few_rows(n):
    fit = InnovationDistribution.fit(heavy(n=n))
    assert np.isfinite(fit.log_density(heavy(n=7))).all()
