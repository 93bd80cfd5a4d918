"""Whitening, log-determinant and density against SciPy."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import multivariate_normal

from skdiffts._gaussian import log_density, log_det, transport, whiten


def make_factors(n, d, seed=0):
    rng = np.random.RandomState(seed)
    raw = rng.standard_normal((n, d, d))
    return np.linalg.cholesky(raw @ raw.transpose(0, 2, 1) + np.eye(d)), rng


@pytest.mark.parametrize("d", [1, 3])
def test_density_is_scipys(d):
    factors, rng = make_factors(5, d)
    rows = rng.standard_normal((5, d))
    expected = [
        multivariate_normal(cov=factor @ factor.T).logpdf(row)
        for factor, row in zip(factors, rows, strict=True)
    ]
    assert_allclose(log_density(factors, rows), expected, rtol=1e-12)
    alone = [log_density(factor, rows)[i] for i, factor in enumerate(factors)]
    assert_allclose(alone, expected, rtol=1e-12)


def test_whitening_is_undone_by_the_factor():
    factors, rng = make_factors(4, 3)
    rows = rng.standard_normal((4, 3))
    assert_allclose((factors @ whiten(factors, rows)[..., None])[..., 0], rows)
    assert_allclose(whiten(factors[0], rows) @ factors[0].T, rows)


def test_log_determinant():
    factors, _ = make_factors(4, 3)
    assert_allclose(log_det(factors), np.linalg.slogdet(factors)[1])


def test_transport_maps_one_covariance_to_another():
    rng = np.random.RandomState(0)
    source, target = (rows.T @ rows for rows in rng.standard_normal((2, 6, 4)))
    matrix = transport(source, target)
    assert_allclose(matrix @ source @ matrix, target, atol=1e-12)
    assert_allclose(matrix, matrix.T, atol=1e-12)
    assert (np.linalg.eigvalsh(matrix) > 0.0).all()
    assert_allclose(transport(source, source), np.eye(4), atol=1e-12)
    flat = np.diag([2.0, 0.0, 1.0])
    assert_allclose(transport(flat, np.eye(3)), np.diag([0.5**0.5, 0.0, 1.0]))
    assert_allclose(
        transport(np.eye(3), flat), np.diag([2.0**0.5, 0.0, 1.0]), atol=1e-12
    )
