"""Neighbour searches in single precision and approximate ones."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.neighbors import NearestNeighbors

from skdiffts import KernelDriftVolEstimator
from skdiffts.kernel import FaissNeighbors, SinglePrecisionNeighbors


def make_points(seed, n, d):
    return np.random.RandomState(seed).standard_normal((n, d))


@pytest.fixture(params=["single", "flat", "graph"])
def search(request):
    if request.param == "single":
        return SinglePrecisionNeighbors()
    pytest.importorskip("faiss", reason="faiss is not installed")
    return FaissNeighbors(index="Flat" if request.param == "flat" else "HNSW32")


def test_neighbors_are_those_of_scikit_learn(search):
    """Random points have no ties; a graph of 500 finds all of the nearest ten."""
    points, queries = make_points(0, 500, 4), make_points(1, 50, 4)
    distances, indices = search.fit(points).kneighbors(queries, 10)
    expected = NearestNeighbors().fit(points).kneighbors(queries, 10)
    assert_array_equal(indices, expected[1])
    assert_allclose(distances, expected[0], rtol=1e-12)


def test_the_solve_is_in_double_precision(search):
    X = make_points(2, 300, 2).cumsum(axis=0)
    options = {"n_neighbors": 40, "shrinkage": 0.3}
    plain = KernelDriftVolEstimator(**{"conditioning": None, **options}).fit(X)
    fast = KernelDriftVolEstimator(
        neighbors=search, **{"conditioning": None, **options}
    ).fit(X)
    for a, b in zip(fast.coefficients(X), plain.coefficients(X), strict=True):
        assert_allclose(a, b, rtol=1e-7, atol=1e-9)


def test_distances_beyond_single_precision():
    """Neighbours a millionth apart at 1000: the search confuses, the distances not."""
    points = 1000.0 + 1e-6 * np.arange(50.0)[:, np.newaxis]
    search = SinglePrecisionNeighbors().fit(points)
    distances, indices = search.kneighbors(points[:1], 5)
    assert_allclose(distances[0], np.abs(points[indices[0], 0] - points[0, 0]))
    assert (np.diff(distances[0]) >= 0.0).all()


def test_missing_neighbors_are_filled():
    pytest.importorskip("faiss", reason="faiss is not installed")
    search = FaissNeighbors(index="Flat").fit(make_points(3, 4, 2))
    distances, indices = search.kneighbors(make_points(4, 3, 2), 6)
    assert (indices >= 0).all()
    assert np.isfinite(distances).all()
