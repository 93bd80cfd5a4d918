"""Folds, drift and noise of the forward likelihood against slow references."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats
from scipy.integrate import trapezoid
from sklearn.base import BaseEstimator

from skdiffts._paths import check_paths
from skdiffts.conditioning import HARVolatility, NoScale
from skdiffts.selection import (
    ForwardLikelihood,
    Season,
    Specification,
    block_error,
    find_periods,
    forward_folds,
    held_out_fold,
)
from skdiffts.selection._design import Design, own_curves, robust_weights
from skdiffts.selection._noise import Noise


def test_folds_over_time_fit_what_comes_before(read):
    paths = read(np.random.RandomState(0).standard_normal((100, 2)))
    folds = forward_folds(paths)
    for fold, (a, b) in zip(folds, ((55, 70), (70, 85), (85, 100)), strict=True):
        assert fold.paths.n_rows == a
        assert fold.fitted.sum() == a - 1
        assert_array_equal(np.flatnonzero(fold.scored), np.arange(a - 1, b - 1))


def test_folds_over_paths_score_each_path_once(read):
    paths = read(np.zeros((9, 5, 1)))
    folds = forward_folds(paths)
    assert_array_equal(sum(fold.scored.astype(int) for fold in folds), 1)
    for fold in folds:
        assert not (fold.fitted & fold.scored).any()
        assert fold.paths.n_paths == 6


def test_missing_rows_do_not_make_a_panel(read):
    X = np.random.RandomState(0).standard_normal((100, 1))
    X[7::10] = np.nan
    paths = check_paths(BaseEstimator(), X, reset=True, missing="break")
    assert paths.n_paths > 6
    fold = forward_folds(paths)[0]
    assert_array_equal(fold.paths.clock, paths.clock[paths.clock < 55.0])


def test_error_of_independent_blocks():
    """Blocks of equal values: the error of the mean over blocks."""
    means = np.random.RandomState(0).standard_normal(20)
    values = np.repeat(means, 15)
    expected = means.std(ddof=1) / np.sqrt(20)
    assert_allclose(block_error(values), expected)
    groups = np.repeat(np.arange(20), 15)
    assert_allclose(block_error(values, groups=groups), expected)
    assert block_error(np.ones(1)) == np.inf


def test_curves_are_natural_splines(read):
    """Straight beyond the outer knots, with one bend at each inner one."""
    levels = np.linspace(-3.0, 3.0, 1201)[:, np.newaxis]
    curves = own_curves(levels, levels[300:901])[:, 0]
    second = np.diff(curves, n=2, axis=0)
    knots = np.quantile(levels[300:901], [0.05, 0.95])
    outside = (levels[1:-1, 0] < knots[0]) | (levels[1:-1, 0] > knots[1] + 0.01)
    assert_allclose(second[outside], 0.0, atol=1e-9)
    assert (np.abs(second[~outside]).max(axis=0) > 1e-9).all()
    assert np.linalg.matrix_rank(np.hstack([curves, levels, np.ones_like(levels)])) == 5


def test_drift_is_weighted_least_squares(read):
    rng = np.random.RandomState(0)
    X = rng.standard_normal((200, 2))
    paths = read(X)
    design = Design(paths, np.ones(199), 150)
    fitted = np.arange(199) < 150
    specification = Specification(n_lags=2)
    drift = design.drift(specification, fitted)
    rows = np.arange(1, 150)
    columns = np.hstack([X[1:-1], X[:-2], np.ones((198, 1))])
    rates = np.diff(X, axis=0)[1:]
    weights = np.ones(149)
    for _ in range(4):
        root = np.sqrt(weights)[:, np.newaxis]
        slopes = np.linalg.lstsq(root * columns[:149], root * rates[:149], rcond=None)[
            0
        ]
        weights = robust_weights((rates - columns @ slopes)[:149])
    # The penalty of 1e-4 and the last weighting are what is left.
    assert_allclose(drift[1:], columns @ slopes, atol=2e-3)
    assert_allclose(drift[0], np.diff(X, axis=0)[rows].mean(axis=0))


def test_own_columns_enter_their_own_equation(read):
    """With few rows a series the other levels do not matter."""
    rng = np.random.RandomState(0)
    X = rng.standard_normal((120, 3))
    changed = X.copy()
    changed[:, 2] = rng.standard_normal(120)
    fitted = np.arange(119) < 80
    drifts = []
    for rows in (X, changed):
        design = Design(read(rows), np.ones(119), 3)
        assert not design.is_crossed
        design.is_crossed = False
        drifts.append(design.drift(Specification(n_lags=1), fitted))
    assert drifts[0].shape == (119, 3)
    # Weights of rows look at all series; the slopes of the first do so through them only.
    assert np.abs(drifts[0][:, 0] - drifts[1][:, 0]).max() < 0.3


def test_equations_of_many_series_take_what_their_rows_speak_for(read):
    """Series 5 to 9 follow series 0 to 4, which depend on nothing but themselves."""
    rng = np.random.RandomState(0)
    X = np.zeros((600, 10))
    for i in range(1, 600):
        X[i] = 0.5 * X[i - 1] + rng.standard_normal(10)
        X[i, 5:] += 0.6 * X[i - 1, :5]
    fitted, specification = np.arange(599) < 400, Specification(n_lags=1)
    chosen = Design(read(X), np.ones(599), 400).drift(specification, fitted)
    alone = Design(read(X), np.ones(599), 1).drift(specification, fitted)
    few = [
        Design(read(X[:, [j, j + 5]]), np.ones(599), 400).drift(specification, fitted)
        for j in range(5)
    ]
    assert_allclose(chosen[:, :5], alone[:, :5])
    error = np.abs(chosen[:, 5:] - alone[:, 5:]).mean(axis=0)
    assert (error > 0.2).all()
    # Of two series each depends on both, which is the truth but for eight columns.
    truth = np.stack([drift[:, 1] for drift in few], axis=1)
    assert (np.abs(chosen[:, 5:] - truth).mean(axis=0) < 0.5 * error).all()


def test_too_many_columns_are_refused(read):
    paths = read(np.random.RandomState(0).standard_normal((40, 2)))
    design = Design(paths, np.ones(39), 60)
    fitted = np.arange(39) < 20
    assert design.drift(Specification(n_lags=1), fitted) is not None
    assert design.drift(Specification(n_lags=4), fitted) is None


def test_noise_without_a_scale_is_the_t_distribution_of_scipy(read):
    rng = np.random.RandomState(0)
    X = rng.standard_t(5, size=(400, 2)).cumsum(axis=0)
    paths = read(X)
    fold = held_out_fold(paths, np.arange(400) < 300)
    drift = np.zeros((399, 2))
    scored = np.arange(299, 399)
    noise, values = Noise.fit(NoScale(), fold, paths, np.ones(399), drift, scored)
    assert_allclose(noise.log_density(paths, np.ones(399), drift, scored), values)
    covariance = noise.factor @ noise.factor.T
    shape = covariance * (noise.degrees - 2.0) / noise.degrees
    reference = stats.multivariate_t(noise.location, shape, noise.degrees)
    assert_allclose(values, reference.logpdf(np.diff(X, axis=0)[scored]))


@pytest.mark.parametrize("margins", [False, True])
def test_noise_with_a_scale_is_a_density(read, margins):
    """Its integral over the next row of one series is one."""
    X = np.random.RandomState(0).standard_t(4, size=(300, 1)).cumsum(axis=0)
    specification = Specification(halflives=(5.0, 20.0), margins=margins)
    last = X[-1, 0]
    grid = last + np.linspace(-40.0, 40.0, 4001)
    paths = read(X)
    fold = held_out_fold(paths, np.arange(300) < 250)
    given = paths, np.ones(299), np.zeros((299, 1)), np.arange(249, 299)
    noise, values = Noise.fit(specification.scale(), fold, *given)
    assert_allclose(noise.log_density(*given), values)
    assert isinstance(noise.scale, HARVolatility)
    history = noise.scale.trace(paths, np.ones(299))[[-1]]
    scale = noise.scale.scale(np.repeat(history, len(grid), axis=0))
    innovations = grid[:, np.newaxis] - last
    rows = (scale.divide(innovations) - noise.location) / noise.factor[0, 0]
    unit = stats.t(noise.degrees, scale=np.sqrt((noise.degrees - 2.0) / noise.degrees))
    log_density = unit.logpdf(rows[:, 0]) - np.log(noise.factor[0, 0])
    density = np.exp(log_density + scale.log_slope(innovations))
    assert_allclose(trapezoid(density, grid), 1.0, atol=5e-3)


def test_densities_are_those_of_rows_whatever_the_time_step(read):
    X = np.random.RandomState(0).standard_normal((300, 2)).cumsum(axis=0)
    paths = read(X)
    folds = forward_folds(paths)
    specification = Specification(n_lags=1, halflives=(5.0,), margins=True)
    first, second = (
        ForwardLikelihood(paths, np.full(299, dt), folds, 4).evaluate(specification)
        for dt in (1.0, 1.0 / 24.0)
    )
    # Weights come from a search that ends at a relative gain of 1e-7.
    assert_allclose(first.values, second.values, rtol=5e-3)


def test_periods_of_the_calendar_need_three_rows_and_two_cycles(read):
    pd = pytest.importorskip("pandas")
    index = pd.date_range("2024-01-01", periods=24 * 20, freq="h")
    mean, scale = find_periods(read(pd.DataFrame(np.zeros((480, 1)), index=index)))
    assert [period.length for period in mean] == ["day", "week"]
    assert mean == scale
    day, week = mean
    assert day.n_rows == 24.0
    assert day.n_harmonics == (2, 5)
    assert week.n_harmonics == (1, 2)


def test_periods_are_whole_numbers_that_the_shortest_fold_holds_four_times(read):
    rng = np.random.RandomState(0)
    time = np.arange(400.0)
    for period in (12.0, 25.0, 36.5):
        wave = np.sin(2.0 * np.pi * time / period) + 0.2 * rng.standard_normal(400)
        found, _ = find_periods(read(wave[:, np.newaxis]))
        lengths = np.array([one.length for one in found])
        assert (lengths == np.round(lengths)).all()
        assert (lengths <= 55.0).all()
        assert np.abs(lengths - period).min() <= 0.5
    long_wave = np.sin(2.0 * np.pi * time / 80.0)[:, np.newaxis]
    found, _ = find_periods(read(long_wave + 0.1 * rng.standard_normal((400, 1))))
    assert all(one.length < 60.0 for one in found)


def test_a_season_needs_two_rows_a_harmonic():
    assert str(Season("day", 2)) == "day (2 harmonics)"
    assert str(Season(7.0, 3)) == "7 rows (3 harmonics)"
