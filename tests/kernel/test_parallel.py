"""What may not change a result: jobs, chunks, copies, containers, search structures."""

import copy
import os
import pickle

import joblib
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.neighbors import NearestNeighbors
from sklearn.utils._param_validation import InvalidParameterError

from skdiffts import KernelDriftVolEstimator, _chunks
from skdiffts.kernel._neighbors import map_neighbors

pd = pytest.importorskip("pandas")
pl = pytest.importorskip("polars")


def results(estimator, X):
    """Everything that an estimator says about X."""
    noise = np.random.RandomState(0).standard_normal((10, X.shape[-1]))
    return {
        "drift": estimator.coefficients(X)[0],
        "covariance": estimator.coefficients(X)[1],
        "residuals": estimator.transform(X),
        "loo_residuals": estimator.loo_residuals_,
        "scores": estimator.score_samples(X),
        "path": estimator.inverse_transform(noise),
        "selection": estimator.selection_.scores,
        "chosen": (str(estimator.n_neighbors_), estimator.shrinkage_),
    }


def assert_same(actual, expected, **tolerance):
    assert actual.pop("chosen") == expected.pop("chosen")
    for name, value in expected.items():
        if tolerance:
            assert_allclose(actual[name], value, err_msg=name, **tolerance)
        else:
            assert_array_equal(actual[name], value, err_msg=name)


VARIANTS = [
    KernelDriftVolEstimator(conditioning=None),
    KernelDriftVolEstimator(
        15, kernel="gaussian", degree=0, shrinkage=0.3, conditioning=None
    ),
    KernelDriftVolEstimator("all", conditioning=None),
    KernelDriftVolEstimator(10, past_only=True, shrinkage=0.5, conditioning=None),
]
variants = pytest.mark.parametrize("estimator", VARIANTS, ids=repr)


@variants
def test_jobs_do_not_change_a_bit(make_walk, estimator, monkeypatch):
    monkeypatch.setattr(_chunks, "CHUNK_NUMBERS", 3000)  # else one chunk is all
    X = make_walk(0, 80, 2)
    expected = results(clone(estimator).fit(X), X)
    actual = results(clone(estimator).set_params(n_jobs=2).fit(X), X)
    assert_same(actual, expected)


@variants
@pytest.mark.parametrize("size", [1, 777])
def test_chunks_do_not_change_the_result(make_walk, estimator, size, monkeypatch):
    X = make_walk(1, 60, 2)
    expected = results(clone(estimator).fit(X), X)
    monkeypatch.setattr(_chunks, "CHUNK_NUMBERS", size)
    actual = results(clone(estimator).fit(X), X)
    assert_same(actual, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("n_rows", "size"), [(7, 3), (6, 3), (1, 3), (2, 100)])
def test_chunks_cover_all_rows_once(n_rows, size, monkeypatch):
    monkeypatch.setattr(_chunks, "CHUNK_NUMBERS", size)
    rows = np.arange(n_rows)
    for n_jobs in (None, 2):
        same, double = _chunks.map_chunks(
            lambda chunk: (rows[chunk], 2 * rows[chunk]), n_rows, 1, n_jobs
        )
        assert_array_equal(same, rows)
        assert_array_equal(double, 2 * rows)


def test_neighbors_are_sought_for_few_queries_at_a_time(monkeypatch):
    """Their lists are bounded, too."""
    monkeypatch.setattr(_chunks, "CHUNK_NUMBERS", 30)
    asked = []

    def find(queries, n_neighbors):
        asked.append(len(queries))
        return np.empty((2, len(queries), n_neighbors))

    [rows] = map_neighbors(find, np.arange(20), 10, lambda q, *_: (q,), 10, None)
    assert_array_equal(rows, np.arange(20))
    assert max(asked) == 3


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_chunks_stay_in_this_process(n_jobs, monkeypatch):
    """In a worker of a cluster the backend of the context would send them away."""
    monkeypatch.setattr(_chunks, "CHUNK_NUMBERS", 1)
    with joblib.parallel_config(backend="loky", n_jobs=2):
        [processes] = _chunks.map_chunks(
            lambda chunk: (np.array([os.getpid()]),), 4, 1, n_jobs
        )
    assert_array_equal(processes, np.full(4, os.getpid()))


