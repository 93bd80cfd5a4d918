"""PathFanDisplay: quantiles of generated paths beside a real one, or after it."""

from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted, check_scalar

from skdiffts.plotting._canvas import (
    BLACK,
    BLUE,
    VERMILION,
    import_pyplot,
    label_times,
    legend_above,
    lighter,
    make_panels,
)
from skdiffts.plotting._inputs import (
    feature_labels,
    future_rows,
    one_path,
    sample_paths,
    with_exogenous,
)
from skdiffts.plotting._times import RowTimes

__all__ = ["PathFanDisplay"]


# Rows of history for each row of the future.
HISTORY = 3


@dataclass(kw_only=True, eq=False, repr=False)
class PathFanDisplay:
    r"""Fan of quantiles of generated paths, with one of them, and a real path.

    In each row, the band of level c spans the quantiles :math:`(1 - c) / 2` and
    :math:`(1 + c) / 2` over the generated paths. A real path of the same distribution
    lies in the band in a share c of the rows, and is as rough as the generated path. The
    fan lies beside the real path, or goes on where it ends.

    Parameters
    ----------
    real : ndarray of shape (n_rows, n_features)
        Real path; NaN in gaps.
    real_times : ndarray of shape (n_rows,)
        Times of its rows: dates in UTC, or numbers.
    median : ndarray of shape (length, n_features)
        Median of the generated paths.
    lower, upper : ndarray of shape (n_levels, length, n_features)
        Ends of the bands.
    levels : tuple of float
        Share of the generated paths within each band.
    example : ndarray of shape (length, n_features)
        One generated path.
    path_times : ndarray of shape (length,)
        Times of the rows of the generated paths.
    feature_names : list of str
        Labels of the features, with their units.
    time_name : str
        Label of the time axis.
    time_zone : tzinfo, default=None
        Time zone in which dates are shown.
    follows : bool, default=False
        Whether the generated paths come after the real one; the fan is then drawn from
        its last row on.
    future : ndarray of shape (n_future, n_features), default=None
        Rows that came after the real path, drawn from its last row on.
    future_times : ndarray of shape (n_future,), default=None
        Their times.

    Attributes
    ----------
    axes_ : ndarray of shape (n_features,)
        Axes, one for each feature.
    figure_ : matplotlib Figure
        Figure that holds them.
    bands_ : list of lists
        For each feature, the shaded bands.
    lines_ : list of tuples
        For each feature, the lines of the median, of the generated and of the real
        path, and of the rows that came after it, if they are given.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.plotting import PathFanDisplay
    >>> walks = np.random.RandomState(0).standard_normal((101, 50, 1)).cumsum(axis=1)
    >>> display = PathFanDisplay.from_predictions(walks[0], walks[1:])
    >>> display.axes_[0].get_xlabel()
    'row'
    >>> display = PathFanDisplay.from_predictions(walks[0], walks[1:], start="next")
    >>> int(display.path_times[0])
    50
    """

    real: np.ndarray
    real_times: np.ndarray
    median: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    levels: tuple[float, ...]
    example: np.ndarray
    path_times: np.ndarray
    feature_names: list[str]
    time_name: str
    time_zone: Any = None
    follows: bool = False
    future: np.ndarray | None = None
    future_times: np.ndarray | None = None

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X,
        *,
        n_paths=200,
        horizon=None,
        X_future=None,
        x0=None,
        n_history=None,
        levels=(0.5, 0.9),
        random_state=None,
        ax=None,
    ):
        """Draw a real path and a fan of its future, or simulate paths beside it.

        Parameters
        ----------
        estimator : GenerativeTimeSeries
            Fitted generator.
        X : array-like or frame of shape (n_rows, n_features)
            Real path, with gaps where the generator takes them. A frame gives names and
            times; they go on by the calendar of its index.
        n_paths : int, default=200
            Number of paths to simulate.
        horizon : int, default=None
            Rows of the future; None takes as many as X_future has, without it a third of
            the rows of X.
        X_future : array-like or frame of shape (n_future, n_features), default=None
            Rows that came after X, drawn over the fan. The generator does not see them,
            except for its exogenous columns.
        x0 : None, "initial", "smoothed", "states", "last" or array-like, default=None
            None continues X by the generator's ``forecast``. Else paths as long as X are
            simulated from these initial rows, as in ``sample``, and drawn beside X;
            ``X.iloc[0]`` opens the fan at the first row of X.
        n_history : int, default=None
            Last rows of X to draw before a fan of the future; None is three for each row
            of the future. The forecast is always made from all of X.
        levels : float or tuple of float, default=(0.5, 0.9)
            Share of the generated paths within each band.
        random_state : int, RandomState instance or None, default=None
            Seed of the simulation.
        ax : array-like of matplotlib Axes, default=None
            Axes, one for each feature; None makes a figure.

        Returns
        -------
        PathFanDisplay
            Display, drawn.
        """
        import_pyplot(cls)
        check_is_fitted(estimator)
        options = {"levels": levels, "ax": ax}
        if x0 is not None:
            if horizon is not None or X_future is not None or n_history is not None:
                raise ValueError(
                    "x0 simulates paths beside X, which horizon, X_future and n_history "
                    "have no part in; drop x0 for a fan of the future, or these."
                )
            length = len(one_path(X, gaps=True))
            sample = with_exogenous(estimator.sample, estimator, X[1:])
            paths = sample(n_paths, length, x0=x0, random_state=random_state)
            return cls.from_predictions(X, paths, **options)
        if not hasattr(estimator, "forecast"):
            raise TypeError(
                f"{type(estimator).__name__} has no forecast; pass a generator that has "
                "it, or x0 to simulate beside X."
            )
        if horizon is None:
            rows = len(X) // HISTORY if X_future is None else len(X_future)
            horizon = max(rows, 1)
        check_scalar(horizon, "horizon", Integral, min_val=1)
        forecast = with_exogenous(estimator.forecast, estimator, X_future)
        paths = forecast(X, horizon, n_paths, random_state=random_state)
        options |= {"start": "next", "X_future": X_future}
        n_history = HISTORY * horizon if n_history is None else n_history
        return cls.from_predictions(X, paths, n_history=n_history, **options)

    @classmethod
    def from_predictions(
        cls,
        X,
        paths,
        *,
        start="first",
        X_future=None,
        n_history=None,
        levels=(0.5, 0.9),
        times=None,
        time_name=None,
        feature_names=None,
        ax=None,
    ):
        """Draw generated paths around a real one, or after it.

        Parameters
        ----------
        X : array-like or frame of shape (n_rows, n_features)
            Real path, in which NaN are gaps. A frame gives names and times.
        paths : array-like of shape (n_paths, length, n_features)
            Generated paths.
        start : {"first", "last", "next"}, default="first"
            Where the first row of the generated paths lies: at the first row of X; at
            its last row, as for ``sample(x0="last")``; or at the row that follows, as for
            ``forecast``. Times go on by the calendar of the index of X.
        X_future : array-like or frame of shape (n_future, n_features), default=None
            Rows that came after X. A frame has its own times, else they go on, too.
        n_history : int, default=None
            Last rows of X to draw; None draws all of them.
        levels : float or tuple of float, default=(0.5, 0.9)
            Share of the generated paths within each band.
        times : array-like, default=None
            Time of each row from the first of X to the last of all that is drawn; None
            takes the index of a frame, else numbers the rows.
        time_name : str, default=None
            Label of the time axis; None takes the name of the index, else "date", "time"
            or "row".
        feature_names : list of str, default=None
            Labels with units; None takes the columns of a frame, else x0, x1 and so on.
        ax : array-like of matplotlib Axes, default=None
            Axes, one for each feature; None makes a figure.

        Returns
        -------
        PathFanDisplay
            Display, drawn.
        """
        import_pyplot(cls)
        real = one_path(X, gaps=True)
        n, d = real.shape
        paths = sample_paths(paths, d)
        future = None if X_future is None else future_rows(X_future, X, d)
        levels = _check_levels(levels)
        shown = _last_rows(n_history, n)
        fan = _rows_of_fan(start, n, paths.shape[1])
        own, n_future = RowTimes.of(X), 0 if future is None else len(future)
        all_times = _all_times(times, own, max(n + n_future, fan.stop))
        future_times = None if future is None else all_times[n : n + n_future]
        if future is not None and times is None:
            future_times = own.of_future(X_future)
        display = cls(
            real=real[shown],
            real_times=all_times[shown],
            **_summary(paths, levels),
            path_times=all_times[fan],
            feature_names=feature_labels(feature_names, X, d),
            time_name=own.name if time_name is None else time_name,
            time_zone=own.zone if times is None else None,
            follows=start == "next",
            future=future,
            future_times=future_times,
        )
        return display.plot(ax=ax)

    def plot(self, ax=None):
        """Draw the display.

        Parameters
        ----------
        ax : array-like of matplotlib Axes, default=None
            Axes, one for each feature; None makes a figure.

        Returns
        -------
        PathFanDisplay
            The display itself.
        """
        d = self.real.shape[1]
        size = (8.0, 3.2 if d == 1 else 2.0)
        axes = make_panels(self, ax, d, n_columns=1, size=size, sharex=True)
        self.bands_, self.lines_ = [], []
        for j, (axis, name) in enumerate(zip(axes, self.feature_names, strict=True)):
            self.bands_.append(self._plot_bands(axis, j))
            self.lines_.append(self._plot_lines(axis, j))
            axis.set_ylabel(name)
            axis.margins(x=0)
        legend_above(axes[0], n_columns=3 if self.future is not None else 5)
        label_times(axes[-1], self.path_times, self.time_name, self.time_zone)
        self.axes_, self.figure_ = axes, axes[0].figure
        return self

    def _plot_bands(self, axis, j):
        """Bands of one feature, the widest first, so that the darker ones lie on top."""
        times, [lower, upper] = self._onward(
            self.path_times, [self.lower, self.upper], self.follows
        )
        return [
            axis.fill_between(
                times,
                lower[i, :, j],
                upper[i, :, j],
                color=lighter(BLUE, 0.5 - 0.3 * i / len(self.levels)),
                linewidth=0,
                label=f"{100 * self.levels[i]:g} % of the paths",
            )
            for i in reversed(range(len(self.levels)))
        ]

    def _plot_lines(self, axis, j):
        """Lines of one feature."""
        times, [median, example] = self._onward(
            self.path_times, [self.median, self.example], self.follows
        )
        curves = [
            (times, median, "median of the paths", BLUE, 1.4),
            (times, example, "one of the paths", BLUE, 0.6),
            (self.real_times, self.real, "real path", VERMILION, 0.9),
        ]
        if self.future is not None:
            times, [future] = self._onward(self.future_times, [self.future], True)
            curves.append((times, future, "what came", BLACK, 0.9))
        return tuple(
            axis.plot(times, rows[:, j], color=color, linewidth=width, label=label)[0]
            for times, rows, label, color, width in curves
        )

    def _onward(self, times, tables, joined):
        """Put the last real row before rows that are joined to it."""
        if not joined:
            return times, tables
        last = self.real[-1:]
        return np.concatenate([self.real_times[-1:], times]), [
            np.concatenate(
                [np.broadcast_to(last, (*rows.shape[:-2], *last.shape)), rows], -2
            )
            for rows in tables
        ]


