"""Student margins: exact density, inverse, second moment, choice of the tails."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.stats import norm, t

from skdiffts.linear import StudentMargins


def make(degrees, scale=1.0):
    degrees = np.atleast_1d(np.asarray(degrees, dtype=float))
    return StudentMargins(degrees, np.full(len(degrees), scale))


@pytest.mark.parametrize("degrees", [2.3, 5.0, np.inf])
def test_normal_scores_have_a_normal_density(degrees):
    """Density of scores plus the Jacobian is the density of the margin."""
    margins, x = make(degrees, 0.7), np.linspace(-8.0, 8.0, 9)[:, np.newaxis]
    scores, log_jacobian = margins.to_normal(x)
    known = norm(scale=0.7) if np.isinf(degrees) else t(degrees, scale=0.7)
    assert_allclose(norm.logpdf(scores[:, 0]) + log_jacobian, known.logpdf(x[:, 0]))
    assert_allclose(norm.cdf(scores), known.cdf(x), atol=1e-12)


@pytest.mark.parametrize("degrees", [2.3, 4.0, np.inf])
def test_density_integrates_to_one(degrees):
    margins = make(degrees)

    def density(x):
        scores, log_jacobian = margins.to_normal(np.array([[x]]))
        return np.exp(norm.logpdf(scores[0, 0]) + log_jacobian[0])

    mass = quad(density, -np.inf, np.inf, limit=200)[0]
    assert_allclose(mass, 1.0, rtol=1e-6)


@given(
    seed=st.integers(0, 2**31),
    degrees=st.sampled_from([2.2, 3.0, 8.0, 60.0, np.inf]),
    power=st.integers(-30, 30),
)
def test_there_and_back(seed, degrees, power):
    margins = make([degrees, 4.0], 2.0**power)
    scores = 2.0 * np.random.RandomState(seed).standard_normal((20, 2))
    rows = margins.from_normal(scores)
    assert_allclose(margins.to_normal(rows)[0], scores, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("size", [1e3, 1e6, 1e12])
def test_far_out_the_scores_are_finite(size):
    scores, log_jacobian = make([2.3, 60.0]).to_normal(np.array([[size, -size]]))
    assert np.isfinite(scores).all()
    assert np.isfinite(log_jacobian).all()


def test_second_moment_is_that_of_the_rows():
    rng = np.random.RandomState(0)
    rows = rng.standard_t([2.5, 4.0, 30.0], (500, 3)) * [1e-3, 1.0, 1e3]
    importance = rng.uniform(size=500)
    margins = StudentMargins.fit(rows, importance)
    assert_allclose(margins.variance, importance @ rows**2 / importance.sum())


@pytest.mark.statistical
def test_tails_are_found():
    rng = np.random.RandomState(0)
    rows = np.column_stack([rng.standard_t(3.5, 4000), rng.standard_normal(4000)])
    margins = StudentMargins.fit(rows)
    assert 2.8 <= margins.degrees[0] <= 5.0
    assert margins.degrees[1] >= 20.0
