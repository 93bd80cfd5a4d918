"""Layouts of panels in other packages."""

import numpy as np
from sklearn.base import BaseEstimator

from skdiffts._paths import check_paths, count_levels, is_polars, split_labels

__all__ = ["to_channels_first", "to_channels_last", "to_long_frame"]


def to_channels_first(X):
    """Panel with the columns before the times, as aeon, pyts and sktime have it.

    They take the other layout without a word, and learn nonsense from it. As a step of a
    pipeline: ``FunctionTransformer(to_channels_first)``.

    Parameters
    ----------
    X : 3-D array, list of 2-D arrays or frames, or frame with a MultiIndex
        Paths, times before columns.

    Returns
    -------
    ndarray of shape (n_paths, n_features, length) or list of ndarrays
        A 3-D array for a 3-D array; else a list of arrays of shape
        (n_features, length). C-contiguous and of one dtype, as aeon needs it, and never
        a view of X.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.integrations import to_channels_first
    >>> to_channels_first(np.zeros((5, 20, 3))).shape
    (5, 3, 20)
    """
    paths = _read_panel(X)
    items = [_turned(path, paths.dtype) for path in paths.split(paths.values)]
    return np.stack(items) if paths.container == "stack" else items


def to_channels_last(X):
    """Panel with the times before the columns, as this package and tslearn have it.

    Parameters
    ----------
    X : 3-D array or list of 2-D arrays
        Paths, columns before times, as aeon, pyts and sktime have them.

    Returns
    -------
    ndarray of shape (n_paths, length, n_features) or list of ndarrays
        A 3-D array for a 3-D array, a list of arrays of shape (length, n_features) for a
        list. C-contiguous and never a view of X.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.integrations import to_channels_last
    >>> to_channels_last(np.zeros((5, 3, 20))).shape
    (5, 20, 3)
    """
    if isinstance(X, list | tuple):
        items = [np.asarray(item) for item in X]
        for i, item in enumerate(items):
            if item.ndim != 2:
                raise ValueError(
                    f"item {i} of X has shape {item.shape}; pass (n_features, length)."
                )
        dtype = np.result_type(*items)
        return [_turned(item, dtype) for item in items]
    X = np.asarray(X)
    if X.ndim != 3:
        raise ValueError(
            f"X has shape {X.shape}; pass (n_paths, n_features, length), or a list."
        )
    return np.array(X.transpose(0, 2, 1), order="C")


def to_long_frame(X, columns=None):
    """Panel as a pandas frame with a MultiIndex (path, time): sktime's pd-multiindex.

    Parameters
    ----------
    X : 3-D or 4-D array, list of 2-D arrays or frames, or frame in long form
        Paths, as a user has them and as the generators of this package give them:
        pandas frames with a MultiIndex, polars frames with columns of labels, and
        forecasts of panels of shape (n_paths, n_samples, horizon, n_features).
    columns : sequence of length n_features, default=None
        Names of the columns; None keeps the names of frames, and numbers the columns of
        arrays.

    Returns
    -------
    pandas.DataFrame of shape (n_rows, n_features)
        Rows of all paths below each other; levels ``path`` (0, 1, ...) and ``time``
        (row number, or the index of pandas frames). A 4-D array has the level ``sample``
        between them; a polars frame has its own columns of labels as levels.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.integrations import to_long_frame
    >>> to_long_frame([np.zeros((2, 1)), np.ones((1, 1))], columns=["x"])
                 x
    path time
    0    0     0.0
         1     0.0
    1    0     1.0
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError(
            "to_long_frame makes a pandas frame; run `pip install skdiffts[pandas]`."
        ) from error
    if is_polars(X) and count_levels(X):
        return _from_polars(X, columns)
    if len(getattr(X, "shape", ())) == 4:
        return _from_forecasts(np.asarray(X), columns)
    paths = _read_panel(X)
    _check_frames(paths.frames)
    shell = paths.frames[0]
    if columns is None and shell is not None:
        columns = shell.columns
    times = [pd.RangeIndex(length) for length in paths.lengths]
    if paths.container == "frame":
        clock = shell.index.get_level_values(-1)
        bounds = zip(paths.indptr[:-1], paths.indptr[1:], strict=True)
        times = [clock[first:end] for first, end in bounds]
    elif shell is not None and shell.index is not None:
        times = [frame.index for frame in paths.frames]
    clock = times[0].append(times[1:])
    names = np.repeat(np.arange(paths.n_paths), paths.lengths)
    return pd.DataFrame(
        paths.values.astype(paths.dtype),
        index=pd.MultiIndex.from_arrays([names, clock], names=["path", "time"]),
        columns=columns,
    )


def _from_polars(X, columns):
    """Frame of a polars frame in long form."""
    import pandas as pd

    index, rows = split_labels(X)
    numbers = {name: rows[name].to_numpy() for name in rows.columns}
    frame = pd.DataFrame(numbers, index=index)
    return frame if columns is None else frame.set_axis(list(columns), axis=1)


def _from_forecasts(X, columns):
    """Frame of forecasts (n_paths, n_samples, horizon, n_features) of a panel."""
    import pandas as pd

    counts = [range(count) for count in X.shape[:3]]
    index = pd.MultiIndex.from_product(counts, names=["path", "sample", "time"])
    return pd.DataFrame(X.reshape(-1, X.shape[3]), index=index, columns=columns)


def _check_frames(frames):
    """Refuse paths of which some have an index and others have none."""
    indexed = [frame is not None and frame.index is not None for frame in frames]
    for i, has_index in enumerate(indexed):
        if has_index != indexed[0]:
            with_index, without = (0, i) if indexed[0] else (i, 0)
            raise ValueError(
                f"item {without} of X has no index, item {with_index} has one; pass "
                "pandas frames only, or none."
            )


def _read_panel(X):
    paths = check_paths(BaseEstimator(), X, reset=True)
    if paths.container == "rows":
        raise ValueError(
            f"X is one path of shape {paths.values.shape}; pass a panel: a 3-D array, a "
            "list of 2-D arrays, or a frame with a MultiIndex."
        )
    return paths


def _turned(path, dtype):
    return np.array(path.T, dtype=dtype, order="C")
