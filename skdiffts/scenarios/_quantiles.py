"""Quantiles of simulated forecasts."""

import numpy as np

__all__ = ["forecast_quantiles"]


def forecast_quantiles(
    generator,
    X,
    horizon,
    *,
    quantiles=(0.05, 0.5, 0.95),
    n_samples=1000,
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
    random_state : int, RandomState instance or None, default=None
        Seed; None draws one from NumPy's global generator, as scikit-learn does.

    Returns
    -------
    ndarray of shape (n_quantiles, horizon, n_features)
        Quantiles of the one path; of a panel, with a leading axis over its paths.

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
    draws = generator.forecast(X, horizon, n_samples, random_state=random_state)
    # The draws are the third axis from the end, with and without a panel.
    return np.moveaxis(np.quantile(draws, levels, axis=-3), 0, -3)
