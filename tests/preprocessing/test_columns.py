"""Invertible transformers by column: inverse, Jacobian, parameters, errors."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.neighbors import KernelDensity
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    OneHotEncoder,
    PowerTransformer,
    StandardScaler,
)

from skdiffts import GenerativeTimeSeries
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
    direct = GenerativeTimeSeries(sampler=density).fit(logged)
    behind = GenerativeTimeSeries(sampler=density, preprocessor=columns).fit(X)
    expected = direct.score_samples(logged) - logged[:, 0]
    assert_allclose(behind.score_samples(X)[1:], expected[1:], atol=1e-8)
    assert (behind.sample(3, 50, random_state=0)[..., 0] > 0.0).all()


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
