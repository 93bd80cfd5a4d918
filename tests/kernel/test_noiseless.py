"""Curves of a linear drift are kept only where noiseless paths come back."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator

from skdiffts._paths import check_paths
from skdiffts.conditioning import NoScale, State
from skdiffts.kernel import _linear_drift
from skdiffts.kernel._curve_checks import leads_back
from skdiffts.kernel._history import HistoryRules
from skdiffts.linear import JointRange


class Drift:
    """Drift of independent series, a function of their own values."""

    def __init__(self, function):
        self.conditioning, self.function = State(), function

    def __call__(self, vectors):
        return self.function(vectors)


LINE = Drift(lambda x: -0.1 * x)
NONE = np.empty(0)  # covariates
ROWS = np.random.RandomState(0).uniform(-1.0, 1.0, size=(200, 2))
JOINT = JointRange.fit(ROWS)


@pytest.mark.parametrize(
    ("curve", "expected"),
    [
        (lambda x: x - 2.0 * x**3, True),  # two fixed points among the rows
        (lambda x: -0.5 * np.tanh(x), True),
        # A constant beyond the rows that holds them there.
        (lambda x: np.where(x < -1.0, -0.1 * (x + 8.0), -0.1 * x), False),
        (lambda x: 0.1 * x, False),
        (lambda x: x**3, False),  # overflows
    ],
    ids=["double well", "bounded", "trap", "unstable", "explosive"],
)
def test_a_fixed_point_far_from_all_rows_is_found(curve, expected):
    assert leads_back(Drift(curve), LINE, JOINT, ROWS, NONE, 0.0, 0.1) is expected


def test_a_curve_may_go_as_far_as_its_line():
    walk = Drift(lambda x: 0.0 * x)
    assert leads_back(walk, walk, JOINT, ROWS, NONE, 0.0, 1.0)
    still = np.zeros((5, 2))
    assert leads_back(LINE, LINE, JointRange.fit(still), still, NONE, 0.0, 1.0)


@pytest.mark.parametrize("is_kept", [True, False])
def test_drift_without_its_curves_is_the_one_that_was_compared(monkeypatch, is_kept):
    rng = np.random.RandomState(0)
    x, rows = 1.0, []
    for _ in range(800):
        x += 0.3 * (x - x**3) + 0.3 * rng.standard_normal()
        rows.append([x])
    paths, dt = check_paths(BaseEstimator(), np.array(rows), reset=True), np.ones(799)
    monkeypatch.setattr(_linear_drift, "leads_back", lambda *_: is_kept)
    core = HistoryRules.fit(State(), NoScale(), paths, dt, has_core=True).core
    assert bool(core.ridge.splines) is is_kept
    assert core.ridge.plan.curved is is_kept
    assert core.ridge.straight is None
    residuals = np.diff(paths.values, axis=0) - core.left_out
    np.testing.assert_allclose(residuals, core.ridge.loo_residuals)


def test_curves_that_are_a_trap_end_beyond_the_joint_range(monkeypatch):
    """First without an end, then with one."""
    rng = np.random.RandomState(0)
    x, rows = 1.0, []
    for _ in range(800):
        x += 0.3 * (x - x**3) + 0.3 * rng.standard_normal()
        rows.append([x])
    X = np.array(rows)
    paths, dt = check_paths(BaseEstimator(), X, reset=True), np.ones(799)
    cores = []
    for answers in ([True], [False, True]):
        monkeypatch.setattr(
            _linear_drift, "leads_back", lambda *_, kept=answers: kept.pop(0)
        )
        cores.append(
            HistoryRules.fit(State(), NoScale(), paths, dt, has_core=True).core
        )
    plain, ended = cores
    np.testing.assert_array_equal(plain.left_out, ended.left_out)
    np.testing.assert_array_equal(plain(X), ended(X))
    far = X.mean() + np.array([[-9.0], [9.0]])
    np.testing.assert_array_equal(
        ended(far), ended.ridge.straight.line(far, far[:, :, None])
    )
    assert len(ended.ridge.straight.loo_residuals) == 0
    assert np.abs(plain(far) - plain.line(far)).min() > 0.1
