"""Check of residuals for plain structure that the dynamics have left in them."""

import numpy as np

from skdiffts._student import fit_student, squared_distances, unit_student
from skdiffts.conditioning import CalendarFeatures
from skdiffts.linear import StudentMargins
from skdiffts.selection import block_error

__all__ = [
    "MAX_MARGIN_ROWS",
    "describe_remaining",
    "remaining_margins",
    "remaining_structure",
]

# Fewer residuals say too little.
MIN_ROWS = 200
LAGS = (1, 2)
LAGS_OF_SQUARES = (1, 2, 3, 4, 5)
# Least autocorrelation, mean autocorrelation of squares and share of variance that are
# worth a word, and standard errors of noise that they must exceed: a false alarm in one
# of 10,000 fits to white noise.
LEAST, LEAST_OF_SQUARES, LEAST_SHARE = 0.15, 0.1, 0.05
ERRORS = 4.5
# Squares count up to this many deviations, so that one outlier is no structure.
LARGEST = 4.0
N_HARMONICS = 2
# Least gain of margins in nats a row, and innovations that it is measured on.
LEAST_GAIN, MAX_MARGIN_ROWS = 0.05, 2000
# Periods must have so many rows, and the rows so many periods.
MIN_PERIOD, MIN_CYCLES = 3.0, 2.0


def describe_remaining(fitted, paths, is_auto):
    """Structure that a fit has left in its residuals, in words.

    Parameters
    ----------
    fitted : FittedDynamics
        The fit.
    paths : Paths
        Training paths.
    is_auto : bool
        Whether the history was searched for, which then is no advice.

    Returns
    -------
    str
        Words; "" if nothing was found.
    """
    n_history = fitted.model.n_history
    left = remaining_structure(fitted.loo_residuals, paths, n_history)
    if not is_auto and fitted.innovations is not None:
        left += remaining_margins(fitted.innovations)
    words = "; ".join(left)
    for name in ("conditioning", "scale") if is_auto else ():
        words = words.replace(f"{name}='auto' or ", "")
    return words


def remaining_structure(residuals, paths, n_history):
    """Structure of residuals, and the option that takes it, in words.

    Parameters
    ----------
    residuals : ndarray of shape (n_residuals, n_features)
        Leave-one-out residuals.
    paths : Paths
        Training paths.
    n_history : int
        Rows of a path before the first residual.

    Returns
    -------
    list of str
        Sentences; none if nothing was found, or if not every transition has a residual.
    """
    known = paths.positions[paths.starts] >= n_history - 1
    n = len(residuals)
    if n < MIN_ROWS or n != known.sum():
        return []
    ends, starts = paths.ends[known], paths.starts[known]
    deviation = residuals.std(axis=0)
    rows = residuals[:, deviation > 0.0] / deviation[deviation > 0.0]
    if rows.shape[1] == 0:
        return []
    rows = np.clip(rows - rows.mean(axis=0), -LARGEST, LARGEST)
    noise = ERRORS / np.sqrt(n)
    found = []
    for lag in LAGS:
        size = np.abs(_autocorrelation(rows, ends, lag)).max()
        if size > max(LEAST, noise):
            found.append(
                f"autocorrelation {size:.2f} at lag {lag}, which "
                "conditioning='auto' or LaggedStates takes"
            )
            break
    squares = rows**2 - (rows**2).mean(axis=0)
    means = [_autocorrelation(squares, ends, lag) for lag in LAGS_OF_SQUARES]
    size = np.mean(means, axis=0).max()
    if size > max(LEAST_OF_SQUARES, noise / np.sqrt(len(LAGS_OF_SQUARES))):
        found.append(
            f"squares with autocorrelation {size:.2f}, which scale='auto' or "
            "HARVolatility() takes"
        )
    for name, share in _shares_of_periods(rows, paths, starts).items():
        # A share of noise has four degrees of freedom.
        if share > max(LEAST_SHARE, (2 * N_HARMONICS + ERRORS * 4.0) / n):
            found.append(
                f"a season, {name}, with {share:.0%} of the variance, which "
                f"conditioning='auto' or CalendarFeatures(periods=[{name!r}]) takes"
            )
    return found


def remaining_margins(innovations):
    """Say in words whether each series has a distribution of its own.

    A t distribution of all series together is compared with one of their normal scores
    under margins. Where all series share one tail, Gaussian or heavy, margins gain
    nothing, and a gain of 4.5 standard errors is rarer than one in 10,000 fits.

    Parameters
    ----------
    innovations : ndarray of shape (n_rows, n_features)
        Innovations over the volatility of their series, in time order.

    Returns
    -------
    list of str
        One sentence, or none.
    """
    if len(innovations) < MIN_ROWS:
        return []
    deviation = innovations.std(axis=0)
    rows = innovations[:, deviation > 0.0] / deviation[deviation > 0.0]
    if rows.shape[1] < 2 or len(rows) < 10 * rows.shape[1]:
        return []
    rows = rows - rows.mean(axis=0)
    scores, log_jacobian = StudentMargins.fit(rows).to_normal(rows)
    values = _log_density(scores) + log_jacobian - _log_density(rows)
    gain = values.mean()
    if gain <= max(LEAST_GAIN, ERRORS * block_error(values)):
        return []
    taken = "which HARVolatility(margins='student') takes"
    return [f"margins, worth {gain:.2f} nats a row, {taken}"]


def _log_density(rows):
    """Log-density of rows under the multivariate t distribution that fits them best."""
    location, shape, degrees = fit_student(rows)
    covariance = degrees / (degrees - 2.0)
    squares = squared_distances(rows, location, shape) / covariance
    value, _, _ = unit_student(squares, degrees, rows.shape[1])
    return value - 0.5 * np.linalg.slogdet(shape * covariance)[1]


def _autocorrelation(rows, ends, lag):
    """Autocorrelation of each column, of rows that follow each other in one path."""
    follows = ends[lag:] - ends[:-lag] == lag
    products = (rows[lag:] * rows[:-lag])[follows]
    return products.sum(axis=0) / (rows**2).sum(axis=0)


def _shares_of_periods(rows, paths, starts):
    """Largest share of the variance of a column that harmonics of each period explain."""
    if not paths.dated:
        return {}
    clock, step = paths.clock[starts], float(np.median(paths.durations))
    span, shares = clock.max() - clock.min(), {}
    for name, days in CalendarFeatures.named.items():
        if days < MIN_PERIOD * step or span < MIN_CYCLES * days:
            continue
        angles = 2.0 * np.pi * np.outer(clock / days, np.arange(1, N_HARMONICS + 1))
        design = np.hstack([np.cos(angles), np.sin(angles)])
        design -= design.mean(axis=0)
        fitted = design @ np.linalg.lstsq(design, rows, rcond=None)[0]
        shares[name] = ((fitted**2).sum(axis=0) / (rows**2).sum(axis=0)).max()
    return shares
