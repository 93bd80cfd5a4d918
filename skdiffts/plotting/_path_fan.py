"""PathFanDisplay: quantiles of generated paths around a real one."""

from dataclasses import dataclass

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skdiffts.plotting._canvas import (
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
    names_of,
    one_path,
    sample_paths,
    times_of,
)

__all__ = ["PathFanDisplay"]


@dataclass(kw_only=True, eq=False, repr=False)
class PathFanDisplay:
    r"""Fan of quantiles of generated paths, with one of them, and a real path.

    In each row, the band of level c spans the quantiles :math:`(1 - c) / 2` and
    :math:`(1 + c) / 2` over the generated paths. A real path of the same distribution
    lies in the band in a share c of the rows, and is as rough as the generated path.

    Parameters
    ----------
    real : ndarray of shape (n_rows, n_features)
        Real path.
    median : ndarray of shape (length, n_features)
        Median of the generated paths.
    lower, upper : ndarray of shape (n_levels, length, n_features)
        Ends of the bands.
    levels : tuple of float
        Share of the generated paths within each band.
    example : ndarray of shape (length, n_features)
        One generated path.
    times : ndarray of shape (max(n_rows, length),) or None
        Time of each row; None numbers the rows.
    time_name : str
        Label of the time axis.
    feature_names : list of str
        Labels of the features, with their units.

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
        path.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.plotting import PathFanDisplay
    >>> walks = np.random.RandomState(0).standard_normal((101, 50, 1)).cumsum(axis=1)
    >>> display = PathFanDisplay.from_predictions(walks[0], walks[1:])
    >>> display.axes_[0].get_xlabel()
    'row'
    """

    real: np.ndarray
    median: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    levels: tuple[float, ...]
    example: np.ndarray
    times: np.ndarray | None
    time_name: str
    feature_names: list[str]

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X,
        *,
        n_paths=200,
        x0=None,
        levels=(0.5, 0.9),
        random_state=None,
        ax=None,
    ):
        """Simulate paths as long as a real path, and draw both.

        Parameters
        ----------
        estimator : GenerativeTimeSeries
            Fitted generator.
        X : array-like or frame of shape (n_rows, n_features)
            Real path. A frame gives names and times.
        n_paths : int, default=200
            Number of paths to simulate.
        x0 : None, "initial", "smoothed", "states", "last" or array-like, default=None
            Initial rows, as in the generator's ``sample``; None is the first row of X,
            so that the fan opens from the real path.
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
        real = one_path(X)
        paths = estimator.sample(
            n_paths,
            len(real),
            x0=real[0] if x0 is None else x0,
            random_state=random_state,
        )
        times, time_name = times_of(X)
        return cls.from_predictions(
            real,
            paths,
            levels=levels,
            times=times,
            time_name=time_name,
            feature_names=names_of(X),
            ax=ax,
        )

    @classmethod
    def from_predictions(
        cls,
        X,
        paths,
        *,
        levels=(0.5, 0.9),
        times=None,
        time_name=None,
        feature_names=None,
        ax=None,
    ):
        """Draw generated paths around a real one.

        Parameters
        ----------
        X : array-like or frame of shape (n_rows, n_features)
            Real path. A frame gives names and times.
        paths : array-like of shape (n_paths, length, n_features)
            Generated paths, from the time of the first row of X on.
        levels : float or tuple of float, default=(0.5, 0.9)
            Share of the generated paths within each band.
        times : array-like of shape (max(n_rows, length),), default=None
            Time of each row; None takes the index of a frame, else numbers the rows.
        time_name : str, default=None
            Label of the time axis; None takes the name of the index, else "row".
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
        real = one_path(X)
        paths = sample_paths(paths, real.shape[1])
        levels = tuple(sorted(np.atleast_1d(levels).tolist()))
        if not levels or not 0.0 < levels[0] <= levels[-1] < 1.0:
            raise ValueError(
                f"levels={levels} must be shares of the paths between 0 and 1, such as "
                "(0.5, 0.9)."
            )
        times, own_name = _times(times, X, max(len(real), paths.shape[1]))
        tails = 0.5 * (1.0 - np.array(levels))
        display = cls(
            real=real,
            median=np.median(paths, axis=0),
            lower=np.quantile(paths, tails, axis=0),
            upper=np.quantile(paths, 1.0 - tails, axis=0),
            levels=levels,
            example=paths[0],
            times=times,
            time_name=own_name if time_name is None else time_name,
            feature_names=feature_labels(feature_names, X, real.shape[1]),
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
        n_times = max(len(self.real), len(self.median))
        times = np.arange(n_times) if self.times is None else self.times
        generated, real = times[: len(self.median)], times[: len(self.real)]
        self.bands_, self.lines_ = [], []
        for j, (axis, name) in enumerate(zip(axes, self.feature_names, strict=True)):
            # Widest first, so that the narrower and darker bands lie on top.
            self.bands_.append(
                [
                    axis.fill_between(
                        generated,
                        self.lower[i, :, j],
                        self.upper[i, :, j],
                        color=lighter(BLUE, 0.5 - 0.3 * i / len(self.levels)),
                        linewidth=0,
                        label=f"{100 * self.levels[i]:g} % of the paths",
                    )
                    for i in reversed(range(len(self.levels)))
                ]
            )
            curves = (
                (generated, self.median, "median of the paths", BLUE, 1.4),
                (generated, self.example, "one of the paths", BLUE, 0.6),
                (real, self.real, "real path", VERMILION, 0.9),
            )
            self.lines_.append(
                tuple(
                    axis.plot(t, y[:, j], color=color, linewidth=width, label=label)[0]
                    for t, y, label, color, width in curves
                )
            )
            axis.set_ylabel(name)
            axis.margins(x=0)
        legend_above(axes[0], n_columns=5)
        label_times(axes[-1], times, self.time_name)
        self.axes_, self.figure_ = axes, axes[0].figure
        return self


def _times(times, X, n_times):
    """Time of each row, None to number them, and the label of the time axis."""
    own_times, name = times_of(X)
    if times is not None:
        times = np.asarray(times)
        if len(times) != n_times:
            raise ValueError(
                f"times has {len(times)} entries for {n_times} rows; pass one for each."
            )
        return times, name
    if own_times is not None and len(own_times) == n_times:
        return own_times, name
    return None, "row"  # no index, or one that ends before the generated paths do
