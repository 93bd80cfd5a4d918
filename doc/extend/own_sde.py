"""A forward process of one's own, and the identities that it must meet."""

from dataclasses import dataclass
from numbers import Real
from typing import ClassVar

import numpy as np
from sklearn.utils._param_validation import Interval

from skdiffts import DiffusionResidualSampler
from skdiffts.sde import BaseSDE


@dataclass(kw_only=True, repr=False, eq=False)
class Circular(BaseSDE):
    """From data to noise on a circle, up to an angle below pi / 2."""

    angle: float = 1.56

    _parameter_constraints: ClassVar[dict] = {
        "angle": [Interval(Real, 0, np.pi / 2, closed="neither")],
    }

    @property
    def limit_std(self):
        return 1.0

    def scale(self, t):
        return np.cos(self.angle * np.asarray(t))

    def std(self, t):
        return np.sin(self.angle * np.asarray(t))

    def drift_coef(self, t):
        return -self.angle * np.tan(self.angle * np.asarray(t))

    def g2(self, t):
        return 2.0 * self.angle * np.tan(self.angle * np.asarray(t))

    def time(self, log_snr):
        angle = np.arctan(np.exp(-np.asarray(log_snr)))
        return np.clip(angle / self.angle, 0.0, 1.0)[()]


# Use
X = np.random.RandomState(0).standard_t(5, size=(500, 2))
sampler = DiffusionResidualSampler(Circular(), max_iter=100, random_state=0)
sampler.set_params(sde__angle=1.5, early_stopping=False)
draws = sampler.fit(X).sample(1000, random_state=0)

# Checks of the formulas
sde = Circular()
t = np.linspace(0.05, 0.95, 19)
h = 1e-6


def slope(function):
    """Derivative in t."""
    return (function(t + h) - function(t - h)) / (2.0 * h)


np.testing.assert_allclose(
    sde.drift_coef(t), slope(lambda u: np.log(sde.scale(u))), rtol=1e-6
)
np.testing.assert_allclose(
    sde.g2(t),
    slope(lambda u: sde.std(u) ** 2) - 2.0 * sde.drift_coef(t) * sde.std(t) ** 2,
    rtol=1e-6,
)
np.testing.assert_allclose(sde.time(sde.log_snr(t)), t, rtol=1e-12)
np.testing.assert_allclose(draws.std(axis=0), X.std(axis=0), rtol=0.15)
