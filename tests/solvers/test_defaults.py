"""Every process, solver and grid on exact scores: right draws, or a clear error."""

import itertools

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from sklearn.base import clone

from skdiffts.sde import COU, CVP, OU, VE, VP, LinearSDE, SubVP
from skdiffts.solvers import (
    AnnealedLangevin,
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
# Documented numbers of steps; a number alone stands for the default.
STEPS = [
    (
        EulerMaruyama(),
        {"quadratic": 1000, "uniform": 1500, "logsnr": 1000, "karras": 1000},
    ),
    (ExponentialMultistep(), {"logsnr": 50, "karras": 50, "quadratic": 400}),
    (
        ExponentialMultistep(gamma=0.0),
        {"logsnr": 50, "karras": 50, "quadratic": 400},
    ),
    (
        ProbabilityFlow(),
        {"logsnr": 50, "karras": 50, "quadratic": 50, "uniform": 50},
    ),
    (PredictorCorrector(), {"logsnr": 50, "karras": 50, "quadratic": 200}),
]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    ("solver", "grid", "n_steps"),
    [(s, grid, n) for s, steps in STEPS for grid, n in steps.items()],
)
def test_spread_of_exact_scores(family, solver, grid, n_steps, span):
    sde = FAMILIES[family]
    solver = clone(solver).set_params(grid=grid, n_steps=n_steps)
    std = solver.gaussian_std(sde, span(sde))
    if isinstance(solver, EulerMaruyama) and family == "CVP" and std > 2.0:
        assert grid in ("logsnr", "karras")
        with pytest.raises(ValueError, match=r"too few steps .* Raise n_steps"):
            solver.solve(None, sde, None, span(sde), None)
    else:
        assert_allclose(std, 1.0, rtol=0.02)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    ("solver", "n_steps", "n_steps_of_cou"),
    [(ExponentialMultistep(), 400, 1500), (PredictorCorrector(), 1000, 3000)],
    ids=["multistep", "predictor-corrector"],
)
def test_uniform_grid_takes_the_documented_steps(
    family, solver, n_steps, n_steps_of_cou, span
):
    sde = FAMILIES[family]
    n = n_steps_of_cou if family == "COU" else n_steps
    solver = clone(solver).set_params(grid="uniform", n_steps=n)
    assert_allclose(solver.gaussian_std(sde, span(sde)), 1.0, rtol=0.02)
    if family == "COU":
        few = clone(solver).set_params(n_steps=200).gaussian_std(sde, span(sde))
        assert few < 0.9


@pytest.mark.parametrize("solver", [EulerMaruyama(), ProbabilityFlow()], ids=repr)
@pytest.mark.parametrize("sd", [1.0, 0.3])
def test_predicted_spread_is_the_spread_of_draws(solver, sd, output_std, span):
    solver = clone(solver).set_params(n_steps=40)
    for sde in (VP(), COU()):
        expected = output_std(solver, sd, span(sde), sde)
        assert_allclose(solver.gaussian_std(sde, span(sde), sd), expected, rtol=1e-12)
    shifted = OU(mu=3.0)
    assert_allclose(
        solver.gaussian_std(shifted, span(shifted), sd),
        output_std(solver, sd, span(shifted), OU()),
        rtol=1e-12,
    )


@pytest.mark.parametrize("n_steps", [50, 200])
def test_euler_maruyama_on_cvp_is_no_longer_silent(n_steps, span):
    """seeds_audit.md, D2: draws 208 and 74 times too wide, without a word."""
    solver = EulerMaruyama(n_steps=n_steps, grid="logsnr")
    with pytest.raises(ValueError, match="too few steps"):
        solver.solve(None, CVP(), None, span(CVP()), None)


