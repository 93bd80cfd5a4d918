"""Windows of real and simulated paths, and their rows and pairs of rows."""

from collections.abc import Callable

import numpy as np
from sklearn.base import BaseEstimator

from skdiffts._panels import check_panel
from skdiffts._paths import check_paths, with_output
from skdiffts._seeding import draw_seed

__all__ = [
    "VIEWS",
    "as_windows",
    "evenly",
    "feature_names",
    "pairs_of",
    "read_paths",
    "rows_of",
    "simulate",
]


def read_paths(X):
    """Read any container of paths."""
    return check_paths(BaseEstimator(), X, reset=True, min_length=2)


def feature_names(paths):
    """Names of the columns as text, numbers where there are none."""
    frame = paths.frames[0]
    if frame is None:
        return [f"feature {k}" for k in range(paths.n_features)]
    return [str(name) for name in frame.columns]


def as_windows(paths, window):
    """Cut paths into windows (n_windows, length, n_features) that do not overlap.

    A 3-D array is a panel of whole paths and left as it is; a path that is shorter than
    a window sets the length of all.
    """
    if paths.container == "stack":
        return paths.values.reshape(paths.n_paths, -1, paths.n_features)
    length = min(window, int(paths.lengths.min()))
    return np.concatenate(
        [
            values[: len(values) - len(values) % length].reshape(
                -1, length, paths.n_features
            )
            for values in paths.split(paths.values)
        ]
    )


def simulate(generator, n_paths, length, burn_in, start, rng):
    """Simulate paths and drop their first rows, the burn-in."""
    seed = draw_seed(rng)
    sample = with_output(generator.sample, "array")
    if start is None:
        paths = sample(n_paths, burn_in + length, random_state=seed)
    else:
        paths = sample(n_paths, burn_in + length, x0=start, random_state=seed)
    paths = check_panel(paths, "generator.sample(...)", finite=False)
    if paths.shape[:2] != (n_paths, burn_in + length):
        raise ValueError(
            f"generator.sample gives shape {paths.shape} for {n_paths} paths of "
            f"{burn_in + length} rows; it must give (n_paths, length, n_features)."
        )
    return paths[:, burn_in:]


def evenly(n, n_kept):
    """Choose at most `n_kept` of n rows, evenly spaced."""
    return np.linspace(0, n - 1, min(n, n_kept)).round().astype(int)


def rows_of(panel):
    """Rows of all paths."""
    return panel.reshape(-1, panel.shape[2])


def pairs_of(panel):
    """Pairs of successive rows of all paths, side by side."""
    pairs = np.concatenate([panel[:, :-1], panel[:, 1:]], axis=2)
    return pairs.reshape(-1, pairs.shape[2])


VIEWS: dict[str, Callable] = {"paths": np.asarray, "rows": rows_of, "pairs": pairs_of}
