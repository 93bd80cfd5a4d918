"""Functionals of paths against an oracle."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import norm

from skdiffts.metrics import (
    CrossMoment,
    Exceedance,
    FirstExitTime,
    SquaredNorm,
    functional_difference,
    functional_error,
)

FUNCTIONALS = [
    CrossMoment(first=1, second=0),
    SquaredNorm(),
    SquaredNorm(n_features=1),
    Exceedance(threshold=2.0),
    FirstExitTime(threshold=1.5),
]


@pytest.fixture
def paths():
    return np.random.RandomState(0).standard_normal((40, 6, 3))


def test_against_loops(paths):
    def exits(path, radius):
        for i, row in enumerate(path):
            if np.linalg.norm(row) > radius:
                return i
        return len(path)

    expected = [
        [np.mean([row[1] * row[0] for row in path]) for path in paths],
        [np.mean([row @ row for row in path]) for path in paths],
        [np.mean([row[0] ** 2 for row in path]) for path in paths],
        [float(exits(path, 2.0) < len(path)) for path in paths],
        [float(exits(path, 1.5)) for path in paths],
    ]
    for functional, values in zip(FUNCTIONALS, expected, strict=True):
        assert_allclose(functional(paths), values)
        copy = pickle.loads(pickle.dumps(functional))
        assert_array_equal(copy(paths), functional(paths))


def test_error_and_its_standard_error(paths):
    other = np.random.RandomState(1).standard_normal((25, 6, 3)) + 0.1
    for functional in FUNCTIONALS:
        f, g = functional(paths), functional(other)
        result = functional_error(functional, paths, other)
        assert_allclose(result.value, g.mean() - f.mean())
        variance = g.var(ddof=1) / 25 + f.var(ddof=1) / 40
        assert_allclose(result.standard_error, np.sqrt(variance))
        distance = functional_difference(paths, other, functional=functional)
        assert_allclose(distance, abs(result.value))
        known = functional_error(functional, 0.5, other)
        assert_allclose(known.value, g.mean() - 0.5)
        assert_allclose(known.standard_error, g.std(ddof=1) / 5)
        assert result.floor == known.floor == 0.0


@pytest.mark.statistical
def test_two_standard_errors_hold_for_the_truth():
    rng = np.random.RandomState(0)
    # P(some |x_i| > 2) of ten independent rows, and E |x|^2 in two dimensions.
    exceedance = 1 - (2 * norm.cdf(2) - 1) ** 10
    inside = []
    for _ in range(300):
        x, y = rng.standard_normal((60, 10, 1)), rng.standard_normal((2, 60, 5, 2))
        results = [
            functional_error(Exceedance(threshold=2.0), exceedance, x),
            functional_error(SquaredNorm(), 2.0, y[0]),
            functional_error(lambda paths: paths[:, -1, 0], y[0], y[1]),
        ]
        inside.append([abs(r.value) < 1.96 * r.standard_error for r in results])
    # 95 %, with a standard error of 1.3 % and a little less for few paths.
    assert (np.abs(np.mean(inside, axis=0) - 0.95) < 0.05).all()


def test_any_callable(paths):
    result = functional_error(lambda p: p.max(axis=(1, 2)), paths, paths)
    assert result.value == 0.0
    assert result.standard_error > 0.0


@pytest.mark.parametrize(
    ("functional", "message"),
    [
        (CrossMoment(second=3), "second == 3, must be <= 2"),
        (CrossMoment(first=-4), "first == -4"),
        (SquaredNorm(n_features=4), "n_features == 4, must be <= 3"),
        (SquaredNorm(n_features=0), "n_features == 0"),
    ],
    ids=["second", "first", "many", "none"],
)
def test_features_that_are_not_there(functional, message, paths):
    with pytest.raises(ValueError, match=message):
        functional(paths)


@pytest.mark.parametrize(
    ("functional", "oracle", "message"),
    [
        (lambda p: p.mean(), 0.0, "gives shape"),
        (lambda p: p[:, 0], 0.0, "gives shape"),
        (SquaredNorm(), np.zeros((1, 6, 3)), "oracle holds one path"),
        (SquaredNorm(), np.zeros(3), "oracle has shape"),
    ],
    ids=["number", "rows", "one path", "1-D"],
)
def test_errors(functional, oracle, message, paths):
    with pytest.raises(ValueError, match=message):
        functional_error(functional, oracle, paths)
