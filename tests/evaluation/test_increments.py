"""Columns whose level wanders are judged by their increments."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skdiffts.evaluation import evaluate
from skdiffts.evaluation._unit_root import has_unit_root
from skdiffts.evaluation._windows import read_paths


def draw(rng, n_paths, length, phi=1.0, drift=0.05):
    """Column that wanders, if phi is one, beside white noise."""
    noise = rng.standard_normal((n_paths, length, 2))
    noise[..., 0] += drift
    for i in range(1, length):
        noise[:, i, 0] += phi * noise[:, i - 1, 0]
    return noise


class Walk:
    """The true model, which starts anywhere."""

    def sample(self, n_paths, length, random_state=None):
        rng = np.random.RandomState(random_state)
        paths = draw(rng, n_paths, length)
        paths[..., 0] += 100 * rng.standard_normal((n_paths, 1))
        return paths

    def forecast(self, X, horizon, n_samples, random_state=None):
        rng = np.random.RandomState(random_state)
        steps = draw(rng, len(X) * n_samples, horizon)
        steps = steps.reshape(len(X), n_samples, horizon, 2)
        steps[..., 0] += X[:, np.newaxis, -1:, 0]
        return steps


@pytest.fixture(scope="module")
def walk():
    return draw(np.random.RandomState(3), 1, 800)[0]


@pytest.mark.statistical
@pytest.mark.parametrize(("phi", "low", "high"), [(1.0, 0.95, 1.0), (0.9, 0.0, 0.02)])
def test_unit_roots_are_found(phi, low, high):
    """The test of a unit root rejects one in a hundred."""
    rng = np.random.RandomState(0)
    found = [
        has_unit_root(read_paths(draw(rng, 1, 600, phi, 0.0)[0])) for _ in range(100)
    ]
    share = np.mean(found, axis=0)
    assert low <= share[0] <= high
    assert share[1] == 0.0


def test_statistic_against_a_full_regression():
    """The decision is the same as with a column of ones for each path."""
    rng = np.random.RandomState(0)
    for seed in range(20):
        x = draw(np.random.RandomState(seed), 1, 120, 0.93, 0.0)[0, :, 0]
        steps = np.diff(x)
        rows = range(4, len(steps))
        design = np.array([[1, x[i], *steps[i - 4 : i]] for i in rows])
        beta, (rss,), *_ = np.linalg.lstsq(design, steps[4:], rcond=None)
        variance = rss / (len(design) - 6) * np.linalg.inv(design.T @ design)[1, 1]
        expected = beta[1] / np.sqrt(variance) > -3.43
        other = rng.standard_normal(len(x))
        found = has_unit_root(read_paths(np.column_stack([x, other])))
        assert found[0] == expected, seed


def test_what_does_not_wander():
    """Panels from the first row on, short paths and constants."""
    panel = draw(np.random.RandomState(0), 30, 80)
    assert not has_unit_root(read_paths(panel)).any()
    assert has_unit_root(read_paths(list(panel))).tolist() == [True, False]
    assert not has_unit_root(read_paths([path[:40] for path in panel])).any()
    assert not has_unit_root(read_paths(np.full((200, 1), 0.1))).any()


@pytest.mark.parametrize("start", [None, "anywhere"])
def test_true_walk_is_not_rejected(walk, options, start):
    """Its levels are useless, and its increments right."""
    brief = {**options, "n_samples": 100, "random_state": 0}
    table = evaluate(Walk(), walk[:500], walk[500:], **brief)
    assert dict(table.facts)["judged by their increments, since levels wander"]
    assert table.verdict != "reject", table.reasons()
    by_levels = evaluate(Walk(), walk[:500], walk[500:], increments="none", **brief)
    assert by_levels.verdict == "reject"


def test_increments_are_those_of_the_data(walk, options):
    """The same table as of data that are differenced by hand."""

    class Steps(Walk):
        def sample(self, n_paths, length, random_state=None):
            paths = super().sample(n_paths, length + 1, random_state)
            steps = np.diff(paths[..., :1], axis=1)
            return np.concatenate([steps, paths[:, 1:, 1:]], axis=2)

        forecast = property()

    class Levels(Walk):
        forecast = property()

    brief = {**options, "long_run": 0, "random_state": 0}
    steps = np.column_stack([np.diff(walk[:, 0]), walk[1:, 1]])
    table = evaluate(Levels(), walk[:501], walk[500:], **brief)
    expected = evaluate(Steps(), steps[:500], steps[500:], **brief)
    for row, other in zip(table.rows, expected.rows, strict=True):
        assert_allclose(row.cells()[3:], other.cells()[3:], err_msg=row.name, rtol=1e-6)


def test_unknown_increments(walk, options):
    with pytest.raises(ValueError, match="increments='some' is unknown"):
        evaluate(Walk(), walk[:500], walk[500:], increments="some", **options)


def test_weights_are_of_the_data(walk, options):
    """A weight of zero leaves a column out of the risk of the portfolio."""
    brief = {**options, "long_run": 0, "n_samples": 100, "random_state": 0}

    class Wrong(Walk):
        def forecast(self, *args, **kwargs):
            forecasts = super().forecast(*args, **kwargs)
            forecasts[..., 1] *= 0.3
            return forecasts

    for weights, wrong in (([1.0, 0.0], False), ([0.0, 1.0], True)):
        table = evaluate(Wrong(), walk[:500], walk[500:], weights=weights, **brief)
        [row] = [
            row for row in table.rows if row.name == "violations of 5% value at risk"
        ]
        assert (row.verdict == "reject") == wrong
    with pytest.raises(ValueError, match=r"weights has shape \(3,\) for 2 columns"):
        evaluate(Walk(), walk[:500], walk[500:], weights=[1, 1, 1], **brief)
