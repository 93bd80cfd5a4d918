"""Grid of states of a drift field, and checks of the fields on it."""

from numbers import Integral

import numpy as np
from scipy.spatial import cKDTree
from sklearn.utils.validation import check_scalar

__all__ = ["arrow_time", "field_grid", "field_width", "of_shape"]


def field_width(rows, name):
    """Count the features, and raise unless there are one or two.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, n_features)
        Rows.
    name : str
        Name in error messages.

    Returns
    -------
    int
        Number of features.
    """
    d = rows.shape[1]
    if d > 2:
        raise ValueError(
            f"{name} has {d} features; a field can be drawn over one or two: choose "
            "them before fitting."
        )
    return d


def of_shape(values, name, shape):
    """Check the shape of an array, which may be None.

    Parameters
    ----------
    values : array-like or None
        Numbers.
    name : str
        Name in error messages.
    shape : tuple of int
        Shape.

    Returns
    -------
    ndarray or None
        The array, float64.
    """
    if values is None:
        return None
    values = np.asarray(values, dtype=np.float64)
    if values.shape != shape:
        raise ValueError(f"{name} has shape {values.shape}; pass shape {shape}.")
    return values


def arrow_time(states, drift):
    """Choose the time over which drift is drawn as a displacement.

    Parameters
    ----------
    states : ndarray of shape (n_states, 2)
        Tails of the arrows.
    drift : ndarray of shape (n_states, 2)
        Drift per unit time.

    Returns
    -------
    float
        Time, of two digits, in which a tenth of the states moves by more than a twelfth
        of the picture.
    """
    span = np.ptp(states, axis=0)
    span[span == 0.0] = 1.0
    pace = np.quantile(np.linalg.norm(drift / span, axis=1), 0.9)
    return float(f"{1.0 / (12.0 * pace):.1e}") if pace > 0.0 else 1.0


def field_grid(rows, resolution):
    """Make a grid over rows; for two features, only near rows.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, n_features)
        Rows; the grid covers the central 99 % of them.
    resolution : int or None
        Number of states along an axis; None is 100 for one feature, 20 for two.

    Returns
    -------
    ndarray of shape (n_states, n_features)
        States.
    """
    if resolution is None:
        resolution = 100 if rows.shape[1] == 1 else 20
    check_scalar(resolution, "grid_resolution", Integral, min_val=2)
    low, high = np.quantile(rows, [0.005, 0.995], axis=0)
    if not (high > low).all():
        raise ValueError(
            f"X has the constant feature {np.argmin(high - low)}, over which there is "
            "no field; drop it."
        )
    axes = [np.linspace(a, b, resolution) for a, b in zip(low, high, strict=True)]
    states = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    states = states.reshape(-1, rows.shape[1])
    if rows.shape[1] == 1:
        return states
    step = (high - low) / (resolution - 1)
    distance, _ = cKDTree(rows / step).query(states / step)
    return states[distance < 1.0]
