"""Invertible transformers by column: inverse, Jacobian, parameters, errors."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.neighbors import KernelDensity
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    OneHotEncoder,
    PowerTransformer,
    QuantileTransformer,
    StandardScaler,
)

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts.augmentation import TimeSeriesAugmenter
from skdiffts.preprocessing import InvertibleColumnTransformer

LOG = FunctionTransformer(np.log, np.exp, check_inverse=False)


@pytest.fixture
def frame():
    """Prices that grow beside a rate."""
    rng = np.random.RandomState(0)
    price = 100.0 * np.exp(rng.normal(scale=0.01, size=300).cumsum())
    rate = 0.02 + 0.001 * rng.standard_normal(300)
    return pd.DataFrame(
        {"price": price, "rate": rate, "other": rng.standard_normal(300)}
    )


def test_columns_are_transformed_in_their_places(frame):
    columns = InvertibleColumnTransformer(
        [("power", StandardScaler(), ["other"]), ("price", LOG, "price")]
    )
    made = columns.fit_transform(frame)
    assert_allclose(made[:, 0], np.log(frame["price"]))
    assert_array_equal(made[:, 1], frame["rate"])
    assert_allclose(made[:, 2].std(), 1.0)
    assert_allclose(columns.inverse_transform(made), frame, rtol=1e-12)
    assert columns.get_feature_names_out().tolist() == list(frame)


def test_positions_do_as_well_as_labels(frame):
    by_label = InvertibleColumnTransformer([("log", LOG, ["price"])]).fit(frame)
    by_position = InvertibleColumnTransformer([("log", LOG, [-3])])
    assert_array_equal(
        by_position.fit_transform(frame.to_numpy()), by_label.transform(frame)
    )


def test_jacobian_is_in_the_score(frame):
    """The density of prices is the density of their logarithms over the price."""
    X = frame[["price", "rate"]]
    columns = InvertibleColumnTransformer([("log", LOG, [0])])
    density = KernelDensity(bandwidth=0.3)
    logged = columns.fit_transform(X)
    direct = GenerativeTimeSeries(
        sampler=density, dynamics=KernelDriftVolEstimator(conditioning=None)
    ).fit(logged)
    behind = GenerativeTimeSeries(
        sampler=density,
        preprocessor=columns,
        dynamics=KernelDriftVolEstimator(conditioning=None),
    ).fit(X)
    expected = direct.score_samples(logged) - logged[:, 0]
    assert_allclose(behind.score_samples(X)[1:], expected[1:], atol=1e-8)
    assert (behind.sample(3, 50, random_state=0, output="array")[..., 0] > 0.0).all()


def test_it_works_in_a_pipeline(frame):
    columns = InvertibleColumnTransformer([("log", LOG, [0])])
    pipeline = Pipeline([("columns", columns), ("scale", StandardScaler())])
    made = pipeline.fit_transform(frame)
    assert_allclose(pipeline.inverse_transform(made), frame, rtol=1e-10)


def test_grid_search_replaces_and_tunes_transformers(frame):
    generator = GenerativeTimeSeries(
        sampler=KernelDensity(bandwidth=0.3),
        preprocessor=InvertibleColumnTransformer(
            [("level", StandardScaler(), [0]), ("rest", StandardScaler(), [1, 2])]
        ),
        dynamics=KernelDriftVolEstimator(conditioning=None),
    )
    grid = {
        "preprocessor__level": [StandardScaler(), LOG],
        "preprocessor__rest__with_mean": [True, False],
    }
    search = GridSearchCV(generator, grid, cv=TimeSeriesSplit(2)).fit(frame)
    assert len(search.cv_results_["params"]) == 4
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_parameters_survive_clone_and_set(frame):
    columns = InvertibleColumnTransformer([("level", PowerTransformer(), ["price"])])
    other = clone(columns).set_params(level__standardize=False)
    assert columns.get_params()["level__standardize"]
    assert not other.get_params()["level__standardize"]
    assert other.transformers[0][2] == ["price"]


def test_fit_leaves_the_given_transformers_alone(frame):
    scaler = StandardScaler()
    InvertibleColumnTransformer([("scale", scaler, [0])]).fit(frame)
    assert not hasattr(scaler, "mean_")


@pytest.mark.parametrize(
    ("transformers", "error", "message"),
    [
        (
            [("a", LOG, ["price"]), ("b", MinMaxScaler(), [0])],
            ValueError,
            "column 0 to",
        ),
        ([("a", LOG, ["cost"])], ValueError, "'cost'"),
        ([("a", LOG, [3])], ValueError, "the column 3"),
        ([("a", OneHotEncoder(sparse_output=False), [0])], ValueError, "columns of 1"),
        ([("a", KernelDensity(), [0])], TypeError, "no inverse_transform"),
    ],
)
def test_errors_name_the_transformer(frame, transformers, error, message):
    columns = InvertibleColumnTransformer(transformers)
    with pytest.raises(error, match=message):
        columns.fit(frame)
    assert not hasattr(columns, "transformers_")


# Labels in a generator

LABELLED = InvertibleColumnTransformer([("log", LOG, ["price"])])
BY_NAME = FunctionTransformer(
    lambda X: X.assign(price=np.log(X["price"])),
    lambda X: X.assign(price=np.exp(X["price"])),
)
BY_NAME_IN_POLARS = FunctionTransformer(
    lambda X: X.with_columns(pl.col("price").log()),
    lambda X: X.with_columns(pl.col("price").exp()),
    check_inverse=False,  # it would take rows by X[numbers]
)
# Its table has no names, but the inverse reads them.
TO_ARRAY = FunctionTransformer(
    lambda X: np.column_stack([np.log(X["price"]), X["rate"]]),
    lambda X: np.column_stack([np.exp(X["price"]), X["rate"]]),
    check_inverse=False,
)


def quick(preprocessor=None):
    return GenerativeTimeSeries(
        sampler=KernelDensity(bandwidth=0.3),
        preprocessor=preprocessor,
        dynamics=KernelDriftVolEstimator(conditioning=None),
    )


def in_pandas(frame):
    dates = pd.date_range("2024-01-01", periods=len(frame), name="day")
    return frame[["price", "rate"]].set_index(dates)


def in_polars(frame):
    return pl.DataFrame(frame[["price", "rate"]])


@pytest.mark.parametrize(
    ("preprocessor", "container"),
    [
        (LABELLED, in_pandas),
        (LABELLED, in_polars),
        (BY_NAME, in_pandas),
        (BY_NAME_IN_POLARS, in_polars),
        (TO_ARRAY, in_pandas),
        (TO_ARRAY, in_polars),
        (clone(LABELLED).set_output(transform="pandas"), in_polars),
        (make_pipeline(LABELLED, LABELLED).set_output(transform="pandas"), in_pandas),
    ],
)
def test_labels_reach_the_preprocessor(frame, preprocessor, container):
    """In fit, score, sample and forecast; the Jacobian is the logarithm's."""
    X = container(frame)
    twice = isinstance(preprocessor, Pipeline)
    if (
        twice
    ):  # the logarithm of the logarithm, which has to be positive: prices near 100
        logged = np.log(np.log(np.asarray(X)[:, 0]))
        log_jacobian = -logged - np.exp(logged)
    else:
        logged = np.log(np.asarray(X)[:, 0])
        log_jacobian = -logged
    direct = quick().fit(np.column_stack([logged, frame["rate"]]))
    behind = quick(preprocessor).fit(X)
    expected = direct.score_samples(np.column_stack([logged, frame["rate"]]))
    expected = expected + log_jacobian
    assert_allclose(behind.score_samples(X)[1:], expected[1:], atol=1e-8)
    for paths in (
        behind.sample(3, 50, random_state=0, output="array"),
        behind.forecast(X, 5, 3, random_state=0, output="array"),
    ):
        assert np.isfinite(paths).all()
        assert (paths[..., 0] > 50.0).all()
    # Arrays get the names of the training data; scikit-learn warns of them once.
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        again = behind.score(np.asarray(X))
    assert_allclose(again, behind.score(X), rtol=1e-12)


