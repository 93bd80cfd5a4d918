"""A conditioning of one's own, and the identities that it must meet."""

from dataclasses import dataclass
from numbers import Real
from typing import ClassVar

import numpy as np
from sklearn.neighbors import KernelDensity
from sklearn.utils._param_validation import Interval

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts.conditioning import BaseConditioning, ConditioningUnion, State, Step


@dataclass(kw_only=True, repr=False, eq=False)
class Drawdown(BaseConditioning):
    """Distance of each series below its maximum so far, which fades."""

    fading: float = 0.01

    _parameter_constraints: ClassVar[dict] = {
        "fading": [Interval(Real, 0, 1, closed="left")],
    }

    def start(self, states):
        return states.copy()

    def update(self, history, step):
        faded = history - self.fading * (history - step.states)
        return np.maximum(faded, step.states)

    def vector(self, history, states, clock):
        return history - states


# Use
X = np.random.RandomState(0).standard_normal((300, 2)).cumsum(axis=0)
union = ConditioningUnion(parts=[("state", State()), ("drawdown", Drawdown())])
dynamics = KernelDriftVolEstimator("all", conditioning=union)
generator = GenerativeTimeSeries(dynamics, KernelDensity(bandwidth=0.3))
generator.set_params(dynamics__conditioning__drawdown__fading=0.05).fit(X)
paths = generator.sample(10, 500, random_state=0)

# Checks
strategy = Drawdown(fading=0.0)
history = strategy.start(np.array([[1.0]]))
for value, drawdown in [(3.0, 0.0), (2.0, 1.0), (4.0, 0.0), (1.0, 3.0)]:
    row = np.array([[value]])
    step = Step(states=row, increments=row, dt=np.ones(1), clock=np.zeros(1))
    history = strategy.update(history, step)
    np.testing.assert_array_equal(strategy.vector(history, row, None), [[drawdown]])

changed = X.copy()
changed[200:] += 100.0
before, after = (dynamics.fit(X).transform(rows)[:200] for rows in (X, changed))
np.testing.assert_array_equal(before[1:], after[1:])
assert generator.dynamics_.n_conditioning_ == 4
assert np.isfinite(paths).all()
