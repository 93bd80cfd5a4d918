"""Innovation laws: density and sample agree, and the law is white."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skdiffts.datasets import GaussianMixtureLaw, make_var_mixture


def test_mixture_sample_follows_its_density():
    law = make_var_mixture(n_features=1, random_state=2)[1].innovation
    eps = law.sample(50_000, np.random.RandomState(0))[:, 0]
    edges = np.linspace(-3, 3, 61)
    grid = np.linspace(-3, 3, 6001)
    density = np.exp(law.log_density(grid[:, None]))
    cumulative = np.concatenate(
        [[0.0], np.cumsum((density[1:] + density[:-1]) / 2 * np.diff(grid))]
    )
    expected = np.diff(np.interp(edges, grid, cumulative))
    observed = np.histogram(eps, edges)[0] / len(eps)
    # 6 standard errors of a bin's share.
    assert_allclose(observed, expected, atol=6 * np.sqrt(expected.max() / len(eps)))


@pytest.mark.parametrize(
    ("weights", "means", "variances", "message"),
    [
        ([0.5, 0.5], [-0.8, 0.8], [1.0, 1.0], "covariance is off the identity by 0.64"),
        ([0.5, 0.5], [0.0, 0.8], [0.84, 0.84], "mean is off zero by 0.4"),
        ([0.5, 0.6], [-0.8, 0.8], [0.36, 0.36], "sum to one"),
        ([1.0], [-0.8, 0.8], [0.36, 0.36], "shapes"),
    ],
)
def test_mixture_must_be_white(weights, means, variances, message):
    with pytest.raises(ValueError, match=message):
        GaussianMixtureLaw(
            np.array(weights),
            np.array(means)[:, None],
            np.array(variances)[:, None, None],
        )