def test_labels_of_panels_reach_the_preprocessor(frame):
    X = in_pandas(frame)
    pieces = [X[:100], X[100:180]]
    long = pd.concat(pieces, keys=["a", "b"])
    scores = [quick(BY_NAME).fit(panel).score(panel) for panel in (pieces, long)]
    assert_allclose(scores[0], scores[1], rtol=1e-12)


def test_labels_of_a_class_reach_the_preprocessor(frame):
    X = in_pandas(frame)
    panel, labels = [X[:40], X[50:90], X[100:150]], [0, 0, 1]
    for share in (0.5, 1.0):
        augmenter = TimeSeriesAugmenter(
            quick(BY_NAME), redraw_probability=share, random_state=0
        )
        new, _ = augmenter.fit_resample(panel, labels)
        assert list(new[-1].columns) == ["price", "rate"]
        assert (new[-1]["price"] > 0.0).all()


def test_arrays_stay_arrays(frame):
    X = frame[["price", "rate"]].to_numpy()
    rows = FunctionTransformer(
        lambda X: np.column_stack([np.log(X[:, 0]), X[:, 1]]),
        lambda X: np.column_stack([np.exp(X[:, 0]), X[:, 1]]),
    )
    score = quick(rows).fit(X).score(X)
    assert_allclose(
        score, quick(LABELLED).fit(in_pandas(frame)).score(in_pandas(frame))
    )


