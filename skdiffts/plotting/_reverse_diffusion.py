"""ReverseDiffusionDisplay: draws of a diffusion model at decreasing noise levels."""

from dataclasses import dataclass

import numpy as np
from sklearn.utils import check_array

from skdiffts.plotting._canvas import (
    BLUE,
    VERMILION,
    import_pyplot,
    legend_above,
    make_panels,
)
from skdiffts.plotting._inputs import feature_labels, one_path, part

__all__ = ["ReverseDiffusionDisplay"]


@dataclass(kw_only=True, eq=False, repr=False)
class ReverseDiffusionDisplay:
    """Draws of a diffusion model at decreasing noise levels, and data.

    One panel for each diffusion time: a histogram of one feature, or a scatter plot of
    two.

    Parameters
    ----------
    times : ndarray of shape (n_times,)
        Diffusion times, decreasing from 1 to 0.
    draws : ndarray of shape (n_times, n_samples, 1 or 2)
        Noised draws at these times, in the units of the data.
    data : ndarray of shape (n_rows, 1 or 2) or None
        Rows of the target distribution of the draws at time 0.
    feature_names : list of str
        Names of the features, with units.

    Attributes
    ----------
    axes_ : ndarray of shape (n_times,)
        Axes, one for each time.
    figure_ : matplotlib Figure
        Figure that holds them.
    points_ : list of matplotlib artists
        Draws in each panel: Line2D, or for one feature the steps of a histogram.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.plotting import ReverseDiffusionDisplay
    >>> rng = np.random.RandomState(0)
    >>> noise, data = rng.standard_normal((2, 100, 2))
    >>> display = ReverseDiffusionDisplay.from_predictions(
    ...     [1.0, 0.0], np.stack([noise, 0.1 * data])
    ... )
    >>> [axis.get_title("right") for axis in display.axes_]
    ['t = 1', 't = 0']
    """

    times: np.ndarray
    draws: np.ndarray
    data: np.ndarray | None
    feature_names: list[str]

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X=None,
        *,
        times=None,
        n_samples=1000,
        features=(0, 1),
        random_state=None,
        ax=None,
    ):
        """Draw from a fitted sampler, and show the draws at several noise levels.

        Parameters
        ----------
        estimator : DiffusionResidualSampler or GenerativeTimeSeries
            Fitted sampler, or generator with one.
        X : array-like of shape (n_rows, n_features), default=None
            Rows to show with the draws at time 0, such as ``residuals_`` of the
            generator.
        times : array-like of shape (n_times,), default=None
            Diffusion times, decreasing from at most 1 to 0; None takes the default of
            the sampler's ``sample_at_times``.
        n_samples : int, default=1000
            Number of draws.
        features : int or tuple of int, default=(0, 1)
            One or two features to show; data of one feature have no choice.
        random_state : int, RandomState instance or None, default=None
            Seed of the draws.
        ax : array-like of matplotlib Axes, default=None
            Axes, one for each time; None makes a figure.

        Returns
        -------
        ReverseDiffusionDisplay
            Display, drawn.
        """
        import_pyplot(cls)
        sampler = part(estimator, "sampler_", "sample_at_times")
        times, draws = sampler.sample_at_times(
            n_samples, times=times, random_state=random_state
        )
        return cls.from_predictions(times, draws, X, features=features, ax=ax)

    @classmethod
    def from_predictions(
        cls, times, draws, X=None, *, features=(0, 1), feature_names=None, ax=None
    ):
        """Show draws at several noise levels.

        Parameters
        ----------
        times : array-like of shape (n_times,)
            Diffusion times.
        draws : array-like of shape (n_times, n_samples, n_features)
            Noised draws at these times, from the sampler's ``sample_at_times``.
        X : array-like of shape (n_rows, n_features), default=None
            Rows to show with the last draws.
        features : int or tuple of int, default=(0, 1)
            One or two features to show; data of one feature have no choice.
        feature_names : list of str, default=None
            Names of all features; None takes the columns of X, else x0, x1 and so on.
        ax : array-like of matplotlib Axes, default=None
            Axes, one for each time; None makes a figure.

        Returns
        -------
        ReverseDiffusionDisplay
            Display, drawn.
        """
        import_pyplot(cls)
        times = check_array(
            times, dtype=np.float64, ensure_2d=False, input_name="times"
        )
        draws = check_array(
            draws, dtype=np.float64, allow_nd=True, ensure_2d=False, input_name="draws"
        )
        if draws.ndim != 3 or len(draws) != len(times):
            raise ValueError(
                f"draws has shape {draws.shape}; pass ({len(times)}, n_samples, "
                "n_features), draws for each of the times."
            )
        d = draws.shape[2]
        shown = (0,) if d == 1 else tuple(np.atleast_1d(features).tolist())
        if not 1 <= len(shown) <= 2 or not all(0 <= j < d for j in shown):
            raise ValueError(
                f"features={features} must be one or two of the numbers 0 to {d - 1}."
            )
        names = feature_labels(feature_names, X, d)
        data = None if X is None else one_path(X)[:, shown]
        display = cls(
            times=times,
            draws=draws[:, :, shown],
            data=data,
            feature_names=[names[j] for j in shown],
        )
        return display.plot(ax=ax)

    def plot(self, ax=None):
        """Draw the display.

        Parameters
        ----------
        ax : array-like of matplotlib Axes, default=None
            Axes, one for each time; None makes a figure.

        Returns
        -------
        ReverseDiffusionDisplay
            The display itself.
        """
        n, width = len(self.times), self.draws.shape[2]
        axes = make_panels(self, ax, n, n_columns=3, size=(2.9, 2.7))
        draw = self._plot_histogram if width == 1 else self._plot_points
        self.points_ = []
        for i, axis in enumerate(axes):
            data = self.data if i == n - 1 else None
            self.points_.append(draw(axis, self.draws[i], data))
            axis.set_title(f"t = {self.times[i]:.2g}", loc="right", fontsize="medium")
            axis.set_xlabel(self.feature_names[0])
            axis.set_ylabel("density" if width == 1 else self.feature_names[1])
        self._share_limits(axes)
        if self.data is not None:
            legend_above(axes[-1])
        self.axes_, self.figure_ = axes, axes[0].figure
        return self

    def _share_limits(self, axes):
        """Give all panels the same limits, unless the noise dwarfs the data."""
        spread = self.draws.std(axis=1)
        for k in range(spread.shape[1]):
            if spread[:, k].max() > 3.0 * spread[-1, k]:
                return
        ends = np.array([axis.get_xlim() for axis in axes])
        for axis in axes:
            axis.set_xlim(ends.min(), ends.max())
        if spread.shape[1] == 2:
            ends = np.array([axis.get_ylim() for axis in axes])
            for axis in axes:
                axis.set_ylim(ends.min(), ends.max())

    def _plot_points(self, axis, draws, data):
        if data is not None:
            axis.plot(*data.T, ".", color=VERMILION, markersize=3, label="data")
        (points,) = axis.plot(*draws.T, ".", color=BLUE, markersize=2, label="draws")
        return points

    def _plot_histogram(self, axis, draws, data):
        both = draws if data is None else np.concatenate([draws, data])
        edges = np.histogram_bin_edges(both, bins=40)
        if data is not None:
            height, _ = np.histogram(data, edges, density=True)
            axis.stairs(
                height, edges, fill=True, color=VERMILION, alpha=0.5, label="data"
            )
        height, _ = np.histogram(draws, edges, density=True)
        return axis.stairs(height, edges, color=BLUE, linewidth=1.2, label="draws")
