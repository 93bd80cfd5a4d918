"""One step against its textbook formula, and steps on polynomials."""

import itertools

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from scipy.integrate import quad
from sklearn.base import clone

from skdiffts.sde import VP
from skdiffts.solvers import EulerMaruyama, ExponentialMultistep

GRIDS = ["logsnr", "uniform", "quadratic"]
SCHEDULES = ["linear", "cosine", "exponential", "geometric"]


def noise_source(seed, shape):
    """Source of noise and the list of what it has given."""
    rng = torch.Generator().manual_seed(seed)
    drawn = []

    def draw():
        drawn.append(torch.randn(shape, generator=rng, dtype=torch.float64))
        return drawn[-1]

    return draw, drawn


@pytest.fixture
def start():
    return torch.linspace(-150.0, 150.0, 7, dtype=torch.float64)[:, None]


class Watched(ExponentialMultistep):
    """Remembers the value from which each step is made, after its correction."""

    def _integrate(self, y, noise, points, start, end, gamma):
        if start == points[-1][0]:  # else a step is made again
            self.__dict__.setdefault("seen", []).append(y)
        return super()._integrate(y, noise, points, start, end, gamma)


def test_order_one_without_noise_is_ddim(sde, log_snr_range, start, denoise):
    solver = ExponentialMultistep(
        order=1, corrector=False, gamma=0.0, n_steps=9, final="none"
    )
    times = sde.time(np.linspace(*log_snr_range, 10))
    x = sde.scale(times[0]) * start
    for t, s in itertools.pairwise(times):
        predicted = denoise(x / sde.scale(t), sde.log_snr(t))
        noise = (x - sde.scale(t) * predicted) / sde.std(t)
        x = sde.scale(s) * predicted + sde.std(s) * noise
    y = solver.solve(denoise, sde, start, log_snr_range, None)
    assert_allclose(y, x / sde.scale(times[-1]), rtol=1e-9)


def test_order_one_with_noise_is_ancestral_sampling(sde, log_snr_range, start, denoise):
    solver = ExponentialMultistep(
        order=1, corrector=False, gamma=1.0, n_steps=9, final="none"
    )
    draw, drawn = noise_source(0, start.shape)
    y = solver.solve(denoise, sde, start, log_snr_range, draw)
    times = sde.time(np.linspace(*log_snr_range, 10))
    x = sde.scale(times[0]) * start
    for (t, s), noise in zip(itertools.pairwise(times), drawn, strict=True):
        # DDPM in its own letters; the variance is the posterior's given x_0.
        abar_t, abar_s = sde.scale(t) ** 2, sde.scale(s) ** 2
        beta = 1.0 - abar_t / abar_s
        mean = (
            np.sqrt(abar_s)
            * beta
            / (1.0 - abar_t)
            * denoise(x / sde.scale(t), sde.log_snr(t))
            + np.sqrt(1.0 - beta) * (1.0 - abar_s) / (1.0 - abar_t) * x
        )
        variance = (1.0 - abar_s) / (1.0 - abar_t) * beta
        x = mean + np.sqrt(variance) * noise
    assert_allclose(y, x / sde.scale(times[-1]), rtol=1e-9)


@pytest.mark.parametrize("gamma", [0.0, 0.7, 1.0])
def test_euler_maruyama_by_hand(sde, log_snr_range, start, gamma, denoise):
    solver = EulerMaruyama(gamma=gamma, n_steps=9, grid="uniform", final="none")
    draw, drawn = noise_source(0, start.shape)
    y = solver.solve(denoise, sde, start, log_snr_range, draw)
    noises = drawn if gamma > 0.0 else [0.0] * 9
    times = np.linspace(1.0, sde.time(log_snr_range[1]), 10)
    x = sde.scale(times[0]) * start
    for (t, s), noise in zip(itertools.pairwise(times), noises, strict=True):
        m, h = sde.scale(t), t - s
        score = (m * denoise(x / m, sde.log_snr(t)) - x) / sde.std(t) ** 2
        x = x - h * (sde.drift_coef(t) * x - (1.0 + gamma**2) / 2.0 * sde.g2(t) * score)
        x = x + gamma * np.sqrt(sde.g2(t) * h) * noise
    assert_allclose(y, x / sde.scale(times[-1]), rtol=1e-9)


def exact_step(y, noise, start, end, gamma, function):
    """Variation of constants, the integral by quadrature."""
    a = 1.0 + gamma**2
    integral, _ = quad(
        lambda u: a * np.exp(-a * (end - u)) * function(u), start, end, epsabs=1e-13
    )
    spread = np.exp(-end) * np.sqrt(1.0 - np.exp(-2.0 * gamma**2 * (end - start)))
    return np.exp(-a * (end - start)) * y + integral + spread * noise


