"""Warnings about rows from which dynamics learn less than their user thinks."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    TimeSeriesSplit,
    cross_val_score,
)
from sklearn.neighbors import KernelDensity

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts._paths import check_paths, to_transitions

K = KernelDensity(bandwidth=0.3)
W = np.random.RandomState(0).standard_normal((300, 2)).cumsum(axis=0)
F = pd.DataFrame(W, pd.date_range("2024-01-01", periods=300), ["a", "b"])


def read(X, **options):
    return check_paths(BaseEstimator(), X, reset=True, **{"dt": 1.0} | options)


def dynamics(**options):
    return KernelDriftVolEstimator(
        "all", shrinkage=0.5, **{"conditioning": None, **options}
    )


def model(**options):
    return GenerativeTimeSeries(dynamics(**options), K)


def warnings_of(call, *arguments, **options):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call(*arguments, **options)
    return caught


# Few transitions


def test_fewer_transitions_than_coefficients():
    """Rows and columns may be mixed up."""
    X = np.random.RandomState(0).standard_normal((30, 40)).cumsum(axis=0)
    with pytest.warns(UserWarning, match=r"29 transition.* 40 columns.* the 41 coef"):
        read(X)
    read(X.T)
    with pytest.warns(UserWarning, match="Are rows and columns mixed up"):
        read(W[:3])
    read(W[:4])
    read(to_transitions(W[:4]))
    check_paths(BaseEstimator(), X, reset=True)  # no estimator of dynamics
    check_paths(BaseEstimator(), X, reset=False, dt=1.0)


def test_univariate_paths_in_a_list_are_paths():
    X = [np.random.RandomState(i).standard_normal(30).cumsum() for i in range(6)]
    for items in (X, [pd.Series(x) for x in X]):
        generator = model().fit(items)
        assert generator.n_features_in_ == 1
        assert generator.score_samples(items).shape == (6,)
        assert generator.score(items) < 0.0
        ahead = generator.forecast(items, 3, 2, output="array", random_state=0)
        assert ahead.shape == (6, 2, 3, 1)


# Lost transitions


def test_scattered_gaps_are_counted():
    """One cell in twenty of ten columns costs most of the transitions."""
    rng = np.random.RandomState(0)
    X = rng.standard_normal((500, 10)).cumsum(axis=0)
    X[rng.rand(500, 10) < 0.05] = np.nan
    X[rng.rand(500) < 0.1, 3] = np.nan
    kept = ~np.isnan(X).any(axis=1)
    left = np.count_nonzero(kept[1:] & kept[:-1])
    alone = ~np.isnan(np.delete(X, 3, axis=1)).any(axis=1)
    cost = np.count_nonzero(alone[1:] & alone[:-1]) - left
    message = f"loses {499 - left} of 499 .* {cost} of them for column 3 alone"
    with pytest.warns(UserWarning, match=message):
        read(X, missing="break")


def test_a_column_that_begins_late_is_named():
    X = F.copy()
    X.iloc[:150, 1] = np.nan
    message = "loses 150 of 299 transitions of X to NaN, 150 of them for column 'b'"
    for data in (X, [X], X.to_numpy(), np.stack([X, X])):
        expected = message if isinstance(data, pd.DataFrame | list) else "column 1"
        with pytest.warns(UserWarning, match=expected):
            read(data, missing="break")


def test_the_emptier_column_is_named_where_none_costs_anything_alone():
    X = np.arange(40.0).reshape(20, 2)
    X[3:12], X[2, 1] = np.nan, np.nan
    with pytest.warns(UserWarning, match="loses 11 of 19 .*1 of them for column 1"):
        read(X, missing="break")
    X[2, 1] = 0.0
    with pytest.warns(UserWarning, match="loses 10 of 19 .* 0 of them for column 1"):
        read(X, missing="break")


def test_little_loss_and_padding_are_not_said():
    X = W.copy()
    X[[10, 50, 51]] = np.nan
    read(X, missing="break")
    padded = np.full((3, 90, 2), np.nan)
    for path, n in zip(padded, (90, 20, 40), strict=True):
        path[:n] = W[:n]
    padded[2, :10] = np.nan
    assert read(padded, missing="break").lengths.tolist() == [90, 20, 30]


# Clocks


def test_holes_of_an_index_are_said_and_the_remedy_helps():
    holes = F.drop(F.index[100:160])
    for make, name in ((model, "dynamics__dt"), (dynamics, "dt")):
        with pytest.warns(UserWarning, match=f'X lacks 60 rows.*pass {name}="index"'):
            make().fit(holes)
        make(dt="index").fit(holes)
    read(holes.reset_index(drop=True))


def test_another_step_than_in_training_is_said():
    for estimator in (model().fit(F), dynamics().fit(F)):
        estimator.score(F.iloc[50:90])
        with pytest.warns(UserWarning, match="7 times as far apart as the training r"):
            estimator.score(F.iloc[::7])
    with pytest.warns(UserWarning, match="7 times"):
        model().fit(F).forecast(F.iloc[::7], 2, random_state=0)
    estimator = model(dt="index").fit(F)
    estimator.score(F.iloc[::7])
    model().fit(F.iloc[::7]).score(F.iloc[::7])


def test_paths_of_different_steps_are_said_once():
    index = [np.arange(40), 2 * np.arange(40)]
    X = [pd.DataFrame(W[:40], i) for i in index]
    with pytest.warns(UserWarning, match="half of the steps in the index of X are at"):
        estimator = dynamics().fit(X)
    estimator.score(X)


def test_a_fold_that_cuts_a_hole_is_said():
    X = F.reset_index(drop=True)
    search = GridSearchCV(model(), {"dynamics__degree": [1]}, cv=KFold(3))
    with pytest.warns(UserWarning, match=r"before row 100, .*cv=TimeSeriesSplit\(\)"):
        search.fit(X)
    search.set_params(cv=TimeSeriesSplit(3)).fit(X)


# Folds of rows of a panel


def make_panel(lengths=(40, 40, 40), library="pandas"):
    days = pd.date_range("2024-01-01", periods=40, name="day")
    rows = W[:120].reshape(3, 40, -1)
    keys = [("x", 1), ("x", 2), ("y", 1)]
    parts = [
        pd.DataFrame(path, days, ["a", "b"]).iloc[:length]
        for path, length in zip(rows, lengths, strict=True)
    ]
    frame = pd.concat(parts, keys=keys, names=["desk", "path"])
    if library == "pandas":
        return frame
    return pytest.importorskip("polars").from_pandas(frame.reset_index())


@pytest.mark.parametrize("library", ["pandas", "polars"])
@pytest.mark.parametrize("make", [model, dynamics])
def test_a_fold_that_cuts_the_last_path_is_said(make, library):
    X = make_panel(library=library)
    caught = warnings_of(
        lambda: cross_val_score(make(), X, cv=TimeSeriesSplit(3), error_score="raise")
    )
    # The first fold has one path and its future; the others cut the second and third.
    messages = [str(w.message) for w in caught]
    assert len(messages) == 2
    assert messages[0].startswith(
        "path ('x', 2) of X goes on where the training rows end, but training rows of "
        "other paths are later: if X is a fold of a splitter"
    )
    assert all("pass cv=GroupKFold()" in message for message in messages)
    assert {w.filename for w in caught} == {__file__}
    groups = np.repeat([0, 1, 2], 40)
    cross_val_score(make(), X, cv=GroupKFold(3), groups=groups, error_score="raise")


def test_rows_that_a_model_may_be_asked_about_are_no_fold():
    X = make_panel()
    day = X.index.get_level_values("day")
    estimator = dynamics().fit(X[day < "2024-01-31"])
    estimator.score(X[day >= "2024-01-31"])  # the future of all paths
    estimator.score(X)
    ended = make_panel((40, 40, 20))
    estimator = dynamics().fit(ended)
    estimator.score(ended)
    estimator.score(X)
    estimator.score(X.iloc[60:])
    estimator.score(X.iloc[100:].droplevel("desk"))
    with pytest.warns(UserWarning, match=r"path \('y', 1\) of X goes on"):
        estimator.score(X.iloc[100:])
    dynamics().fit(X.iloc[:30]).score(X.iloc[30:])  # one path before, and its future


# Once for a call, at the user's line


@pytest.mark.parametrize("make", [model, dynamics])
def test_a_call_warns_once_and_points_at_its_line(make):
    X = F.drop(F.index[100:160])
    X.iloc[:80, 1] = np.nan
    estimator = make(missing="break")
    caught = warnings_of(lambda: estimator.fit(X))
    assert [str(w.message)[:7] for w in caught] == ["missing", "X lacks"]
    assert {w.filename for w in caught} == {__file__}
    assert not warnings_of(estimator.score, X)
    estimator = make().fit(F)
    for call in (estimator.score, estimator.score_samples):
        (caught,) = warnings_of(lambda call=call: call(F.iloc[::7]))
        assert caught.filename == __file__
    (caught,) = warnings_of(lambda: estimator.whiten(F.iloc[::7]))


def test_searches_point_at_the_line_of_their_user():
    X = F.reset_index(drop=True)
    search = GridSearchCV(model(), {"dynamics__degree": [0, 1]}, cv=KFold(3))
    caught = warnings_of(lambda: search.fit(X))
    assert len(caught) == 2
    assert {w.filename for w in caught} == {__file__}


def test_simulation_does_not_warn():
    with pytest.warns(UserWarning, match="lacks"):
        generator = model().fit(F.drop(F.index[100:160]))
    assert not warnings_of(generator.sample, 300, 5, random_state=0)
