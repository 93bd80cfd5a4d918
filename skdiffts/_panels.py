"""Checks of samples, panels and ensembles of forecasts."""

import numpy as np
from sklearn.utils import check_array

from skdiffts._paths import is_long_form, stacked

__all__ = [
    "check_forecasts",
    "check_lengths",
    "check_pairs",
    "check_panel",
    "check_panels",
    "check_samples",
    "check_weights",
]


def check_samples(min_rows=1, **samples):
    """Turn named samples into float64 arrays (n_rows, n_features) of one space."""
    checked = {
        name: check_array(
            sample, dtype=np.float64, ensure_min_samples=min_rows, input_name=name
        )
        for name, sample in samples.items()
    }
    first, reference = next(iter(checked.items()))
    for name, sample in checked.items():
        if sample.shape[1] != reference.shape[1]:
            raise ValueError(
                f"{name} has {sample.shape[1]} features and {first} has "
                f"{reference.shape[1]}; pass samples of the same space."
            )
    return tuple(checked.values())


def check_panel(paths, name="paths", *, finite=True):
    """Turn a panel, or one path, into a float64 array (n_paths, length, n_features)."""
    if is_long_form(paths):
        paths = stacked(paths, name)
    check_lengths(paths, name)
    paths = check_array(
        paths,
        dtype=np.float64,
        allow_nd=True,
        ensure_2d=False,
        ensure_all_finite=finite,
        input_name=name,
    )
    if paths.ndim == 2:
        return paths[None]
    if paths.ndim != 3 or 0 in paths.shape:
        raise ValueError(
            f"{name} has shape {paths.shape}; pass (n_paths, length, n_features), "
            "or (length, n_features) for one path."
        )
    return paths


def check_lengths(paths, name):
    """Raise for a list of paths of different lengths, which is no array."""
    if isinstance(paths, list | tuple):
        lengths = {len(path) for path in paths if len(getattr(path, "shape", ())) == 2}
        if len(lengths) > 1:
            raise ValueError(
                f"{name} holds paths of {min(lengths)} to {max(lengths)} rows; cut "
                "them into windows of one length."
            )


def check_panels(X, Y, *, same_length=False, min_features=1, finite=True):
    """Turn two panels, the second perhaps not finite, into arrays of one space."""
    X, Y = check_panel(X, "X"), check_panel(Y, "Y", finite=finite)
    if X.shape[2] != Y.shape[2]:
        raise ValueError(
            f"Y has {Y.shape[2]} features and X has {X.shape[2]}; "
            "pass paths of the same space."
        )
    if same_length and X.shape[1] != Y.shape[1]:
        raise ValueError(
            f"Y has paths of {Y.shape[1]} rows and X of {X.shape[1]}; "
            "pass paths of one length."
        )
    check_pairs(X.shape[2], "X", min_features)
    return X, Y


def check_pairs(n_features, name, min_features=2):
    """Raise where there are too few features to have a pair."""
    if n_features < min_features:
        raise ValueError(
            f"{name} has {n_features} feature(s), hence no pair of features; "
            f"pass {min_features} features or more."
        )


def check_forecasts(forecasts, outcomes, *, min_features=1):
    """Turn ensembles (n_cases, n_samples, d) and outcomes (n_cases, d) into arrays."""
    forecasts = check_array(
        forecasts, dtype=np.float64, allow_nd=True, input_name="forecasts"
    )
    outcomes = check_array(outcomes, dtype=np.float64, input_name="outcomes")
    n, d = outcomes.shape
    if forecasts.ndim != 3 or forecasts.shape[::2] != (n, d) or forecasts.shape[1] < 2:
        raise ValueError(
            f"forecasts has shape {forecasts.shape} and outcomes {outcomes.shape}; pass "
            "(n_cases, n_samples, n_features) with two samples or more, and "
            "(n_cases, n_features)."
        )
    check_pairs(d, "outcomes", min_features)
    return forecasts, outcomes


def check_weights(weights, n, noun):
    """Turn weights, one for each column or path, into an array; None is equal ones."""
    if weights is None:
        return np.full(n, 1.0 / n)
    weights = check_array(
        weights, ensure_2d=False, dtype=np.float64, input_name="weights"
    )
    if weights.shape != (n,):
        raise ValueError(
            f"weights has shape {weights.shape} for {n} {noun}s; pass one weight for "
            f"each {noun}."
        )
    return weights
