"""Processes, networks and data at the edge of what can be fitted."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from torch import nn

import skdiffts.diffusion._trainer
from skdiffts import DiffusionResidualSampler
from skdiffts.scores import EmpiricalScore, ScoreNetwork, _base_distribution
from skdiffts.scores._base_distribution import distribution_by_bic
from skdiffts.sde import OU, VE, VP, LinearSDE

NORMAL = np.random.RandomState(0).standard_normal((200, 2))


def quick(**options):
    """Gaussian base and next to no training."""
    options = {
        "score_model": ScoreNetwork(width=8, depth=1, base="gaussian"),
        "max_iter": 2,
        "early_stopping": False,
        "random_state": 0,
    } | options
    return DiffusionResidualSampler(**options)


class Normalized(nn.Module):
    """Network whose normalisation keeps running means."""

    def __init__(self, d):
        super().__init__()
        self.norm, self.linear = nn.BatchNorm1d(d), nn.Linear(d, d)

    def forward(self, z, log_snr):
        return self.linear(self.norm(z))


class Narrow(Normalized):
    """Network with one output."""

    def __init__(self, d):
        super().__init__(d)
        self.linear = nn.Linear(d, 1)


@pytest.mark.parametrize(
    "sde", [VP(beta_max=200.0), VP(beta_max=1000.0), OU(horizon=20.0)], ids=str
)
def test_more_noise_than_numbers_can_tell(sde):
    """The least signal that is used is what is left of it after rounding."""
    expected, sampler = quick().fit(NORMAL), quick(sde=sde).fit(NORMAL)
    assert_allclose(sampler.score(NORMAL), expected.score(NORMAL), atol=0.02)
    draws = sampler.sample(2000, random_state=0)
    assert_allclose(draws.std(axis=0), NORMAL.std(axis=0), rtol=0.08)


def test_less_noise_than_the_data_have_detail():
    with pytest.raises(ValueError, match=r"sde=VE\(.*pass one with more noise"):
        quick(sde=VE(sigma_min=1e-4, sigma_max=1e-3)).fit(NORMAL)


def test_base_of_many_rows_in_order(monkeypatch):
    """The rows that it is fitted to are drawn from all."""
    monkeypatch.setattr(_base_distribution, "MAX_ROWS", 150)
    centers = np.repeat([[-6.0, 0.0], [6.0, 0.0], [0.0, 9.0]], 100, axis=0)
    means = distribution_by_bic(NORMAL.repeat(2, axis=0)[:300] * 0.5 + centers, 0).means
    gaps = np.abs(means.numpy()[:, np.newaxis] - centers[::100]).max(axis=2)
    assert (gaps.min(axis=0) < 1.0).all()


@pytest.mark.parametrize("n", [2, 15])
def test_no_more_rows_than_columns(n):
    rows = np.random.RandomState(1).standard_normal((n, 20))
    assert distribution_by_bic(rows, 0) is None
    for early_stopping in (False, True):
        sampler = DiffusionResidualSampler(
            early_stopping=early_stopping, max_iter=2, random_state=0
        ).fit(rows)
        assert np.isfinite(sampler.sample(5, random_state=0)).all()
        assert np.isfinite(sampler.score(rows))


def test_portions_do_not_change_the_validation_loss(monkeypatch):
    options = {"max_iter": 200, "early_stopping": True}
    whole = quick(**options).fit(NORMAL)
    monkeypatch.setattr(skdiffts.diffusion._trainer, "VALIDATION_ROWS", 37)
    parts = quick(**options).fit(NORMAL)
    assert_allclose(parts.validation_scores_, whole.validation_scores_, rtol=1e-5)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("early_stopping", [False, True])
def test_running_means_are_kept(early_stopping):
    sampler = quick(
        score_model=Normalized, max_iter=200, early_stopping=early_stopping
    ).fit(NORMAL)
    assert sampler.module_.norm.num_batches_tracked > 0


def test_a_network_with_the_wrong_output_is_named():
    with pytest.raises(ValueError, match=r"rows of shape \(2, 2\) to .*\(2, 1\)"):
        quick(score_model=Narrow).fit(NORMAL)


def test_divergence_is_named():
    with pytest.raises(ValueError, match="lower learning_rate=1e"):
        quick(learning_rate=1e30, max_iter=100).fit(NORMAL)


def test_constant_coefficients_may_be_numbers():
    sde = LinearSDE(drift=lambda t: 0.0, noise=lambda t: 2.0)
    same = LinearSDE(drift=np.zeros_like, noise=lambda t: 2.0 + 0.0 * t)
    samplers = [quick(sde=one).fit(NORMAL) for one in (sde, same)]
    scores = [sampler.score(NORMAL) for sampler in samplers]
    assert_allclose(*scores)


def test_default_precision_of_torch_does_not_matter():
    expected = quick().fit(NORMAL)
    torch.set_default_dtype(torch.float64)
    try:
        sampler = quick().fit(NORMAL)
        draws = [one.sample(20, random_state=1) for one in (expected, sampler)]
    finally:
        torch.set_default_dtype(torch.float32)
    assert_array_equal(draws[0], expected.sample(20, random_state=1))
    assert_array_equal(*draws)


def test_exact_scores_of_a_sample_leave_no_row_out():
    rows = np.arange(40.0)[:, np.newaxis] ** 1.5
    sampler = DiffusionResidualSampler(score_model=EmpiricalScore()).fit(rows)
    draws = sampler.sample(2000, random_state=0)
    nearest = np.abs(draws - rows[:, 0]).argmin(axis=1)
    # Each of 40 rows is missed with a chance of 40 exp(-50).
    assert len(np.unique(nearest)) == 40
