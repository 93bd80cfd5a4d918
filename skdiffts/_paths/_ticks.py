"""Repeating patterns of times, and how they are learnt from the times of rows."""

from dataclasses import dataclass

import numpy as np

__all__ = ["Ticks", "fixed_ticks", "learn_ticks"]

# A bare integer has no unit, which NumPy 2.5 deprecates.
DAY, MONTH = np.timedelta64(1, "D"), np.timedelta64(1, "M")
# The Gregorian calendar repeats after so many months or days, which are whole weeks.
MONTHS, DAYS = 4_800, 146_097
# Days of the shortest month: all months have these.
LEAST_MONTH = 28
# A pattern is one if half of its ticks have a row and all rows but a tenth are at ticks.
LEAST_SCORE, LEAST_SHARE = 0.5, 0.9
# Most days of a month, as the 15th and the last, that are a pattern of their own.
MOST_DAYS = 4
# Gain that a pattern must have over a simpler one: holes alone make such a difference.
GAIN = 0.03


@dataclass(frozen=True, eq=False)
class Ticks:
    """Times that repeat with a period, numbered from 0 at the base, in both directions.

    Parameters
    ----------
    base : int
        Time of tick 0.
    offsets : ndarray of int64 of shape (n_offsets,)
        Ticks of one period after the base, increasing from 0.
    period : int
        Length of the period.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts._paths._ticks import Ticks
    >>> business_days = Ticks(base=4, offsets=np.arange(5), period=7)
    >>> business_days.after(np.array([8, 9, 10]), 3).tolist()
    [[11, 12, 13], [11, 12, 13], [11, 12, 13]]
    """

    base: int
    offsets: np.ndarray
    period: int

    def number(self, times):
        """Count ticks up to each time: number of the last one at or before it.

        Parameters
        ----------
        times : ndarray of int64 of shape (n_times,)
            Times.

        Returns
        -------
        ndarray of int64 of shape (n_times,)
            Numbers of ticks.
        """
        cycles, rest = np.divmod(times - self.base, self.period)
        place = np.searchsorted(self.offsets, rest, side="right") - 1
        return cycles * len(self.offsets) + place

    def times(self, numbers):
        """Time of each tick.

        Parameters
        ----------
        numbers : ndarray of int64
            Numbers of ticks.

        Returns
        -------
        ndarray of int64
            Their times.
        """
        cycles, place = np.divmod(numbers, len(self.offsets))
        return self.base + cycles * self.period + self.offsets[place]

    def after(self, times, n_ticks, convert=lambda times: times):
        """Time of the next ticks after each time.

        With one tick a period there is no pattern to meet: each time goes on at its
        own phase.

        Parameters
        ----------
        times : ndarray of int64 of shape (n_times,)
            Times; one that is less than a thousandth of a step before a tick is at it.
        n_ticks : int
            Number of ticks.
        convert : callable, default=identity
            Map of increasing times, which is called once for each phase.

        Returns
        -------
        ndarray of int64 of shape (n_times, n_ticks)
            Converted times of the ticks.
        """
        phases, slack = np.zeros_like(times), self._least_step() // 1000
        if len(self.offsets) == 1:
            phases, slack = (times - self.base) % self.period, 0
        after = np.empty((len(times), n_ticks), dtype=np.int64)
        for phase in np.unique(phases) if n_ticks else ():
            rows = phases == phase
            first = self.number(times[rows] - phase + slack) + 1
            low = first.min()
            table = self.times(np.arange(low, first.max() + n_ticks)) + phase
            windows = np.lib.stride_tricks.sliding_window_view(convert(table), n_ticks)
            after[rows] = windows[first - low]
        return after

    def score(self, times, indptr):
        """Share of ticks that have a row, times share of rows that are at a tick.

        It is 0 if the latter is below nine tenths.

        Parameters
        ----------
        times : ndarray of int64 of shape (n_rows,)
            Times of the rows.
        indptr : ndarray of shape (n_paths + 1,)
            Boundaries of paths, in which times increase.

        Returns
        -------
        float
            One if rows and ticks are the same.
        """
        if len(self.offsets) == 1:
            counts, rest = np.divmod(steps_of(times, indptr), self.period)
            at_tick = rest == 0
        else:
            numbers = self.number(times)
            counts = steps_of(numbers, indptr)
            at_tick = self.times(numbers) == times
        share = at_tick.mean()
        if share < LEAST_SHARE:
            return 0.0
        return share * min(1.0, len(counts) / max(counts.sum(), 1))

    def _least_step(self):
        return int(np.diff(self.offsets, append=self.period).min())


def steps_of(times, indptr):
    """Differences of consecutive rows of the same path."""
    return np.delete(np.diff(times), indptr[1:-1] - 1)


def fixed_ticks(times, indptr):
    """Ticks with the most frequent step, the smaller one of equally frequent ones."""
    values, counts = np.unique(steps_of(times, indptr), return_counts=True)
    step = int(values[counts.argmax()])
    return Ticks(int(times[0]), np.zeros(1, dtype=np.int64), step)


