"""Additive drift: fit, extrapolation, and its place in the estimator."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.interpolate import CubicSpline
from sklearn.base import clone

from skdiffts import KernelDriftVolEstimator
from skdiffts.conditioning import EWCovariance, EWVolatility, LaggedStates
from skdiffts.datasets import make_double_well, make_ou, make_var_arch
from skdiffts.kernel import Tabulated
from skdiffts.kernel._additive_drift import N_CELLS, N_KNOTS, AdditiveDrift
from skdiffts.kernel._bandwidth_selection import RIDGES
from skdiffts.kernel._transitions import evenly_drawn

seeds = st.integers(0, 2**31)


def make_curved(n=400, d=2, seed=0):
    """States, rates that are cubic in the own state, and unequal weights."""
    rng = np.random.RandomState(seed)
    states = rng.standard_normal((n, d))
    rates = states - states**3 + 0.3 * rng.standard_normal((n, d))
    return states, rates, rng.uniform(0.5, 2.0, size=(n, d)), np.ones(n)


def fit_additive(states, rates, weights, importance):
    """Fit to all rows."""
    rows = np.arange(len(states))
    return AdditiveDrift.fit(states, rates, weights, importance, rows)


def cardinal(u, knots):
    """Natural cubic splines that are one at one knot and zero at the others."""
    inside = np.clip(u, knots[0], knots[-1])
    columns = []
    for unit in np.eye(len(knots)):
        spline = CubicSpline(knots, unit, bc_type="natural")
        columns.append(spline(inside) + spline(inside, 1) * (u - inside))
    return np.column_stack(columns)


def test_least_squares_over_natural_splines():
    """The same space of functions by SciPy's splines, to the width of a cell squared."""
    states, rates, weights, ones = make_curved()
    own = fit_additive(states, rates, weights, ones)
    assert own.curved.all()
    for i in range(2):
        u = states[:, i]
        # Of a cubic function, the larger number is better.
        basis = cardinal(u, np.quantile(u, np.linspace(0.05, 0.95, N_KNOTS[-1])))
        root = np.sqrt(weights[:, i])
        coefficients = np.linalg.lstsq(
            root[:, np.newaxis] * basis, root * rates[:, i], rcond=None
        )[0]
        cell = np.ptp(u) / N_CELLS
        # The intercept is left to the regression.
        gap = own(states)[:, i] - basis @ coefficients
        assert np.ptp(gap) < 10.0 * cell**2


def test_the_line_is_the_straight_fit():
    states, rates, weights, ones = make_curved()
    own = fit_additive(states, rates, weights, ones)
    for i in range(2):
        line = np.polyfit(states[:, i], rates[:, i], 1, w=np.sqrt(weights[:, i]))
        assert_allclose(own.slope[i], line[0])


@pytest.mark.parametrize("bounded", [False, True])
def test_beyond_the_range_a_line_or_nothing_more(bounded):
    states, rates, weights, ones = make_curved()
    own = fit_additive(states, rates, weights, ones)
    for edge, sign in ((states.max(axis=0), 1.0), (states.min(axis=0), -1.0)):
        beyond = edge + sign * np.array([[0.0], [1.0], [10.0], [1e6]])
        drift = own(beyond, bounded=bounded)
        expected = 0.0 if bounded else own.slope * (beyond - edge)
        assert_allclose(drift - drift[0], expected + np.zeros_like(drift), atol=1e-9)


@given(seed=seeds, shift=st.floats(-1e3, 1e3), power=st.integers(-8, 8))
def test_units_of_states_and_rates(seed, shift, power):
    states, rates, weights, ones = make_curved(n=150, seed=seed)
    scale = 2.0**power
    plain = fit_additive(states, rates, weights, ones)
    moved = fit_additive(scale * (states + shift), 4.0 * rates, weights / scale, ones)
    assert_array_equal(plain.curved, moved.curved)
    drift, other = plain(states), moved(scale * (states + shift))
    expected = 4.0 * (drift - drift[0])
    assert_allclose(other - other[0], expected, rtol=1e-6, atol=1e-6)


