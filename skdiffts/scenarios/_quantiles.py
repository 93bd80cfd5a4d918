"""Quantiles of simulated forecasts."""

from functools import partial

import numpy as np

from skdiffts._paths import (
    Level,
    check_container,
    check_output,
    is_long_form,
    relabelled,
    stacked,
    with_output,
)

__all__ = ["forecast_quantiles"]


def forecast_quantiles(
    generator,
    X,
    horizon,
    *,
    quantiles=(0.05, 0.5, 0.95),
    n_samples=1000,
    exogenous=None,
    output="auto",
    random_state=None,
):
    r"""Quantiles of the rows that follow paths.

    Empirical quantiles of ``n_samples`` simulated continuations, for each row and column
    separately. The share of draws below the q-quantile of the model has the standard
    deviation :math:`\sqrt{q (1 - q) / n}`: raise ``n_samples`` for far tails.

    Parameters
    ----------
    generator : estimator
        Fitted generator with ``forecast``.
    X : array-like, frame, 3-D array or list of 2-D arrays
        Paths; each is continued from its last row.
    horizon : int
        Rows of each continuation.
    quantiles : array-like of shape (n_quantiles,), default=(0.05, 0.5, 0.95)
        Levels, from 0 to 1.
    n_samples : int, default=1000
        Continuations of each path.
    exogenous : frame, array-like, list or dict, default=None
        Exogenous columns of the rows to come, as in the generator's ``forecast``, which
        need not have this argument if it is None.
    output : {"auto", "array", "pandas", "polars"}, default="auto"
        Container of the quantiles; "auto" is the one that ``forecast`` gives, for
        :class:`skdiffts.GenerativeTimeSeries` the library of X.
    random_state : int, RandomState instance or None, default=None
        Seed; None draws one from NumPy's global generator, as scikit-learn does.

    Returns
    -------
    ndarray of shape (n_quantiles, horizon, n_features), or frame
        Quantiles of the one path; an array for a panel has a leading axis over its
        paths. A frame is as ``forecast`` gives it, with the level "quantile" in place of
        "sample"; in columns of integers, quantiles are rounded.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.neighbors import KernelDensity
    >>> from skdiffts import GenerativeTimeSeries
    >>> from skdiffts.scenarios import forecast_quantiles
    >>> X = np.random.RandomState(0).standard_normal((100, 2)).cumsum(axis=0)
    >>> generator = GenerativeTimeSeries(sampler=KernelDensity(bandwidth=0.3)).fit(X)
    >>> forecast_quantiles(generator, X, 5, n_samples=100, random_state=0).shape
    (3, 5, 2)
    """
    levels = np.asarray(quantiles, dtype=np.float64)
    if levels.ndim != 1 or not ((levels >= 0.0) & (levels <= 1.0)).all():
        raise ValueError(
            f"quantiles={quantiles!r}; pass a list of numbers from 0 to 1."
        )
    check_output(output)
    forecast = with_output(generator.forecast, output)
    if exogenous is not None:
        forecast = partial(forecast, exogenous=exogenous)
    draws = forecast(X, horizon, n_samples, random_state=random_state)
    check_container(draws, output, "generator.forecast")
    if not is_long_form(draws):
        # The draws are the third axis from the end, with and without a panel.
        return np.moveaxis(np.quantile(draws, levels, axis=-3), 0, -3)
    values = stacked(draws, "generator.forecast(...)")
    values = values.reshape(-1, n_samples, horizon, values.shape[-1])
    values = np.moveaxis(np.quantile(values, levels, axis=1), 0, 1)
    # The labels of the first continuation of each path, once for each quantile.
    path, level, step = (axis.ravel() for axis in np.indices(values.shape[:3]))
    rows = path * n_samples * horizon + step
    numbers = values.reshape(-1, values.shape[-1])
    names, codes = np.unique(levels, return_inverse=True)
    return relabelled(draws, rows, Level("quantile", names, codes[level]), numbers)
