"""DiffusionProcess: what it tells of itself, and its precision and modes."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from skdiffts._noise_level import cosine_sine
from skdiffts.marginals import YeoJohnson
from skdiffts.process import Whitening
from skdiffts.solvers import EulerMaruyama, PredictorCorrector, ProbabilityFlow


def test_facts(process):
    assert process.n_features == 2
    _, high = process.log_snr_range
    assert_allclose(process.sde.log_snr(process.start), high, rtol=1e-9)
    inverse = process.whitening.inverse
    assert_allclose(process.unit, np.linalg.svd(inverse)[1].max())
    assert process.gamma == 1.0
    assert replace(process, solver=EulerMaruyama(gamma=0.5)).gamma == 0.5
    assert replace(process, solver=ProbabilityFlow()).gamma == 0.0
    with pytest.raises(ValueError, match="pass gamma"):
        _ = replace(process, solver=PredictorCorrector()).gamma


def test_no_unit_where_columns_are_mapped(process, X):
    whitening = Whitening(X, YeoJohnson().build(X))
    assert replace(process, whitening=whitening).unit is None


def test_denoised_is_the_posterior_mean_of_the_velocity(process):
    y = torch.tensor(np.random.RandomState(0).standard_normal((5, 2)))
    cosine, sine = cosine_sine(0.3)
    for one in (process, process.in_double()):
        with torch.no_grad():
            velocity = one.velocity(cosine * y, 0.3)
            expected = cosine**2 * y - sine * velocity
            assert_allclose(one.denoise(y, 0.3), expected, rtol=1e-12)


def test_double_precision_leaves_the_process_alone(process):
    double = process.in_double()
    dtypes = {p.dtype for p in process.module.parameters()}
    assert dtypes == {torch.float32}
    assert {p.dtype for p in double.module.parameters()} == {torch.float64}
    z = torch.zeros(3, 2, dtype=torch.float64)
    gap = double.velocity(z, 0.0) - process.velocity(z, 0.0)
    assert 0.0 < gap.abs().max() < 1e-5


def test_path_visits_the_levels_of_the_solver(process):
    path = process.path(4, np.random.RandomState(0))
    levels = process.solver.levels(process.sde, process.log_snr_range)
    assert_allclose(list(path), levels)
    assert {tuple(z.shape) for z in path.values()} == {(4, 2)}


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_modes_of_the_caller_do_not_matter(process, X, mode):
    def numbers():
        rng = np.random.RandomState(0)
        yield process.sample(5, rng)
        yield process.sample_at_times(5, rng)[1]
        yield process.log_density(X[:5])
        yield process.score_function(X[:5], 0.3)
        yield from (z.numpy() for z in process.path(3, rng).values())

    expected = list(numbers())
    with mode():
        found = list(numbers())
    for ours, theirs in zip(found, expected, strict=True):
        assert_array_equal(ours, theirs)
