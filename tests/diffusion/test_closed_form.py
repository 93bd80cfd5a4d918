"""Networks that learn nothing: draws and density of their base distribution."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import multivariate_t

from skdiffts import DiffusionResidualSampler
from skdiffts.process import FlowDensity
from skdiffts.scores import ScoreNetwork
from skdiffts.solvers import ExponentialMultistep

DISTRIBUTION = multivariate_t(np.zeros(2), [[1.0, 0.4], [0.4, 1.0]], df=5)


@pytest.fixture(scope="module")
def rows():
    return DISTRIBUTION.rvs(600, random_state=np.random.RandomState(0))


@pytest.fixture(scope="module")
def sampler(rows):
    """Default base with a small network: do not change it."""
    network = ScoreNetwork(width=16, depth=1)
    return DiffusionResidualSampler(score_model=network, random_state=0).fit(rows)


def test_training_in_vain_ends_soon(sampler):
    assert sampler.n_iter_ == 300
    assert sampler.process().closed_form
    assert not sampler.module_.exit.weight.any()


def test_density_is_that_of_the_base(sampler):
    fresh = DISTRIBUTION.rvs(500, random_state=np.random.RandomState(1))
    process = sampler.process()
    u = process.whitening.transform(fresh)
    expected = process.module.base.log_density(u) + process.whitening.log_jacobian(
        fresh
    )
    assert_array_equal(sampler.score_samples(fresh), expected)
    assert abs(DISTRIBUTION.logpdf(fresh).mean() - expected.mean()) < 0.03


def test_flow_and_solver_agree_with_the_closed_form(sampler, rows):
    """A density or a solver of the user is in force."""
    numerical = DiffusionResidualSampler().set_params(**sampler.get_params())
    numerical.__setstate__(sampler.__getstate__())
    numerical.set_params(density=FlowDensity(n_steps=64))
    assert not numerical.process().closed_form
    gap = numerical.score_samples(rows[:50]) - sampler.score_samples(rows[:50])
    # Of the flow's prior, which is a Gaussian with the moments of the noised rows.
    assert np.abs(gap).max() < 0.05
    assert np.abs(gap).max() > 0.0
    numerical.set_params(density=None, solver=ExponentialMultistep())
    assert not numerical.process().closed_form
    ours, theirs = (
        np.quantile(one.sample(4000, random_state=0), [0.1, 0.5, 0.9], axis=0)
        for one in (sampler, numerical)
    )
    assert_allclose(ours, theirs, atol=0.15)


def test_draws_are_those_of_the_distribution_and_of_their_seed(sampler, through_pickle):
    draws = sampler.sample(3000, random_state=0)
    assert_array_equal(sampler.sample(3000, random_state=0), draws)
    assert_array_equal(through_pickle(sampler).sample(3000, random_state=0), draws)
    assert abs(DISTRIBUTION.logpdf(draws).mean() + DISTRIBUTION.entropy()) < 0.15


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_network_that_learns_is_kept(rows):
    bimodal = np.sign(rows) + 0.2 * rows
    network = ScoreNetwork(width=16, depth=1, base="gaussian")
    sampler = DiffusionResidualSampler(
        score_model=network, max_iter=600, n_iter_no_change=600, random_state=0
    )
    sampler.fit(bimodal)
    assert not sampler.process().closed_form
    assert sampler.module_.exit.weight.any()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_warm_start_goes_on_from_a_network_that_was_dropped(rows):
    network = ScoreNetwork(width=16, depth=1, base="gaussian")
    sampler = DiffusionResidualSampler(
        score_model=network, warm_start=True, max_iter=400, random_state=0
    ).fit(np.random.RandomState(0).standard_normal((300, 2)))
    assert sampler.process().closed_form
    sampler.set_params(max_iter=600)
    sampler.fit(np.sign(rows) + 0.2 * rows)
    assert not sampler.process().closed_form
    # What a network has learnt is not thrown away by a fit that adds nothing.
    before = sampler.module_.exit.weight.clone()
    sampler.set_params(tol=1e9, max_iter=100).fit(np.sign(rows) + 0.2 * rows)
    assert not sampler.process().closed_form
    assert (sampler.module_.exit.weight == before).all()
