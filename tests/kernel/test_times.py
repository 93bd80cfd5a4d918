"""Time steps of the index, and gaps."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from skdiffts.conditioning import CalendarFeatures, LaggedStates

EXACT = {"ridge": 0.0, "shrinkage": 0.0}


def with_dates(X, hours):
    index = pd.Timestamp("2020-01-01") + pd.to_timedelta(np.cumsum(hours), unit="h")
    return pd.DataFrame(X, index=index, columns=[f"x{i}" for i in range(X.shape[1])])


def test_regular_dates_are_a_constant_step(kernel_regression, make_var):
    X = make_var(6, 70)
    dated = with_dates(X, np.full(70, 6.0))
    by_index = kernel_regression(15, dt="index").fit(dated)
    by_number = kernel_regression(15, dt=0.25).fit(X)
    for a, b in zip(
        by_index.coefficients(dated), by_number.coefficients(X), strict=True
    ):
        assert_allclose(a, b, rtol=1e-6)
    assert_allclose(by_index.score(dated), by_number.score(X), rtol=1e-9)


@pytest.mark.parametrize("degree", [0, 1])
def test_irregular_times_weigh_as_the_formulas_say(kernel_regression, make_var, degree):
    random = np.random.RandomState(7)
    X, hours = make_var(7, 60), random.uniform(1.0, 48.0, 60)
    dated = with_dates(X, hours)
    estimator = kernel_regression("all", degree=degree, dt="index", **EXACT)
    drift, covariance = estimator.fit(dated).coefficients(dated)
    dt = hours[1:, np.newaxis] / 24.0
    F = np.hstack([np.ones((59, 1)), X[:-1]][: degree + 1])
    y = np.diff(X, axis=0)
    beta = np.linalg.lstsq(F * np.sqrt(dt), y / np.sqrt(dt), rcond=None)[0]
    assert_allclose(drift[:-1], F @ beta, atol=1e-7)
    r = (y - F @ beta * dt) / np.sqrt(dt)
    assert_allclose(covariance[0], r.T @ r / 59, rtol=1e-6)
    residuals = estimator.transform(dated)
    back = estimator.inverse_transform(residuals)
    assert_allclose(back, dated, rtol=1e-8, atol=1e-8)
    assert_array_equal(back.index, dated.index)


def test_times_that_are_asked_for_and_missing(kernel_regression, make_var):
    X = make_var(8, 40)
    with pytest.raises(ValueError, match="dt='index', but X has no"):
        kernel_regression(dt="index").fit(X)
    dated = with_dates(X, np.ones(40))
    estimator = kernel_regression(5, dt="index").fit(dated)
    with pytest.raises(ValueError, match="another kind of index"):
        estimator.transform(dated.reset_index(drop=True))
    season = CalendarFeatures(periods=["day"])
    estimator = kernel_regression(5, conditioning=season).fit(dated)
    with pytest.raises(ValueError, match="X has no dates"):
        estimator.transform(dated.reset_index(drop=True))


def test_a_gap_breaks_the_path(kernel_regression, make_var):
    X = make_var(9, 60)
    X[[0, 20, 21, 45]] = np.nan
    X[30, 1] = np.nan
    pieces = [X[1:20], X[22:30], X[31:45], X[46:]]
    options = {"n_neighbors": 10, "conditioning": LaggedStates(n_lags=2)}
    with pytest.warns(UserWarning, match="loses 7 of 58 transitions"):
        whole = kernel_regression(missing="break", **options).fit(X)
    apart = kernel_regression(**options).fit(pieces)
    assert_array_equal(whole.loo_residuals_, apart.loo_residuals_)
    residuals = whole.transform(X)
    assert residuals.shape == X.shape
    expected = np.concatenate(apart.transform(pieces))
    kept = ~np.isnan(X).any(axis=1)
    assert_array_equal(residuals[kept], expected)
    assert np.isnan(residuals[~kept]).all()
    assert_allclose(whole.score(X), apart.score(pieces), rtol=1e-13)
    with pytest.raises(ValueError, match="NaN"):
        kernel_regression(**options).fit(X)
    panel = np.stack([X, X])
    assert whole.transform(panel).shape == panel.shape
    assert_allclose(whole.score_samples(panel), np.nansum(whole.score_samples(X)))


def test_nothing_but_gaps(kernel_regression):
    X = np.ones((9, 2))
    X[::2] = np.nan
    with pytest.raises(ValueError, match=r"no 2 row\(s\) in turn without NaN"):
        kernel_regression(missing="break").fit(X)