def learn_ticks(times, indptr, day=None):
    """Learn the pattern of ticks that the rows of paths follow, maybe with holes.

    Tried are, in this order: the same day of every n-th month (first, last, by number or
    by weekday), the same few days of every month, one step, business days, times of
    day, times of the week, and the shortest sequence of steps that repeats.

    Parameters
    ----------
    times : ndarray of int64 of shape (n_rows,)
        Times of the rows, on a wall clock if they are dates.
    indptr : ndarray of shape (n_paths + 1,)
        Boundaries of paths, in which times increase; one has two rows.
    day : int or None
        Length of a day, with days that begin at multiples of it from 1970; None for
        numbers and durations, which have no calendar.

    Returns
    -------
    ticks : Ticks or None
        The first pattern that the rows follow exactly, else the best one, or a simpler
        one that is nearly as good; None if its score is below a half.
    score : float
        Its score.
    """
    best, best_score, best_merit = None, 0.0, 0.0
    for ticks, is_learnt in _candidates(times, indptr, day):
        score = 0.0 if ticks is None else ticks.score(times, indptr)
        if score == 1.0:
            return ticks, score
        # Holes at random give rare times of the day or week, too: each one that is told
        # from frequent ones has to explain a row.
        merit = score if score >= LEAST_SCORE else 0.0
        if merit and is_learnt:
            merit -= len(ticks.offsets) / len(times)
        if merit > best_merit + GAIN:
            best, best_score, best_merit = ticks, score, merit
    return best, best_score


def _candidates(times, indptr, day):
    """Yield patterns, None where one does not apply, and if frequent times make them."""
    if day is not None:
        yield _monthly(times, indptr, day), False
        yield _days_of_month(times, day), False
    yield fixed_ticks(times, indptr), False
    if day is not None:
        yield _business_days(times, day), False
        yield _slots(times, day), True
        yield _slots(times, 7 * day), True
    yield _sequence(times, indptr), False


def _monthly(times, indptr, day):
    """One tick every n-th month, at the same place of the month; None if it is not."""
    days, clock = np.divmod(times, day)
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    gaps = steps_of(months.astype(np.int64), indptr)
    if (gaps < 1).any() or (clock != clock[0]).any():
        return None
    gap = int(np.gcd.reduce(gaps))
    n_months = MONTHS * gap // int(np.gcd(MONTHS, gap))
    table = months[0] + MONTH * np.arange(0, n_months, gap)
    equal_steps = len(np.unique(steps_of(times, indptr))) == 1
    for named_by_weekday, place in _places_of_month(dates[0]):
        if not (named_by_weekday and equal_steps) and (place(months) == dates).all():
            ticks = place(table).astype(np.int64) * day + clock[0]
            period = DAYS * (n_months // MONTHS) * day
            return Ticks(int(ticks[0]), ticks - ticks[0], period)
    return None


def _days_of_month(times, day):
    """Return the same few days of every month, by number or the last, or None."""
    days, clock = np.divmod(times, day)
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    last = dates == _end(months)
    numbers = np.unique((dates - _start(months))[~last].astype(np.int64))
    n_ticks = len(numbers) + bool(last.any())
    most = min(MOST_DAYS, len(times) // 2)
    if (clock != clock[0]).any() or n_ticks > most or (numbers >= LEAST_MONTH).any():
        return None
    table = months[0] + MONTH * np.arange(MONTHS)
    ticks = [_start(table) + DAY * number for number in numbers]
    ticks += [_end(table)] * bool(last.any())
    ticks = np.sort(np.concatenate(ticks)).astype(np.int64) * day + clock[0]
    return Ticks(int(ticks[0]), ticks - ticks[0], DAYS * day)


def _start(months):
    return months.astype("datetime64[D]")


def _end(months):
    return _start(months + MONTH) - DAY


def _places_of_month(date):
    """List maps of months to dates that give a date for its own month.

    Yields
    ------
    named_by_weekday : bool
        Whether the place is as "second Friday", which may be a mere number of weeks.
    place : callable
        Map of months to dates.
    """
    number = int((date - date.astype("datetime64[M]")) / DAY)
    weekmask = np.roll([1, 0, 0, 0, 0, 0, 0], (int(date.astype(np.int64)) + 3) % 7)
    yield False, _end
    yield False, lambda months: np.busday_offset(_end(months), 0, "backward")
    if number < LEAST_MONTH:
        yield False, lambda months: _start(months) + DAY * number
    yield False, lambda months: np.busday_offset(_start(months), 0, "forward")
    yield (
        True,
        lambda months: np.busday_offset(
            _start(months), number // 7, "forward", weekmask=weekmask
        ),
    )
    yield (
        True,
        lambda months: np.busday_offset(_end(months), 0, "backward", weekmask=weekmask),
    )


def _business_days(times, day):
    """Monday to Friday at one time of day."""
    # 1970 began on a Thursday.
    monday, clock = -3 * day, times % day
    if (clock != clock[0]).any():
        return None
    return Ticks(int(monday + clock[0]), np.arange(5, dtype=np.int64) * day, 7 * day)


def _slots(times, period):
    """Return the times of a day or week at which rows are frequent, None if too many."""
    slots, counts = np.unique(times % period, return_counts=True)
    slots = slots[2 * counts >= counts.max()]
    if len(times) < 2 * len(slots):
        return None
    return Ticks(int(slots[0]), slots - slots[0], period)


def _sequence(times, indptr):
    """Shortest sequence of steps that the longest path repeats, twice at least."""
    longest = int(np.diff(indptr).argmax())
    path = times[indptr[longest] : indptr[longest + 1]]
    length = _shortest_period(np.diff(path).tolist())
    if len(path) - 1 < 2 * length:
        return None
    return Ticks(int(path[0]), path[:length] - path[0], int(path[length] - path[0]))


def _shortest_period(items):
    """Smallest m with items[i] = items[i - m] for all i: Knuth, Morris and Pratt."""
    border, borders = 0, [0]
    for item in items[1:]:
        while border and item != items[border]:
            border = borders[border - 1]
        border += item == items[border]
        borders.append(border)
    return len(items) - borders[-1]
