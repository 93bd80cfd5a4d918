"""Forward paths, Tweedie's formula and a fixed point for each column."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skdiffts import DiffusionResidualSampler
from skdiffts.scores import GaussianMixtureScore
from skdiffts.sde import COU, CVP, OU, VE, VP, SubVP
from skdiffts.solvers import EulerMaruyama

FAMILIES = [OU(mu=1.0), VE(), VP(), SubVP(), COU(), CVP()]


@pytest.mark.parametrize("sde", FAMILIES, ids=repr)
def test_paths_have_the_moments_and_the_correlation_of_the_process(sde):
    x, n = 2.0, 20_000
    path = sde.sample_path(np.full((n, 1), x), [0.0, 0.3, 0.9], random_state=0)[..., 0]
    assert (path[0] == x).all()
    for t, now in ((0.3, path[1]), (0.9, path[2])):
        mean = sde.center + sde.scale(t) * (x - sde.center)
        assert abs(now.mean() - mean) < 4.0 * sde.std(t) / np.sqrt(n)
        assert_allclose(now.std(), sde.std(t), rtol=4.0 / np.sqrt(2 * n))
    # The regression of a later value on an earlier one is m(t) / m(r).
    slope = np.cov(path[1], path[2])[0, 1] / path[1].var()
    error = path[2].std() / path[1].std() / np.sqrt(n)
    assert abs(slope - sde.scale(0.9) / sde.scale(0.3)) < 4.0 * error


def test_times_must_rise():
    for times in ([0.5, 0.2], [0.5, 1.5], [-0.1, 0.5], [[0.1]]):
        with pytest.raises(ValueError, match="do not rise"):
            VP().sample_path([[0.0]], times)


@pytest.mark.parametrize("sde", FAMILIES, ids=repr)
def test_denoised_value_is_the_posterior_mean(sde):
    """Of N(1, 0.5^2), whose posterior is a regression."""
    t, x = 0.4, np.array([[-1.0], [0.5]])
    m, s = sde.scale(t), sde.std(t)
    mean = sde.center + m * (1.0 - sde.center)
    variance = (0.5 * m) ** 2 + s**2
    expected = 1.0 + 0.25 * m / variance * (x - mean)
    assert_allclose(sde.denoised(x, (mean - x) / variance, t), expected, rtol=1e-9)


@pytest.mark.parametrize("make", [OU, COU])
def test_each_column_may_have_its_own_fixed_point(make):
    """seeds_audit.md, D8: mu in R^d was refused. Columns do not meet: one at a time."""
    X = np.random.RandomState(0).standard_normal((200, 2))
    mu = np.array([1.0, -2.0])
    draws, scores = [], []
    for value in (mu, 1.0, -2.0):
        model = GaussianMixtureScore(
            weights=[1.0], means=[[0.0, 0.0]], covariances=[np.eye(2)]
        )
        sampler = DiffusionResidualSampler(
            make(mu=value),
            score_model=model,
            solver=EulerMaruyama(n_steps=200),
            early_stopping=False,
        ).fit(X)
        draws.append(sampler.sample(50, random_state=0))
        scores.append(sampler.score_function(X[:5], 0.5))
    for of in (draws, scores):
        assert_allclose(of[0][:, 0], of[1][:, 0], rtol=1e-6)
        assert_allclose(of[0][:, 1], of[2][:, 1], rtol=1e-6)
        assert not np.allclose(of[1], of[2])
