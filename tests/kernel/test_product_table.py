"""Moments from a table of products equal the moments from neighbours."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.neighbors import NearestNeighbors

from skdiffts import KernelDriftVolEstimator
from skdiffts.conditioning._scale import UnitScale
from skdiffts.kernel import Tabulated
from skdiffts.kernel._product_table import ProductTable


def both(estimator, states):
    """Drift and factor from neighbours, and from products."""
    model = estimator.model_.local_model
    results = []
    for products in (None, ProductTable(model.smoother)):
        model = replace(model, products=products)
        results.append(model.evaluate(states, UnitScale()))
    return results


def assert_agree(estimator, states, **tolerance):
    for actual, expected in zip(*reversed(both(estimator, states)), strict=True):
        assert_allclose(actual, expected, **tolerance)


@given(
    st.integers(0, 1000),
    st.integers(1, 3),
    st.integers(1, 30),
    st.sampled_from(["epanechnikov", "tricube", "gaussian"]),
    st.sampled_from([0, 1]),
    st.sampled_from([None, 3.0]),
    st.sampled_from(["standardized", "whitened", "euclidean"]),
)
def test_products_give_what_neighbors_give(
    make_walk, seed, d, k, kernel, degree, halflife, metric
):
    X = make_walk(seed, 60, d)
    estimator = KernelDriftVolEstimator(
        k,
        kernel=kernel,
        degree=degree,
        shrinkage=0.3,
        recency_halflife=halflife,
        metric=metric,
        conditioning=None,
    ).fit(X)
    queries = np.vstack([X, X + 0.1 * make_walk(seed + 1, 60, d), 100.0 * X[:5]])
    assert_agree(estimator, queries, rtol=1e-8, atol=1e-8)


@given(st.integers(0, 1000))
def test_irregular_times(make_walk, seed):
    import pandas as pd

    times = np.random.RandomState(seed).exponential(size=60).cumsum()
    X = pd.DataFrame(make_walk(seed, 60, 2), index=times)
    estimator = KernelDriftVolEstimator(
        20, dt="index", shrinkage=0.3, conditioning=None
    ).fit(X)
    assert_agree(estimator, X.to_numpy(), rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("width", [1e-1, 1e-3, 1e-6, 0.0])
@pytest.mark.parametrize("kernel", ["epanechnikov", "gaussian"])
@pytest.mark.parametrize("k", [8, 21])
def test_digits_are_not_lost_in_narrow_clusters(width, kernel, k):
    """Two clusters, far apart for their width: expanded squares would cancel.

    Of 21 neighbours the last is in the other cluster: the bandwidth is long, but what has
    weight is close together.
    """
    random = np.random.RandomState(0)
    starts = width * random.standard_normal((40, 2)) + [[5.0, -3.0], [4.0, 7.0]] * 20
    pairs = np.stack([starts, starts + random.standard_normal((40, 2))], axis=1)
    estimator = KernelDriftVolEstimator(
        k, kernel=kernel, shrinkage=0.3, conditioning=None
    ).fit(pairs)
    queries = starts + width * random.standard_normal((40, 2))
    assert_agree(estimator, queries, rtol=1e-8, atol=1e-8)


def test_neighbors_at_one_distance_count_alike():
    """A compact kernel gives none of them weight; rounding may give some."""
    angles = np.linspace(0.0, 2.0 * np.pi, 30, endpoint=False)
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    ends = circle + np.random.RandomState(0).standard_normal((30, 2))
    pairs = np.stack([circle, ends], axis=1)
    estimator = KernelDriftVolEstimator(30, shrinkage=0.3, conditioning=None).fit(pairs)
    assert_agree(estimator, np.zeros((1, 2)), rtol=1e-8)


def test_forgotten_neighbors_count_alike(make_walk):
    X = make_walk(3, 80, 1)
    X[40:] += 1000.0  # what counts is far from the first rows
    estimator = KernelDriftVolEstimator(
        5, recency_halflife=0.05, shrinkage=0.3, conditioning=None
    ).fit(X)
    assert_agree(estimator, X[:30], rtol=1e-8)


# When


def test_products_are_used_where_they_pay(make_walk):
    X = make_walk(0, 600, 2)

    def uses(k, **options):
        estimator = KernelDriftVolEstimator(
            k, shrinkage=0.3, **{"conditioning": None, **options}
        ).fit(X)
        return estimator.model_.local_model.products is not None

    assert uses(200)
    assert not uses(5)
    assert not uses("all")
    assert uses(5, kernel="gaussian")  # which gives weight to all
    # Not where ties count or where another search finds the neighbours.
    assert not uses(200, kernel="uniform")
    assert not uses(200, neighbors=NearestNeighbors())
    # Nor in a table, once it is made.
    assert not uses(200, evaluation=Tabulated())


def test_the_table_is_bounded(make_walk, monkeypatch):
    monkeypatch.setattr("skdiffts.kernel._product_table.MAX_NUMBERS", 600 * 16)
    smoother = (
        KernelDriftVolEstimator(200, conditioning=None)
        .fit(make_walk(0, 601, 2))
        .model_.local_model.smoother
    )
    assert ProductTable.is_faster(smoother, 200)  # 5 columns have 15 products
    assert ProductTable(smoother).products.size == 600 * 16
    monkeypatch.setattr("skdiffts.kernel._product_table.MAX_NUMBERS", 600 * 16 - 1)
    assert not ProductTable.is_faster(smoother, 200)


@pytest.mark.parametrize("evaluation", [None, Tabulated()], ids=str)
def test_the_table_of_a_gaussian_kernel_travels(make_walk, evaluation):
    X = make_walk(1, 100, 2)
    estimator = KernelDriftVolEstimator(
        20, kernel="gaussian", shrinkage=0.3, evaluation=evaluation, conditioning=None
    ).fit(X)
    twin = pickle.loads(pickle.dumps(estimator))
    assert_array_equal(twin.transform(X), estimator.transform(X))
