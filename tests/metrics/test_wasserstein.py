"""Exact Wasserstein distance, and the distance of Gaussian fits."""

import itertools
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose
from scipy.linalg import sqrtm
from scipy.spatial.distance import cdist

from skdiffts.metrics import frechet_distance, sliced_wasserstein, wasserstein

values = st.floats(-100, 100, allow_subnormal=False)


@given(st.integers(1, 5).flatmap(lambda n: arrays(float, (2, n, 2), elements=values)))
def test_against_all_permutations(samples):
    X, Y = samples
    cost = cdist(X, Y, "sqeuclidean")
    n = len(X)
    costs = [
        sum(cost[i, j] for i, j in enumerate(order))
        for order in itertools.permutations(range(n))
    ]
    assert_allclose(wasserstein(X, Y), np.sqrt(min(costs) / n), atol=1e-9)


@pytest.fixture(params=["ot", "scipy"])
def solver(request, monkeypatch):
    if request.param == "ot":
        pytest.importorskip("ot")
    else:
        monkeypatch.setitem(sys.modules, "ot", None)


@pytest.mark.usefixtures("solver")
@pytest.mark.parametrize(("n", "m"), [(4, 6), (5, 7), (1, 8), (9, 3), (20, 30)])
@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_unequal_sizes_against_repeated_rows(n, m, scale):
    rng = np.random.RandomState(0)
    X, Y = scale * rng.standard_normal((n, 3)), scale * rng.standard_normal((m, 3))
    lcm = np.lcm(n, m)
    repeated = wasserstein(
        np.repeat(X, lcm // n, axis=0), np.repeat(Y, lcm // m, axis=0)
    )
    assert_allclose(wasserstein(X, Y), repeated, rtol=1e-6)


@pytest.mark.usefixtures("solver")
def test_unequal_sizes_of_one_point():
    assert wasserstein(np.zeros((3, 2)), np.zeros((2, 2))) == 0.0


@given(arrays(float, (2, 6, 2), elements=values), arrays(float, 2, elements=values))
def test_symmetries(samples, shift):
    X, Y = samples
    rotation = np.array([[0.6, -0.8], [0.8, 0.6]])
    expected = wasserstein(X, Y)
    assert_allclose(wasserstein(Y, X), expected, atol=1e-9)
    assert_allclose(wasserstein(X[::-1], Y), expected, atol=1e-9)
    moved = wasserstein(2 * X @ rotation + shift, 2 * Y @ rotation + shift)
    assert_allclose(moved, 2 * expected, rtol=1e-9, atol=1e-5)
    assert wasserstein(X, X) == 0.0
    assert_allclose(wasserstein(X, X + shift), np.linalg.norm(shift), atol=1e-6)


@given(arrays(float, (2, 7, 3), elements=values))
def test_above_its_lower_bounds(samples):
    X, Y = samples
    distance = wasserstein(X, Y)
    # Of W2 the slices, on average over lines, see a d-th of the squares at most.
    sliced = sliced_wasserstein(X, Y, n_directions=50, random_state=0)
    assert sliced <= distance + 1e-6
    # Gelbrich: Gaussians with the same moments are no farther apart.
    shift = np.sum((X.mean(axis=0) - Y.mean(axis=0)) ** 2)
    gaussian = shift + (len(X) - 1) / len(X) * (frechet_distance(X, Y) - shift)
    assert gaussian <= distance**2 * (1 + 1e-9) + 1e-6


def test_frechet_distance_against_the_matrix_root():
    rng = np.random.RandomState(0)
    X = rng.standard_normal((50, 4)) @ rng.standard_normal((4, 4))
    Y = rng.standard_normal((40, 4)) @ rng.standard_normal((4, 4)) + 1
    S_X, S_Y = np.cov(X.T), np.cov(Y.T)
    shift = X.mean(axis=0) - Y.mean(axis=0)
    expected = shift @ shift + np.trace(S_X + S_Y - 2 * sqrtm(S_X @ S_Y).real)
    assert_allclose(frechet_distance(X, Y), expected, rtol=1e-8)


@given(st.floats(0.1, 10), st.floats(-10, 10))
def test_frechet_distance_of_scaled_rows(scale, shift):
    X = np.random.RandomState(0).standard_normal((30, 3))
    mean = X.mean(axis=0)
    expected = np.sum(((scale - 1) * mean + shift) ** 2)
    expected += (scale - 1) ** 2 * np.trace(np.cov(X.T))
    assert_allclose(frechet_distance(X, scale * X + shift), expected, atol=1e-9)


def test_frechet_distance_of_degenerate_rows():
    X = np.column_stack([np.arange(10.0), np.zeros(10)])
    assert_allclose(frechet_distance(X, X), 0.0, atol=1e-12)
    # Variances of orthogonal lines just add.
    expected = 2 * np.var(np.arange(10.0), ddof=1) + 2 * 4.5**2
    assert_allclose(frechet_distance(X, X[:, ::-1]), expected)


def test_errors():
    with pytest.raises(ValueError, match="Y has 2 features and X has 1"):
        wasserstein([[0.0]], [[1.0, 2.0]])
    with pytest.raises(ValueError, match="minimum of 2"):
        frechet_distance([[0.0]], [[1.0], [2.0]])
