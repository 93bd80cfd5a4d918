"""Coordinates of a history: what of season, level and last increment there is."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from skdiffts import KernelDriftVolEstimator
from skdiffts._paths import check_paths
from skdiffts.conditioning import (
    CalendarFeatures,
    ConditioningUnion,
    Constant,
    HARVolatility,
    Independent,
    LaggedIncrements,
    LaggedStates,
    MovingCorrelation,
    Phase,
    SeasonalLevel,
    State,
)
from skdiffts.kernel import StateCoordinates

PHASE = Phase(period=12.0, n_harmonics=4)
HOURS = CalendarFeatures(periods=("day",))


@pytest.fixture
def X():
    index = pd.date_range("2024-01-01", periods=120, freq="h")
    rows = np.random.RandomState(0).standard_normal((120, 2))
    return pd.DataFrame(rows, index=index, columns=["a", "b"])


def union(*parts):
    named = [(f"part{i}", part) for i, part in enumerate(parts)]
    return ConditioningUnion(parts=named)


def groups(X, conditioning, scale=None):
    dynamics = KernelDriftVolEstimator("all", conditioning=conditioning, scale=scale)
    dynamics.fit(X)
    coordinates = StateCoordinates.of(dynamics, check_paths(dynamics, X, reset=False))
    return coordinates.groups(dynamics.history(X))


@pytest.mark.filterwarnings("ignore:Residuals of X")
@pytest.mark.parametrize(
    ("conditioning", "scale", "expected"),
    [
        (None, None, {"level": 2}),
        (Constant(), None, {}),
        (Independent(), None, {}),
        (LaggedIncrements(), None, {}),
        (LaggedStates(n_lags=3), None, {"level": 2, "increment": 2}),
        (LaggedStates(n_lags=1), None, {"level": 2}),
        (union(State(), PHASE), None, {"season": 4, "level": 2}),
        (union(PHASE, HOURS), None, {"season": 8}),
        (union(LaggedIncrements(), PHASE), None, {"season": 4, "increment": 2}),
        (
            union(State(), SeasonalLevel(season=PHASE)),
            None,
            {"season": 4, "level": 2},
        ),
        # A season of the volatility counts, wherever it stands, and once.
        (State(), HARVolatility(season=PHASE), {"season": 4, "level": 2}),
        (
            union(State(), PHASE),
            MovingCorrelation(volatility=HARVolatility(season=Phase(period=12.0))),
            {"season": 4, "level": 2},
        ),
    ],
)
def test_groups_are_those_that_the_dynamics_depend_on(X, conditioning, scale, expected):
    found = groups(X, conditioning, scale)
    assert {name: rows.shape[1] for name, rows in found.items()} == expected


@pytest.mark.filterwarnings("ignore:Residuals of X")
def test_values_by_hand(X):
    found = groups(X, union(PHASE, LaggedStates(n_lags=2)))
    assert_allclose(found["level"], X)
    assert_allclose(found["increment"][1:], np.diff(X, axis=0))
    turns = 2.0 * np.pi * np.arange(120) / 12.0
    moved = found["season"][:, 0] + 1j * found["season"][:, 1]
    # Dates begin anywhere on the circle.
    assert_allclose(moved / moved[0], np.exp(1j * turns), atol=1e-8)


@pytest.mark.filterwarnings("ignore:Residuals of X")
@pytest.mark.parametrize("past_only", [False, True])
def test_rows_of_leave_one_out_residuals(X, past_only):
    """Each residual belongs to the row that it is about."""
    dynamics = KernelDriftVolEstimator(
        "all", conditioning=LaggedStates(n_lags=2), past_only=past_only
    )
    paths = [X.iloc[:50], X.iloc[50:]]
    dynamics.fit(paths)
    rows = dynamics.loo_rows_
    assert len(rows) == len(dynamics.loo_residuals_)
    assert not set(rows) & {0, 1, 50, 51}
    whitened = np.concatenate([np.asarray(r) for r in dynamics.transform(paths)])
    for found, known in zip(whitened[rows].T, dynamics.loo_residuals_.T, strict=True):
        assert np.corrcoef(found, known)[0, 1] > 0.95
