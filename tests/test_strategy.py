"""Strategies: parameters with parameters of their own."""

import inspect
import pickle
from dataclasses import dataclass
from numbers import Real
from typing import ClassVar

import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.model_selection import ParameterGrid

from skdiffts._strategy import DefaultPartsMixin, Strategy
from skdiffts._validation import Interval


@dataclass(kw_only=True, repr=False, eq=False)
class Schedule(Strategy):
    """A strategy with a constraint."""

    slope: float = 1.0
    steps: int = 10

    _parameter_constraints: ClassVar[dict] = {
        "slope": [Interval(Real, 0, None, closed="left")],
    }


@dataclass(kw_only=True, repr=False, eq=False)
class Noise(Strategy):
    """A strategy that has a strategy, None by default."""

    schedule: Schedule | None = None
    scale: float = 1.0


class Sampler(DefaultPartsMixin, BaseEstimator):
    """An estimator whose parts are None by default."""

    _default_parts: ClassVar[dict] = {"noise": Noise, "schedule": Schedule}

    _parameter_constraints: ClassVar[dict] = {
        "noise": [None],
        "schedule": [Schedule, None],
    }

    def __init__(self, n=1, *, noise=None, schedule=None, other=None):
        self.n = n
        self.noise = noise
        self.schedule = schedule
        self.other = other

    def fit(self):
        self.schedule_ = self._part("schedule")
        return self


# Strategy


def test_fields_are_the_parameters():
    assert Schedule(slope=2.0).get_params() == {"slope": 2.0, "steps": 10}
    kinds = {p.kind for p in inspect.signature(Schedule).parameters.values()}
    assert kinds == {inspect.Parameter.KEYWORD_ONLY}
    with pytest.raises(TypeError, match="positional"):
        Schedule(2.0)


def test_strategy_is_cloned_printed_and_pickled():
    schedule = Schedule(slope=2.0)
    twin = clone(schedule)
    assert twin is not schedule
    assert twin.get_params() == schedule.get_params()
    assert repr(schedule) == "Schedule(slope=2.0)"
    assert repr(pickle.loads(pickle.dumps(schedule))) == repr(schedule)
    # Equal by identity, hence fit to be keys, as estimators are.
    assert twin != schedule
    assert len({twin, schedule}) == 2


def test_strategy_has_nested_parameters():
    noise = Noise(schedule=Schedule(slope=2.0))
    assert noise.get_params()["schedule__slope"] == 2.0
    noise.set_params(schedule__slope=3.0, scale=4.0)
    assert (noise.schedule.slope, noise.scale) == (3.0, 4.0)
    assert clone(noise).schedule is not noise.schedule
    with pytest.raises(ValueError, match="Invalid parameter 'speed'"):
        noise.set_params(speed=1.0)


def test_strategy_checks_nothing_when_it_is_made():
    Schedule(slope=-1.0)
    Schedule().set_params(slope="steep")


# Parts in use


def check(strategy):
    return Sampler(schedule=strategy).fit().schedule_


def test_none_stands_for_the_default():
    first, second = check(None), check(None)
    assert repr(first) == repr(Schedule())
    assert first is not second


def test_the_users_strategy_is_copied():
    schedule = Schedule(slope=2.0)
    checked = check(schedule)
    assert checked is not schedule
    assert checked.slope == 2.0
    checked.slope = 5.0
    assert schedule.slope == 2.0


def test_children_are_of_their_kind():
    @dataclass(kw_only=True, repr=False, eq=False)
    class Steeper(Schedule):
        slope: float = 7.0

    assert check(Steeper()).slope == 7.0


@pytest.mark.parametrize("wrong", ["linear", 3, Noise(), Schedule])
def test_wrong_kinds_are_refused(wrong):
    with pytest.raises(TypeError) as error:
        check(wrong)
    message = str(error.value)
    assert message.startswith(f"schedule={wrong!r} is not a Schedule")
    assert "Schedule()" in message


def test_constraints_are_checked():
    with pytest.raises(ValueError, match=r"'slope' parameter of Schedule .*Got -1.0"):
        check(Schedule(slope=-1.0))
    # A strategy without constraints takes what it gets.
    assert Sampler(noise=Noise(scale=-1.0))._part("noise").scale == -1.0


def test_fit_leaves_the_parameter_alone():
    sampler = Sampler(schedule=Schedule(slope=2.0)).fit()
    assert sampler.schedule_ is not sampler.schedule
    assert sampler.schedule_.slope == 2.0
    assert Sampler().fit().schedule is None


# DefaultPartsMixin


def test_nested_parameter_of_none_builds_the_default():
    sampler = Sampler()
    assert sampler.set_params(schedule__slope=2.0) is sampler
    assert sampler.schedule.slope == 2.0
    assert sampler.noise is None  # not named, not built
    assert Sampler().schedule is None  # nothing is shared


def test_nested_parameter_of_a_part_changes_that_part():
    schedule = Schedule(steps=3)
    sampler = Sampler(schedule=schedule).set_params(schedule__slope=2.0)
    assert sampler.schedule is schedule
    assert (schedule.slope, schedule.steps) == (2.0, 3)


def test_part_and_its_parameter_at_once():
    sampler = Sampler(schedule=Schedule(steps=3))
    sampler.set_params(schedule=Schedule(steps=4), schedule__slope=2.0)
    assert (sampler.schedule.steps, sampler.schedule.slope) == (4, 2.0)
    sampler.set_params(schedule=None, schedule__slope=3.0)
    assert (sampler.schedule.steps, sampler.schedule.slope) == (10, 3.0)
    sampler.set_params(schedule=None)
    assert sampler.schedule is None


def test_plain_parameters_are_set_as_ever():
    sampler = Sampler().set_params(n=3, other="x")
    assert (sampler.n, sampler.other) == (3, "x")
    assert sampler.set_params() is sampler
    with pytest.raises(ValueError, match="Invalid parameter 'speed'"):
        sampler.set_params(speed=1)
    with pytest.raises(ValueError, match="Invalid parameter 'speed'"):
        sampler.set_params(schedule__speed=1)
    with pytest.raises(AttributeError, match="set_params"):
        sampler.set_params(other__slope=1)  # not a part with a default


def test_deeper_parameters():
    sampler = Sampler(noise=Noise(schedule=Schedule()))
    sampler.set_params(noise__schedule__slope=2.0, noise__scale=3.0)
    assert (sampler.noise.schedule.slope, sampler.noise.scale) == (2.0, 3.0)


def test_grids_reach_the_parts():
    slopes = []
    for params in ParameterGrid({"schedule__slope": [1.0, 2.0], "n": [1]}):
        slopes.append(clone(Sampler()).set_params(**params).fit().schedule_.slope)
    assert slopes == [1.0, 2.0]


def test_clone_keeps_none():
    sampler = clone(Sampler())
    assert sampler.schedule is None
    built = clone(Sampler().set_params(schedule__slope=2.0))
    assert built.schedule.slope == 2.0
    assert repr(built) == "Sampler(schedule=Schedule(slope=2.0))"
