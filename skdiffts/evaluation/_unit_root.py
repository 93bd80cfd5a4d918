"""Unit roots: columns whose level wanders."""

import numpy as np

__all__ = ["has_unit_root"]

# Asymptotic 1 % quantile of the statistic of Dickey and Fuller with a constant.
CRITICAL = -3.43
# Increments before each row in the regression.
N_LAGS = 4
# Rows of a path below which the test has no power, and levels are judged.
MIN_ROWS = 50


def has_unit_root(paths):
    r"""Test which columns of paths do not return to a mean.

    .. math:: \Delta x_i = c_p + \rho x_{i-1} + \sum_{l=1}^4 b_l \Delta x_{i-l} + e_i

    with a constant for each path: a column wanders unless the statistic of Dickey and
    Fuller, :math:`\hat\rho` over its standard error, rejects :math:`\rho = 0` at 1 %
    [1]_. A panel in a 3-D array, which is compared from the first row of its paths on,
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
    """
    if paths.container == "stack" or paths.n_rows < MIN_ROWS * paths.n_paths:
        return np.zeros(paths.n_features, dtype=bool)
    long = [rows for rows in paths.split(paths.values) if len(rows) > N_LAGS + 2]
    return np.array(
        [_wanders([rows[:, k] for rows in long]) for k in range(paths.n_features)]
    )


def _wanders(series):
    """Whether the statistic of one column is above its critical value."""
    blocks = [_regression(x) for x in series]
    inputs, outputs = (np.concatenate(part) for part in zip(*blocks, strict=True))
    spread = inputs.std(axis=0)
    # A constant column has no level to return to, and none to wander from.
    if not (spread > 1e-12 * np.abs(series[0]).max()).all():
        return False
    inputs = inputs / spread
    coefficients, *_ = np.linalg.lstsq(inputs, outputs, rcond=None)
    errors = outputs - inputs @ coefficients
    df = len(outputs) - len(series) - inputs.shape[1]
    inverse = np.linalg.pinv(inputs.T @ inputs)
    error = np.sqrt(inverse[0, 0] * np.square(errors).sum() / df)
    return bool(coefficients[0] > CRITICAL * error)


def _regression(x):
    """Level and lagged increments, and increments, less their means over the path."""
    steps = np.diff(x)
    lagged = [steps[N_LAGS - h : len(steps) - h] for h in range(1, N_LAGS + 1)]
    inputs = np.column_stack([x[N_LAGS:-1], *lagged])
    outputs = steps[N_LAGS:]
    return inputs - inputs.mean(axis=0), outputs - outputs.mean()
