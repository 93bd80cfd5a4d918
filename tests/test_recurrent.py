"""The recurrent networks of published tables, as estimators of our scores."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from sklearn.base import clone

from skdiffts.metrics import discriminative_score, predictive_score

BENCHMARKS = Path(__file__).parents[1] / "examples" / "benchmarks"


@pytest.fixture(scope="module")
def recurrent():
    """The benchmarks are scripts: they import each other by name."""
    patch = pytest.MonkeyPatch()
    patch.syspath_prepend(str(BENCHMARKS))
    import recurrent

    yield recurrent
    patch.undo()
    del sys.modules["recurrent"]


def panel(seed, phi=0.9, n=150):
    """Autoregressions of one marginal distribution, whatever phi."""
    rng = np.random.RandomState(seed)
    X = rng.standard_normal((n, 8, 2))
    for i in range(1, 8):
        X[:, i] = phi * X[:, i - 1] + np.sqrt(1 - phi**2) * X[:, i]
    return X


def test_classifier_sees_the_order_of_time(recurrent):
    network = recurrent.GRUClassifier(2, n_hidden=4, n_iter=120, learning_rate=2e-2)
    options = {"estimator": network, "n_folds": 2}
    far = discriminative_score(panel(0), panel(1, phi=-0.9), **options)
    near = discriminative_score(panel(0), panel(1), **options)
    # 300 held-out labels: four standard deviations of chance are 0.12.
    assert far > 0.3
    assert abs(near) < 0.12


def test_regression_finds_the_latest_row(recurrent):
    """The error of x_i = 0.9 x_(i-1) + noise is 0.35; without it, 0.8."""
    network = recurrent.GRURegressor(2, n_hidden=4, n_iter=600, learning_rate=1e-2)
    score = predictive_score(panel(0), panel(1), estimator=network, n_lags=3)
    assert 0.33 < score < 0.45


def test_windows_are_the_rows_in_time(recurrent):
    X = np.arange(24.0).reshape(2, 12)
    windows = recurrent.GRUClassifier(3)._windows(X)
    assert_array_equal(windows[0], np.arange(12.0).reshape(4, 3))
    windows = recurrent.GRURegressor(3)._windows(X)
    assert_array_equal(windows[0], [[9, 10, 11], [6, 7, 8], [3, 4, 5], [0, 1, 2]])


def test_seed_decides_and_generators_are_left_alone(recurrent):
    X, y = panel(0).reshape(150, 16), np.arange(150) % 2
    torch.manual_seed(0)
    before = torch.get_rng_state()
    network = recurrent.GRUClassifier(2, n_iter=5)
    one, two = (clone(network).fit(X, y)._output(X) for _ in range(2))
    assert_array_equal(one, two)
    assert_array_equal(torch.get_rng_state(), before)
    assert (network.set_params(random_state=1).fit(X, y)._output(X) != one).all()


def test_wrong_number_of_features_is_named(recurrent):
    with pytest.raises(ValueError, match="n_features=3"):
        recurrent.GRUClassifier(3).fit(np.zeros((4, 8)), [0, 1, 0, 1])
