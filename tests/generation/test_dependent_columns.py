"""Columns that others determine: left out of the model, restored in what it gives."""

import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import TimeSeriesSplit, cross_val_score
from sklearn.neighbors import KernelDensity
from sklearn.preprocessing import FunctionTransformer, PowerTransformer, StandardScaler

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts.augmentation import TimeSeriesAugmenter
from skdiffts.evaluation import evaluate
from skdiffts.integrations import ReturnSampler
from skdiffts.preprocessing import InvertibleColumnTransformer
from skdiffts.scenarios import InRange, ScenarioGenerator

LOGARITHM = FunctionTransformer(np.log, np.exp, check_inverse=False)


@pytest.fixture(scope="module")
def parts(walk):
    """Two positive columns with dates."""
    days = pd.date_range("2024-01-01", periods=120, name="day")
    return pd.DataFrame(5.0 + walk(0, 120, 2), days, columns=["a", "b"])


def with_dependent(X):
    return X.assign(total=X["a"] + X["b"], level=7.1, again=X["a"])


DEFAULT = {"sampler": KernelDensity(bandwidth=0.3)}
PREPROCESSORS = {
    "none": None,
    "scaler": StandardScaler(),
    "logarithm": LOGARITHM,
    "power": PowerTransformer(),
    "by name": InvertibleColumnTransformer([("log", LOGARITHM, ["a", "total"])]),
}


@pytest.mark.parametrize("name", PREPROCESSORS)
def test_same_model_as_without(quick, parts, name):
    """The same bandwidth, paths and score, with a total exact to rounding."""
    X, preprocessor = with_dependent(parts), PREPROCESSORS[name]
    if name == "by name":
        plain = InvertibleColumnTransformer([("log", LOGARITHM, ["a"])])
    else:
        plain = preprocessor
    alone = quick(preprocessor=plain).fit(parts)
    both = quick(preprocessor=preprocessor).fit(X)
    assert str(both.dependent_columns_) == "total = a + b, level = 7.1, again = a"
    assert both.score(X) == alone.score(parts)
    assert_array_equal(both.score_samples(X), alone.score_samples(parts))
    assert_array_equal(both.residuals_, alone.residuals_)
    assert_array_equal(both.whiten(X)[0], alone.whiten(parts)[0])
    assert both.dynamics_.feature_names_in_.tolist() == ["a", "b"]
    assert both.n_features_in_ == 5
    for draw in (
        lambda g, X: g.sample(3, 10, random_state=0),
        lambda g, X: g.sample(3, 10, x0="last", random_state=0),
        lambda g, X: g.sample(2, 4, x0=X.iloc[7], random_state=0),
        lambda g, X: g.sample(2, 4, x0=X.iloc[7].to_dict(), random_state=0),
        lambda g, X: g.sample(2, 4, x0=X.iloc[[3, 4]], random_state=0),
        lambda g, X: g.sample(2, 4, x0=X.index[9], random_state=0),
        lambda g, X: g.forecast(X, 6, 3, random_state=1),
    ):
        rows, expected = draw(both, X), draw(alone, parts)
        assert rows.columns.tolist() == X.columns.tolist()
        pd.testing.assert_frame_equal(rows[["a", "b"]], expected, check_exact=True)
        assert_array_equal(rows["total"], rows["a"] + rows["b"])
        assert_array_equal(rows["again"], rows["a"])
        assert (rows["level"] == 7.1).all()


def test_default_search_is_that_without(parts):
    alone = GenerativeTimeSeries(**DEFAULT).fit(parts)
    both = GenerativeTimeSeries(**DEFAULT).fit(with_dependent(parts))
    assert both.dynamics_.n_neighbors_ == alone.dynamics_.n_neighbors_
    assert both.dynamics_.shrinkage_ == alone.dynamics_.shrinkage_
    words = "dependent columns: total = a + b, level = 7.1, again = a"
    assert both.describe() == f"{alone.describe()}; {words}"
    assert words in both._repr_html_()
    assert "dependent columns" not in alone._repr_html_()
    assert "dependent columns" not in GenerativeTimeSeries()._repr_html_()


def test_nothing_dependent_changes_nothing(quick, parts):
    X = parts.to_numpy().copy()
    generator = quick(preprocessor=StandardScaler()).fit(X)
    assert len(generator.dependent_columns_.dependent) == 0
    scaled = StandardScaler().fit_transform(X)
    assert_array_equal(generator.preprocess(X), scaled)
    inner = quick().fit(scaled)
    assert_array_equal(generator.residuals_, inner.residuals_)


