"""Inputs of the bounds: a diffusion process, and whitened rows to judge it by."""

import numpy as np
from sklearn.base import BaseEstimator

from skdiffts._paths import check_paths
from skdiffts.process import DiffusionProcess

__all__ = ["read_process", "whitened_rows"]


def read_process(sampler):
    """Diffusion process whose velocity works in double precision.

    Parameters
    ----------
    sampler : DiffusionProcess or fitted estimator
        Process, or an estimator whose method ``process()`` returns one.

    Returns
    -------
    DiffusionProcess
        Process with a copy of the module.

    Raises
    ------
    TypeError
        If there is no process.
    """
    if isinstance(sampler, DiffusionProcess):
        return sampler.in_double()
    if not hasattr(sampler, "process"):
        raise TypeError(
            f"sampler={sampler!r} has no diffusion process; pass a fitted "
            "DiffusionResidualSampler, or a DiffusionProcess."
        )
    return sampler.process().in_double()


def whitened_rows(sampler, process, X):
    """Whitened rows that are not all NaN.

    Parameters
    ----------
    sampler : DiffusionProcess or fitted estimator
        Model that is judged; an estimator checks names of columns, too.
    process : DiffusionProcess
        Its process.
    X : array-like, frame, 3-D array or list of 2-D arrays
        Rows in the units of the data.

    Returns
    -------
    ndarray of shape (n_rows, n_features)
        Rows in whitened coordinates.

    Raises
    ------
    ValueError
        If there are less than two.
    """
    reader = sampler
    if isinstance(sampler, DiffusionProcess):
        reader = BaseEstimator()
        reader.n_features_in_ = process.n_features
    rows = check_paths(reader, X, reset=False, allow_nan_rows=True).values
    rows = rows[~np.isnan(rows).all(axis=1)]
    if len(rows) < 2:
        raise ValueError(
            f"X has {len(rows)} rows of numbers; pass at least 2 to judge a "
            "distribution by."
        )
    return process.whitening.transform(rows)