@pytest.mark.parametrize("gamma", [0.0, 0.7, 1.0])
@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("corrector", [False, True])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_polynomials_are_integrated_exactly(sde, order, corrector, grid, gamma):
    """A step is exact for as many values as lie behind it, once there are as many."""
    n_values = order + corrector
    coefficients = [0.7, -0.4, 0.3, 0.05][:n_values]

    def function(level):
        return float(np.polynomial.Polynomial(coefficients)(level))

    n_steps, shape = 8, (3, 1)
    solver = Watched(
        order=order, corrector=corrector, gamma=gamma, n_steps=n_steps, grid=grid
    )
    draw, drawn = noise_source(1, shape)
    span = -1.0, 2.0
    start = torch.tensor([[-2.0], [0.0], [3.0]], dtype=torch.float64)
    solver._run(
        lambda y, level: torch.full(shape, function(level), dtype=torch.float64),
        sde,
        start,
        span,
        draw,
    )
    levels = solver.levels(sde, span)
    # Order 3 of the flow begins with a short step.
    assert len(levels) == n_steps + 1 + (order == 3 and gamma == 0.0)
    n_steps = len(levels) - 1
    noises = drawn if gamma > 0.0 else [torch.zeros(shape)] * n_steps
    assert len(solver.seen) == n_steps
    for k in range(order - 1, n_steps - 1):
        ends = levels[k], levels[k + 1]
        expected = exact_step(solver.seen[k], noises[k], *ends, gamma, function)
        assert_allclose(solver.seen[k + 1], expected, rtol=1e-9, atol=1e-9)


def test_denoiser_is_evaluated_once_a_step(sde, log_snr_range, start, denoise):
    levels = []

    def watched(y, level):
        levels.append(level)
        return denoise(y, level)

    for solver in (ExponentialMultistep(gamma=0.0), EulerMaruyama(gamma=0.0)):
        levels.clear()
        solver.set_params(n_steps=6, final="none").solve(
            watched, sde, start, log_snr_range, None
        )
        assert_array_equal(levels, solver.levels(sde, log_snr_range)[:-1])
        levels.clear()
        solver.set_params(final="flow").solve(watched, sde, start, log_snr_range, None)
        assert_array_equal(levels, solver.levels(sde, log_snr_range))


def test_solver_keeps_no_state_between_draws(sde, log_snr_range, start, denoise):
    solver = ExponentialMultistep(n_steps=20)
    first, second = (
        solver.solve(
            denoise, sde, start, log_snr_range, noise_source(3, start.shape)[0]
        )
        for _ in range(2)
    )
    assert torch.equal(first, second)
    assert clone(solver).get_params() == solver.get_params()


def test_rows_do_not_meet(sde, log_snr_range, start, denoise):
    solver = ExponentialMultistep(n_steps=5, gamma=0.0)
    together = solver.solve(denoise, sde, start, log_snr_range, None)
    alone = [
        solver.solve(denoise, sde, row[None], log_snr_range, None)[0] for row in start
    ]
    assert_allclose(together, torch.stack(alone), rtol=1e-12)


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("n_steps", [1, 2, 50, 1000])
def test_grid_rises_from_end_to_end(schedule, grid, n_steps):
    sde = VP(schedule=schedule)
    span = sde.log_snr(1.0), -np.log(0.005)
    levels = ExponentialMultistep(n_steps=n_steps, grid=grid).levels(sde, span)
    assert levels.shape == (n_steps + 1,)
    assert (levels[0], levels[-1]) == span
    assert (np.diff(levels) > 0.0).all()


@pytest.mark.parametrize(("grid", "power"), [("uniform", 1.0), ("quadratic", 0.5)])
def test_grid_is_even_in_its_variable(sde, log_snr_range, grid, power):
    levels = EulerMaruyama(n_steps=20, grid=grid).levels(sde, log_snr_range)
    steps = np.diff(sde.time(levels) ** power)
    assert_allclose(steps, steps[0], rtol=1e-6)


def test_log_snr_grid_is_even(sde, log_snr_range):
    steps = np.diff(EulerMaruyama(n_steps=20, grid="logsnr").levels(sde, log_snr_range))
    assert_allclose(steps, steps[0])


@pytest.mark.parametrize(
    ("solver", "params"),
    [
        (ExponentialMultistep, {"order": 0}),
        (ExponentialMultistep, {"order": 4}),
        (ExponentialMultistep, {"corrector": "yes"}),
        (ExponentialMultistep, {"gamma": -1.0}),
        (ExponentialMultistep, {"n_steps": 0}),
        (ExponentialMultistep, {"n_steps": 2.5}),
        (EulerMaruyama, {"gamma": -0.1}),
        (EulerMaruyama, {"grid": "even"}),
        (EulerMaruyama, {"final": "ode"}),
    ],
)
def test_wrong_parameters_are_named(solver, params):
    [name] = params
    with pytest.raises(ValueError, match=name):
        solver(**params)._validate_params()
