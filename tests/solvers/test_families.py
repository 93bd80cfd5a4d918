"""Order of convergence and output law of the solvers on every forward process."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from skdiffts.sde import COU, CVP, OU, VE, VP, LinearSDE, SubVP
from skdiffts.solvers import EulerMaruyama, ExponentialMultistep, PredictorCorrector

FAMILIES = {
    "OU": OU(),
    "VE": VE(),
    "VP": VP(),
    "SubVP": SubVP(),
    "COU": COU(),
    "CVP": CVP(),
    "LinearSDE": LinearSDE(alpha=lambda t: -2.0 * t, beta=lambda t: 4.0 - t),
}
FINEST = 800


def error(solver, sde, n_steps, output_std, limit_std):
    solver.set_params(n_steps=n_steps)
    span = float(sde.log_snr(1.0)), 2.0
    return output_std(solver, 0.3, span, sde) - limit_std(0.3, 2.0)


def measured_order(solver, sde, output_std, limit_std):
    coarse, fine = (
        error(solver, sde, n, output_std, limit_std) for n in (FINEST // 2, FINEST)
    )
    assert abs(fine) > 1e-13, "the error is rounding"
    return np.log2(abs(coarse / fine))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("gamma", [0.0, 1.0])
def test_order_of_euler_maruyama(family, gamma, output_std, limit_std):
    solver = EulerMaruyama(gamma=gamma, grid="quadratic")
    order = measured_order(solver, FAMILIES[family], output_std, limit_std)
    assert_allclose(order, 1.0, atol=0.25)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("corrector", [False, True])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_order_of_the_flow(family, order, corrector, output_std, limit_std):
    solver = ExponentialMultistep(order=order, corrector=corrector, gamma=0.0)
    measured = measured_order(solver, FAMILIES[family], output_std, limit_std)
    assert_allclose(measured, order + corrector, atol=0.25)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("corrector", [False, True])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_order_in_law_with_noise(family, order, corrector, output_std, limit_std):
    solver = ExponentialMultistep(order=order, corrector=corrector)
    measured = measured_order(solver, FAMILIES[family], output_std, limit_std)
    assert_allclose(measured, min(order + corrector, 2), atol=0.25)


@pytest.mark.parametrize("sd", [1.0, 0.3, 0.05])
@pytest.mark.parametrize("family", FAMILIES)
def test_fifty_evaluations_are_enough(family, sd, output_std):
    """The last step evaluates the score model once more."""
    sde = FAMILIES[family]
    span = float(sde.log_snr(1.0)), -np.log(0.005)
    std = output_std(ExponentialMultistep(n_steps=49), sd, span, sde)
    assert_allclose(std, sd, rtol=0.01)


@pytest.mark.parametrize("family", FAMILIES)
def test_predictor_alone_is_the_ancestral_step(family, output_std):
    """Both are the posterior of the next value given this one and x_0."""
    sde = FAMILIES[family]
    span = float(sde.log_snr(1.0)), 3.0

    def run(solver):
        noise = torch.Generator().manual_seed(0)
        return solver.solve(
            lambda y, level: 0.3 * y,
            sde,
            torch.ones(4, 2, dtype=torch.float64),
            span,
            lambda: torch.randn(4, 2, generator=noise, dtype=torch.float64),
        )

    ancestral = ExponentialMultistep(order=1, corrector=False, n_steps=20)
    predictor = PredictorCorrector(n_corrections=0, n_steps=20)
    assert_allclose(run(predictor), run(ancestral), rtol=1e-12)
