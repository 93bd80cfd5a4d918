"""How good the defaults are, where the truth is known."""

import numpy as np
import pytest

from skdiffts import DiffusionResidualSampler


@pytest.mark.slow
@pytest.mark.statistical
def test_held_out_likelihood_of_a_mixture(mixture):
    """A thousand rows of three components: near the truth, and better than Gaussian."""
    X, held_out = mixture.draw(1000, 0), mixture.draw(1000, 1)
    sampler = DiffusionResidualSampler(random_state=0).fit(X)
    truth = mixture.log_density(held_out).mean()
    gap = truth - sampler.score(held_out)
    assert -0.05 < gap < 0.1
    draws = sampler.sample(4000, random_state=0)
    # The share of draws in each component, by the true posterior's largest weight.
    centers = mixture.means
    nearest = np.argmin(
        ((draws[:, None] - centers) ** 2 / X.var(axis=0)).sum(axis=2), axis=1
    )
    shares = np.bincount(nearest, minlength=3) / len(draws)
    assert np.abs(shares - mixture.weights).max() < 0.06