def _check_levels(levels):
    """Sorted shares of the paths within the bands."""
    levels = tuple(sorted(np.atleast_1d(levels).tolist()))
    if not levels or not 0.0 < levels[0] <= levels[-1] < 1.0:
        raise ValueError(
            f"levels={levels} must be shares of the paths between 0 and 1, such as "
            "(0.5, 0.9)."
        )
    return levels


def _last_rows(n_history, n_rows):
    """Rows of the real path that are drawn."""
    if n_history is None:
        return slice(0, n_rows)
    check_scalar(n_history, "n_history", Integral, min_val=1)
    return slice(max(n_rows - n_history, 0), n_rows)


def _rows_of_fan(start, n_rows, length):
    """Rows of the generated paths, counted from the first row of the real one."""
    places = {"first": 0, "last": n_rows - 1, "next": n_rows}
    if start not in places:
        raise ValueError(f"start={start!r} must be 'first', 'last' or 'next'.")
    return slice(places[start], places[start] + length)


def _summary(paths, levels):
    """Median, ends of the bands and an example of generated paths."""
    tails = 0.5 * (1.0 - np.array(levels))
    return {
        "median": np.median(paths, axis=0),
        "lower": np.quantile(paths, tails, axis=0),
        "upper": np.quantile(paths, 1.0 - tails, axis=0),
        "levels": levels,
        "example": paths[0],
    }


def _all_times(times, own, n_times):
    """Check given times, or continue the times of X, for all rows that are drawn."""
    if times is None:
        return np.concatenate([own.values, own.after(n_times - len(own.values))])
    times = np.asarray(times)
    if len(times) != n_times:
        raise ValueError(
            f"times has {len(times)} entries for {n_times} rows; pass one for each."
        )
    return times
