"""Student radius: density, maximum of the likelihood, limits."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import multivariate_normal, multivariate_t

from skdiffts.linear import StudentRadius

MATRIX = np.array([[2.0, 0.5], [0.5, 1.0]])
LOG_DET = np.linalg.slogdet(MATRIX)[1]


def forms_of(rows):
    return np.einsum("ij,jk,ik->i", rows, np.linalg.inv(MATRIX), rows)


@pytest.mark.parametrize("degrees", [3.0, 20.0, np.inf])
def test_density_is_that_of_scipy(degrees):
    rows = np.random.RandomState(0).standard_normal((9, 2))
    density = StudentRadius(degrees, 1.7).log_density(forms_of(rows), LOG_DET, 2)
    shape = 1.7 * MATRIX
    known = (
        multivariate_normal(cov=shape)
        if np.isinf(degrees)
        else multivariate_t(shape=shape, df=degrees)
    )
    assert_allclose(density, known.logpdf(rows))


@pytest.mark.parametrize("degrees", [3.3, 9.0])
def test_fit_is_a_maximum_of_the_likelihood(degrees):
    distribution = multivariate_t(shape=MATRIX, df=degrees)
    forms = forms_of(distribution.rvs(2000, random_state=np.random.RandomState(0)))
    weights = np.random.RandomState(1).uniform(size=2000)
    weights /= weights.sum()
    fit = StudentRadius.fit(forms, LOG_DET, 2, weights)
    best = fit.mean_log_density(forms, LOG_DET, 2, weights)
    for factor in (0.9, 1.1):
        for other in (
            StudentRadius(fit.degrees * factor, fit.scale),
            StudentRadius(fit.degrees, fit.scale * factor),
        ):
            assert best > other.mean_log_density(forms, LOG_DET, 2, weights) - 1e-6
    assert_allclose(fit.degrees, degrees, rtol=0.3)


def test_gaussian_rows_have_no_tails():
    rows = np.random.RandomState(0).standard_normal((3000, 6))
    fit = StudentRadius.fit((rows**2).sum(axis=1), 0.0, 6)
    assert fit.degrees > 90.0
    assert_allclose(fit.scale, 1.0, atol=0.03)
    assert_allclose(StudentRadius(np.inf, 1.0).row_weights(np.arange(3.0), 2), 1.0)


def test_a_coarse_fit_is_nearly_as_good():
    rows = multivariate_t(shape=MATRIX, df=4.5).rvs(500, random_state=0)
    forms, weights = forms_of(rows), np.full(500, 1 / 500)
    values = [
        StudentRadius.fit(forms, LOG_DET, 2, exact=exact).mean_log_density(
            forms, LOG_DET, 2, weights
        )
        for exact in (True, False)
    ]
    assert 0.0 <= values[0] - values[1] < 2e-3
