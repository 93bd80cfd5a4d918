"""One-step forecasts of held-out rows, each from the rows before it."""

import warnings
from numbers import Integral

import numpy as np
from sklearn.utils import check_scalar

from skdiffts._paths import is_long_form, stacked, with_output
from skdiffts.evaluation._windows import read_paths

__all__ = ["forecast_cases", "history_and_outcomes", "one_step_forecasts"]


def one_step_forecasts(generator, X, n_samples=50, *, history=20, random_state=None):
    """Forecast the rows of paths one step ahead, each from the rows before it.

    Parameters
    ----------
    generator : estimator
        Fitted generator with ``forecast(X, horizon, n_samples, random_state)``, which
        continues each path of a 3-D array, or of a frame with a MultiIndex if X has an
        index of dates, or of numbers other than row numbers.
    X : array-like, frame, 3-D array or list of 2-D arrays
        Path or panel.
    n_samples : int, default=50
        Forecasts of each row.
    history : int, default=20
        Rows before each forecast that the generator is given. The first rows of a path,
        which have a shorter history, are not forecast. In paths shorter than twice
        that, half of the rows are history.
    random_state : int, RandomState instance or None, default=None
        Seed.

    Returns
    -------
    forecasts : ndarray of shape (n_cases, n_samples, n_features)
        Ensembles, path by path in the order of time.
    outcomes : ndarray of shape (n_cases, n_features)
        The rows themselves.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.neighbors import KernelDensity
    >>> from skdiffts import GenerativeTimeSeries
    >>> from skdiffts.evaluation import one_step_forecasts
    >>> X = np.random.RandomState(0).standard_normal((60, 2))
    >>> model = GenerativeTimeSeries(sampler=KernelDensity()).fit(X)
    >>> forecasts, outcomes = one_step_forecasts(model, X, 10, random_state=0)
    >>> forecasts.shape, outcomes.shape
    ((40, 10, 2), (40, 2))
    """
    check_scalar(n_samples, "n_samples", Integral, min_val=1)
    paths = read_paths(X)
    rows, outcomes = history_and_outcomes(paths, history)
    return forecast_cases(generator, paths, rows, n_samples, random_state), outcomes


def history_and_outcomes(paths, history):
    """Row numbers (n_cases, history) of histories, and the rows (n_cases, d) after."""
    check_scalar(history, "history", Integral, min_val=1)
    history = min(history, int(paths.lengths.min()) // 2)
    last = np.flatnonzero(paths.positions >= history) - 1
    return last[:, np.newaxis] + np.arange(1 - history, 1), paths.values[last + 1]


def forecast_cases(generator, paths, rows, n_samples, random_state):
    """Ensembles (n_cases, n_samples, d) of forecasts of the row after each history."""
    n, d = len(rows), paths.n_features
    histories = _panel_of(paths, rows)
    with warnings.catch_warnings():
        # A generator that was fitted to a frame misses the names here.
        warnings.filterwarnings("ignore", message="X does not have valid feature names")
        forecast = with_output(generator.forecast, "array")
        forecasts = forecast(histories, 1, n_samples, random_state=random_state)
    if is_long_form(forecasts):
        forecasts = stacked(forecasts).reshape(n, n_samples, -1, d)
    forecasts = np.asarray(forecasts, dtype=np.float64)
    if forecasts.shape != (n, n_samples, 1, d):
        raise ValueError(
            f"generator.forecast gives shape {forecasts.shape} for {n} paths; it must "
            f"give (n_paths, n_samples, horizon, n_features) = {(n, n_samples, 1, d)}."
        )
    return forecasts[:, :, 0]


def _panel_of(paths, rows):
    """Panel of rows (n_paths, length): an array, with a clock a frame in long form."""
    frame, *others = paths.frames
    # A RangeIndex numbers rows, as arrays do.
    if paths.times is None or getattr(frame.index, "step", None) == 1:
        return paths.values[rows]
    import pandas as pd

    times = frame.index.get_level_values(-1)
    times = times.append([other.index for other in others]).take(rows.ravel())
    number = np.repeat(np.arange(len(rows)), rows.shape[1])
    index = pd.MultiIndex.from_arrays([number, times])
    return pd.DataFrame(paths.values[rows.ravel()], index=index, columns=frame.columns)
