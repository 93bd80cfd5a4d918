"""Fitted drift: units, order, choices, prediction and degenerate data."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from skdiffts.linear import RidgeDrift
from skdiffts.linear._plan import Plan
from skdiffts.linear._ridge_path import PENALTIES
from skdiffts.linear._splines import OwnSplines
from skdiffts.linear._transitions import RegressionRows

PLAN = Plan(1, "standardized", PENALTIES)


def read(columns, own, increments, dt=None, importance=None):
    ones = np.ones(len(columns))
    dt, importance = (ones if part is None else part for part in (dt, importance))
    return RegressionRows.read(columns, own, increments, dt, importance, None)


def panel(n, d, n_own=2, seed=0):
    rng = np.random.RandomState(seed)
    columns = rng.standard_normal((n, d))
    own = np.stack([columns, *rng.standard_normal((n_own - 1, n, d))], axis=2)
    return columns, own, rng.standard_normal((n, d)) - 0.5 * columns


@pytest.mark.parametrize("for_each", [False, True])
@pytest.mark.parametrize("curved", [False, True])
def test_prediction_and_leave_one_out_tend_to_the_same(for_each, curved):
    """With many rows one row more changes nothing."""
    columns, own, increments = panel(4000, 3)
    increments += 2.0 * np.abs(columns)
    plan = replace(PLAN, n_own=2, for_each=for_each, curved=curved)
    drift = RidgeDrift.fit_plan(read(columns, own, increments), plan)
    assert bool(drift.splines) == curved
    in_sample = increments - drift(columns, own)
    assert_allclose(in_sample, drift.loo_residuals, atol=0.15)
    assert np.abs(in_sample - drift.loo_residuals).mean() < 0.01


@given(seed=st.integers(0, 2**31), power=st.integers(-20, 20), shift=st.floats(-9, 9))
def test_units_of_the_series(seed, power, shift):
    columns, own, increments = panel(50, 3, seed=seed)
    unit = 2.0 ** np.array([power, 0, -power])
    drift = RidgeDrift.fit(columns, own, increments)
    other = RidgeDrift.fit(
        unit * (columns + shift), unit[:, np.newaxis] * (own + shift), unit * increments
    )
    assert other.plan == drift.plan
    assert_allclose(other.loo_residuals, unit * drift.loo_residuals, rtol=1e-6)
    moved = unit * (columns + shift), unit[:, np.newaxis] * (own + shift)
    assert_allclose(other(*moved), unit * drift(columns, own), rtol=1e-5, atol=1e-8)


def test_time_may_pass_faster():
    """Twice the steps: half the drift, residuals over a root of two."""
    columns, own, increments = panel(50, 3)
    drift = RidgeDrift.fit(columns, own, increments)
    slow = RidgeDrift.fit(columns, own, increments, dt=2.0)
    assert slow.plan == drift.plan
    assert_allclose(2.0 * slow(columns, own), drift(columns, own), atol=1e-10)
    assert_allclose(np.sqrt(2.0) * slow.loo_residuals, drift.loo_residuals, atol=1e-9)


def test_order_of_the_columns():
    columns, own, increments = panel(60, 4)
    order = np.array([2, 0, 3, 1])
    drift = RidgeDrift.fit(columns, own, increments)
    other = RidgeDrift.fit(columns[:, order], own[:, order], increments[:, order])
    assert_allclose(other.loo_residuals, drift.loo_residuals[:, order], atol=1e-8)


def test_importance_zero_is_no_row(make_transitions):
    columns, own, increments, dt, _ = make_transitions(n=40)
    importance = np.r_[np.ones(30), np.zeros(10)]
    rows = read(columns, own, increments, dt, importance)
    fewer = read(*(part[:30] for part in (columns, own, increments, dt)))
    plan = replace(PLAN, penalties=(0.5,))
    whole, part = (RidgeDrift.fit_plan(one, plan) for one in (rows, fewer))
    # The penalty is relative to the number of rows, which importance leaves at 40.
    assert_allclose(whole(columns, own), part(columns, own), atol=1e-8)


@pytest.mark.statistical
def test_each_equation_has_its_penalty_where_the_truth_is_sparse():
    rng = np.random.RandomState(0)
    n, d = 400, 30
    columns = rng.standard_normal((n, d))
    slopes = np.zeros((d, d))
    slopes[:, :3] = rng.standard_normal((d, 3))
    increments = columns @ slopes + rng.standard_normal((n, d))
    drift = RidgeDrift.fit(columns, columns[:, :, np.newaxis], increments)
    assert drift.plan.for_each
    assert drift.penalties[:3].max() < drift.penalties[3:].min()


@pytest.mark.statistical
def test_a_curve_is_found_and_a_line_is_left_alone():
    rng = np.random.RandomState(0)
    x = rng.uniform(-1.7, 1.7, (600, 2))
    noise = 0.5 * rng.standard_normal((600, 2))
    bend = np.column_stack([x[:, 0] - x[:, 0] ** 3, -x[:, 1]])
    drift = RidgeDrift.fit(x, x[:, :, np.newaxis], bend + noise)
    assert drift.plan.curved
    assert not any(coefficients[:, 1].any() for _, coefficients in drift.splines)
    grid = np.linspace(-1.5, 1.5, 31)
    at = np.column_stack([grid, np.zeros(31)])
    fitted = drift(at, at[:, :, np.newaxis])[:, 0]
    assert np.abs(fitted - (grid - grid**3)).max() < 0.35
    line = RidgeDrift.fit(x, x[:, :, np.newaxis], noise - 0.5 * x)
    assert not line.plan.curved


def test_beyond_the_range_a_spline_stays_constant_and_the_line_is_straight():
    rng = np.random.RandomState(0)
    states, weights = rng.standard_normal((200, 2)), rng.uniform(0.5, 2.0, 200)
    splines = OwnSplines.fit(states, weights, 5)
    columns = splines(states)
    assert_allclose(weights @ columns, 0.0, atol=1e-8)
    assert_allclose(weights @ (columns * states), 0.0, atol=1e-8)
    assert_allclose(weights @ columns**2, weights.sum())
    high = states.max(axis=0)
    far = splines(np.stack([high, high + 1.0, high + 1e6]))
    assert_allclose(far[:, 1:], far[:, :1] * np.ones((1, 2, 1)))


def test_far_out_the_drift_is_its_line():
    columns, own, increments = panel(300, 2)
    plan = replace(PLAN, curved=True)
    rows = read(columns, own, increments + 3.0 * np.abs(columns))
    drift = RidgeDrift.fit_plan(rows, plan)
    assert drift.splines
    far = np.array([[1e3, -1e3], [1e4, -1e4]])
    far = far, np.stack([far, far], axis=2)
    gap = drift(*far) - drift.line(*far)
    assert_allclose(gap[1], gap[0], rtol=1e-6)


@pytest.mark.parametrize("n", [2, 3, 7])
def test_few_rows(n):
    columns, own, increments = panel(n, 5)
    drift = RidgeDrift.fit(columns, own, increments)
    assert np.isfinite(drift.loo_residuals).all()
    assert np.isfinite(drift(columns, own)).all()


def test_constant_and_duplicate_columns():
    columns, own, increments = panel(50, 4)
    columns[:, 1], columns[:, 2] = 7.0, columns[:, 0]
    own[:, :, 0], own[:, :, 1] = columns, columns
    increments[:, 3] = 0.0
    drift = RidgeDrift.fit(columns, own, increments)
    assert np.isfinite(drift(columns, own)).all()
    assert_allclose(drift(columns, own)[:, 3], 0.0, atol=1e-8)


def test_more_columns_than_rows():
    columns, own, increments = panel(40, 60)
    drift = RidgeDrift.fit(columns, own, increments)
    assert np.isfinite(drift.loo_residuals).all()
    # Leave-one-out errors of noise are not smaller than the noise.
    assert (drift.loo_residuals**2).mean() > 0.8