@pytest.mark.parametrize(
    "last", [StandardScaler(), PowerTransformer(), QuantileTransformer(n_quantiles=50)]
)
@pytest.mark.parametrize("output", ["default", "pandas", "polars"])
def test_no_warning_about_names_inside_a_pipeline(frame, last, output):
    """Its last step was fitted to what the step before made, with other names or none."""
    X = in_pandas(frame)
    pipeline = make_pipeline(LABELLED, PCA(), last).set_output(transform=output)
    generator = quick(pipeline).fit(X)
    assert np.isfinite(generator.score(X))
    assert np.isfinite(generator.sample(3, 20, random_state=0, output="array")).all()


def test_labels_in_a_grid_search(frame):
    X = in_pandas(frame)
    pipeline = Pipeline([("columns", LABELLED), ("scale", StandardScaler())])
    grid = {
        "preprocessor": [LABELLED, BY_NAME, pipeline],
        "dynamics__n_neighbors": [30, "all"],
    }
    search = GridSearchCV(
        quick(), grid, cv=TimeSeriesSplit(2), error_score="raise"
    ).fit(X)
    scores = search.cv_results_["mean_test_score"].reshape(2, 3)
    assert_allclose(scores[:, 0], scores[:, 1])
    nested = {"preprocessor__columns__log": [LOG, StandardScaler()]}
    search = GridSearchCV(quick(pipeline), nested, cv=TimeSeriesSplit(2)).fit(X)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_a_column_transformer_is_told_of_its_invertible_sister(frame):
    columns = ColumnTransformer([("log", LOG, ["price"])], remainder="passthrough")
    for preprocessor in (columns, make_pipeline(columns, StandardScaler())):
        with pytest.raises(ValueError, match=r"no inverse_transform.*InvertibleColumn"):
            quick(preprocessor).fit(in_pandas(frame))


def test_paths_behind_the_preprocessor_keep_their_container(frame):
    X = in_pandas(frame)
    generator = quick(LABELLED).fit(X)
    mapped = generator.preprocess(X)
    assert_allclose(mapped["price"], np.log(X["price"]))
    pd.testing.assert_index_equal(mapped.index, X.index)
    assert isinstance(
        quick(LABELLED).fit(in_polars(frame)).preprocess(in_polars(frame)), pl.DataFrame
    )
    assert_array_equal(quick().fit(X).preprocess(X), X)
