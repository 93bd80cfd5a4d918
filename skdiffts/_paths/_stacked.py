"""Paths of any generator as arrays, and the choice of paths in any container."""

import inspect
from functools import partial

import numpy as np

from skdiffts._paths._long_frames import (
    Level,
    count_levels,
    is_long_form,
    is_polars,
    relabelled,
)

__all__ = ["check_container", "join_paths", "stacked", "take_paths", "with_output"]


def stacked(paths, name="paths"):
    """Stack paths of one length, from whatever container a generator gave them in.

    Parameters
    ----------
    paths : ndarray, list of arrays, or frame in long form
        Paths.
    name : str, default="paths"
        How errors call it.

    Returns
    -------
    ndarray of shape (n_paths, length, n_features)
        Of a frame in long form, float64: each of its levels but the last, which is time,
        names a path. Anything else as NumPy reads it.

    Raises
    ------
    ValueError
        If the paths of a frame have different lengths.
    """
    n_levels = count_levels(paths)
    if n_levels == 0:
        return np.asarray(paths)
    numbers = paths[:, n_levels:] if is_polars(paths) else paths
    values = np.asarray(numbers.to_numpy(), dtype=np.float64)
    lengths = np.diff(np.append(_first_rows(paths, n_levels), len(values)))
    if len(lengths) == 0:
        raise ValueError(f"{name} holds no rows; pass at least one path.")
    if (lengths != lengths[0]).any():
        raise ValueError(
            f"{name} holds paths of {lengths.min()} to {lengths.max()} rows; cut them "
            "into windows of one length."
        )
    return values.reshape(len(lengths), lengths[0], values.shape[1])


def with_output(method, output):
    """Ask a method of a generator for a container, where it has the choice.

    Parameters
    ----------
    method : callable
        ``sample`` or ``forecast`` of a generator.
    output : {"auto", "array", "pandas", "polars"}
        Container.

    Returns
    -------
    callable
        The method with the parameter ``output`` if it has one, else the method itself.
    """
    try:
        has_output = "output" in inspect.signature(method).parameters
    except (TypeError, ValueError):
        has_output = False
    return partial(method, output=output) if has_output else method


def check_container(paths, output, name):
    """Raise unless paths are in the container that was asked for.

    Parameters
    ----------
    paths : ndarray or frame in long form
        Paths, of any generator.
    output : {"auto", "array", "pandas", "polars"}
        Container.
    name : str
        How errors call the method that gave them.

    Raises
    ------
    ValueError
        If they are in another one, which "auto" never is.
    """
    found = "array"
    if is_long_form(paths):
        found = "polars" if is_polars(paths) else "pandas"
    if output not in ("auto", found):
        raise ValueError(
            f"output={output!r}, but {name} has no parameter output and gives "
            f"{found!r}; pass output='auto'."
        )


def join_paths(pieces):
    """Join paths that are in the same container.

    Parameters
    ----------
    pieces : list of ndarray or of frames in long form
        Paths of one length.

    Returns
    -------
    ndarray or frame in long form
        All paths; paths of different pieces may have the same label.
    """
    if not is_long_form(pieces[0]):
        return np.concatenate(pieces)
    if is_polars(pieces[0]):
        import polars as pl

        return pl.concat(pieces, how="vertical_relaxed")
    import pandas as pd

    return pd.concat(pieces)


def take_paths(paths, which, length):
    """Choose paths, and number them anew.

    Parameters
    ----------
    paths : ndarray of shape (n_paths, length, n_features), or frame in long form
        Paths of one length.
    which : ndarray of int of shape (n_chosen,)
        Positions of the paths, with repetition if need be.
    length : int
        Rows of each path.

    Returns
    -------
    ndarray or frame in long form
        The chosen paths, in that order and in the same container.
    """
    if not is_long_form(paths):
        return paths[which]
    rows = (which[:, np.newaxis] * length + np.arange(length)).ravel()
    numbers = np.arange(len(which))
    return relabelled(paths, rows, Level("path", numbers, np.repeat(numbers, length)))


def _first_rows(frame, n_levels):
    """First row of each path of a frame in long form."""
    if is_polars(frame):
        labels = frame[:, : n_levels - 1]
        numbers = [labels[:, i].rank("dense").to_numpy() for i in range(n_levels - 1)]
    else:
        numbers = [np.asarray(codes) for codes in frame.index.codes[:-1]]
    codes = np.stack(numbers, axis=1)
    first = np.ones(len(codes), dtype=bool)
    first[1:] = (codes[1:] != codes[:-1]).any(axis=1)
    return np.flatnonzero(first)