@variants
@pytest.mark.parametrize("method", ["pickle", "deepcopy", "joblib"])
def test_copies_give_the_same_result(make_walk, estimator, method, tmp_path):
    X = make_walk(2, 50, 2)
    estimator = clone(estimator).fit(X)
    if method == "pickle":
        twin = pickle.loads(pickle.dumps(estimator))
    elif method == "deepcopy":
        twin = copy.deepcopy(estimator)
    else:
        joblib.dump(estimator, tmp_path / "estimator.joblib")
        twin = joblib.load(tmp_path / "estimator.joblib")
    assert_same(results(twin, X), results(estimator, X))


def test_clone_is_not_fitted(make_walk):
    X = make_walk(3, 50, 2)
    search = NearestNeighbors(algorithm="kd_tree")
    estimator = KernelDriftVolEstimator(7, neighbors=search, conditioning=None).fit(X)
    twin = clone(estimator)
    assert twin.get_params()["n_neighbors"] == 7
    for method in ("transform", "coefficients", "score", "inverse_transform"):
        with pytest.raises(NotFittedError, match="KernelDriftVolEstimator"):
            getattr(twin, method)(X)
    assert not hasattr(search, "n_features_in_")  # what the user holds is not fitted
    assert_same(results(twin.fit(X), X), results(estimator, X))


@pytest.mark.parametrize("algorithm", ["kd_tree", "ball_tree", "brute", "auto"])
@pytest.mark.parametrize("kernel", ["epanechnikov", "gaussian"])
def test_search_structures_agree(make_walk, algorithm, kernel):
    X = make_walk(4, 80, 3)
    estimator = KernelDriftVolEstimator(12, kernel=kernel, conditioning=None)
    search = NearestNeighbors(algorithm=algorithm)
    expected = results(clone(estimator).fit(X), X)
    actual = results(clone(estimator).set_params(neighbors=search).fit(X), X)
    assert_same(actual, expected, rtol=1e-9, atol=1e-9)


def test_search_has_the_last_word_on_distances(make_walk):
    """Another metric gives other neighbours and another bandwidth."""
    X = make_walk(5, 60, 2)
    euclid = KernelDriftVolEstimator(12, shrinkage=0.0, conditioning=None).fit(X)
    search = NearestNeighbors(metric="chebyshev")
    other = KernelDriftVolEstimator(
        12, shrinkage=0.0, neighbors=search, conditioning=None
    ).fit(X)
    assert not np.allclose(euclid.coefficients(X)[0], other.coefficients(X)[0])


def test_frozen_estimator(make_walk):
    X = make_walk(6, 50, 2)
    estimator = KernelDriftVolEstimator(12, shrinkage=0.5, conditioning=None).fit(X)
    expected = estimator.transform(X)
    frozen = FrozenEstimator(estimator).fit(make_walk(7, 50, 2), None)
    assert_array_equal(frozen.transform(X), expected)
    assert clone(frozen).score(X) == estimator.score(X)


# Containers


def test_containers_of_one_path(make_walk):
    X = make_walk(8, 30, 2)
    estimator = KernelDriftVolEstimator(10, shrinkage=0.5, conditioning=None)
    expected = estimator.fit_transform(X)
    assert type(expected) is np.ndarray
    assert_array_equal(clone(estimator).fit_transform(X.tolist()), expected)
    dates = pd.date_range("2020-01-01", periods=30)
    for frame in (
        pd.DataFrame(X, columns=["u", "v"]),
        pd.DataFrame(X, index=dates, columns=["u", "v"]),
        pl.DataFrame(X, schema=["u", "v"]),
    ):
        fitted = clone(estimator).fit(frame)
        residuals = fitted.transform(frame)
        assert type(residuals) is type(frame)
        assert list(residuals.columns) == ["u", "v"]
        assert list(fitted.feature_names_in_) == ["u", "v"]
        assert_array_equal(residuals.to_numpy(), expected)
        path = fitted.inverse_transform(residuals)
        assert type(path) is type(frame)
        assert_array_equal(path.to_numpy()[0], X[0])
        if hasattr(frame, "index"):
            assert residuals.index.equals(frame.index)
            assert path.index.equals(frame.index)


