"""Whitenings: inverses, determinants, order of the columns, units."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.linalg import sqrtm

from skdiffts.linear._whitening import WHITENINGS, cholesky_root, softened_root


def covariance(d=5, seed=0):
    rows = np.random.RandomState(seed).standard_normal((40, d))
    C = np.corrcoef((rows + rows[:, :1]).T)
    return np.geomspace(0.1, 10.0, d), C


@pytest.mark.parametrize("kind", WHITENINGS.values())
def test_inverse_and_determinant(kind):
    whitening = kind(*covariance())
    rows = np.random.RandomState(1).standard_normal((7, 5))
    assert_allclose(whitening.unwhiten(whitening.whiten(rows)), rows, atol=1e-12)
    log_det = np.linalg.slogdet(whitening.matrix)[1]
    assert_allclose(whitening.log_det, log_det, atol=1e-12)


def test_softened_root_by_its_formula():
    scale, C = covariance()
    root = np.linalg.inv(sqrtm((C + np.eye(5)) / 2.0).real)
    assert_allclose(softened_root(scale, C).matrix, root / scale)


def test_softened_root_follows_the_order_of_the_columns():
    """Cholesky does not: this is why it is a choice and not the rule."""
    scale, C = covariance()
    order = np.array([3, 0, 4, 2, 1])
    for kind, follows in ((softened_root, True), (cholesky_root, False)):
        matrix = kind(scale, C).matrix
        other = kind(scale[order], C[np.ix_(order, order)]).matrix
        assert np.allclose(other, matrix[np.ix_(order, order)]) == follows


def test_cholesky_whitens():
    scale, C = covariance()
    W = cholesky_root(scale, C).matrix
    assert_allclose(W @ (C * np.outer(scale, scale)) @ W.T, np.eye(5), atol=1e-12)