def test_splines_of_lines_are_rare():
    """Of 200 linear series at most one: BIC errs with probability below 1e-5 here."""
    rng = np.random.RandomState(0)
    states = rng.standard_t(5, size=(500, 200))
    rates = -0.3 * states + rng.standard_normal((500, 200))
    own = fit_additive(states, rates, np.ones_like(states), np.ones(len(states)))
    assert own.curved.sum() <= 1


@pytest.mark.parametrize("values", [np.zeros(60), np.arange(60) % 2, np.arange(60) % 5])
def test_few_values_have_a_line_at_most(values):
    states = values[:, np.newaxis].astype(float)
    rates = np.random.RandomState(0).standard_normal((60, 1))
    own = fit_additive(states, rates, np.ones((60, 1)), np.ones(60))
    assert not own.curved.any()
    assert np.isfinite(own(np.array([[-1e9], [0.0], [1e9]]))).all()


def test_without_splines_and_ridge_it_changes_nothing():
    """The global fit is a VAR either way."""
    X, distribution = make_ou(n_rows=300, n_features=3, random_state=0)
    fits = [
        KernelDriftVolEstimator(
            "all", ridge=0.0, additive_drift=own, dt=distribution.dt, conditioning=None
        ).fit(X)
        for own in (True, False)
    ]
    assert not fits[0].model_.additive_drift.curved.any()
    far = np.vstack([X, 100.0 * X])
    for one, other in zip(*(fit.coefficients(far) for fit in fits), strict=True):
        assert_allclose(one, other, rtol=1e-6, atol=1e-6)
    assert_allclose(fits[0].spectral_radius_, fits[1].spectral_radius_)


@pytest.mark.parametrize("options", [{}, {"evaluation": Tabulated()}, {"scale": "yes"}])
def test_paths_are_rolled_back(options):
    X, distribution = make_double_well(n_rows=1000, n_features=2, random_state=0)
    if options.get("scale"):
        options = {"scale": EWVolatility()}
    estimator = KernelDriftVolEstimator(
        60, dt=distribution.dt, **{"conditioning": None, **options}
    ).fit(X)
    assert estimator.model_.additive_drift.curved.all()
    residuals = estimator.transform(X)
    assert_allclose(estimator.inverse_transform(residuals, x0=X[0]), X, atol=1e-9)
    whitened, _ = estimator.whiten(X)
    drift, factor = estimator.factor(X[:-1])
    by_hand = np.diff(X, axis=0) - distribution.dt * drift
    steps = np.einsum("nij,nj->ni", factor, whitened[1:]) * np.sqrt(distribution.dt)
    assert_allclose(steps, by_hand, atol=1e-9)


def test_time_steps_of_the_index():
    X, distribution = make_double_well(n_rows=300, random_state=0)
    clock = np.arange(300) * distribution.dt
    frame = pd.DataFrame(X, index=clock, columns=["x"])
    by_index = KernelDriftVolEstimator("all", dt="index", conditioning=None).fit(frame)
    by_number = KernelDriftVolEstimator(
        "all", dt=distribution.dt, conditioning=None
    ).fit(X)
    assert_allclose(by_index.loo_residuals_, by_number.loo_residuals_, rtol=1e-6)


def test_wells_in_many_columns():
    """Where no state has near neighbours the drift is right nevertheless."""
    X, distribution = make_double_well(n_rows=1500, n_features=12, random_state=0)
    fresh = distribution.sample(1, 500, random_state=1)[0]
    truth = distribution.drift(fresh)

    def error(additive_drift):
        estimator = KernelDriftVolEstimator(
            "all", dt=distribution.dt, additive_drift=additive_drift, conditioning=None
        )
        drift = estimator.fit(X).coefficients(fresh)[0]
        return np.mean((drift - truth) ** 2) / np.mean(truth**2)

    assert error("auto") < 0.25
    assert error(False) > 0.5


def test_when_auto_takes_it():
    X, _ = make_double_well(n_rows=1000, n_features=2, random_state=0)

    def takes(**options):
        estimator = KernelDriftVolEstimator(
            50, **{"conditioning": None, **options}
        ).fit(X)
        return bool(estimator.model_.additive_drift.curved.any())

    assert takes()
    assert takes(conditioning=LaggedStates(n_lags=2), additive_drift=True)
    assert not takes(conditioning=LaggedStates(n_lags=2))
    assert not takes(degree=0)
    assert not takes(past_only=True)
    assert not takes(additive_drift=False)


