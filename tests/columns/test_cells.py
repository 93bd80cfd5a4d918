"""Draws of a Gaussian distribution in cells."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from skdiffts.columns import draw_in_cells


def integral(density, low, high, mean, covariance, n=4000, seed=0):
    """Mean of density over proposal: the integral over the cells."""
    d = len(mean)
    uniforms = np.random.RandomState(seed).uniform(size=(n, 1, d))
    draws, log_q = draw_in_cells(
        mean[np.newaxis], covariance[np.newaxis], low[None], high[None], uniforms
    )
    terms = np.exp(density(draws[:, 0]) - log_q[:, 0])
    return terms.mean(), terms.std() / np.sqrt(n)


@pytest.mark.parametrize(
    ("low", "high"), [(-np.inf, -0.5), (-1.0, 2.0), (3.0, np.inf), (6.0, 6.5)]
)
def test_one_cell_is_exact(low, high):
    got, error = integral(
        lambda z: norm.logpdf(z[:, 0]),
        np.array([low]),
        np.array([high]),
        np.zeros(1),
        np.eye(1),
    )
    expected = norm.sf(low) - norm.sf(high)
    assert got == pytest.approx(expected, rel=1e-9)
    assert error == pytest.approx(0.0, abs=1e-9 * got)


def test_boxes_have_their_probability():
    covariance = np.array([[1.0, 0.6, 0.2], [0.6, 2.0, -0.3], [0.2, -0.3, 0.5]])
    mean = np.array([0.2, -0.4, 0.1])
    low, high = np.array([-np.inf, -1.0, 0.0]), np.array([0.5, 1.0, np.inf])
    distribution = multivariate_normal(mean, covariance)
    got, error = integral(distribution.logpdf, low, high, mean, covariance)
    expected = distribution.cdf(
        np.array([0.5, 1.0, 30.0]), lower_limit=np.array([-30.0, -1, 0])
    )
    assert abs(got - expected) < 5.0 * error + 1e-6  # cdf is good to about 1e-6


def test_points_condition_what_is_drawn():
    covariance = np.array([[1.0, 0.9], [0.9, 1.0]])
    low, high = np.array([-np.inf, 2.0]), np.array([np.inf, 2.0])
    uniforms = np.full((1, 1, 2), 0.5)
    draws, _ = draw_in_cells(
        np.zeros((1, 2)), covariance[None], low[None], high[None], uniforms
    )
    np.testing.assert_allclose(draws[0, 0], [1.8, 2.0])


def test_a_density_with_other_moments_is_integrated():
    got, error = integral(
        lambda z: norm.logpdf(z[:, 0], 0.3, 1.4),
        np.array([-np.inf]),
        np.array([0.7]),
        np.zeros(1),
        np.eye(1),
    )
    assert abs(got - norm.cdf(0.7, 0.3, 1.4)) < 5.0 * error


def test_far_cells_keep_their_digits():
    low, high = np.array([[-np.inf, 12.0]]), np.array([[-12.0, np.inf]])
    uniforms = np.random.RandomState(0).uniform(size=(50, 1, 2))
    draws, log_q = draw_in_cells(np.zeros((1, 2)), np.eye(2)[None], low, high, uniforms)
    assert np.isfinite(log_q).all()
    assert (draws[..., 0] <= -12.0).all()
    assert (draws[..., 1] >= 12.0).all()
    assert (np.abs(draws) < 14.0).all()
