"""Rosenblatt transform, joint ranks and their uniformity."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import kstest, norm

from skdiffts.metrics import (
    joint_rank_transform,
    probability_integral_transform,
    rosenblatt_transform,
    uniformity_test,
)

FACTOR = np.array([[1.0, 0.0, 0.0], [0.8, 0.6, 0.0], [-0.5, 0.5, 0.3]])


def both(forecasts, outcomes, seed=0):
    """Rosenblatt transform and joint ranks side by side."""
    return np.column_stack(
        [
            rosenblatt_transform(forecasts, outcomes, random_state=seed),
            joint_rank_transform(forecasts, outcomes, random_state=seed),
        ]
    )


def test_against_the_exact_transform_of_a_gaussian():
    rng = np.random.RandomState(0)
    forecasts = rng.standard_normal((30, 20_000, 3)) @ FACTOR.T
    noise = rng.standard_normal((30, 3))
    u = rosenblatt_transform(forecasts, noise @ FACTOR.T, random_state=0)
    # Ranks among 20,000 draws are right to four binomial errors, 0.014.
    assert_allclose(u, norm.cdf(noise), atol=0.016)


def test_first_column_is_the_plain_transform():
    rng = np.random.RandomState(0)
    forecasts, outcomes = rng.standard_normal((50, 30, 1)), rng.standard_normal((50, 1))
    plain = probability_integral_transform(forecasts, outcomes, random_state=0)
    assert_allclose(rosenblatt_transform(forecasts, outcomes, random_state=0), plain)


@pytest.mark.parametrize("transform", [rosenblatt_transform, joint_rank_transform])
def test_units_do_not_matter(transform):
    rng = np.random.RandomState(0)
    forecasts, outcomes = rng.standard_normal((40, 25, 3)), rng.standard_normal((40, 3))
    units, shift = np.array([1e-3, 1.0, 1e4]), np.array([5.0, -1.0, 1e3])
    assert_allclose(
        transform(shift + units * forecasts, shift + units * outcomes, random_state=0),
        transform(forecasts, outcomes, random_state=0),
    )


def test_chunks_do_not_matter(set_chunk_numbers):
    rng = np.random.RandomState(0)
    forecasts, outcomes = rng.standard_normal((40, 25, 3)), rng.standard_normal((40, 3))
    whole = both(forecasts, outcomes)
    set_chunk_numbers(1000)
    assert_allclose(both(forecasts, outcomes), whole)


@pytest.mark.statistical
@pytest.mark.parametrize("m", [2, 7, 60])
def test_each_column_is_uniform_for_any_distribution_and_ensemble(m):
    """Heavy tails, nonlinear dependence, fewer members than features."""
    rng = np.random.RandomState(0)
    draws = rng.standard_t(3, (4000, m + 1, 4)) @ np.ones((4, 4))
    draws += rng.standard_exponential((4000, m + 1, 4)) * draws[..., :1] ** 2
    u = both(draws[:, 1:], draws[:, 0])
    assert (u > 0).all()
    assert (u < 1).all()
    for column in u.T:
        assert kstest(column, "uniform").pvalue > 1e-4  # five false alarms in 10,000


@pytest.mark.statistical
@pytest.mark.parametrize("heavy", [False, True])
def test_false_alarms_of_a_correct_model(heavy):
    """A correct model passes in at least 95 % of 200 runs, within the noise of 200."""
    rng = np.random.RandomState(0)
    passed = []
    for _ in range(200):
        noise = rng.standard_normal((150, 101, 3))
        if heavy:
            noise /= np.sqrt(rng.chisquare(4, (150, 101, 1)) / 4)
        draws = noise @ FACTOR.T
        u = both(draws[:, 1:], draws[:, 0], rng)
        passed.append(uniformity_test(u).p_value >= 0.05)
    # The level is 5 % at most, by the inequality of Bonferroni and exact p-values; three
    # binomial errors of 200 runs are 4.6 %.
    assert np.mean(passed) >= 0.95 - 0.046


@pytest.mark.statistical
def test_wrong_models_are_found():
    rng = np.random.RandomState(0)
    forecasts = rng.standard_normal((300, 200, 3)) @ FACTOR.T
    right = rng.standard_normal((300, 3)) @ FACTOR.T
    wrong = {
        "mean": right + 0.4,
        "spread": 1.4 * right,
        # Each column alone is right.
        "dependence": rng.standard_normal((300, 3)) * np.linalg.norm(FACTOR, axis=1),
    }
    assert uniformity_test(both(forecasts, right)).p_value > 0.01
    for name, outcomes in wrong.items():
        assert uniformity_test(both(forecasts, outcomes)).p_value < 1e-4, name
    alone = probability_integral_transform(
        forecasts, wrong["dependence"], random_state=0
    )
    assert uniformity_test(alone).p_value > 0.01


def test_uniformity_against_scipy():
    u = np.random.RandomState(0).uniform(size=(60, 4)) ** [1.0, 1.2, 1.0, 1.0]
    tests = [kstest(column, "uniform") for column in u.T]
    result = uniformity_test(u)
    assert result.statistic == max(test.statistic for test in tests)
    assert_allclose(result.p_value, min(1.0, 4 * min(test.pvalue for test in tests)))
    assert uniformity_test(u[:, 1]).p_value == tests[1].pvalue


def test_constant_features():
    """A feature that never moves is no reason to fail."""
    forecasts, outcomes = np.ones((200, 10, 2)), np.ones((200, 2))
    u = both(forecasts, outcomes)
    assert uniformity_test(u).p_value > 1e-4


def test_errors():
    with pytest.raises(ValueError, match=r"values from -0\.5 to 0\.5"):
        uniformity_test([-0.5, 0.5])
    with pytest.raises(ValueError, match="forecasts has shape"):
        rosenblatt_transform(np.zeros((5, 3, 2)), np.zeros((5, 3)))
