"""Student's t, skewed or not, among the distributions that the network starts from."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from scipy.special import logsumexp
from scipy.stats import multivariate_normal, multivariate_t

from skdiffts.scores import MixtureVelocity
from skdiffts.scores._base_distribution import distribution_by_bic
from skdiffts.scores._scale_mixture import _scales, fit_scale_mixture


def skewed_rows(n, d, degrees, skewness, seed):
    """Normal mean-variance mixture with inverse gamma scales."""
    rng = np.random.RandomState(seed)
    scale = 0.5 * degrees / rng.gamma(0.5 * degrees, size=(n, 1))
    root = np.linalg.cholesky(np.eye(d) + 0.4)
    noise = rng.standard_normal((n, d)) @ root.T
    return 1.0 + scale * np.asarray(skewness) + np.sqrt(scale) * noise


def draw(student, n, seed):
    return student.rvs(n, random_state=np.random.RandomState(seed)).reshape(n, -1)


def make_student(d, degrees):
    A = np.random.RandomState(d).standard_normal((d, d)) + 2.0 * np.eye(d)
    return multivariate_t(np.arange(d, dtype=float), A @ A.T, df=degrees)


def log_density(rows, weights, means, covariances):
    parts = [
        np.log(w) + multivariate_normal(m, S).logpdf(rows)
        for w, m, S in zip(weights, means, covariances, strict=True)
    ]
    return logsumexp(parts, axis=0)


@pytest.mark.parametrize("d", [1, 3])
def test_fit_is_a_maximum_of_the_likelihood(d):
    rows = skewed_rows(600, d, 6.0, np.linspace(0.9, 0.4, d), 0)
    weights, means, covariances, _ = fit_scale_mixture(rows)
    scales = covariances[:, 0, 0]
    skewness = (means[-1] - means[0]) / (scales[-1] - scales[0])
    best = log_density(rows, weights, means, covariances).mean()

    def moved(shift=0.0, tilt=0.0, factor=1.0):
        other = means + shift + tilt * scales[:, np.newaxis]
        return log_density(rows, weights, other, factor * covariances).mean()

    assert np.abs(skewness).max() > 0.1
    for sign in (-1.0, 1.0):
        assert best > moved(shift=0.05 * sign)
        assert best > moved(tilt=0.05 * sign)
        assert best > moved(factor=1.0 + 0.03 * sign)


def test_means_lie_on_a_line_and_covariances_are_multiples_of_one():
    rows = skewed_rows(500, 2, 5.0, [0.5, -0.3], 1)
    weights, means, covariances, _ = fit_scale_mixture(rows)
    assert_allclose(
        covariances / covariances[:, :1, :1],
        np.tile(covariances[0] / covariances[0, 0, 0], (len(weights), 1, 1)),
    )
    assert np.linalg.matrix_rank(means[1:] - means[0], tol=1e-8) == 1
    assert_allclose(weights.sum(), 1.0)


def test_criterion_counts_parameters_and_likelihood():
    rows = skewed_rows(300, 2, 5.0, [0.4, 0.0], 2)
    *fitted, bic = fit_scale_mixture(rows)
    expected = 8 * np.log(300) - 2.0 * log_density(rows, *fitted).sum()
    assert_allclose(bic, expected, rtol=1e-6)


def test_skewness_is_recognised():
    """Its gain in likelihood is some hundred times what chance gives."""
    rows = skewed_rows(2000, 3, 5.0, [0.8, 0.4, 0.0], 3)
    fitted = distribution_by_bic(rows, 0)
    assert (fitted.means != fitted.means[0]).any()
    ratios = fitted.eigenvalues / fitted.eigenvalues[:, :1]
    assert_allclose(ratios.numpy(), np.tile(ratios[0], (len(ratios), 1)), rtol=1e-4)


def test_symmetric_rows_have_no_skewness():
    """The test of skewness has a false alarm once in a thousand seeds."""
    student = multivariate_t(np.zeros(3), np.eye(3), df=4)
    rows = student.rvs(1500, random_state=np.random.RandomState(4))
    _, means, _, bic = fit_scale_mixture(rows)
    assert (means == means[0]).all()
    weights, means, covariances, _ = fit_scale_mixture(rows)
    expected = (
        10 * np.log(1500) - 2.0 * log_density(rows, weights, means, covariances).sum()
    )
    assert_allclose(bic, expected, rtol=1e-6)


@pytest.mark.parametrize("d", [1, 4, 20])
@pytest.mark.parametrize("degrees", [2.5, 5.0, 50.0])
def test_scale_mixture_is_close_to_student_t(d, degrees):
    """Its covariance exactly, its log-density within .02 nats on average.

    The worst, .017, is at 20 columns and 2.5 degrees; 5 degrees are within .005.
    """
    student = make_student(d, degrees)
    weights, scales = _scales(degrees)
    means = np.tile(student.loc, (len(weights), 1))
    covariances = scales[:, np.newaxis, np.newaxis] * student.shape
    assert_allclose(weights.sum(), 1.0)
    expected = student.shape * degrees / (degrees - 2.0)
    assert_allclose(np.tensordot(weights, covariances, 1), expected, rtol=1e-8)
    rows = draw(student, 5000, 1)
    gap = student.logpdf(rows) - log_density(rows, weights, means, covariances)
    assert abs(gap.mean()) < (0.02 if degrees < 3.0 else 0.005)


def test_each_distribution_is_recognised():
    random = np.random.RandomState(3)
    heavy = draw(multivariate_t(np.zeros(3), np.eye(3), df=4), 1500, 3)
    fitted = distribution_by_bic(heavy, 0)
    assert isinstance(fitted, MixtureVelocity)
    assert (fitted.means == fitted.means[0]).all()
    assert distribution_by_bic(random.standard_normal((1500, 3)), 0) is None
    centers = 4.0 * random.standard_normal((2, 3))
    clusters = centers[random.randint(2, size=1500)] + random.standard_normal((1500, 3))
    assert len(distribution_by_bic(clusters, 0).means) == 2


def test_few_rows_in_many_columns():
    rows = np.random.RandomState(4).standard_normal((6, 9))
    fitted = distribution_by_bic(rows, 0)
    z = torch.ones(2, 9)
    if fitted is not None:
        assert torch.isfinite(fitted(z, torch.zeros(1, 1))).all()


def test_more_columns_than_rows():
    rows = np.random.RandomState(5).standard_normal((6, 9))
    for part in fit_scale_mixture(rows):
        assert np.isfinite(part).all()