def test_shares_of_a_panel(quick, walk):
    parts = np.exp(walk(1, 30, 3, n_paths=4))
    shares = parts / parts.sum(axis=2, keepdims=True)
    generator, alone = quick().fit(shares), quick().fit(shares[..., :2])
    paths = generator.sample(5, 20, random_state=0)
    assert_allclose(paths.sum(axis=2), 1.0, rtol=0.0, atol=1e-15)
    assert_array_equal(paths[..., :2], alone.sample(5, 20, random_state=0))
    assert_array_equal(
        generator.score_samples(shares), alone.score_samples(shares[..., :2])
    )
    smoothed = generator.sample(2, 5, x0="smoothed", random_state=0)
    assert_allclose(smoothed.sum(axis=2), 1.0, rtol=0.0, atol=1e-15)
    assert generator.forecast(shares, 3, random_state=0).shape == (4, 1, 3, 3)
    assert generator.preprocess(list(shares))[0].shape == (30, 2)


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_integer_totals_are_sums_of_rounded_parts(quick, parts, library):
    X = (10.0 * parts).round().astype("int64")
    X = X.assign(total=X["a"] + X["b"], level=7, half=X["a"] / 2.0)
    X = X.reset_index(drop=True)
    if library == "polars":
        X = pytest.importorskip("polars").from_pandas(X)
    generator = quick().fit(X)
    assert str(generator.dependent_columns_) == "total = a + b, level = 7, half = 0.5 a"
    for rows in (
        generator.sample(3, 20, random_state=0),
        generator.forecast(X, 20, 3, random_state=0),
    ):
        assert {str(rows[name].dtype).lower() for name in ("a", "total", "level")} == {
            "int64"
        }
        assert_array_equal(rows["total"], rows["a"] + rows["b"])
        assert_array_equal(rows["half"], rows["a"] / 2.0)
        assert set(rows["level"]) == {7}


def test_relations_behind_the_preprocessor(quick, parts):
    """The logarithm of a product is a sum; the density counts the other columns."""
    X = parts.assign(product=parts["a"] * parts["b"])
    generator = quick(preprocessor=LOGARITHM).fit(X)
    words = "product = a + b (behind the preprocessor)"
    assert generator.describe().endswith(words)
    alone = quick(preprocessor=LOGARITHM).fit(parts)
    assert_allclose(generator.score(X), alone.score(parts), rtol=1e-12)
    paths = generator.sample(4, 30, random_state=0)
    assert_allclose(paths["product"], paths["a"] * paths["b"], rtol=1e-12)
    with pytest.raises(ValueError, match="X behind the preprocessor breaks product"):
        generator.score(X.assign(product=1.0))


def test_rotations_keep_the_relations(quick, parts):
    """A preprocessor that mixes all columns; volume does not change."""
    turn = np.linalg.qr(np.random.RandomState(0).standard_normal((3, 3)))[0]
    rotation = FunctionTransformer(
        lambda X: np.asarray(X) @ turn,
        lambda X: np.asarray(X) @ turn.T,
        check_inverse=False,
    )
    X = parts.assign(total=parts["a"] + parts["b"])
    dynamics = KernelDriftVolEstimator(
        "all", conditioning=None, shrinkage=0.0, ridge=0.0
    )
    alone = GenerativeTimeSeries(dynamics, **DEFAULT).fit(parts)
    generator = GenerativeTimeSeries(dynamics, **DEFAULT, preprocessor=rotation).fit(X)
    assert generator.residuals_.shape[1] == 2
    paths = generator.sample(3, 20, random_state=0)
    assert_allclose(paths["total"], paths["a"] + paths["b"], rtol=1e-12)
    # Residuals differ by a rotation, which a round kernel does not see, nearly.
    assert generator.score(X) == pytest.approx(alone.score(parts), abs=0.05)


def test_new_rows_must_hold_the_relations(quick, parts):
    X = with_dependent(parts)
    generator = quick().fit(X)
    broken = X.copy()
    broken.iloc[5, 2] += 0.1
    for call in (
        generator.score,
        generator.score_samples,
        generator.whiten,
        lambda X: generator.forecast(X, 3),
    ):
        with pytest.raises(
            ValueError, match=r"X breaks total = a \+ b.*row 5.*'total'"
        ):
            call(broken)
    with pytest.raises(ValueError, match=r"x0 breaks total = a \+ b"):
        generator.sample(x0=broken.iloc[5])
    rounded = X.astype("float32")
    assert np.isfinite(generator.score(rounded))


