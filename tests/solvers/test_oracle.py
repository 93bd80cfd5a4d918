"""Order of convergence and exact output of every solver, for Gaussian data."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from sklearn.base import clone

from skdiffts.solvers import (
    AdaptiveProbabilityFlow,
    AnnealedLangevin,
    EulerMaruyama,
    ExponentialMultistep,
    PredictorCorrector,
    ProbabilityFlow,
)

DEFAULT_SD = [1.0, 0.3, 0.05]


def multisteps(gammas, orders=(1, 2, 3), grid="logsnr"):
    return [
        ExponentialMultistep(order=order, corrector=corrector, gamma=gamma, grid=grid)
        for gamma in gammas
        for order in orders
        for corrector in (False, True)
    ]


@pytest.mark.parametrize(
    "solver",
    [
        *multisteps([0.0]),
        *multisteps([0.0], orders=(1, 2), grid="uniform"),
        *multisteps([0.0], orders=(1, 2), grid="quadratic"),
    ],
    ids=repr,
)
def test_order_of_the_flow(measured_orders, sde, solver):
    """The same on every grid, and between any two numbers of steps."""
    assert_allclose(measured_orders(clone(solver), sde), solver.weak_order, atol=0.25)


@pytest.mark.parametrize("solver", multisteps([0.5, 1.0]), ids=repr)
def test_weak_order_with_noise(measured_orders, sde, solver):
    assert min(measured_orders(clone(solver), sde)) > solver.weak_order - 0.1


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("grid", ["logsnr", "uniform", "quadratic"])
def test_order_of_euler_maruyama(measured_orders, sde, gamma, grid):
    solver = EulerMaruyama(gamma=gamma, grid=grid)
    order = measured_orders(solver, sde, sd=0.3)[-1]
    assert_allclose(order, solver.weak_order, atol=0.25)


@pytest.mark.parametrize(
    "solver",
    [
        *multisteps([0.5, 1.0]),
        EulerMaruyama(grid="uniform"),
        EulerMaruyama(grid="uniform", gamma=0.5),
        PredictorCorrector(n_corrections=0),
        ProbabilityFlow(),
    ],
    ids=repr,
)
def test_strong_order(solve_gaussian, sde, span, solver):
    """Mean square between n and 2 n steps on one Brownian path, all in coefficients."""
    solver, (low, high), sd = clone(solver), span(sde, 2.0), 0.3

    def draw(n_steps, noises):
        start, noises = noises[:1], iter(noises[1:].split(1))
        return solve_gaussian(
            solver.set_params(n_steps=n_steps),
            sd,
            (low, high),
            sde,
            np.hypot(sd, np.exp(-low)) * start.T,
            lambda: next(noises).T,
        )

    distances = []
    for n_steps in (200, 400):
        fine = torch.eye(1 + 2 * n_steps, dtype=torch.float64)
        # The noise of a long step: the earlier half has faded by the gamma of the family.
        width = (high - low) / n_steps
        in_time = isinstance(solver, EulerMaruyama)
        fading = 1.0 if in_time else np.exp(-0.5 * solver.gamma**2 * width)
        long = (fading * fine[1::2] + fine[2::2]) / np.hypot(fading, 1.0)
        coarse = draw(n_steps, torch.cat([fine[:1], long]))
        distances.append(float((coarse - draw(2 * n_steps, fine)).norm()))
    assert distances[-1] > 1e-13, "the distance is rounding"
    order = np.log2(distances[0] / distances[1])
    assert_allclose(order, solver.strong_order, atol=0.25)


@pytest.mark.parametrize("solver", multisteps([0.0]), ids=repr)
def test_orders_of_the_flow_are_one(solver):
    assert solver.strong_order == solver.weak_order


@pytest.mark.parametrize(
    "solver",
    [AnnealedLangevin(), AdaptiveProbabilityFlow(), PredictorCorrector()],
    ids=repr,
)
def test_no_order_is_stated(solver):
    assert solver.weak_order is None
    assert solver.strong_order is None


@pytest.mark.parametrize(
    ("solver", "gamma"),
    [
        (AnnealedLangevin(), None),
        (PredictorCorrector(), None),
        (PredictorCorrector(n_corrections=0), 1.0),
        (ProbabilityFlow(), 0.0),
        (AdaptiveProbabilityFlow(), 0.0),
        (EulerMaruyama(gamma=0.3), 0.3),
        (ExponentialMultistep(), 1.0),
    ],
    ids=repr,
)
def test_member_of_the_gamma_family(solver, gamma):
    assert solver.gamma == gamma


@pytest.mark.parametrize("sd", DEFAULT_SD)
def test_default_spread_is_right(output_std, log_snr_range, sd):
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
        (EulerMaruyama(grid="logsnr"), 0.3, 0.046),
    ],
)
def test_spread_agrees_with_another_program(output_std, sde, solver, sd, expected):
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
def test_limit_does_not_depend_on_gamma(output_std, limit_std, sde, gamma):
    span = sde.log_snr(1.0), 2.0
    solver = ExponentialMultistep(n_steps=400, gamma=gamma)
    assert_allclose(output_std(solver, 0.5, span), limit_std(0.5, 2.0), rtol=1e-3)


def test_white_data_need_no_step(output_std, limit_std, sde, log_snr_range):
    """For N(0, 1) and VP the distribution of x never changes, whatever the level."""
    solver = EulerMaruyama(gamma=0.0, n_steps=10)
    std = output_std(solver, 1.0, log_snr_range)
    assert_allclose(std, limit_std(1.0, log_snr_range[1]), rtol=1e-12)
