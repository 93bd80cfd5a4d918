"""Periods that a season may have: of the calendar, and found in the data."""

from dataclasses import dataclass
from itertools import zip_longest

import numpy as np

from skdiffts.conditioning import CalendarFeatures
from skdiffts.selection._folds import MIN_PATHS, SPLITS, path_numbers

__all__ = ["Period", "find_periods"]

# A period of the calendar must be in the training rows so often; one found in the data,
# in the rows of the shortest fold.
MIN_CALENDAR_CYCLES = 2.0
MIN_FOUND_CYCLES = 4.0
MIN_ROWS = 3
N_FOUND = 6
N_FOUND_SCALE = 3
# A peak of the autocorrelation must stand out from noise by so many standard errors, and
# rise so far above the lags before it.
PEAK_ERRORS = 2.5
PEAK_RISE = 0.1
# A multiple of a period is one of its own if its autocorrelation is higher by so much.
MULTIPLE_RISE = 0.05
# Periods closer than this are one.
SAME = 0.03
PADDING = 8
# Peaks of each kind that are taken.
N_PEAKS = 2
# Ratio of two periods up to which harmonics of the longer one describe the shorter one.
COVERED = 2


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
    sizes = np.abs(differences - differences.mean(axis=0))
    peaks = [_peaks(rows, n_fold) for rows in (longest, differences, sizes)]
    mean = _distinct([*peaks[0], *peaks[1]])[:N_FOUND]
    scale = _distinct([*peaks[2], *mean])[:N_FOUND_SCALE]
    return tuple(
        [Period(rows, rows, n_fold / rows) for rows in found] for found in (mean, scale)
    )


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


def _distinct(periods):
    """Periods that are neither equal to earlier ones nor their second harmonics."""
    known: list[float] = []
    for period in periods:
        ratios = np.array(known) / period
        nearest = np.clip(np.round(ratios), 1.0, COVERED)
        if not np.any(np.abs(ratios / nearest - 1.0) < SAME):
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
    peaks = zip_longest(
        _autocorrelation_peaks(rows, longest)[:N_PEAKS],
        _spectral_peaks(rows, longest)[:N_PEAKS],
    )
    return [
        float(peak)
        for pair in peaks
        for peak in pair
        if peak is not None and MIN_ROWS <= peak <= longest
    ]


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
    for lag in candidates:
        shorter = [one for one in found if _is_multiple(lag, one)]
        if all(correlation[lag] > correlation[one] + MULTIPLE_RISE for one in shorter):
            found.append(lag)
    found.sort(key=lambda lag: -correlation[lag])
    return [_refined(correlation, lag) for lag in found]


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
        if len(found) == N_PEAKS:
            break
    return found
