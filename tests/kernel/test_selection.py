"""Which bandwidth, shrinkage and ridge the leave-one-out scores select."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

from skdiffts.kernel._bandwidth_selection import BandwidthSelection

# Best local score -1.0, best global one -1.1 in the first column.
SCORES = np.array([[-1.3, -1.2], [-1.4, -1.0], [-1.1, -1.5]])


def make_sine_map(seed, n):
    """Its drift is 2 sin(2 x) - x: no line comes near, whatever the noise."""
    random = np.random.RandomState(seed)
    X = np.zeros((n, 1))
    for i in range(1, n):
        X[i] = 2.0 * np.sin(2.0 * X[i - 1]) + 0.3 * random.standard_normal()
    return X


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (0.0, (20, 0.5)),
        (0.09, (20, 0.5)),
        (0.11, ("all", 0.0)),
        (np.inf, ("all", 0.0)),
    ],
)
def test_one_standard_error_for_a_local_fit(error, expected):
    selection = BandwidthSelection((10, 20, "all"), (0.0, 0.5), SCORES, error, 1e-3)
    assert selection.best() == expected


def test_equal_scores_are_for_the_global_limit():
    scores = np.array([[-1.0, -2.0], [-2.0, -1.0]])
    selection = BandwidthSelection((10, "all"), (0.0, 0.5), scores, 0.0, 1e-3)
    assert selection.best() == ("all", 0.5)


def test_a_given_bandwidth_needs_no_lead():
    selection = BandwidthSelection((10,), (0.0, 0.5), SCORES[:1], 1.0, 1e-3)
    assert selection.best() == (10, 0.5)
    # Nor does one shrinkage over another of the global limit.
    selection = BandwidthSelection(("all",), (0.0, 0.5), SCORES[:1], 1.0, 1e-3)
    assert selection.best() == ("all", 0.5)


@pytest.mark.parametrize(
    ("kind", "seed", "d", "is_global"),
    [
        ("walk", 0, 1, True),
        ("walk", 2, 2, True),
        ("walk", 1, 2, False),
        ("sine", 0, 1, False),
        ("sine", 1, 1, False),
    ],
)
def test_selection_takes_the_best(
    kernel_regression, make_walk, kind, seed, d, is_global
):
    X = make_walk(seed, 60, d) if kind == "walk" else make_sine_map(seed, 60)
    estimator = kernel_regression(metric="euclidean").fit(X)
    selection = estimator.selection_
    chosen = (estimator.n_neighbors_, estimator.shrinkage_)
    assert chosen == selection.best()
    i = selection.n_neighbors.index(chosen[0])
    j = selection.shrinkage.index(chosen[1])
    lead = selection.scores.max() - selection.scores[-1].max()
    assert (chosen[0] == "all") == is_global == (lead <= selection.standard_error)
    scores = selection.scores[-1] if is_global else selection.scores
    assert selection.scores[i, j] == scores.max()
    # What is chosen behaves as if it had been given.
    given = clone(estimator).set_params(n_neighbors=chosen[0], shrinkage=chosen[1])
    given.fit(X)
    assert_array_equal(given.transform(X), estimator.transform(X))
    assert_allclose(given.selection_.scores, [[selection.scores[i, j]]], rtol=1e-12)


def test_selection_keeps_what_is_given(kernel_regression, make_walk):
    X = make_walk(9, 60, 2)
    one = kernel_regression(20).fit(X)
    assert one.selection_.n_neighbors == (20,)
    assert len(one.selection_.shrinkage) > 1
    two = kernel_regression(shrinkage=0.25).fit(X)
    assert two.selection_.shrinkage == (0.25,) == (two.shrinkage_,)
    assert len(two.selection_.n_neighbors) > 1


@pytest.mark.statistical
@pytest.mark.parametrize(("n", "d"), [(300, 2), (200, 5)])
def test_selection_takes_all_on_linear_data(kernel_regression, make_var1, n, d):
    """The largest local bandwidth is the best by more than its standard error.

    Of these 20 seeds 17 (d = 2) and 16 (d = 5) chose "all"; of 100 others 86 and 84,
    and the rest, but for one seed, n - 2 neighbours. A sound selection fails with
    probability P(Bin(20, 0.84) < 11) < 5e-4 or P(Bin(20, 0.97) < 16) < 4e-4.
    """
    chosen = [
        kernel_regression().fit(make_var1(seed, n, d)).n_neighbors_
        for seed in range(20)
    ]
    assert chosen.count("all") >= 11
    assert chosen.count("all") + chosen.count(n - 2) >= 16


@pytest.mark.statistical
def test_selection_takes_few_on_curved_data(kernel_regression):
    estimator = kernel_regression().fit(make_sine_map(0, 600))
    assert estimator.n_neighbors_ != "all"
    assert estimator.n_neighbors_ < 150
