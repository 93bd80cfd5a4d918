"""What a scale divides it multiplies, and what it knows of the long run."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skdiffts import KernelDriftVolEstimator
from skdiffts.conditioning import HARVolatility, MovingCorrelation
from skdiffts.conditioning._scale import DiagonalScale, TriangularScale, UnitScale

rng = np.random.RandomState(0)
FACTORS = np.tril(rng.uniform(0.5, 2.0, size=(4, 3, 3)))
VOLATILITY = rng.uniform(0.5, 2.0, size=(4, 3))
# Each with its matrices, path by path, and the long-run matrix.
SCALES = [
    (UnitScale(), np.tile(np.eye(3), (4, 1, 1)), np.eye(3)),
    (
        DiagonalScale(VOLATILITY, np.array([1.0, 2.0, 3.0])),
        VOLATILITY[:, :, np.newaxis] * np.eye(3),
        np.diag([1.0, 2.0, 3.0]),
    ),
    (
        TriangularScale(FACTORS, FACTORS[0].T @ FACTORS[1]),
        FACTORS,
        FACTORS[0].T @ FACTORS[1],
    ),
]


@pytest.mark.parametrize(("scale", "matrices", "long_run"), SCALES)
def test_a_scale_is_a_matrix_for_each_path(scale, matrices, long_run):
    vectors = rng.standard_normal((4, 3))
    products = np.einsum("nij,nj->ni", matrices, vectors)
    assert_allclose(scale.multiply(vectors), products)
    assert_allclose(scale.divide(products), vectors)
    assert_allclose(scale.multiply_factor(FACTORS), matrices @ FACTORS)
    covariances = matrices @ matrices.transpose(0, 2, 1)
    diagonal = np.diagonal(covariances, axis1=1, axis2=2)
    assert_allclose(scale.variance * np.ones((4, 3)), diagonal)
    there = scale.multiply(scale.at_long_run(vectors))
    assert_allclose(there, vectors @ long_run.T)


def test_moving_correlations_without_margins_are_accepted():
    X = np.random.RandomState(0).standard_normal((80, 2)).cumsum(axis=0)
    scale = MovingCorrelation(volatility=HARVolatility(margins=None))
    estimator = KernelDriftVolEstimator("all", scale=scale, conditioning=None).fit(X)
    back = estimator.inverse_transform(estimator.transform(X))
    assert_allclose(back, X, atol=1e-8)
