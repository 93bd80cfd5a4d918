"""Probability flow and predictor-corrector on the linear-Gaussian oracle, and grids."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from skdiffts.sde import COU, CVP, OU, VE, VP, SubVP
from skdiffts.solvers import (
    AdaptiveProbabilityFlow,
    EulerMaruyama,
    ExponentialMultistep,
    PredictorCorrector,
    ProbabilityFlow,
)


@pytest.mark.parametrize("sd", [1.0, 0.3])
def test_heun_has_its_order(sd, sde, log_snr_range, output_std):
    steps = np.array([100, 200, 400])
    limit = output_std(AdaptiveProbabilityFlow(tol=1e-11), sd, log_snr_range)
    errors = [
        abs(output_std(ProbabilityFlow(n_steps=n), sd, log_snr_range) - limit)
        for n in steps
    ]
    if max(errors) < 1e-10:  # unit variance is integrated exactly: the velocity is zero
        return
    order = -np.polyfit(np.log(steps), np.log(errors), 1)[0]
    assert abs(order - ProbabilityFlow().weak_order) < 0.25


@pytest.mark.parametrize("sd", [1.0, 0.3, 0.05])
@pytest.mark.parametrize("family", [OU(), VE(), VP(), SubVP(), COU(), CVP()], ids=repr)
def test_every_solver_on_every_family(family, sd, span, output_std):
    """Within 1 % at 50 evaluations a row; Euler-Maruyama is another matter."""
    for solver in (
        ExponentialMultistep(),
        ExponentialMultistep(gamma=0.0),
        AdaptiveProbabilityFlow(),
    ):
        assert_allclose(output_std(solver, sd, span(family), family), sd, rtol=0.01)


def test_adaptive_flow_is_exact(output_std, log_snr_range):
    for sd in (1.0, 0.3, 0.05):
        # What is left is the last half step, of fourth order in 0.005 / sd.
        std = output_std(AdaptiveProbabilityFlow(tol=1e-9), sd, log_snr_range)
        assert_allclose(std, sd, rtol=1e-4)


@pytest.mark.parametrize("n_corrections", [0, 1, 3])
def test_langevin_steps_have_the_stated_size_and_number(n_corrections):
    """Corrections of a unit Gaussian at one level, by hand."""
    solver = PredictorCorrector(
        predictor="ancestral",
        n_steps=1,
        n_corrections=n_corrections,
        snr=0.1,
        final="none",
    )
    y = torch.tensor([[2.0, -1.0]], dtype=torch.float64)
    seen = []

    def denoise(y, level):
        seen.append(level)
        return y / (1.0 + np.exp(-2 * level))

    noise = iter(
        torch.arange(1 + n_corrections).double()[:, None, None].expand(-1, 1, 2)
    )
    out = solver._run(denoise, VP(), y, (0.0, 1.0), lambda: next(noise))
    assert seen == [0.0] + n_corrections * [1.0]
    assert next(noise, None) is None
    keep = np.exp(-2.0)
    expected = keep * y + (1 - keep) * y / 2.0
    step = 2 * 0.1**2 * np.exp(-2.0)
    for k in range(n_corrections):
        score = -expected / (1.0 + np.exp(-2.0))
        expected = expected + step * score + np.sqrt(2 * step) * (1.0 + k)
    assert_allclose(out, expected, rtol=1e-12)


@pytest.mark.statistical
def test_corrector_keeps_the_distribution(solve_gaussian, sde):
    """10,000 draws of a Gaussian, standard deviation within five standard errors + 3 %."""
    rng = torch.Generator().manual_seed(0)
    low, sd, n = -3.0, 0.4, 10_000

    def draw_noise():
        return torch.randn(n, 2, generator=rng, dtype=torch.float64)

    y = draw_noise() * np.sqrt(sd**2 + np.exp(-2 * low))
    solver, ends = PredictorCorrector(n_steps=200), (low, -np.log(0.005))
    out = solve_gaussian(solver, sd, ends, sde, y, draw_noise)
    assert_allclose(out.std(dim=0), sd, rtol=0.03 + 5 / np.sqrt(2 * n))


def test_karras_levels():
    levels = ExponentialMultistep(grid="karras", n_steps=10).levels(VP(), (-5.0, 5.0))
    roots = np.exp(-levels / 7.0)
    assert_allclose(np.diff(roots), roots[1] - roots[0], rtol=1e-10)
    assert (levels[0], levels[-1]) == (-5.0, 5.0)


def test_explicit_times(sde, log_snr_range):
    solver = EulerMaruyama(grid=[0.8, 0.5, 0.1])
    levels = solver.levels(sde, log_snr_range)
    assert_allclose(sde.time(levels[1:-1]), [0.8, 0.5, 0.1])
    assert len(levels) == 5
    with pytest.raises(ValueError, match="falling"):
        EulerMaruyama(grid=[0.1, 0.5]).levels(sde, log_snr_range)