def test_past_only_rules_it_out():
    X, _ = make_double_well(n_rows=100, random_state=0)
    estimator = KernelDriftVolEstimator(
        additive_drift=True, past_only=True, conditioning=None
    )
    with pytest.raises(ValueError, match="additive_drift=True is fitted to all rows"):
        estimator.fit(X)


def test_an_explosive_series_is_left_at_the_edge():
    """The line would lead away: drift far out equals the drift at the edge."""
    X = 1.05 ** np.arange(100)[:, np.newaxis]
    X = X * (1.0 + 0.01 * np.random.RandomState(0).standard_normal((100, 1)))
    estimator = KernelDriftVolEstimator("all", conditioning=None).fit(X)
    assert estimator.spectral_radius_ > 1.0
    far, further = 1e3 * X[-1:], 1e6 * X[-1:]
    assert_allclose(estimator.coefficients(far)[0], estimator.coefficients(further)[0])


# The penalty


@pytest.mark.parametrize("n_neighbors", ["auto", "all", 60])
def test_auto_ridge_is_one_of_the_candidates(n_neighbors):
    X, distribution = make_ou(n_rows=200, n_features=6, random_state=1)
    auto = KernelDriftVolEstimator(
        n_neighbors, dt=distribution.dt, conditioning=None
    ).fit(X)
    assert auto.ridge_ in RIDGES
    given = KernelDriftVolEstimator(
        n_neighbors, ridge=auto.ridge_, dt=distribution.dt, conditioning=None
    ).fit(X)
    assert_array_equal(auto.loo_residuals_, given.loo_residuals_)
    small = KernelDriftVolEstimator(
        n_neighbors, ridge=RIDGES[0], dt=distribution.dt, conditioning=None
    ).fit(X)
    if n_neighbors != "all":
        assert auto.selection_.scores.max() >= small.selection_.scores.max()


def test_local_fits_take_the_better_of_two_penalties():
    """A drift that is diagonal, so that slopes are noise, or a coupled one."""
    winners = []
    for make in (make_var_arch, make_ou):
        X, _ = make(400, 5, random_state=0)
        auto = KernelDriftVolEstimator(60, additive_drift=True, conditioning=None).fit(
            X
        )
        tried = {"all": None, "small": RIDGES[0]}
        tried["all"] = (
            KernelDriftVolEstimator("all", additive_drift=True, conditioning=None)
            .fit(X)
            .ridge_
        )
        scores = [
            KernelDriftVolEstimator(
                60, additive_drift=True, ridge=ridge, conditioning=None
            )
            .fit(X)
            .selection_.scores.max()
            for ridge in tried.values()
        ]
        assert tried["all"] > RIDGES[0]
        assert auto.selection_.scores.max() == max(scores)
        assert auto.ridge_ == list(tried.values())[int(np.argmax(scores))]
        winners.append(auto.ridge_)


def test_steps_of_high_variance_count_less():
    """Weights are time over variance, as least squares of rates asks for."""
    rng = np.random.RandomState(3)
    clock = np.cumsum(rng.uniform(0.2, 3.0, size=120))
    X = rng.standard_t(3, size=(120, 2))
    frame = pd.DataFrame(X, index=clock, columns=["a", "b"])
    estimator = KernelDriftVolEstimator(
        "all",
        dt="index",
        additive_drift=True,
        scale=EWVolatility(halflife=3.0, reversion=0.1),
        conditioning=None,
    ).fit(frame)
    assert not estimator.model_.additive_drift.curved.any()
    dt = np.diff(clock)
    variance = estimator.model_.rules.scale(estimator.history(frame.iloc[:-1])).variance
    for i in range(2):
        weights = np.sqrt(dt / variance[:, i])
        line = np.polyfit(X[:-1, i], np.diff(X[:, i]) / dt, 1, w=weights)
        assert_allclose(estimator.model_.additive_drift.slope[i], line[0])