@pytest.mark.parametrize("grid", ["uniform", "quadratic"])
@pytest.mark.parametrize("gamma", [0.0, 1.0])
@pytest.mark.parametrize("family", ["OU", "COU", "CVP"])
def test_long_steps_do_not_extrapolate(family, gamma, grid, span):
    """On these grids the last step is long: 31 (OU) and 82 (COU) times too wide once."""
    sde = FAMILIES[family]
    solver = ExponentialMultistep(gamma=gamma, grid=grid)
    assert 0.5 < solver.gaussian_std(sde, span(sde)) < 1.2


@pytest.mark.parametrize("family", FAMILIES)
def test_predictor_corrector_is_worth_its_cost(family, span):
    """seeds_audit.md, D13: sd .915 (VP) and .949 (COU) of the data's."""
    sde = FAMILIES[family]
    error = PredictorCorrector().gaussian_std(sde, span(sde)) - 1.0
    assert abs(error) < 0.004
    for grid in ("logsnr", "quadratic"):
        same_cost = EulerMaruyama(n_steps=100, grid=grid)
        assert abs(error) < abs(same_cost.gaussian_std(sde, span(sde)) - 1.0)
    ancestral = PredictorCorrector(predictor="ancestral")
    assert abs(error) < abs(ancestral.gaussian_std(sde, span(sde)) - 1.0) / 2.0


def test_euler_predictor_and_step_sizes_of_the_caller(sde, span):
    """Song and Zhao's sampler by hand: Euler step in x, Langevin steps of size eps_k."""

    def denoise(y, level):
        return torch.tanh(y)

    solver = PredictorCorrector(
        predictor=EulerMaruyama(),
        step_size=lambda t: 1e-3 * (1.0 + t),
        n_corrections=2,
        n_steps=4,
        grid="uniform",
        final="none",
    )
    y = torch.tensor([[2.0], [-1.0]], dtype=torch.float64)
    noises = list(
        torch.randn(12, 2, 1, generator=torch.Generator().manual_seed(0)).double()
    )
    given = iter(noises)
    out = solver._run(denoise, sde, y, span(sde), lambda: next(given))
    given = iter(noises)
    times = sde.time(solver.levels(sde, span(sde)))
    x = y * sde.scale(times[0])

    def score(x, t):
        m = sde.scale(t)
        return (m * denoise(x / m, None) - x) / sde.std(t) ** 2

    for t, s in itertools.pairwise(times):
        h, g2 = t - s, sde.g2(t)
        x = x - h * (sde.drift_coef(t) * x - g2 * score(x, t))
        x = x + np.sqrt(g2 * h) * next(given)
        for _ in range(2):
            eps = 1e-3 * (1.0 + s)
            x = x + eps * score(x, s) + np.sqrt(2.0 * eps) * next(given)
    assert_allclose(out, x / sde.scale(times[-1]), rtol=1e-7)
    assert next(given, None) is None


@pytest.mark.parametrize("family", FAMILIES)
def test_annealed_langevin_with_enough_inner_steps(family, span):
    """Forty a level; for SubVP, whose variance dips on the way, within 3 %."""
    sde = FAMILIES[family]
    solver = AnnealedLangevin(rule="noise", grid="logsnr", n_inner=40)
    rtol = 0.03 if family == "SubVP" else 0.02
    assert_allclose(solver.gaussian_std(sde, span(sde)), 1.0, rtol=rtol)


@pytest.mark.parametrize("final", ["none", "tweedie", "flow"])
@pytest.mark.parametrize("last", [-2.0, 0.0, 5.0])
def test_a_solver_may_stop_at_any_noise(final, last, span):
    """The noise that is left at the end is no error of the steps."""
    solver, (low, _) = ExponentialMultistep(final=final), span(VP())
    noise = torch.Generator().manual_seed(0)

    def draw_noise():
        return torch.randn(3, 2, generator=noise, dtype=torch.float64)

    y = solver.solve(
        lambda y, level: 0.0 * y, VP(), draw_noise(), (low, last), draw_noise
    )
    assert torch.isfinite(y).all()
