"""Periods that a season may have: of the calendar, and found in the data."""

from dataclasses import dataclass

import numpy as np

from skdiffts.conditioning import CalendarFeatures
from skdiffts.selection._folds import MIN_PATHS, SPLITS, path_numbers

__all__ = ["Period", "find_periods"]

# A period of the calendar must be in the training rows so often; one found in the data,
# in the rows of the shortest fold.
MIN_CALENDAR_CYCLES = 2.0
MIN_FOUND_CYCLES = 4.0
MIN_ROWS = 3
N_FOUND = 4
# A peak of the autocorrelation must stand out from noise by so many standard errors, and
# rise so far above the lags before it.
PEAK_ERRORS = 2.5
PEAK_RISE = 0.1
# A multiple of a period is one of its own if its autocorrelation is higher by so much.
MULTIPLE_RISE = 0.05
# Periods closer than this are one.
SAME = 0.03
PADDING = 8
# Largest ratio at which harmonics of one period describe another.
N_HARMONICS = 5


@dataclass(frozen=True, order=True)
class Period:
    """Length of a season.

    Parameters
    ----------
    length : str or float
        Name of a period of the calendar, or rows.
    n_rows : float
        Rows in a period.
    n_cycles : float
        Periods in the rows of the shortest fold.
    """

    length: str | float
    n_rows: float
    n_cycles: float

    @property
    def n_harmonics(self):
        """Numbers of harmonics that are offered: few, and fewer if seen seldom."""
        wanted = (2, 5) if self.n_cycles >= MIN_FOUND_CYCLES else (1, 2)
        most = int((self.n_rows - 1.0) // 2.0)
        return tuple(sorted({min(n, most) for n in wanted if most > 0}))


def find_periods(paths):
    """Find the periods that a season may have.

    Dates offer the day, the week and the year, if a period has three rows and the training
    rows hold two. Otherwise, in one to five paths, peaks of the autocorrelation and of the
    periodogram are offered, of the rows and of their differences, as whole numbers of
    rows of which the shortest fold holds four.

    Parameters
    ----------
    paths : Paths
        Training paths.

    Returns
    -------
    mean, scale : list of Period
        Candidates for the drift; and for the volatility, those and peaks of absolute
        differences.
    """
    named = _calendar_periods(paths)
    if named:
        return named, named
    path, n_paths = path_numbers(paths)
    if n_paths >= MIN_PATHS:
        return [], []
    longest = paths.values[path == np.argmax(np.bincount(path))]
    n_fold = int(SPLITS[0][0] * len(longest))
    differences = np.diff(longest, axis=0)
    mean = _found_periods([longest, differences], n_fold)
    sizes = np.abs(differences - differences.mean(axis=0))
    scale = _distinct([p.n_rows for p in mean], _peaks(sizes, n_fold))
    return mean, [_period(rows, n_fold) for rows in scale]


def _calendar_periods(paths):
    """Periods of the calendar of which the rows hold two."""
    if not paths.dated:
        return []
    step = float(np.median(paths.durations))
    clock = paths.clock
    span = float(clock.max() - clock.min()) + step
    return [
        Period(name, days / step, SPLITS[0][0] * span / days)
        for name, days in CalendarFeatures.named.items()
        if days >= MIN_ROWS * step and span >= MIN_CALENDAR_CYCLES * days
    ]


def _found_periods(series, n_fold):
    """Peaks of several versions of the rows, the clearest first."""
    found: list[float] = []
    for rows in series:
        found = _distinct(found, _peaks(rows, n_fold))
    return [_period(rows, n_fold) for rows in found]


def _period(rows, n_fold):
    return Period(float(rows), float(rows), n_fold / rows)


def _distinct(known, new):
    """Periods that are neither equal to known ones nor harmonics of them."""
    known = list(known)
    for period in new:
        ratios = np.array(known) / period
        nearest = np.maximum(np.round(ratios), 1.0)
        same = np.abs(ratios / nearest - 1.0) < SAME
        if not np.any(same & (nearest <= N_HARMONICS)) and len(known) < N_FOUND:
            known.append(period)
    return known


def _peaks(rows, n_fold):
    """Whole numbers of rows at peaks of the autocorrelation and the periodogram."""
    time = np.linspace(-1.0, 1.0, len(rows))
    basis = np.stack([np.ones(len(rows)), time, time**2], axis=1)
    rows = rows - basis @ np.linalg.lstsq(basis, rows, rcond=None)[0]
    deviation = rows.std(axis=0)
    rows = rows[:, deviation > 0.0] / deviation[deviation > 0.0]
    longest = int(n_fold / MIN_FOUND_CYCLES)
    if rows.shape[1] == 0 or longest <= MIN_ROWS:
        return []
    peaks = [*_autocorrelation_peaks(rows, longest), *_spectral_peaks(rows, longest)]
    return [float(peak) for peak in peaks if MIN_ROWS <= peak <= longest]


def _autocorrelation_peaks(rows, longest):
    """Lags at which the mean autocorrelation has clear local maxima, highest first."""
    n = len(rows)
    spectrum = np.abs(np.fft.rfft(rows, 2 * n, axis=0)) ** 2
    products = np.fft.irfft(spectrum, 2 * n, axis=0)[:n].mean(axis=1)
    n_lags = min(n - 1, 6 * longest)
    correlation = products[:n_lags] / (n - np.arange(n_lags))
    lowest = np.minimum.accumulate(correlation[1:])
    candidates = [
        lag
        for lag in range(MIN_ROWS, min(longest + 1, n_lags))
        if correlation[lag] >= _around(correlation, lag).max()
        and correlation[lag] > PEAK_ERRORS / np.sqrt(n)
        and correlation[lag] - lowest[lag - 2] > PEAK_RISE
    ]
    found: list[int] = []
    for lag in sorted(candidates, key=lambda lag: -correlation[lag] + 0.02 * lag / n):
        shorter = [p for p in found if p < lag and _is_multiple(lag, p)]
        if all(correlation[lag] > correlation[p] + MULTIPLE_RISE for p in shorter):
            found.append(_refined(correlation, lag))
    return found


def _around(correlation, lag):
    """Autocorrelations within a sixth of a lag."""
    width = max(1, lag // 6)
    return correlation[max(1, lag - width) : lag + width + 1]


def _is_multiple(lag, period):
    ratio = lag / period
    return abs(ratio - round(ratio)) < 2.0 * SAME * ratio


def _refined(correlation, lag):
    """Nearest whole period, from the peaks at its multiples."""
    period = float(lag)
    for multiple in range(2, 6):
        center = round(period * multiple)
        width = max(1, round(0.02 * center))
        window = correlation[center - width : center + width + 1]
        if len(window) < 2 * width + 1:
            break
        period = (center - width + int(np.argmax(window))) / multiple
    return round(period)


def _spectral_peaks(rows, longest):
    """Whole periods at the two highest peaks of the mean periodogram."""
    n = len(rows)
    window = np.hanning(n)[:, np.newaxis]
    size = PADDING * n
    power = (np.abs(np.fft.rfft(rows * window, size, axis=0)) ** 2).mean(axis=1)
    first = -(-size // longest)
    inner = power[1:-1]
    local = (inner >= power[:-2]) & (inner >= power[2:])
    peaks = 1 + np.flatnonzero(local)
    peaks = peaks[(peaks >= first) & (peaks <= size // MIN_ROWS)]
    best = peaks[np.argsort(-power[peaks], kind="stable")]
    found: list[int] = []
    for peak in best:
        # The next ones are side lobes of the window or harmonics of what is there.
        if all(abs(peak - size / p) > 4 * PADDING for p in found):
            found.append(round(size / peak))
        if len(found) == 2:
            break
    return sorted(found, reverse=True)
