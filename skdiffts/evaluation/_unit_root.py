"""Unit roots: columns whose level wanders."""

import numpy as np

__all__ = ["has_unit_root"]

# Asymptotic mean of the statistic of Dickey and Fuller with a constant, and how far below
# its 1 % quantile lies, -3.43; of a mean over paths that distance shrinks as a root.
MEAN, REACH = -1.53, 1.90
# Increments before each row in the regression.
N_LAGS = 4
# Rows of a path below which the test has no power, and levels are judged.
MIN_ROWS = 50


def has_unit_root(paths):
    r"""Test which columns of paths do not return to a mean.

    .. math:: \Delta x_i = c + \rho x_{i-1} + \sum_{l=1}^4 b_l \Delta x_{i-l} + e_i

    in each path: a column wanders unless the statistic of Dickey and Fuller,
    :math:`\hat\rho` over its standard error, or its mean over paths, rejects
    :math:`\rho = 0` at 1 % [1]_ [2]_. A panel in a 3-D array, which is compared from the first row of its paths on,
    and paths of fewer than 50 rows do not wander.

    Parameters
    ----------
    paths : Paths
        Training paths.

    Returns
    -------
    ndarray of bool of shape (n_features,)
        True for a column that wanders.

    References
    ----------
    .. [1] Said, S. E. and Dickey, D. A. (1984). Testing for unit roots in
       autoregressive-moving average models of unknown order. Biometrika, 71(3),
       599-607.
    .. [2] Im, K. S., Pesaran, M. H. and Shin, Y. (2003). Testing for unit roots in
       heterogeneous panels. Journal of Econometrics, 115(1), 53-74.
    """
    if paths.container == "stack" or paths.n_rows < MIN_ROWS * paths.n_paths:
        return np.zeros(paths.n_features, dtype=bool)
    long = [rows for rows in paths.split(paths.values) if len(rows) > 3 * N_LAGS]
    return np.array(
        [_wanders([rows[:, k] for rows in long]) for k in range(paths.n_features)]
    )


def _wanders(series):
    """Whether the mean statistic of one column is above its critical value."""
    statistics = np.array([_statistic(x) for x in series])
    statistics = statistics[np.isfinite(statistics)]
    # A constant column has no level to return to, and none to wander from.
    if not len(statistics):
        return False
    return bool(statistics.mean() > MEAN - REACH / np.sqrt(len(statistics)))


def _statistic(x):
    """Statistic of Dickey and Fuller of one path; NaN for a constant."""
    steps = np.diff(x)
    lagged = [steps[N_LAGS - h : len(steps) - h] for h in range(1, N_LAGS + 1)]
    inputs = np.column_stack([x[N_LAGS:-1], *lagged])
    inputs, outputs = inputs - inputs.mean(axis=0), steps[N_LAGS:]
    outputs = outputs - outputs.mean()
    spread = inputs.std(axis=0)
    if not (spread > 1e-12 * np.abs(x).max()).all():
        return np.nan
    inputs = inputs / spread
    coefficients, *_ = np.linalg.lstsq(inputs, outputs, rcond=None)
    residuals = outputs - inputs @ coefficients
    df = len(outputs) - inputs.shape[1] - 1
    inverse = np.linalg.pinv(inputs.T @ inputs)
    error = np.sqrt(inverse[0, 0] * np.square(residuals).sum() / df)
    return coefficients[0] / error if error > 0 else np.nan
