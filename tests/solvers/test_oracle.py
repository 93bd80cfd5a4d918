"""Order of convergence and exact law of every solver, for Gaussian data."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skdiffts.solvers import EulerMaruyama, ExponentialMultistep

DEFAULT_SD = [1.0, 0.3, 0.05]


@pytest.mark.parametrize("corrector", [False, True])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_order_of_the_flow(measured_order, sde, order, corrector):
    solver = ExponentialMultistep(order=order, corrector=corrector, gamma=0.0)
    assert_allclose(measured_order(solver, sde), order + corrector, atol=0.25)


@pytest.mark.parametrize("gamma", [0.5, 1.0])
@pytest.mark.parametrize("corrector", [False, True])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_order_in_law_with_noise(measured_order, sde, order, corrector, gamma):
    """The noise inside a step is seen by no polynomial: the order ends at 2."""
    solver = ExponentialMultistep(order=order, corrector=corrector, gamma=gamma)
    stated = min(order + corrector, 2)
    assert min(measured_order(solver, sde)) > stated - 0.1


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("grid", ["logsnr", "uniform", "quadratic"])
def test_order_of_euler_maruyama(measured_order, sde, gamma, grid):
    solver = EulerMaruyama(gamma=gamma, grid=grid)
    assert_allclose(measured_order(solver, sde, sd=0.3)[-1], 1.0, atol=0.25)


@pytest.mark.parametrize("grid", ["uniform", "quadratic"])
@pytest.mark.parametrize("corrector", [False, True])
@pytest.mark.parametrize("order", [1, 2])
def test_order_does_not_depend_on_the_grid(measured_order, sde, order, corrector, grid):
    solver = ExponentialMultistep(
        order=order, corrector=corrector, gamma=0.0, grid=grid
    )
    assert_allclose(measured_order(solver, sde), order + corrector, atol=0.25)


@pytest.mark.parametrize("sd", DEFAULT_SD)
def test_default_law_is_right(output_std, log_snr_range, sd):
    solver = ExponentialMultistep()
    assert solver.n_steps == 50
    assert_allclose(output_std(solver, sd, log_snr_range), sd, rtol=0.01)


@pytest.mark.parametrize("sd", DEFAULT_SD)
def test_flow_needs_fewer_steps(output_std, log_snr_range, sd):
    solver = ExponentialMultistep(gamma=0.0, n_steps=25)
    assert_allclose(output_std(solver, sd, log_snr_range), sd, rtol=0.005)


@pytest.mark.parametrize(
    ("solver", "sd", "expected"),
    [
        # diffusion.md, 3.2 and 4.2: relative errors of an independent program that cut
        # at t = 1e-3. The notes have three digits, and another cut.
        (ExponentialMultistep(order=1, corrector=False, gamma=0.0), 0.3, -0.046),
        (ExponentialMultistep(order=1, corrector=False), 0.3, -0.088),
        (ExponentialMultistep(order=2, corrector=False, gamma=0.0), 0.3, 0.005),
        (ExponentialMultistep(order=2, corrector=False), 0.3, 0.013),
        (EulerMaruyama(), 0.3, 0.046),
    ],
)
def test_law_agrees_with_another_program(output_std, sde, solver, sd, expected):
    solver.set_params(n_steps=50)
    span = sde.log_snr(1.0), sde.log_snr(1e-3)
    # 0.0010 of them is the notes' own last step at their cut.
    error = output_std(solver, sd, span) / sd - 1.0
    assert_allclose(error, expected, atol=0.0045)


@pytest.mark.parametrize("sd", [0.3, 0.05, 0.02])
def test_last_step(output_std, limit_std, sde, sd):
    """diffusion.md, 2.3: nothing is too wide, the posterior mean as much too narrow."""
    span = sde.log_snr(1.0), sde.log_snr(1e-3)
    error = {}
    for final in ("none", "tweedie", "flow"):
        solver = ExponentialMultistep(n_steps=1000, final=final)
        std = output_std(solver, sd, span)
        assert_allclose(std, limit_std(sd, span[1], final), rtol=1e-4)
        error[final] = limit_std(sd, span[1], final) / sd - 1.0
    assert error["none"] > 0.0
    assert error["tweedie"] < 0.0
    noise = np.exp(-2.0 * span[1]) / sd**2
    assert_allclose(error["none"], noise / 2.0, rtol=noise)
    assert_allclose(error["tweedie"], -noise / 2.0, rtol=2.0 * noise)
    # Fourth order: the square of the noise-to-signal variance.
    assert abs(error["flow"]) < 0.2 * noise**2


@pytest.mark.parametrize("gamma", [0.0, 0.3, 1.0, 1.5])
def test_limit_law_does_not_depend_on_gamma(output_std, limit_std, sde, gamma):
    span = sde.log_snr(1.0), 2.0
    solver = ExponentialMultistep(n_steps=400, gamma=gamma)
    assert_allclose(output_std(solver, 0.5, span), limit_std(0.5, 2.0), rtol=1e-3)


def test_white_data_need_no_step(output_std, limit_std, sde, log_snr_range):
    """For N(0, 1) and VP the law of x never changes, whatever the level."""
    solver = EulerMaruyama(gamma=0.0, n_steps=10)
    std = output_std(solver, 1.0, log_snr_range)
    assert_allclose(std, limit_std(1.0, log_snr_range[1]), rtol=1e-12)
