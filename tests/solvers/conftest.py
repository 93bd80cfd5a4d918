"""The linear-Gaussian oracle: the exact output law of a solver, without any draw."""

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
def log_snr_range(sde):
    return sde.log_snr(1.0), LAST


@pytest.fixture(scope="session")
def output_std(sde):
    """Standard deviation of the output of a solver for data N(0, sd^2).

    The denoised value is linear then, so the output is a linear combination of the
    starting noise and of that of each step. Basis vectors in their place give its
    coefficients.
    """

    def measure(solver, sd, log_snr_range, sde=sde):
        start, *noises = torch.eye(solver.n_steps + 1, dtype=torch.float64).split(1)
        noises = iter(noises)
        output = solver.solve(
            lambda y, level: sd**2 / (sd**2 + np.exp(-2.0 * level)) * y,
            sde,
            np.sqrt(sd**2 + np.exp(-2.0 * log_snr_range[0])) * start.T,
            log_snr_range,
            lambda: next(noises).T,
        )
        drawn = solver.n_steps - sum(1 for _ in noises)
        assert drawn == (solver.n_steps if solver.gamma > 0.0 else 0)
        return float(output.norm())

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
def measured_order(output_std, limit_std):
    """Slope of the log error in the log number of steps, at the finest steps.

    The levels end at a noise of 0.14, not at that of the data's finest detail: up to
    there the problem is symmetric in the log level, and leading terms cancel.
    """

    def slope(solver, sde, sd=1.0, last=2.0):
        span = sde.log_snr(1.0), last
        errors = []
        for n_steps in (200, 400, 800):
            solver.set_params(n_steps=n_steps)
            error = output_std(solver, sd, span, sde) - limit_std(sd, last)
            errors.append(abs(error))
        assert errors[-1] > 1e-12, "the error is rounding"
        return [np.log2(a / b) for a, b in itertools.pairwise(errors)]

    return slope