def test_containers_of_a_panel(make_walk):
    X = make_walk(9, 3, 15, 2)
    estimator = KernelDriftVolEstimator(10, shrinkage=0.5, conditioning=None)
    expected = estimator.fit_transform(X)
    assert expected.shape == X.shape
    scores = estimator.score_samples(X)
    assert scores.shape == (3,)

    columns = ["u", "v"]
    index = pd.MultiIndex.from_product([["a", "b", "c"], range(15)])
    long = pd.DataFrame(X.reshape(-1, 2), index=index, columns=columns)
    residuals = clone(estimator).fit_transform(long)
    assert residuals.index.equals(index)
    assert_array_equal(residuals.to_numpy().reshape(X.shape), expected)
    # A sample is a row here, and a path in all other panels.
    by_row = clone(estimator).fit(long).score_samples(long)
    assert by_row.shape == (45,)
    assert_allclose(np.nansum(by_row.reshape(3, 15), axis=1), scores, rtol=1e-12)

    objects = np.empty(3, dtype=object)
    objects[:] = list(X)
    for paths in (
        list(X),
        tuple(X),
        objects,
        [pd.DataFrame(path, columns=columns) for path in X],
        [pl.DataFrame(path, schema=columns) for path in X],
    ):
        fitted = clone(estimator).fit(paths)
        residuals = fitted.transform(paths)
        assert type(residuals) is list
        assert type(residuals[0]) is type(paths[0])
        assert_array_equal(np.stack([np.asarray(part) for part in residuals]), expected)
        assert_array_equal(fitted.score_samples(paths), scores)
        assert fitted.score(paths) == pytest.approx(estimator.score(X), rel=1e-12)


def test_paths_of_unequal_length(make_walk):
    panel = [make_walk(i, 2 + 5 * i, 2) for i in range(4)]
    estimator = KernelDriftVolEstimator(10, shrinkage=0.5, conditioning=None).fit(panel)
    residuals = estimator.transform(panel)
    assert [part.shape for part in residuals] == [path.shape for path in panel]
    assert all(np.isnan(part[0]).all() for part in residuals)
    assert all(np.isfinite(part[1:]).all() for part in residuals)
    assert estimator.n_transitions_ == sum(len(path) - 1 for path in panel)


@pytest.mark.parametrize("output", ["pandas", "polars"])
def test_set_output(make_walk, output):
    X = make_walk(10, 30, 2)
    estimator = KernelDriftVolEstimator(10, shrinkage=0.5, conditioning=None).fit(X)
    expected = estimator.transform(X)
    residuals = estimator.set_output(transform=output).transform(X)
    assert type(residuals).__module__.startswith(output)
    assert list(residuals.columns) == ["x0", "x1"]
    assert_array_equal(residuals.to_numpy(), expected)
    for panel in (X.reshape(3, 10, 2), [X[:5], X[5:]]):
        with pytest.raises(ValueError, match=f"X is a panel of .*{output}.*MultiIndex"):
            estimator.transform(panel)


def test_a_memory_map_is_enough(make_walk, tmp_path):
    X = make_walk(21, 60, 2)
    X.tofile(tmp_path / "series.bin")
    mapped = np.memmap(
        tmp_path / "series.bin", dtype=np.float64, mode="r", shape=(60, 2)
    )
    plain = KernelDriftVolEstimator(10, conditioning=None).fit(X)
    assert_array_equal(
        KernelDriftVolEstimator(10, conditioning=None).fit(mapped).transform(mapped),
        plain.transform(X),
    )


# Errors and warnings: the argument, its value and the remedy.


@pytest.mark.parametrize("n_neighbors", [20, 1000])
def test_too_many_neighbors_are_clipped(make_walk, n_neighbors):
    X = make_walk(11, 20, 2)
    message = rf"n_neighbors={n_neighbors} is larger .*\(19\).*n_neighbors='all'"
    estimator = KernelDriftVolEstimator(n_neighbors, shrinkage=0.5, conditioning=None)
    with pytest.warns(UserWarning, match=message) as record:
        estimator.fit(X)
    assert record[0].filename == __file__  # the line of the caller
    assert estimator.n_neighbors_ == 19
    assert estimator.n_neighbors == n_neighbors
    just_enough = KernelDriftVolEstimator(19, shrinkage=0.5, conditioning=None).fit(X)
    assert_array_equal(estimator.transform(X), just_enough.transform(X))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n_neighbors", 0),
        ("n_neighbors", 2.5),
        ("n_neighbors", "some"),
        ("kernel", "box"),
        ("degree", 2),
        ("shrinkage", 1.5),
        ("shrinkage", -0.1),
        ("ridge", -1.0),
        ("dt", 0.0),
        ("dt", -1.0),
        ("past_only", "yes"),
        ("neighbors", "kd_tree"),
        ("n_jobs", 1.5),
    ],
)
def test_parameters_are_checked(make_walk, name, value):
    estimator = KernelDriftVolEstimator(
        **{"conditioning": None, name: value}
    )  # says nothing yet
    message = rf"'{name}' parameter of KernelDriftVolEstimator must be .* Got {value!r}"
    with pytest.raises(InvalidParameterError, match=message):
        estimator.fit(make_walk(12, 20, 2))


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.zeros((2, 3)), "1 transition.* at least 2.*longer paths"),
        (np.zeros((1, 2, 3)), "1 transition.* at least 2.*longer paths"),
        (np.zeros((1, 3)), "1 sample.*minimum of 2"),
        ([np.zeros((5, 3)), np.zeros((1, 3))], "path 1 of X has 1 row.*lengthen"),
        (np.zeros(5), "Reshape your data"),
        (np.full((5, 2), np.nan), "NaN"),
    ],
)
def test_data_are_checked(X, message):
    with pytest.raises(ValueError, match=message):
        KernelDriftVolEstimator(conditioning=None).fit(X)