def test_ridge_of_the_global_fit_by_leaving_out():
    """The residuals of as many refits say the same."""
    X, distribution = make_ou(n_rows=60, n_features=5, random_state=2)
    options = {"dt": distribution.dt, "additive_drift": False}
    auto = KernelDriftVolEstimator("all", **{"conditioning": None, **options}).fit(X)
    starts, steps = X[:-1], np.diff(X, axis=0)
    spreads = []
    for ridge in RIDGES:
        estimator = KernelDriftVolEstimator(
            "all", ridge=ridge, **{"conditioning": None, **options}
        ).fit(X)
        regression = estimator.model_.local_model.smoother.regression
        slopes = regression.table[:, : regression.n_slopes]
        left = []
        for i in range(len(steps)):
            keep = np.arange(len(steps)) != i
            design = np.column_stack([slopes, np.ones(len(steps))])
            # As for all rows: the mean over these plus the penalty of all.
            gram = design[keep].T @ design[keep]
            penalty = ridge * np.trace((slopes.T @ slopes) / regression.n_slopes)
            gram[:-1, :-1] += penalty * np.eye(regression.n_slopes)
            coefficients = np.linalg.solve(gram, design[keep].T @ steps[keep])
            left.append(steps[i] - design[i] @ coefficients)
        spreads.append(np.linalg.slogdet(np.cov(np.transpose(left), bias=True))[1])
    assert RIDGES[int(np.argmin(spreads))] == auto.ridge_
    assert len(starts) == auto.n_transitions_


def test_a_row_is_taken_with_its_panel():
    """Panels in any order have the same additive drift."""
    X, distribution = make_double_well(n_rows=400, random_state=0)
    panel = X.reshape(4, 100, 1)
    first, second = (
        KernelDriftVolEstimator("all", dt=distribution.dt, conditioning=None)
        .fit(paths)
        .coefficients(X)
        for paths in (panel, panel[::-1])
    )
    for one, other in zip(first, second, strict=True):
        assert_allclose(one, other, rtol=1e-6)


@pytest.mark.parametrize("scale", [None, EWVolatility(reversion=0.1), EWCovariance()])
def test_offsets_do_not_matter(scale):
    """A line through zero would leave an offset that a moving scale divides."""
    rng = np.random.RandomState(0)
    X = rng.standard_t(4, size=(400, 2)).cumsum(axis=0)
    estimator = KernelDriftVolEstimator("all", scale=scale, conditioning=None)
    score = clone(estimator).fit(X).score(X)
    assert_allclose(clone(estimator).fit(X + 1e4).score(X + 1e4), score, rtol=1e-6)


def test_forgotten_rows_are_no_evidence_of_a_curve():
    """Before weights were counted about half of the series had a spline, none of 240 since.

    At one in a hundred, 6 or more of 80 have a chance of 2e-4.
    """
    curved = 0
    for seed in range(20):
        rng = np.random.RandomState(seed)
        X = np.zeros((2500, 4))
        noise = rng.standard_normal(X.shape)
        for i in range(1, len(X)):
            X[i] = 0.8 * X[i - 1] + noise[i]
        estimator = KernelDriftVolEstimator(
            "all", recency_halflife=100.0, conditioning=None
        ).fit(X)
        curved += estimator.model_.additive_drift.curved.sum()
    assert curved < 6


def test_what_is_forgotten_is_not_drawn():
    importance = 0.5 ** (np.arange(30_000)[::-1] / 100.0)
    rows = evenly_drawn(importance, 2000)
    assert_array_equal(rows, np.flatnonzero(importance >= 1e-3))
    few = evenly_drawn(importance, 200)
    assert len(few) == 200
    assert np.isin(few, rows).all()
    assert_array_equal(evenly_drawn(importance[:100], 100), np.arange(100))


def test_recency_on_a_long_series_is_the_recent_series():
    rng = np.random.RandomState(0)
    X = rng.standard_normal((12_000, 2)).cumsum(axis=0)
    chosen = [
        KernelDriftVolEstimator(
            "all", recency_halflife=50.0, additive_drift=False, conditioning=None
        ).fit(part)
        for part in (X, X[-1500:])
    ]
    assert chosen[0].ridge_ == chosen[1].ridge_
    assert chosen[0].shrinkage_ == chosen[1].shrinkage_
    assert_allclose(chosen[0].score(X[-100:]), chosen[1].score(X[-100:]), atol=5e-3)
