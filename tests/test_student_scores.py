"""Normal scores of t distributions: inverse, slopes, and SciPy's numbers."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from skdiffts._student_scores import StudentScores

DEGREES = np.array([2.2, 3.0, 8.0, 60.0, np.inf])
U = np.linspace(-30.0, 30.0, 61)[:, np.newaxis] + np.zeros(len(DEGREES))


def test_the_inverse_undoes_the_map():
    scores = StudentScores(DEGREES)
    back = scores.inverse_transform(scores.transform(U))
    assert_allclose(back, U, rtol=1e-8, atol=1e-12)  # U holds zeros


@pytest.mark.parametrize("degrees", [2.2, 5.0])
def test_scores_are_those_of_scipy(degrees):
    u = np.linspace(-6.0, 6.0, 25)
    reference = stats.t(degrees, scale=np.sqrt(1.0 - 2.0 / degrees))
    scores = StudentScores(degrees).transform(u)
    assert_allclose(scores, stats.norm.ppf(reference.cdf(u)), atol=1e-8)


def test_slopes_are_those_of_finite_differences():
    scores, step = StudentScores(DEGREES), 1e-5
    u = U / 5.0 + 0.01
    value, derivative = scores.log_slope(u, scores.transform(u))
    more, less = scores.transform(u + step), scores.transform(u - step)
    assert_allclose(value, np.log((more - less) / (2.0 * step)), atol=1e-6)
    more, _ = scores.log_slope(u + step, more)
    less, _ = scores.log_slope(u - step, less)
    assert_allclose(derivative, (more - less) / (2.0 * step), atol=1e-6)


def test_scores_are_cut_at_the_limit_both_ways():
    scores = StudentScores(60.0, limit=5.0)
    assert_allclose(scores.transform(np.array([-1e3, 1e3])), [-5.0, 5.0])
    far = scores.inverse_transform(np.array([5.0, 9.0]))
    assert far[0] == far[1]


def test_a_normal_distribution_is_the_identity_however_far_out():
    scores = StudentScores(np.array([np.inf]), limit=5.0)
    rows = np.array([[-50.0], [0.3]])
    assert np.array_equal(scores.transform(rows), rows)
    assert np.array_equal(scores.inverse_transform(rows), rows)
