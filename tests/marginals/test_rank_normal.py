"""The rank transform: normal in the bulk, Pareto beyond, smooth between."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import cauchy, expon, kstest, lognorm, norm
from scipy.stats import t as student

from skdiffts.marginals import RankNormal

DISTRIBUTIONS = {
    "t3": student(3),
    "cauchy": cauchy(),
    "lognormal": lognorm(1.0),
    "exponential": expon(),
    "normal": norm(),
}


def fit(x, **params):
    return RankNormal(**params).build(x[:, None]).columns[0]


def quantiles(distribution, n=2000):
    return distribution.ppf((np.arange(n) + 0.5) / n)


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_scores_of_the_rows_are_normal(distribution):
    """Kolmogorov's distance of exact quantiles; of a sample of 2000 it would be .02."""
    v = fit(quantiles(DISTRIBUTIONS[distribution])).transform(
        quantiles(DISTRIBUTIONS[distribution])
    )
    assert kstest(v, "norm").statistic < 0.01


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
@pytest.mark.parametrize("n", [300, 3000])
def test_density_behind_the_map_is_near_the_truth(distribution, n):
    """Relative entropy in nats, of a normal distribution on the normal scale.

    The exponential loses most: its density jumps, the map's density is continuous.
    """
    column = fit(quantiles(DISTRIBUTIONS[distribution], n))
    x = quantiles(DISTRIBUTIONS[distribution], 20_001)
    value, _ = column.log_slope(x)
    log_density = norm.logpdf(column.transform(x)) + value
    assert 0.0 < np.mean(DISTRIBUTIONS[distribution].logpdf(x) - log_density) < 0.03


def test_thresholds_are_between_the_rows_and_slopes_meet_there():
    x = quantiles(DISTRIBUTIONS["t3"], 200)
    column = fit(x, tail=0.05)
    for sign, threshold, tail in column.sides:
        assert (sign * (x - threshold) > 0.0).sum() == 10
        v = column.transform(np.array([threshold]))
        assert_allclose(v, sign * norm.ppf(0.95), rtol=1e-12)
        near = threshold + np.array([-1e-9, 1e-9])
        inside, beyond = column.log_slope(near)[0][:: int(-sign)]
        assert_allclose(inside, beyond, atol=1e-6)
        # Distribution of the exceedances on the other side of the map.
        e = np.array([0.1, 1.0, 10.0])
        survival = norm.logsf(np.abs(column.transform(threshold + sign * e)))
        assert_allclose(survival, np.log(0.05) + tail.log_survival(e), rtol=1e-9)


def test_small_samples_have_five_rows_in_a_tail():
    for n, expected in ((12, 4), (30, 5), (100, 5), (400, 20)):
        column = fit(quantiles(DISTRIBUTIONS["t3"], n))
        _, threshold, _ = column.sides[1]
        assert (quantiles(DISTRIBUTIONS["t3"], n) > threshold).sum() == expected


def test_reflection():
    x = np.exp(np.random.RandomState(0).standard_normal(200))
    points = np.linspace(-1.0, 20.0, 40)
    v = fit(x).transform(points)
    assert_allclose(fit(-x).transform(-points), -v, rtol=1e-9, atol=1e-12)


def test_ties_become_a_steep_rise():
    """Half of the rows at zero: the map goes on rising, and steeply only there."""
    rng = np.random.RandomState(0)
    x = np.where(rng.uniform(size=500) < 0.5, 0.0, rng.standard_normal(500))
    column = fit(x)
    value, _ = column.log_slope(np.array([-1.0, 0.0, 1.0]))
    assert value[1] > 4.0
    assert np.abs(value[[0, 2]]).max() < 1.0
