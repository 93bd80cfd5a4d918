"""Linear-Gaussian oracle: the exact output distribution of a solver, without any draw."""

import itertools

import numpy as np
import pytest
import torch

from skdiffts.sde import VP

LAST = -np.log(0.005)


@pytest.fixture(scope="session")
def sde():
    return VP()


@pytest.fixture(scope="session")
def span():
    """Lowest and highest log signal-to-noise ratio of a process."""

    def ends(sde, last=LAST):
        return float(sde.log_snr(1.0)), last

    return ends


@pytest.fixture(scope="session")
def log_snr_range(sde, span):
    return span(sde)


@pytest.fixture(scope="session")
def denoise():
    """Any denoiser that is neither linear in y nor constant in the level."""

    def bent(y, level):
        return torch.tanh(y) * float(np.tanh(0.3 * level + 1.0))

    return bent


@pytest.fixture(scope="session")
def solve_gaussian():
    """Output of a solver for data N(0, sd^2), whose denoised value is linear."""

    def solve(solver, sd, log_snr_range, sde, start, draw_noise):
        return solver.solve(
            lambda y, level: sd**2 / (sd**2 + np.exp(-2.0 * level)) * y,
            sde,
            start,
            log_snr_range,
            draw_noise,
        )

    return solve


@pytest.fixture(scope="session")
def coefficients(solve_gaussian):
    """Coefficients of the starting noise and of each later noise in the output.

    The output is a linear combination of them; basis vectors in their place give its
    coefficients.
    """

    def measure(solver, sd, log_snr_range, sde, start_sd=None):
        if start_sd is None:
            start_sd = np.hypot(sd, np.exp(-log_snr_range[0]))
        drawn = []

        def run(start, draw_noise):
            y = start_sd * start
            return solve_gaussian(solver, sd, log_snr_range, sde, y, draw_noise)

        nothing = torch.zeros(1, 1, dtype=torch.float64)
        run(nothing, lambda: drawn.append(1) or nothing)
        start, *noises = torch.eye(1 + len(drawn), dtype=torch.float64).split(1)
        noises = iter(noises)
        return run(start.T, lambda: next(noises).T).flatten()

    return measure


@pytest.fixture(scope="session")
def output_std(coefficients, sde):
    """Standard deviation of the output of a solver for data N(0, sd^2)."""

    def measure(solver, sd, log_snr_range, sde=sde):
        found = coefficients(solver, sd, log_snr_range, sde)
        if solver.gamma is not None:
            assert len(found) == 1 + (solver.n_steps if solver.gamma > 0.0 else 0)
        return float(found.norm())

    return measure


@pytest.fixture(scope="session")
def limit_std():
    """Closed form of the same with infinitely many steps, for any gamma."""

    def formula(sd, last, final="flow"):
        noise = np.exp(-2.0 * last)
        kept = sd**2 / (sd**2 + noise)
        factors = {"none": 1.0, "tweedie": kept, "flow": 0.5 * (1.0 + kept)}
        return np.sqrt(sd**2 + noise) * factors[final]

    return formula


@pytest.fixture(scope="session")
def measured_orders(output_std, limit_std, span):
    """Slopes of the log error in the log number of steps, at the finest steps.

    The levels end at a noise of 0.14, not at the data's finest detail: up to
    there the problem is symmetric in the log level, and leading terms cancel.
    """

    def slopes(solver, sde, sd=1.0, last=2.0, steps=(200, 400, 800), rounding=1e-12):
        errors = []
        for n_steps in steps:
            solver.set_params(n_steps=n_steps)
            error = output_std(solver, sd, span(sde, last), sde) - limit_std(sd, last)
            errors.append(abs(error))
        assert errors[-1] > rounding, "the error is rounding"
        return [np.log2(a / b) for a, b in itertools.pairwise(errors)]

    return slopes