def test_other_columns_are_refused(make_walk):
    estimator = KernelDriftVolEstimator(5, shrinkage=0.5, conditioning=None).fit(
        make_walk(13, 20, 2)
    )
    for method in ("transform", "coefficients", "score", "inverse_transform"):
        with pytest.raises(ValueError, match=r"3 features, but .* 2 features"):
            getattr(estimator, method)(make_walk(13, 20, 3))


@pytest.mark.parametrize(
    "x0", [1.0, [1.0], np.zeros((2, 2)), np.zeros((3, 3)), [np.nan, 1.0], [0.0, np.inf]]
)
def test_initial_rows_are_checked(make_walk, x0):
    X = make_walk(14, 3, 10, 2)
    estimator = KernelDriftVolEstimator(5, shrinkage=0.5, conditioning=None).fit(X)
    message = r"x0 has shape .*pass finite numbers of shape \(2,\), \(3, 2\) or"
    with pytest.raises(ValueError, match=message):
        estimator.inverse_transform(X, x0=x0)


def test_residuals_with_gaps_are_refused(make_walk):
    X = make_walk(15, 20, 2)
    estimator = KernelDriftVolEstimator(5, shrinkage=0.5, conditioning=None).fit(X)
    residuals = estimator.transform(X)
    estimator.inverse_transform(residuals)  # the first row is NaN
    residuals[7] = np.nan
    with pytest.raises(ValueError, match=r"X has NaN in row 7.*without gaps"):
        estimator.inverse_transform(residuals)
    residuals[7] = [np.nan, 0.0]
    with pytest.raises(
        ValueError, match=r"row 7 of X is NaN in some columns only, .* 0"
    ):
        estimator.inverse_transform(residuals)


def test_score_needs_a_transition(make_walk):
    estimator = KernelDriftVolEstimator(5, shrinkage=0.5, conditioning=None).fit(
        make_walk(16, 20, 2)
    )
    with pytest.raises(ValueError, match="longest path of X has 1 row"):
        estimator.score(np.zeros((1, 2)))
    assert np.isnan(estimator.transform(np.zeros((1, 2)))).all()
    assert np.isnan(estimator.score_samples(np.zeros((1, 2)))).all()
    assert_array_equal(estimator.score_samples(np.zeros((3, 1, 2))), 0.0)


def test_a_failed_fit_leaves_nothing_half_fitted(make_walk):
    X = make_walk(17, 20, 2)
    estimator = KernelDriftVolEstimator(5, shrinkage=0.5, conditioning=None)
    with pytest.raises(ValueError, match="1 transition"):
        estimator.fit(X[:2])
    with pytest.raises(NotFittedError):
        estimator.transform(X)
    estimator.fit(X)
    with pytest.raises(ValueError, match="1 transition"):
        estimator.fit(make_walk(17, 2, 3))
    for data in (X, make_walk(17, 20, 3)):
        with pytest.raises(NotFittedError):
            estimator.transform(data)


@pytest.mark.parametrize("value", [3, 1.0, 0.25, 1e6])
def test_dt_may_be_any_number(make_walk, value):
    X = make_walk(18, 30, 2)
    estimator = KernelDriftVolEstimator(
        10, shrinkage=0.5, dt=value, conditioning=None
    ).fit(X)
    one = KernelDriftVolEstimator(10, shrinkage=0.5, conditioning=None).fit(X)
    assert_allclose(estimator.transform(X), one.transform(X), rtol=1e-7, atol=1e-9)
