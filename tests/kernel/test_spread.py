"""Curves of many series are kept if paths keep the second moments of the rows."""

import warnings
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skdiffts import KernelDriftVolEstimator
from skdiffts.conditioning import HARVolatility, State
from skdiffts.kernel import _trial_run
from skdiffts.kernel._curve_checks import keeps_spread
from skdiffts.kernel._trial_run import mean_squares

NONE = np.empty(0)
ROWS = np.random.RandomState(0).standard_normal((500, 9))


@dataclass
class Drift:
    """Pull to a mean, from which noise of variance .36 makes variance one."""

    mean: float = 0.0
    pull: float = 0.2

    conditioning = State()
    ridge = SimpleNamespace(loo_residuals=0.6 * ROWS)

    def __call__(self, vectors):
        return self.pull * (self.mean - vectors)


@pytest.mark.parametrize(
    ("curved", "expected"),
    [(Drift(0.1), True), (Drift(2.0), False), (Drift(pull=0.02), False)],
)
def test_a_mean_or_a_size_that_moves_away_is_seen(curved, expected):
    assert keeps_spread(curved, Drift(), ROWS, NONE, 0.0, 1.0) is expected


def test_few_series_and_lines_that_are_no_better_keep_their_curves():
    assert keeps_spread(Drift(2.0), Drift(), ROWS[:, :8], NONE, 0.0, 1.0)
    assert keeps_spread(Drift(2.0), Drift(2.0), ROWS, NONE, 0.0, 1.0)
    overflow = Drift(pull=-30.0)
    assert not keeps_spread(overflow, Drift(), ROWS, NONE, 0.0, 1.0)


def make_bursts(seed):
    """Nearly integrated volatility with heavy tails, whose bursts are cut in paths."""
    rng = np.random.RandomState(seed)
    rows, h, x = [], np.ones(3), np.zeros(3)
    for _ in range(1200):
        innovation = np.sqrt(h) * rng.standard_t(3, size=3) / np.sqrt(3.0)
        h = 0.04 + 0.5 * innovation**2 + 0.46 * h
        x = 0.9 * x + innovation
        rows.append(x)
    return np.array(rows)


def _variance(estimator, factor=None):
    """Mean squared innovations of long paths over those of the training rows."""
    moments = estimator.model_.moments
    if factor is not None:
        moments = moments.with_lost(factor)
    residuals, rng = estimator.loo_residuals_, np.random.RandomState(1)
    first = estimator.model_.first_rows[:, 0].repeat(400, axis=0)
    noise = residuals[rng.randint(len(residuals), size=(200, 400))]
    history = estimator.start_history(first)
    return mean_squares(estimator.model_, moments, history, noise, 60).mean()


@pytest.mark.filterwarnings("ignore:Residuals of X:UserWarning")
def test_what_the_cut_of_bursts_takes_is_given_back():
    ratios = []
    for seed in (2, 3, 4, 5):
        scale = HARVolatility(halflives=(1.0, 10.0), margins="student")
        options = {"scale": scale, "conditioning": State(), "additive_drift": "linear"}
        estimator = KernelDriftVolEstimator("all", **options).fit(make_bursts(seed))
        assert (estimator.model_.moments.lost > 0.0).all()
        ratios.append([_variance(estimator, 0.0), _variance(estimator)])
    without, given = np.abs(np.log(ratios)).mean(axis=0)
    assert without > 0.4
    assert given < 0.1


def test_innovations_that_are_not_cut_are_left_alone():
    rows = np.random.RandomState(0).standard_normal((800, 2)).cumsum(axis=0)
    estimator = KernelDriftVolEstimator(
        "all", conditioning=State(), scale=HARVolatility(), additive_drift="linear"
    ).fit(0.1 * rows)
    assert not np.any(estimator.model_.moments.lost)


@pytest.fixture(scope="module")
def bursts():
    """Fitted dynamics whose bursts are cut."""
    scale = HARVolatility(halflives=(1.0, 10.0), margins="student")
    options = {"scale": scale, "conditioning": State(), "additive_drift": "linear"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return KernelDriftVolEstimator("all", **options).fit(make_bursts(2)).model_


def test_one_run_is_enough_where_nothing_is_missing(bursts, monkeypatch):
    runs, size = [], _trial_run.mean_squares

    def wide(*given):
        runs.append(given[1])
        return 2.0 * size(*given) + 1.0

    monkeypatch.setattr(_trial_run, "mean_squares", wide)
    history = bursts.start(np.zeros((50, 3)))
    given = _trial_run.at_long_run(bursts, bursts.moments, history, np.zeros((50, 3)))
    assert len(runs) == 1
    assert not np.any(given.lost)


def test_no_more_than_the_largest_share_is_given_back(bursts, monkeypatch):
    """Series that stay too narrow whatever they are given: runs end at the bound."""
    shares = []

    def narrow(dynamics, moments, *given):
        shares.append(np.mean(moments.lost / moments.long_run))
        return np.full((16, 3), 0.01 + min(shares[-1], 0.2))

    monkeypatch.setattr(_trial_run, "mean_squares", narrow)
    history = bursts.start(np.zeros((50, 3)))
    given = _trial_run.at_long_run(bursts, bursts.moments, history, np.zeros((50, 3)))
    assert_allclose(shares[-2:], _trial_run.MOST)
    assert_allclose(np.mean(given.lost / given.long_run), _trial_run.MOST)