def test_constant_in_a_fold_only(quick, parts):
    """A column that does not move in the first fold is an error that names it."""
    X = parts.assign(late=np.where(np.arange(120) < 90, 0.0, 1.0 + parts["b"]))
    with pytest.raises(ValueError, match="breaks late = 0"):
        cross_val_score(quick(), X, cv=TimeSeriesSplit(3), error_score="raise")
    assert len(quick().fit(X).dependent_columns_.dependent) == 0


def test_rows_with_holes(quick, parts):
    X = with_dependent(parts)
    X.iloc[[20, 50], [0, 2]] = np.nan
    generator = quick().set_params(dynamics__missing="break").fit(X)
    assert generator.dependent_columns_.names == ["total", "level", "again"]
    scores = generator.score_samples(X)
    assert np.isnan(scores[[0, 20, 21, 50, 51]]).all()
    assert np.isfinite(np.delete(scores, [0, 20, 21, 50, 51])).all()


def test_frozen_parts_keep_their_columns(quick, parts):
    X = with_dependent(parts)
    with pytest.warns(UserWarning, match=r"\['total', 'level', 'again'\] of X are det"):
        dynamics = KernelDriftVolEstimator(15, conditioning=None).fit(X)
    generator = quick().set_params(dynamics=FrozenEstimator(dynamics)).fit(X)
    assert generator.residuals_.shape[1] == 5
    free = KernelDriftVolEstimator(15, conditioning=None).fit(parts)
    generator = quick().set_params(dynamics=FrozenEstimator(free)).fit(X)
    assert generator.residuals_.shape[1] == 2


def test_what_stands_on_a_generator(quick, parts):
    X = with_dependent(parts)
    generator = quick().fit(X)
    again = pickle.loads(pickle.dumps(generator))
    assert_array_equal(again.sample(random_state=0), generator.sample(random_state=0))
    condition = InRange(column="total", measure="change", high=-0.5)
    scenarios = ScenarioGenerator(quick(), condition).fit(X)
    paths = scenarios.sample(3, 5, output="array", random_state=0)
    assert (paths[:, -1, 2] - paths[:, 0, 2] <= -0.5).all()
    report = evaluate(
        quick().fit(X.iloc[:60]),
        X.iloc[:60],
        X.iloc[60:],
        classifier=LogisticRegression(C=0.1, max_iter=5000),
        regressor=LinearRegression(),
        window=5,
        long_run=0,
        max_rows=30,
        n_blocks=3,
        history=5,
        random_state=0,
    )
    assert any("total = a + b" in value for _, value in report.facts)


@pytest.mark.parametrize("share", [0.5, 1.0])
@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("preprocessor", [None, StandardScaler()])
def test_augmentation(quick, walk, share, shared, preprocessor):
    parts = walk(3, 25, 2, n_paths=8)
    X = np.concatenate([parts, parts.sum(axis=2, keepdims=True)], axis=2)
    X[4:, :, 1] = 3.0  # a constant of one class alone
    X[..., 2] = X[..., 0] + X[..., 1]
    y = np.repeat([0, 1], 4)
    augmenter = TimeSeriesAugmenter(
        quick(preprocessor=preprocessor),
        redraw_probability=share,
        shared_dynamics=shared,
        ratio=2.0,
        random_state=0,
    )
    new, labels = augmenter.fit_resample(X, y)
    assert len(new) == 16
    assert_allclose(new[..., 2], new[..., 0] + new[..., 1], atol=1e-12)
    if not shared:
        assert_allclose(new[labels == 1][..., 1], 3.0, rtol=1e-12)


@pytest.mark.parametrize("series", ["returns", "log_prices"])
def test_returns(quick, series):
    returns = 0.01 * np.random.RandomState(0).standard_normal((200, 2))
    double = np.column_stack([returns, returns[:, 0]])
    alone, both = (
        ReturnSampler(quick(), series=series, random_state=0).fit(X)
        for X in (returns, double)
    )
    assert both.score(double) == alone.score(returns)
    draws = both.sample(50)
    assert_array_equal(draws[:, 2], draws[:, 0])
