"""Rows of the table for data that are not smooth, and for panels."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skdiffts.evaluation import evaluate
from skdiffts.evaluation._forecast_rows import likelihood_rows
from skdiffts.evaluation._windows import read_paths


class Draws:
    """Generator of rows without memory."""

    def __init__(self, draw):
        self.draw = draw

    def sample(self, n_paths, length, random_state=None):
        return self.draw(np.random.RandomState(random_state), (n_paths, length, 1))


@pytest.fixture
def table(options):
    """Rows by name, of a model evaluated on the halves of a path."""

    def rows(model, X):
        brief = {**options, "long_run": 0}
        evaluation = evaluate(model, X[:150], X[150:], random_state=0, **brief)
        return {row.name: row for row in evaluation.rows}

    return rows


@pytest.mark.parametrize("rate", [2.0, 0.1])
def test_counts(rate, table):
    """Rows that repeat leave some rows of the table empty, and not all."""
    model = Draws(lambda rng, shape: rng.poisson(rate, shape).astype(float))
    X = model.sample(1, 300, random_state=1)[0]
    rows = table(model, X)
    ratio = rows["nearest-neighbour ratio to training"]
    assert np.isnan([ratio.result.value, ratio.result.standard_error]).all()
    discrepancy = rows["maximum mean discrepancy, squared"].result.value
    assert np.isnan(discrepancy) == (rate == 0.1)
    assert np.isfinite(rows["energy distance"].result.standard_error)


def test_constant_column(table):
    """What differs from a constant by rounding is not far from it."""

    def draw(rng, shape):
        noise = rng.standard_normal(shape)
        return np.concatenate([noise, np.full(shape, 0.1) + 1e-15 * noise], axis=2)

    model = Draws(draw)
    X = draw(np.random.RandomState(1), (1, 300, 1))[0]
    X[:, 1] = 0.1
    rows = table(model, X)
    for name in ("sliced Wasserstein distance", "covariance", "predictive score"):
        assert rows[name].result.value < 1.0, name


def test_likelihood_error_of_a_panel_with_a_longer_memory():
    """Three transitions of seven have no density, and none has a part in the error."""

    class Memory:
        def score_samples(self, X):
            return -np.square(X[:, 4:, 0]).sum(axis=1)

        def score(self, X):
            return float(np.mean(self.score_samples(X))) / (X.shape[1] - 4)

    model, X = Memory(), np.random.RandomState(0).standard_normal((40, 8, 2))
    [row] = likelihood_rows(model, X, read_paths(X), 40)
    scores = model.score_samples(X) / 4
    assert_allclose(row.result.value, scores.mean())
    assert_allclose(row.result.standard_error, scores.std(ddof=1) / np.sqrt(40))
