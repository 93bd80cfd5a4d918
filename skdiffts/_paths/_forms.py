"""Forms of time series that are no container: refused with a remedy, or made one."""

from collections.abc import Iterator, KeysView, ValuesView

import numpy as np
from scipy.sparse import issparse

__all__ = ["as_container"]


def as_container(X, *, keep_name):
    """Make univariate paths of 1-D arrays, and refuse forms that hold no paths.

    Parameters
    ----------
    X : object
        Input of the user.
    keep_name : bool
        Whether a name that all Series of a list share becomes the name of the column.

    Returns
    -------
    object
        For a list, tuple or 1-D object array whose first item is a 1-D array or Series,
        a list of 2-D arrays or frames of one column; else `X` itself.

    Raises
    ------
    TypeError
        If `X`, or an item of a list, is a dict, a groupby object, a record array or an
        iterator.
    ValueError
        If lists of numbers have different lengths, or paths different dimensions.
    """
    _refuse(X, "X", "X")
    is_list = isinstance(X, list | tuple)
    if isinstance(X, np.ndarray) and X.dtype == object and X.ndim == 1:
        is_list = True
    if not is_list or len(X) == 0:
        return X
    for i, item in enumerate(X):
        _refuse(item, f"item {i} of X", f"X[{i}]")
    if _n_dimensions(X[0]) == 1:
        return _columns(X, keep_name)
    if isinstance(X[0], list | tuple) and _is_flat(X[0]):
        _check_table(X)
    return X


def _refuse(X, name, code):
    """Raise if an input, or item, called by a name and in code, holds no path."""
    kind = type(X)
    if isinstance(X, dict) and not issparse(X):  # DOK matrices of scipy are dicts, too
        raise TypeError(f"{name} is a dict {_content(X, code)}.")
    if hasattr(kind, "get_group") or kind.__name__ == "GroupBy":
        raise TypeError(
            f"{name} is a groupby object: pass [path for _, path in {code}], a list with "
            "a frame for each group, without the column that names the groups."
        )
    if isinstance(X, np.ndarray) and X.dtype.names is not None:
        raise TypeError(
            f"{name} is a record array: pass pandas.DataFrame.from_records({code})."
        )
    if isinstance(X, Iterator | KeysView | ValuesView | set | frozenset):
        raise TypeError(f"{name} is a {kind.__name__}: pass list({code}).")


def _content(mapping, code):
    """Content of a dict, and the remedy to name."""
    values = list(mapping.values())
    if not values or not all(_is_flat(value) for value in values):
        return f"of paths: pass list({code}.values()), a list of 2-D arrays"
    if all(np.ndim(value) == 0 for value in values):
        table = f"[{code}]" if code == "X" else "X"
        return f"of numbers: pass pandas.DataFrame({table})"
    if len({np.size(value) for value in values}) == 1:
        return f"of columns: pass pandas.DataFrame({code})"
    array = f"numpy.asarray(path) for path in {code}.values()"
    return f"of paths of different lengths: pass [{array}]"


def _is_flat(item):
    """Whether an item has one dimension or none."""
    if isinstance(item, list | tuple):
        return not any(isinstance(x, list | tuple) or _n_dimensions(x) for x in item)
    return _n_dimensions(item) < 2


def _n_dimensions(item):
    # polars frames have no ndim; a list has no shape.
    shape = getattr(item, "shape", ())
    return len(shape) if isinstance(shape, tuple) else 0


def _columns(X, keep_name):
    """Univariate paths as 2-D arrays or frames of one column."""
    for i, item in enumerate(X):
        if not (
            _n_dimensions(item) == 1 or (isinstance(item, list) and _is_flat(item))
        ):
            raise ValueError(
                f"item {i} of X, a {type(item).__name__}, is no 1-D array as item 0 is: pass "
                "1-D arrays, which are univariate paths, or 2-D arrays throughout."
            )
    names = {item.name for item in X if _is_series(item)}
    name = names.pop() or None if keep_name and len(names) == 1 else None
    return [_column(item, name) for item in X]


def _is_series(item):
    return hasattr(item, "to_frame") and hasattr(item, "name")


def _column(item, name):
    if hasattr(item, "iloc"):
        return item.to_frame(0 if name is None else name)
    if _is_series(item) and name is not None:
        return item.to_frame(name)
    column = item if isinstance(item, np.ndarray) else np.asarray(item)
    return column[:, np.newaxis]


def _check_table(X):
    """Raise unless all lists of numbers are as long as the first."""
    for i, item in enumerate(X):
        if isinstance(item, list | tuple) and len(item) != len(X[0]):
            raise ValueError(
                f"item {i} of X has {len(item)} number(s), but item 0 has {len(X[0])}: "
                "pass rows of the same length, or, for univariate paths, "
                "[numpy.asarray(path) for path in X]."
            )
