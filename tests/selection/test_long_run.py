"""Forecasts several rows ahead tell levels from unit roots, in few and many series."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skdiffts.selection import ForwardLikelihood, Specification, forward_folds
from skdiffts.selection._design import robust_weights
from skdiffts.selection._long_run import long_run_gain

LEVEL_STEP = "level, for rows far ahead"


@pytest.fixture(scope="module")
def gain_of(read):
    """Gain and its error for the paths of a container, against a history."""

    def measure(X, specification=None):
        paths = read(X)
        folds = forward_folds(paths)
        likelihood = ForwardLikelihood(paths, np.ones(len(paths.ends)), folds, 4)
        return long_run_gain(likelihood, specification or Specification())

    return measure


def make_walks(kind, n, d, seed):
    """Random walks: independent ones, one in all series, or of a common volatility."""
    rng = np.random.RandomState(seed)
    steps = rng.standard_normal((n, d))
    if kind == "one":
        steps = 0.3 * steps + rng.standard_normal((n, 1))
    if kind == "clustered":
        log_volatility = np.zeros(n)
        for i in range(1, n):
            log_volatility[i] = (
                0.97 * log_volatility[i - 1] + 0.2 * rng.standard_normal()
            )
        steps *= np.exp(log_volatility)[:, np.newaxis]
    return steps.cumsum(axis=0)


def make_reverting(n, d, seed, pull=0.04):
    """Slow returns, of which a volatility that clusters hides one step."""
    rng = np.random.RandomState(seed)
    x, rows, log_volatility = np.zeros(d), [], 0.0
    for _ in range(n + 200):
        log_volatility = 0.97 * log_volatility + 0.3 * rng.standard_normal()
        noise = rng.standard_normal(d) + rng.standard_normal()
        x = (1.0 - pull) * x + np.exp(log_volatility) * noise
        rows.append(x)
    return np.array(rows[200:])


def test_the_gain_is_that_of_two_recursions_by_hand(gain_of):
    """One series, one lagged increment: forecasts of a sixth of the scored stretch."""
    x = make_reverting(240, 1, 0)[:, 0]
    shares = []
    for first, last in ((0.55, 0.7), (0.7, 0.85), (0.85, 1.0)):
        n, end = int(first * 240), int(last * 240)
        n_ahead = round((end - n) / 6)
        errors = []
        for has_level in (False, True):
            y = np.diff(x[:n])[1:]
            columns = np.stack([np.ones(n - 2), np.diff(x[:n])[:-1], x[1 : n - 1]], 1)
            columns = columns[:, : 2 + has_level]
            weights = np.ones(n - 2)
            for _ in range(4):
                root = np.sqrt(weights)
                b = np.linalg.lstsq(columns * root[:, None], y * root, rcond=None)[0]
                rest = y - columns @ b
                weights = robust_weights(rest[:, None])
            if not has_level:
                b[0] -= y.mean() * min(1.0, (rest**2).mean() / len(y) / y.mean() ** 2)
            b = np.append(b, 0.0)
            errors.append([])
            for i in range(n - 1, end - n_ahead):
                last_value, value = x[i - 1], x[i]
                for _ in range(n_ahead):
                    step = b[0] + b[1] * (value - last_value) + b[2] * value
                    last_value, value = value, value + step
                errors[-1].append((x[i + n_ahead] - value) ** 2)
        root, level = np.array(errors)
        shares.append((root - level) / root.mean())
    gain, error = gain_of(x[:, np.newaxis], Specification(n_increments=1))
    assert_allclose(gain, np.concatenate(shares).mean(), rtol=1e-9)
    assert 0.0 < error < 1.0


def test_forecasts_end_in_the_path_they_begin_in(gain_of, make_autoregression):
    """Levels of the paths far apart would else make huge errors of both recursions."""
    panel = make_autoregression(0.3, n=25 * 40, d=2).reshape(40, 25, 2)
    gain, error = gain_of(panel)
    assert gain > 4.0 * error
    far_apart = panel + 1e3 * np.arange(40)[:, np.newaxis, np.newaxis]
    root = gain_of(far_apart, Specification(n_increments=1))
    assert np.isfinite(root).all()
    assert root[0] < gain


def test_stretches_that_are_too_short_say_nothing(gain_of):
    panel = np.random.RandomState(0).standard_normal((12, 3, 1))
    assert gain_of(panel, Specification(n_increments=3)) == (0.0, np.inf)


@pytest.mark.statistical
@pytest.mark.parametrize("kind", ["independent", "one", "clustered"])
def test_walks_in_fifty_columns_have_no_gain(gain_of, kind):
    """By chance one in fifty has; each kind with ten seeds."""
    measured = [gain_of(make_walks(kind, 600, 50, seed)) for seed in range(10)]
    assert sum(gain > 2.0 * error for gain, error in measured) <= 1
    assert np.mean([gain for gain, _ in measured]) < 0.0


@pytest.mark.statistical
@pytest.mark.parametrize("kind", ["independent", "one"])
def test_walks_in_fifty_columns_stay_walks(select, kind):
    found = [select(make_walks(kind, 500, 50, s)).specification for s in range(3)]
    assert sum(one.n_lags > 0 for one in found) <= 1


def test_a_level_that_no_step_takes_is_taken_for_rows_far_ahead(select):
    """With a hurdle that no gain exceeds, the search ends at a random walk."""
    reverting, walks = make_reverting(600, 9, 0), make_walks("one", 600, 9, 0)
    found = select(reverting, hurdle=1e3)
    table = found.table()
    assert found.specification.n_lags >= 1
    assert table["candidate"][table["chosen"]].tolist()[0] == LEVEL_STEP
    # It stays, whatever one row ahead says.
    after = np.flatnonzero(table["chosen"])[0] + 1
    assert "levels of 0 rows" not in table["candidate"][after:]
    walk = select(walks, hurdle=1e3)
    assert walk.specification == Specification()
    assert LEVEL_STEP not in walk.table()["candidate"]
