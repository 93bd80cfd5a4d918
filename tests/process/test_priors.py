"""Priors: draws and density agree, and the moments are the stated ones."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

from skdiffts.process import EmpiricalPrior, MatchedPrior, StandardPrior

LOG_SNR = -0.5
NOISE2 = np.exp(1.0)
DATA = (
    np.random.RandomState(0).standard_normal((30, 2)) @ [[2.0, 0.7], [0.0, 0.4]] + 1.0
)
Y = np.random.RandomState(1).standard_normal((20, 2)) * 3.0


def test_matched_prior_has_the_moments_of_the_noised_rows():
    prior = MatchedPrior(DATA, LOG_SNR, 0.0)
    covariance = np.cov(DATA.T, bias=True) + NOISE2 * np.eye(2)
    assert_allclose(prior.mean, DATA.mean(axis=0))
    assert_allclose(prior.covariance, covariance)
    expected = multivariate_normal(DATA.mean(axis=0), covariance).logpdf(Y)
    assert_allclose(prior.log_density(Y), expected)


def test_standard_prior_does_not_see_the_data():
    prior = StandardPrior(DATA, LOG_SNR, 0.5)
    assert_allclose(prior.mean, 0.5)
    expected = multivariate_normal([0.5, 0.5], NOISE2 * np.eye(2)).logpdf(Y)
    assert_allclose(prior.log_density(Y), expected)


def test_empirical_prior_is_the_mixture_over_rows():
    terms = [multivariate_normal(row, NOISE2 * np.eye(2)).logpdf(Y) for row in DATA]
    expected = logsumexp(terms, axis=0) - np.log(len(DATA))
    assert_allclose(EmpiricalPrior(DATA, LOG_SNR, 0.0).log_density(Y), expected)


@pytest.mark.statistical
@pytest.mark.parametrize("prior", [MatchedPrior, StandardPrior, EmpiricalPrior])
def test_draws_have_the_entropy_of_the_density(prior):
    """E[q / p - 1] is zero for draws from p and any density q: five standard errors."""
    prior = prior(DATA, LOG_SNR, 0.0)
    rng = np.random.RandomState(2)
    draws = prior.sample(rng.standard_normal((20_000, 2)), rng)
    other = multivariate_normal(draws.mean(axis=0), 0.5 * np.cov(draws.T))
    ratio = np.exp(other.logpdf(draws) - prior.log_density(draws))
    assert abs(ratio.mean() - 1.0) < 5.0 * ratio.std() / np.sqrt(len(ratio))
