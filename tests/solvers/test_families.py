"""Order of convergence and output of the solvers on every forward process."""

import pytest
import torch
from numpy.testing import assert_allclose
from sklearn.base import clone

from skdiffts.sde import COU, CVP, OU, VE, VP, LinearSDE, SubVP
from skdiffts.solvers import (
    EulerMaruyama,
    ExponentialMultistep,
    PredictorCorrector,
    ProbabilityFlow,
)

FAMILIES = {
    "OU": OU(),
    "VE": VE(),
    "VP": VP(),
    "SubVP": SubVP(),
    "COU": COU(),
    "CVP": CVP(),
    "LinearSDE": LinearSDE(drift=lambda t: -2.0 * t, noise=lambda t: 4.0 - t),
}

SOLVERS = [
    *(EulerMaruyama(gamma=gamma, grid="quadratic") for gamma in (0.0, 1.0)),
    *(
        ExponentialMultistep(order=order, corrector=corrector, gamma=gamma)
        for gamma in (0.0, 1.0)
        for order in (1, 2, 3)
        for corrector in (False, True)
    ),
    ProbabilityFlow(),
    PredictorCorrector(n_corrections=0),
]


# Of a process a multistep solver sees the range of levels alone: wide, middle, narrow.
RANGES = ("VP", "COU", "CVP")


@pytest.mark.parametrize(
    ("solver", "family"),
    [
        pytest.param(solver, family, id=f"{solver!r}-{family}")
        for solver in SOLVERS
        for family in FAMILIES
        if family in RANGES or not isinstance(solver, ExponentialMultistep)
    ],
)
def test_weak_order(family, solver, measured_orders):
    sde = FAMILIES[family]
    [order] = measured_orders(
        clone(solver), sde, sd=0.3, steps=(400, 800), rounding=1e-13
    )
    assert_allclose(order, solver.weak_order, atol=0.25)


@pytest.mark.parametrize("sd", [1.0, 0.3, 0.05])
@pytest.mark.parametrize("family", FAMILIES)
def test_fifty_evaluations_are_enough(family, sd, output_std, span):
    """The last step evaluates the score model once more."""
    sde = FAMILIES[family]
    std = output_std(ExponentialMultistep(n_steps=49), sd, span(sde), sde)
    assert_allclose(std, sd, rtol=0.01)


@pytest.mark.parametrize("family", FAMILIES)
def test_predictor_alone_is_the_ancestral_step(family, span):
    """Both are the posterior of the next value given this one and x_0."""
    sde = FAMILIES[family]

    def run(solver):
        noise = torch.Generator().manual_seed(0)
        return solver.solve(
            lambda y, level: 0.3 * y,
            sde,
            torch.ones(4, 2, dtype=torch.float64),
            span(sde, 3.0),
            lambda: torch.randn(4, 2, generator=noise, dtype=torch.float64),
        )

    ancestral = ExponentialMultistep(order=1, corrector=False, n_steps=20)
    predictor = PredictorCorrector(n_corrections=0, n_steps=20)
    assert_allclose(run(predictor), run(ancestral), rtol=1e-12)
