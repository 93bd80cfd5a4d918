"""A solver of one's own, and the identities that it must meet."""

from dataclasses import dataclass
from numbers import Real
from typing import ClassVar

import numpy as np
from sklearn.utils._param_validation import Interval

from skdiffts import DiffusionResidualSampler
from skdiffts.solvers import BaseOneStepSolver, ExponentialMultistep


@dataclass(kw_only=True, repr=False, eq=False)
class GeneralizedDDIM(BaseOneStepSolver):
    """From DDIM (eta = 0) to ancestral sampling (eta = 1)."""

    eta: float = 0.5

    _parameter_constraints: ClassVar[dict] = {
        **BaseOneStepSolver._parameter_constraints,
        "eta": [Interval(Real, 0, 1, closed="both")],
    }

    def _step(self, denoise, sde, y, start, end, draw_noise):
        before, after = np.exp(-start), np.exp(-end)
        denoised = denoise(y, start)
        fresh = self.eta**2 * after**2 * (1.0 - (after / before) ** 2)
        kept = np.sqrt(after**2 - fresh) / before
        return denoised + kept * (y - denoised) + np.sqrt(fresh) * draw_noise()


# Use
X = np.random.RandomState(0).standard_normal((500, 2))
sampler = DiffusionResidualSampler(
    solver=GeneralizedDDIM(eta=0.3, n_steps=30),
    max_iter=50,
    early_stopping=False,
    random_state=0,
)
draws = sampler.fit(X).sample(1000, random_state=0)

# Checks
common = {"order": 1, "corrector": False, "n_steps": 30}
for eta in (0.0, 1.0):
    mine = sampler.set_params(solver__eta=eta).fit(X).sample(50, random_state=0)
    peer = DiffusionResidualSampler(
        **{**sampler.get_params(deep=False), "solver": None}
    )
    peer.set_params(solver=ExponentialMultistep(gamma=eta, **common))
    theirs = peer.fit(X).sample(50, random_state=0)
    np.testing.assert_allclose(mine, theirs, atol=1e-4)
