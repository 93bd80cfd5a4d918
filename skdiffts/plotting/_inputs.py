"""Paths, names, times and parts of estimators for displays."""

from functools import partial

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_array, check_is_fitted

from skdiffts._paths import check_paths, stacked

__all__ = [
    "feature_labels",
    "future_rows",
    "model_coordinates",
    "names_of",
    "one_path",
    "part",
    "sample_paths",
    "with_exogenous",
]


def names_of(X):
    """Column names of a frame, None for anything else.

    Parameters
    ----------
    X : object
        Data.

    Returns
    -------
    list of str or None
        Names.
    """
    first = X[0] if isinstance(X, list | tuple) and len(X) else X
    columns = getattr(first, "columns", None)
    return None if columns is None else [str(name) for name in columns]


def feature_labels(feature_names, X, n_features):
    """Label the features: by the user's names, by the columns of X, or by numbers.

    Parameters
    ----------
    feature_names : sequence of str or None
        Names of the user.
    X : object
        Data whose columns may have names.
    n_features : int
        Number of features.

    Returns
    -------
    list of str
        Names.
    """
    if feature_names is None:
        feature_names = names_of(X)
    if feature_names is None:
        return [f"x{i}" for i in range(n_features)]
    if len(feature_names) != n_features:
        raise ValueError(
            f"feature_names has {len(feature_names)} names for {n_features} features; "
            "pass one for each."
        )
    return [str(name) for name in feature_names]


def one_path(X, name="X", *, gaps=False):
    """Read a single path as float64.

    Parameters
    ----------
    X : array-like of shape (n_rows, n_features)
        Path.
    name : str, default="X"
        Name in error messages.
    gaps : bool, default=False
        Whether cells may be NaN.

    Returns
    -------
    ndarray of shape (n_rows, n_features)
        Rows.
    """
    shape = np.shape(X)
    if len(shape) == 3 or getattr(getattr(X, "index", None), "nlevels", 1) > 1:
        raise ValueError(f"{name} is a panel; pass one of its paths, a 2-D array.")
    finite = "allow-nan" if gaps else True
    return check_array(X, dtype=np.float64, ensure_all_finite=finite, input_name=name)


def future_rows(X_future, X, n_features):
    """Rows that came after a path, whose columns they must have.

    Parameters
    ----------
    X_future : array-like or frame of shape (n_future, n_features)
        Rows that came after X.
    X : array-like or frame of shape (n_rows, n_features)
        Path.
    n_features : int
        Number of its features.

    Returns
    -------
    ndarray of shape (n_future, n_features)
        Rows, with NaN in gaps.
    """
    future = one_path(X_future, "X_future", gaps=True)
    names, expected = names_of(X_future), names_of(X)
    if future.shape[1] != n_features or (names and expected and names != expected):
        found = names or f"{future.shape[1]} features"
        raise ValueError(
            f"X_future has {found}; pass the features of X, in order: "
            f"{expected or n_features}."
        )
    return future


def sample_paths(paths, n_features):
    """Check generated paths against the number of features.

    Parameters
    ----------
    paths : array-like of shape (n_paths, length, n_features), or frame in long form
        Generated paths.
    n_features : int
        Number of features of the real path.

    Returns
    -------
    ndarray of shape (n_paths, length, n_features)
        Paths, float64.
    """
    paths = check_array(
        stacked(paths),
        dtype=np.float64,
        allow_nd=True,
        ensure_2d=False,
        input_name="paths",
    )
    if paths.ndim != 3 or paths.shape[2] != n_features:
        raise ValueError(
            f"paths has shape {paths.shape}; pass (n_paths, length, {n_features}), "
            "with the features of X."
        )
    return paths


def part(estimator, name, needed):
    """Part of a generator, or the estimator itself if it is that part.

    Parameters
    ----------
    estimator : estimator
        Fitted generator, or its part.
    name : {"dynamics_", "sampler_"}
        Attribute of the generator.
    needed : str
        Method or attribute that the part must have.

    Returns
    -------
    estimator
        The part.
    """
    check_is_fitted(estimator)
    found = getattr(estimator, name, estimator)
    if not hasattr(found, needed):
        raise TypeError(
            f"{type(found).__name__} has no {needed}; pass a fitted generator or "
            f"{name.rstrip('_')} that has it."
        )
    return found


def with_exogenous(method, estimator, rows):
    """Give a method of a generator the exogenous columns that it needs.

    Parameters
    ----------
    method : callable
        Method ``sample`` or ``forecast``.
    estimator : estimator
        Its generator.
    rows : array-like or frame
        Rows with these columns, one for each simulated row.

    Returns
    -------
    callable
        The method itself for a generator without exogenous columns.
    """
    exogenous = getattr(estimator, "exogenous", None)
    has_exogenous = exogenous is not None and len(exogenous)
    return partial(method, exogenous=rows) if has_exogenous else method


def model_coordinates(estimator, X):
    """Map data to the coordinates of the dynamics of an estimator.

    Rows with NaN stay gaps.

    Parameters
    ----------
    estimator : estimator
        Fitted generator or dynamics.
    X : array-like, frame, 3-D array or list of 2-D arrays
        Data in the units of the user.

    Returns
    -------
    X : array-like, frame, 3-D array or list of 2-D arrays
        Data in the coordinates of the dynamics.

    Raises
    ------
    ValueError
        If some rows are outside the domain of the preprocessor.
    """
    if not hasattr(estimator, "preprocess"):
        return X
    # Displays take data without names for data with names, and the other way round.
    return estimator.preprocess(
        check_paths(BaseEstimator(), X, reset=True, missing="break")
    )
