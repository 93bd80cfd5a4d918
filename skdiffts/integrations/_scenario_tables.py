"""Weighted scenarios as a long table and as an xarray data set, for optimisers."""

import numpy as np

from skdiffts._panels import check_weights
from skdiffts.integrations._layouts import to_long_frame

__all__ = ["to_scenario_dataset", "to_scenario_frame"]

WEIGHT = "weight"


def to_scenario_frame(paths, weights=None, columns=None):
    """Scenarios as a long table with the weight of its scenario in each row.

    Stochastic programmes, and optimisers that take weighted scenarios, read it: a
    scenario axis, a time axis and probabilities.

    Parameters
    ----------
    paths : 3-D array, list of 2-D arrays or frames, or frame with a MultiIndex
        Paths, as :meth:`skdiffts.GenerativeTimeSeries.sample` gives them.
    weights : array-like of shape (n_paths,), default=None
        Weights of the paths, not negative and not all zero, which are divided by their
        sum; None weighs all paths equally.
    columns : sequence of length n_features, default=None
        Names of the columns; None keeps the names of frames, and numbers the columns of
        arrays.

    Returns
    -------
    pandas.DataFrame of shape (n_rows, n_features + 1)
        Rows of all scenarios below each other, with the levels ``scenario`` (0, 1, ...)
        and ``time``, and the column ``weight``, the same in all rows of a scenario;
        the weights of the scenarios add up to one.

    Raises
    ------
    ValueError
        If the weights do not fit the paths, or a column has the name "weight".

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.integrations import to_scenario_frame
    >>> to_scenario_frame(np.zeros((2, 2, 1)), weights=[3.0, 1.0], columns=["load"])
                   load  weight
    scenario time
    0        0      0.0    0.75
             1      0.0    0.75
    1        0      0.0    0.25
             1      0.0    0.25
    """
    frame = to_long_frame(paths, columns)
    if WEIGHT in frame.columns:
        raise ValueError(
            "paths has a column 'weight', the name of the weights; pass other columns."
        )
    # A counted level, whatever the paths were called, in one level or in several.
    labels = frame.index.droplevel(-1)
    names = labels.unique()
    numbers = names.get_indexer(labels)
    share = _shares(weights, len(names))[numbers]
    times = frame.index.get_level_values(-1)
    index = frame.index.from_arrays([numbers, times], names=["scenario", "time"])
    return frame.assign(**{WEIGHT: share}).set_axis(index, axis=0)


def to_scenario_dataset(paths, weights=None, columns=None):
    """Scenarios as an xarray data set with a weight for each scenario.

    Parameters
    ----------
    paths : 3-D array, list of 2-D arrays or frames, or frame with a MultiIndex
        Paths of one length and of the same times.
    weights : array-like of shape (n_paths,), default=None
        Weights of the paths, as for :func:`to_scenario_frame`.
    columns : sequence of length n_features, default=None
        Names of the columns.

    Returns
    -------
    xarray.Dataset
        A variable for each column, with the dimensions ``scenario`` and ``time``, and
        the coordinate ``weight`` along ``scenario``: ``ds.weighted(ds.weight).mean()``
        is the mean over the scenarios.

    Raises
    ------
    ImportError
        If xarray is not installed.
    ValueError
        If the paths have not the same times, or the weights do not fit them.
    """
    try:
        import xarray as xr
    except ImportError as error:
        raise ImportError(
            "to_scenario_dataset makes an xarray data set; run `pip install xarray`."
        ) from error
    frame = to_scenario_frame(paths, weights, columns)
    weight = frame.pop(WEIGHT).groupby("scenario").first().to_numpy()
    times = frame.index.unique("time")
    if len(frame) != len(weight) * len(times):
        raise ValueError(
            f"paths has {len(weight)} scenarios and {len(times)} times, and "
            f"{len(frame)} rows; pass paths of the same times."
        )
    rows = frame.to_numpy().reshape(len(weight), len(times), -1)
    variables = {
        str(name): (("scenario", "time"), rows[:, :, k])
        for k, name in enumerate(frame.columns)
    }
    coordinates = {
        "scenario": np.arange(len(weight)),
        "time": np.asarray(times),
        WEIGHT: ("scenario", weight),
    }
    return xr.Dataset(variables, coordinates)


def _shares(weights, n_paths):
    """Weights that add to one."""
    weights = check_weights(weights, n_paths, "path")
    if weights.min() < 0 or weights.sum() == 0:
        raise ValueError(
            f"weights has the least value {weights.min():g} and the sum "
            f"{weights.sum():g}; pass weights that are not negative and not all zero."
        )
    return weights / weights.sum()
