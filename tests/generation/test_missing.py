"""Missing cells: drawn in the fit, integrated in the score, imputed."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.stats import multivariate_normal
from sklearn.base import BaseEstimator
from sklearn.decomposition import PCA
from sklearn.frozen import FrozenEstimator
from sklearn.mixture import GaussianMixture
from sklearn.preprocessing import FunctionTransformer, PowerTransformer, StandardScaler

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts._paths import check_paths
from skdiffts.generation._lagged_ranks import line_is_worth_its_slopes

SLOPES = np.array([[0.8, 0.1], [-0.2, 0.5]])
COVARIANCE = np.array([[1.0, 0.6], [0.6, 2.0]])


def simple(missing="draw", **parameters):
    """Generator of a linear Gaussian recursion, fitted in a second."""
    dynamics = KernelDriftVolEstimator(
        "all", conditioning=None, additive_drift=False, shrinkage=0.0, ridge=0.0
    )
    return GenerativeTimeSeries(
        dynamics, GaussianMixture(), missing=missing, **parameters
    )


def recursion(n=800, seed=0):
    """Path of a VAR(1)."""
    rng = np.random.RandomState(seed)
    noise = rng.standard_normal((n, 2)) @ np.linalg.cholesky(COVARIANCE).T
    x = np.zeros((n, 2))
    for i in range(1, n):
        x[i] = SLOPES @ x[i - 1] + noise[i]
    return x


def with_holes(x, share=0.2, seed=1):
    """Cells removed at random, and a run of whole rows."""
    x = x.copy()
    x[np.random.RandomState(seed).uniform(size=x.shape) < share] = np.nan
    x[50:56] = np.nan
    x[[0, -1], 0] = 0.5  # no padding
    return x


@pytest.fixture(scope="module")
def complete():
    return simple().fit(recursion())


@pytest.fixture(scope="module")
def fitted():
    return simple().fit(with_holes(recursion()))


def next_rows(generator):
    """Intercept, slopes and covariance of the fitted recursion."""
    rows = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    drift, covariance = generator.dynamics_.coefficients(rows)
    slopes = (drift[1:] - drift[0]).T + np.eye(2)
    return drift[0], slopes, covariance[0]


def joint(generator, x, n):
    """Mean and covariance of n rows, of which the first has the moments of x."""
    intercept, slopes, covariance = next_rows(generator)
    means, variance = [x.mean(axis=0)], np.cov(x.T, bias=True)
    full = np.zeros((n, 2, n, 2))
    for i in range(n):
        block = variance
        for k in range(i, n):
            full[k, :, i], full[i, :, k] = block, block.T
            block = slopes @ block
        means.append(intercept + slopes @ means[-1])
        variance = slopes @ variance @ slopes.T + covariance
    return np.concatenate(means[:n]), full.reshape(2 * n, 2 * n)


def test_without_nan_nothing_changes_to_the_bit(complete):
    x, plain = recursion(), simple(missing=None).fit(recursion())
    np.testing.assert_array_equal(plain.score_samples(x), complete.score_samples(x))
    paths = [g.sample(2, 50, random_state=0) for g in (plain, complete)]
    np.testing.assert_array_equal(*paths)
    ahead = [g.forecast(x, 5, 3, random_state=0) for g in (plain, complete)]
    np.testing.assert_array_equal(*ahead)
    [table] = complete.impute(x)
    np.testing.assert_array_equal(table, x)


def test_imputed_cells_are_those_of_the_exact_smoother(complete):
    """Mean and variance given all seen cells, from the joint Gaussian of a short path."""
    n, n_draws = 24, 600
    x = recursion(n, seed=3)
    holes = np.random.RandomState(0).uniform(size=x.shape) < 0.4
    holes[8:12] = True
    holes[0, 0] = holes[-1, 1] = True
    holes[[0, -1], [1, 0]] = False
    drawn = np.array(
        complete.impute(np.where(holes, np.nan, x), n_draws, random_state=0)
    )
    np.testing.assert_array_equal(drawn[:, ~holes], np.tile(x[~holes], (n_draws, 1)))
    mean, covariance = joint(complete, recursion(), n)
    m, s = holes.ravel(), ~holes.ravel()
    gain = covariance[np.ix_(m, s)] @ np.linalg.inv(covariance[np.ix_(s, s)])
    expected = mean[m] + gain @ (x.ravel()[s] - mean[s])
    variance = np.diag(covariance[np.ix_(m, m)] - gain @ covariance[np.ix_(s, m)])
    z = (drawn[:, holes].mean(axis=0) - expected) / np.sqrt(variance / n_draws)
    assert np.abs(z).max() < 4.5
    ratio = drawn[:, holes].var(axis=0) / variance
    assert abs(ratio.mean() - 1.0) < 0.05
    assert np.abs(ratio - 1.0).max() < 0.3


def test_score_of_a_row_with_holes_is_the_closed_form_marginal(complete):
    """By draws of a nearly Gaussian density, whose weights hardly differ."""
    x = recursion(40, seed=5)
    holes = x.copy()
    holes[3::4, 0] = np.nan  # the rows before are complete
    score = complete.score_samples(holes)
    intercept, slopes, _ = next_rows(complete)
    factor = complete.dynamics_.factor(x[:1])[1][0]
    mixture = complete.sampler_
    spread = factor @ mixture.covariances_[0] @ factor.T
    for row in range(3, 40, 4):
        center = intercept + slopes @ x[row - 1] + factor @ mixture.means_[0]
        exact = multivariate_normal(center[1], spread[1, 1]).logpdf(x[row, 1])
        assert score[row] == pytest.approx(exact, abs=0.02)
    whole = complete.score_samples(x)
    np.testing.assert_allclose(score[1:3], whole[1:3])


def test_score_after_holes_is_that_of_the_exact_filter(complete):
    """The sum over a path is the log-density of all seen cells given the first row."""
    x = recursion(30, seed=6)
    holes = x.copy()
    holes[2:, 0] = np.nan
    score = np.nansum(complete.score_samples(holes))
    intercept, slopes, covariance = next_rows(complete)
    center, spread, exact = x[1].copy(), np.zeros((2, 2)), 0.0
    for row in range(2, 30):
        center = intercept + slopes @ center
        spread = slopes @ spread @ slopes.T + covariance
        exact += multivariate_normal(center[1], spread[1, 1]).logpdf(x[row, 1])
        gain = spread[:, 1] / spread[1, 1]
        center = center + gain * (x[row, 1] - center[1])
        spread = spread - np.outer(gain, spread[1])
    first = complete.score_samples(x[:2])[1]
    assert abs(score - first - exact) < 0.5  # of about 50


def test_no_row_knows_later_ones(complete):
    x = with_holes(recursion(90))
    changed = x.copy()
    changed[71:] += 3.0
    before, after = complete.score_samples(x), complete.score_samples(changed)
    np.testing.assert_allclose(before[:71], after[:71], rtol=1e-9)


def test_the_fit_hardly_loses(fitted, complete):
    new = recursion(2000, seed=9)
    assert complete.score(new) - fitted.score(new) < 0.02
    assert len(fitted.residuals_) == len(complete.residuals_)


def test_forecasts_go_on_from_a_last_row_with_holes(complete):
    x = recursion(60, seed=2)
    x[-1] = [np.nan, 4.0]
    ahead = complete.forecast(x, 1, 4000, random_state=0)[:, 0]
    intercept, slopes, covariance = next_rows(complete)
    mean = intercept + slopes @ x[-2]
    gain = covariance[0, 1] / covariance[1, 1]
    now = np.array([mean[0] + gain * (4.0 - mean[1]), 4.0])
    np.testing.assert_allclose(ahead.mean(axis=0), intercept + slopes @ now, atol=0.3)
    again = complete.forecast(x, 1, 4000, random_state=0)[:, 0]
    np.testing.assert_array_equal(ahead, again)


def test_tables_keep_their_container(fitted):
    x = with_holes(recursion(100))
    days = pd.date_range("2024-01-01", periods=100, freq="D", name="day")
    for table in (
        pd.DataFrame(x, index=days, columns=["a", "b"]),
        pl.DataFrame(x, schema=["a", "b"]),
    ):
        generator = simple().fit(table)
        first, second = generator.impute(table, 2, random_state=0)
        assert type(first) is type(table)
        assert list(first.columns) == ["a", "b"]
        values = np.asarray(first)
        assert np.isfinite(values).all()
        np.testing.assert_array_equal(values[~np.isnan(x)], x[~np.isnan(x)])
        assert (values != np.asarray(second)).any()
        if isinstance(table, pd.DataFrame):
            pd.testing.assert_index_equal(first.index, table.index)
            assert generator.forecast(table, 2, random_state=0).index[0][1] == (
                days[-1] + pd.Timedelta(days=1)
            )


def test_panels_and_their_padding():
    stack = with_holes(recursion(), 0.1).reshape(8, 100, 2)
    stack[1, 60:] = np.nan
    stack[2, :5] = np.nan
    generator = simple().fit(stack)
    [filled] = generator.impute(stack, random_state=0)
    assert filled.shape == stack.shape
    padding = np.zeros(stack.shape, dtype=bool)
    padding[1, 60:] = padding[2, :5] = True
    np.testing.assert_array_equal(np.isnan(filled), padding)
    assert np.isfinite(generator.score_samples(stack)).all()
    assert generator.forecast(stack, 3, 2, random_state=0).shape == (8, 2, 3, 2)
    paths = [stack[1, :60], stack[2, 5:]]
    imputed = generator.impute(paths, random_state=0)[0]
    assert [len(path) for path in imputed] == [60, 95]
    scores = generator.score_samples(stack)[[1, 2]]
    assert np.isfinite(generator.score_samples(paths)).all()
    assert scores.shape == (2,)


def test_columns_with_supports():
    rng = np.random.RandomState(0)
    latent = recursion(500)
    rain, count = np.maximum(latent[:, 0], 0.0), rng.poisson(np.exp(0.4 * latent[:, 1]))
    x = np.column_stack([rain, count, latent[:, 0] + rng.standard_normal(500)])
    holes = x.copy()
    holes[rng.uniform(size=x.shape) < 0.15] = np.nan
    holes[100:130] = np.nan  # as many repeated values would look like an atom
    generator = simple().fit(holes)
    complete = simple().fit(x)
    words = [
        {name: support.describe() for name, support in g.support_.items()}
        for g in (generator, complete)
    ]
    assert words[0] == words[1]
    tables = np.array(generator.impute(holes, 20, random_state=0))
    drawn = tables[:, np.isnan(holes)]
    assert np.isfinite(drawn).all()
    assert (tables[..., 0] >= 0.0).all()
    assert (tables[..., 1] % 1.0 == 0.0).all()
    missing = np.isnan(holes[:, 0])
    share = (tables[:, missing, 0] == 0.0).mean()
    assert abs(share - (x[missing, 0] == 0.0).mean()) < 0.12
    score, seen = generator.score_samples(holes), ~np.isnan(holes).all(axis=1)
    np.testing.assert_array_equal(np.isfinite(score[1:]), seen[1:])
    assert complete.score(x) - generator.score(x) < 0.1


def test_preprocessors_act_on_each_column():
    x = np.exp(0.5 * recursion(300))
    holes = with_holes(x, 0.1)
    generator = simple(preprocessor=PowerTransformer()).fit(holes)
    [table] = generator.impute(holes, random_state=0)
    assert np.isfinite(table).all()
    # The density of the seen cells is in the units of the data.
    scaled = simple(preprocessor=StandardScaler()).fit(holes)
    score = scaled.score_samples(holes)
    wide = simple(preprocessor=StandardScaler()).fit(10.0 * holes)
    n_seen = np.count_nonzero(~np.isnan(holes), axis=1)
    shift = score - wide.score_samples(10.0 * holes)
    chosen = np.flatnonzero(n_seen[:50])[1:]
    expected = n_seen[chosen] * np.log(10.0)
    np.testing.assert_allclose(shift[chosen], expected, atol=1e-6)
    with pytest.raises(ValueError, match="mixes columns"):
        simple(preprocessor=PCA()).fit(holes)


def test_residuals_and_coordinates_of_rows_with_holes(complete):
    x = with_holes(recursion(80))
    residuals, log_jacobian = complete.whiten(x)
    assert np.isfinite(residuals[1:]).all()
    assert np.isfinite(log_jacobian[1:]).all()
    np.testing.assert_array_equal(np.isnan(complete.preprocess(x)), np.isnan(x))
    assert np.isnan(complete.score_samples(x)[50:56]).all()


def test_the_same_every_time_and_after_pickling(fitted):
    x = with_holes(recursion(80, seed=4))
    score = fitted.score_samples(x)
    np.testing.assert_array_equal(score, fitted.score_samples(x))
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(score, again.score_samples(x))
    tables = [g.impute(x, random_state=7)[0] for g in (fitted, again)]
    np.testing.assert_array_equal(*tables)


def test_errors_name_what_to_do():
    x = with_holes(recursion(100))
    frame = pd.DataFrame(x, columns=["a", "b"])
    frame["b"] = np.nan
    with pytest.raises(ValueError, match="column 'b' of X has only NaN: drop it"):
        simple().fit(frame)
    with pytest.raises(ValueError, match='or missing="draw"'):
        simple(missing=None).fit(x)
    with pytest.raises(ValueError, match="pass missing='draw'"):
        simple(missing=None).fit(recursion(100)).impute(recursion(100))
    frozen = FrozenEstimator(KernelDriftVolEstimator().fit(recursion(100)))
    with pytest.raises(ValueError, match="needs dynamics that can be fitted again"):
        GenerativeTimeSeries(frozen, GaussianMixture(), missing="draw").fit(x)
    with pytest.raises(ValueError, match="row"):
        simple().fit(np.full((10, 2), np.nan))
    with pytest.raises(ValueError, match="NaN in the exogenous column 1, first in row"):
        simple(exogenous=[1]).fit(x)
    x = recursion(100)
    x[90, 0] = np.nan
    driven = simple(exogenous=[1]).fit(x)
    x[91, 1] = np.nan
    for method in (driven.score, driven.impute):
        with pytest.raises(ValueError, match="first in row 91: fill it"):
            method(x)
    total = np.column_stack([recursion(100), recursion(100).sum(axis=1)])
    product = np.exp(total)  # a relation of logarithms
    generator = simple(preprocessor=FunctionTransformer(np.log, np.exp)).fit(product)
    with pytest.raises(ValueError, match="had dependent columns"):
        generator.score(np.vstack([product, [np.nan, 1.0, 1.0]]))


@pytest.fixture(scope="module")
def driven():
    """Recursion with a column that is given, named first, without and with holes."""
    u = np.random.RandomState(11).standard_normal(800)
    x = recursion(800, seed=12)
    x = x + 2.0 * np.column_stack([u, np.zeros(800)])  # u moves the row of its own time
    table = pd.DataFrame({"u": u, "a": x[:, 0], "b": x[:, 1]})
    holes = table.copy()
    holes[["a", "b"]] = with_holes(x)
    return table, holes


def test_missing_cells_beside_exogenous_columns(driven):
    """The imputed cells know the given column, before and after and in their row."""
    table, holes = driven
    given = {"exogenous": ["u"], "missing": "draw"}
    generator, without = simple(**given).fit(holes), simple().fit(holes[["a", "b"]])
    missing = holes["a"].isna().to_numpy()
    drawn = generator.impute(holes, 40, random_state=0)
    assert list(drawn[0].columns) == ["u", "a", "b"]
    pd.testing.assert_series_equal(drawn[0]["u"], table["u"])
    seen = ~holes.isna().to_numpy()
    np.testing.assert_array_equal(drawn[3].to_numpy()[seen], holes.to_numpy()[seen])
    draws = np.array([frame["a"][missing] for frame in drawn])
    error = np.std(draws.mean(axis=0) - table["a"][missing])
    blind = without.impute(holes[["a", "b"]], 40, random_state=0)
    blind = np.array([frame["a"][missing] for frame in blind])
    assert error < 0.55 * np.std(blind.mean(axis=0) - table["a"][missing])
    inside = np.abs(draws.mean(axis=0) - table["a"][missing]) < 1.645 * draws.std(
        axis=0
    )
    assert 0.82 < inside.mean() < 0.97
    # The fit hardly loses, and the score of rows with holes is that of a marginal.
    complete = simple(**given).fit(table)
    assert complete.score(table) - generator.score(table) < 0.03
    score = complete.score_samples(holes)
    whole = complete.score_samples(table)
    same = ~(holes.isna().any(axis=1) | holes.shift().isna().any(axis=1))
    same.iloc[-1] = False  # with_holes sets a value there
    np.testing.assert_allclose(score[same][1:], whole[same][1:], rtol=1e-9)
    empty = holes[["a", "b"]].isna().all(axis=1)
    np.testing.assert_array_equal(np.isnan(score[1:]), empty[1:])


def test_forecasts_from_holes_with_exogenous_columns(driven):
    _, holes = driven
    generator = simple(exogenous=["u"], missing="draw").fit(holes)
    last = holes.iloc[:60].copy()
    last.loc[59, "a"] = np.nan
    low, high = (
        generator.forecast(last, 1, 200, exogenous={"u": u}, random_state=0)["a"].mean()
        for u in (-1.0, 1.0)
    )
    assert high - low == pytest.approx(4.0, abs=0.5)
    residuals, _ = generator.whiten(last)
    assert np.isfinite(residuals[1:]).all()
    paths = generator.sample(2, 30, exogenous={"u": 0.0}, random_state=0)
    assert np.isfinite(paths.to_numpy()).all()


def test_missing_counts_beside_exogenous_columns():
    """Supports, holes and given columns of a panel together."""
    rng = np.random.RandomState(0)
    u = rng.standard_normal((6, 120))
    count = rng.poisson(np.exp(1.0 + 0.5 * u)).astype(float)
    level = 0.3 * rng.standard_normal((6, 120)).cumsum(axis=1)
    stack = np.stack([count, u, level], axis=2)
    holes = stack.copy()
    holes[rng.uniform(size=count.shape) < 0.2, 0] = np.nan
    generator = simple(exogenous=[1]).fit(holes)
    assert list(generator.support_) == [0]
    [filled] = generator.impute(holes, random_state=0)
    assert filled.shape == stack.shape
    assert (filled[..., 0] >= 0.0).all()
    assert (filled[..., 0] % 1.0 == 0.0).all()
    np.testing.assert_array_equal(filled[..., 1], u)
    missing = np.isnan(holes[..., 0])
    assert np.corrcoef(filled[missing][:, 0], np.exp(0.5 * u[missing]))[0, 1] > 0.2
    assert np.isfinite(generator.score_samples(holes)).all()


@pytest.fixture(scope="module")
def totals():
    """Recursion with its total and a constant, without and with holes."""
    x = recursion(500)
    table = np.column_stack([x.sum(axis=1), x, np.full(500, 3.0)])
    table = pd.DataFrame(table, columns=["total", "a", "b", "rate"])
    holes = table.mask(np.random.RandomState(3).uniform(size=table.shape) < 0.1)
    return table, holes


def test_totals_are_found_on_complete_rows(totals):
    """Cells that they determine are exact, for draws and for the score."""
    table, holes = totals
    generator = simple().fit(holes)
    assert str(generator.dependent_columns_) == "b = total - a, rate = 3"
    for filled in generator.impute(holes, 3, random_state=0):
        np.testing.assert_allclose(
            filled["total"], filled["a"] + filled["b"], atol=1e-9
        )
        np.testing.assert_array_equal(filled["rate"], 3.0)
        seen = holes.notna().to_numpy()
        np.testing.assert_array_equal(filled.to_numpy()[seen], holes.to_numpy()[seen])
        known = holes[["total", "a", "b"]].isna().sum(axis=1) <= 1
        np.testing.assert_allclose(filled[known], table[known], atol=1e-9)
    complete = table.copy()
    complete.iloc[20, 1] = np.nan  # the total gives it
    np.testing.assert_allclose(
        generator.score_samples(complete), generator.score_samples(table), rtol=1e-9
    )
    blocked = simple().fit(table)
    assert blocked.score(table) - generator.score(table) < 0.02
    assert np.isfinite(blocked.score(holes))
    assert blocked.forecast(holes, 3, random_state=0).notna().to_numpy().all()
    wrong = holes.copy()
    wrong.loc[9] = [5.0, 1.0, 1.0, np.nan]
    with pytest.raises(ValueError, match=r"X breaks b = total - a, .* in row 9"):
        generator.score(wrong)


def test_a_relation_that_rows_with_holes_break_is_none(totals):
    holes = totals[1].copy()
    holes.loc[7] = [5.0, 1.0, 1.0, np.nan]
    found = simple().fit(holes).dependent_columns_
    assert "total" not in str(found)


def test_dependent_columns_of_paths_broken_at_holes(totals):
    dynamics = KernelDriftVolEstimator("all", conditioning=None, missing="break")
    generator = GenerativeTimeSeries(dynamics, GaussianMixture())
    with pytest.warns(UserWarning, match="loses 271 of 499 transitions"):
        generator.fit(totals[1])
    assert str(generator.dependent_columns_) == "b = total - a, rate = 3"


def test_scaled_totals_with_holes(totals):
    table, holes = totals
    scaled = simple(preprocessor=StandardScaler()).fit(holes)
    plain = simple().fit(holes)
    [filled] = scaled.impute(holes, random_state=0)
    np.testing.assert_allclose(filled["total"], filled["a"] + filled["b"], atol=1e-9)
    np.testing.assert_allclose(scaled.score(table), plain.score(table), atol=0.02)


def test_a_total_without_its_parts_keeps_its_value():
    """Drawn parts are moved; counts, which cannot be, are an error of the imputation."""
    x = recursion(300)
    holes = np.column_stack([x, x.sum(axis=1)])
    holes[20:25, :2] = np.nan
    [filled] = simple().fit(holes).impute(holes, random_state=0)
    np.testing.assert_allclose(filled[:, :2].sum(axis=1), filled[:, 2], atol=1e-9)
    np.testing.assert_array_equal(filled[20:25, 2], holes[20:25, 2])
    counts = np.random.RandomState(0).poisson(3.0, size=(300, 2)).astype(float)
    holes = np.column_stack([counts, counts.sum(axis=1)])
    holes[20, :2] = np.nan
    generator = simple().fit(holes)
    with pytest.raises(ValueError, match=r"X has \[2\] in row 20 without their parts"):
        generator.impute(holes, 20, random_state=0)  # one may add up by chance


def test_rows_without_a_number_at_the_ends_are_no_part():
    x = recursion(200)
    longer = np.vstack([np.full((3, 2), np.nan), x, np.full((2, 2), np.nan)])
    plain, padded = simple().fit(x), simple().fit(longer)
    np.testing.assert_array_equal(plain.score_samples(x), padded.score_samples(x))
    np.testing.assert_array_equal(
        plain.forecast(x, 4, random_state=0), padded.forecast(longer, 4, random_state=0)
    )


def test_a_history_with_lags_and_volatility(fitted):
    """The default search, on a second-order recursion with holes."""
    rng = np.random.RandomState(0)
    x = np.zeros((600, 1))
    for i in range(2, 600):
        x[i] = 0.5 * x[i - 1] + 0.4 * x[i - 2] + rng.standard_normal()
    holes = x.copy()
    holes[rng.uniform(size=x.shape) < 0.15] = np.nan
    generator = GenerativeTimeSeries(sampler=GaussianMixture(), missing="draw").fit(
        holes
    )
    assert generator.dynamics_.n_history_ >= 2
    missing = np.isnan(holes)
    drawn = np.array(generator.impute(holes, 50, random_state=0))
    error = np.sqrt(np.mean((drawn.mean(axis=0) - x)[missing] ** 2))
    # The exact smoother of one missing value of this recursion: 1 / sqrt(1 + .25 + .16).
    assert error < 1.15 / np.sqrt(1.41)
    assert drawn[:, missing].std(axis=0).mean() == pytest.approx(0.87, abs=0.1)


def lagged(slopes, share, n=800):
    """Rows with a common factor and holes, of a line in the last row."""
    rng, d = np.random.RandomState(0), len(slopes)
    x = rng.standard_normal((n, d)) + rng.standard_normal((n, 1))
    for i in range(1, n):
        x[i] += slopes @ x[i - 1]
    x[rng.uniform(size=x.shape) < share] = np.nan
    return x


def is_worth_it(x):
    """Whether a line comes first."""
    paths = check_paths(BaseEstimator(), x, reset=True, missing="keep")
    return line_is_worth_its_slopes(paths)


CROSS = np.eye(4, k=1)
CROSS[1:3] = 0.0


@pytest.mark.parametrize(
    ("slopes", "expected"),
    [
        (np.zeros((20, 20)), False),
        (0.6 * np.eye(20), True),
        (0.2 * np.eye(2), True),  # 4 % of the variance, for 4 slopes
        (0.1 * np.eye(20), False),  # 1 % of the variance, for 400 slopes
        (0.8 * CROSS, True),  # of another column alone
    ],
    ids=["none", "large", "few", "many", "cross"],
)
@pytest.mark.parametrize("share", [0.05, 0.5])
def test_a_line_comes_first_where_it_is_worth_its_slopes(slopes, expected, share):
    """Noise in 20 x 20 slopes of a line would be found as a level by the search."""
    x = lagged(slopes, share)
    assert is_worth_it(x) == expected
    assert is_worth_it(np.exp(3.0 * x)) == expected  # ranks
    x[::2] = np.nan
    assert is_worth_it(x)  # nothing was seen in pairs


@pytest.mark.statistical
def test_intervals_of_a_local_regression_cover_cells_that_it_has_learnt_from():
    """Six tables of 60 cells: .90 with a standard error of .016; .864 with own widths."""
    inside = []
    for seed in range(6):
        rng = np.random.RandomState(seed)
        X = np.zeros((600, 2))
        for i in range(1, len(X)):
            pull = 0.7 * X[i - 1] + 0.5 * np.tanh(2.0 * X[i - 1, ::-1])
            X[i] = pull + 0.5 * rng.standard_normal(2)
        missing = rng.uniform(size=X.shape) < 0.05
        holes = np.where(missing, np.nan, X)
        parts = {
            "dynamics": KernelDriftVolEstimator(15, conditioning=None),
            "sampler": GaussianMixture(1, random_state=0),
        }
        generator = GenerativeTimeSeries(**parts, support=None, missing="draw")
        draws = generator.fit(holes).impute(holes, 99, random_state=0)
        ordered = np.sort(np.array(draws)[:, missing], axis=0)
        inside.append((ordered[4] <= X[missing]) & (X[missing] <= ordered[94]))
    assert 0.875 < np.concatenate(inside).mean() < 0.945
