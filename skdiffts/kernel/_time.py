"""Length of transitions in time, and the clock of simulated rows."""

import numpy as np

__all__ = ["TimeAxis"]


class TimeAxis:
    """Time steps as the training paths have them.

    Parameters
    ----------
    dt : float or "index"
        Time between two rows, or that it is read off the index.
    paths : Paths
        Training paths.

    Raises
    ------
    ValueError
        If the index has to be read and there is none with times or numbers.
    """

    def __init__(self, dt, paths):
        self.indexed = dt == "index"
        self.has_times, self.dated = paths.times is not None, paths.dated
        if self.indexed and not self.has_times:
            raise ValueError(
                "dt='index', but X has no increasing times or numbers as its index; "
                "pass a frame that has, or dt as a number."
            )
        self.first = paths.clock[0]
        # Of simulated rows.
        self.clock_step = float(np.median(paths.durations))
        self.dt = self.clock_step if self.indexed else float(dt)

    def steps(self, paths):
        """Length in time of each transition of paths, shape (n_transitions,)."""
        if not self.indexed:
            return np.full(len(paths.ends), self.dt)
        if not self._on_this_clock(paths):
            raise ValueError(
                "dt='index', but X has another kind of index than the training data; "
                "pass a frame with the same."
            )
        return paths.durations

    def check(self, paths):
        """Raise unless rows can be placed on the clock of the training paths."""
        if self.dated and not paths.dated:
            raise ValueError(
                "X has no dates, which the conditioning takes; pass a frame with a "
                "DatetimeIndex, as in fit."
            )

    def clock(self, paths):
        """Clock of rows that may have none: then as if they began with training."""
        if self._on_this_clock(paths):
            return paths.clock
        return self.first + self.clock_step * paths.row_numbers

    def _on_this_clock(self, paths):
        same = paths.dated == self.dated
        return same and (paths.times is not None) == self.has_times
