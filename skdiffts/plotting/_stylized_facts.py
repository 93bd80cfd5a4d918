"""StylizedFactsDisplay: stylised facts of a real series and of generated ones."""

from dataclasses import dataclass

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from skdiffts._paths import check_paths
from skdiffts.metrics import StylizedFacts, stylized_facts
from skdiffts.plotting._canvas import (
    BLACK,
    BLUE,
    PALETTE,
    SKY,
    VERMILION,
    import_pyplot,
    legend_above,
    make_panels,
)
from skdiffts.plotting._inputs import feature_labels, sample_paths

__all__ = ["StylizedFactsDisplay"]

# Central share of the generated panels that an interval covers.
COVERAGE = 0.9
TAILS = ((1 - COVERAGE) / 2, 0.5, (1 + COVERAGE) / 2)
FACTS = (
    "standard_deviation",
    "excess_kurtosis",
    "autocorrelation",
    "autocorrelation_of_squares",
    "cross_correlation",
)


@dataclass(kw_only=True, eq=False, repr=False)
class StylizedFactsDisplay:
    """Stylised facts of a real series and of generated ones of the same size.

    The generated paths are split into panels of the size of the real one; the median
    and the central 90 % of their facts are drawn. If the generated paths are as long as
    the real ones, the intervals of a correct generator contain 90 % of the real facts.

    Parameters
    ----------
    real : StylizedFacts
        Facts of the real series.
    generated : list of StylizedFacts
        Facts of each generated panel.
    feature_names : list of str
        Names of the features.

    Attributes
    ----------
    axes_ : ndarray of Axes
        Standard deviation, excess kurtosis, autocorrelation, autocorrelation of
        squares, and, of more than one feature, correlation.
    figure_ : matplotlib Figure
        Figure that holds them.
    real_points_ : dict of list of matplotlib Line2D
        Real facts, by the name of the fact.
    intervals_ : dict of ndarray of shape (3, ...)
        Low end, median and high end of the generated facts, by the name of the fact.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.plotting import StylizedFactsDisplay
    >>> paths = np.random.RandomState(0).standard_normal((41, 250, 2))
    >>> display = StylizedFactsDisplay.from_predictions(paths[0], paths[1:], lags=(1, 2))
    >>> len(display.generated)
    40
    >>> display.intervals_["autocorrelation"].shape
    (3, 2, 2)
    """

    real: StylizedFacts
    generated: list[StylizedFacts]
    feature_names: list[str]

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X,
        *,
        n_panels=100,
        lags=range(1, 21),
        x0="states",
        random_state=None,
        ax=None,
    ):
        """Simulate panels of the size of a real one, and draw the facts of both.

        Parameters
        ----------
        estimator : GenerativeTimeSeries
            Fitted generator.
        X : array-like, frame, 3-D array or list of 2-D arrays
            Real series, one path or several of one length.
        n_panels : int, default=100
            Number of panels to simulate.
        lags : sequence of int, default=range(1, 21)
            Lags of the autocorrelations.
        x0 : None, str or array-like, default="states"
            Initial rows of the paths, as in the generator's ``sample``.
        random_state : int, RandomState instance or None, default=None
            Seed of the simulation.
        ax : array-like of matplotlib Axes, default=None
            Axes, 5, or 4 for one feature; None makes a figure.

        Returns
        -------
        StylizedFactsDisplay
            Display, drawn.
        """
        import_pyplot(cls)
        check_is_fitted(estimator)
        panel = _as_panel(X)
        paths = estimator.sample(
            n_panels * len(panel), panel.shape[1], x0=x0, random_state=random_state
        )
        return cls.from_predictions(X, paths, lags=lags, ax=ax)

    @classmethod
    def from_predictions(
        cls, X, paths, *, lags=range(1, 21), feature_names=None, ax=None
    ):
        """Draw the facts of a real series and of generated paths.

        Parameters
        ----------
        X : array-like, frame, 3-D array or list of 2-D arrays
            Real series, one path or several of one length.
        paths : array-like of shape (n_generated, length, n_features)
            Generated paths, preferably as long as the real ones.
        lags : sequence of int, default=range(1, 21)
            Lags of the autocorrelations.
        feature_names : list of str, default=None
            Names; None takes the columns of a frame, else x0, x1 and so on.
        ax : array-like of matplotlib Axes, default=None
            Axes, 5, or 4 for one feature; None makes a figure.

        Returns
        -------
        StylizedFactsDisplay
            Display, drawn.
        """
        import_pyplot(cls)
        panel = _as_panel(X)
        n_paths, _, d = panel.shape
        paths = sample_paths(paths, d)
        n_panels = len(paths) // n_paths
        if n_panels == 0:
            raise ValueError(
                f"paths has {len(paths)} paths and X {n_paths}; pass at least as many, "
                "better a hundred times that."
            )
        lags = tuple(lags)
        display = cls(
            real=stylized_facts(panel, lags=lags),
            generated=[
                stylized_facts(paths[i * n_paths : (i + 1) * n_paths], lags=lags)
                for i in range(n_panels)
            ],
            feature_names=feature_labels(feature_names, X, d),
        )
        return display.plot(ax=ax)

    def plot(self, ax=None):
        """Draw the display.

        Parameters
        ----------
        ax : array-like of matplotlib Axes, default=None
            Axes, 5, or 4 for one feature; None makes a figure.

        Returns
        -------
        StylizedFactsDisplay
            The display itself.
        """
        d = len(self.feature_names)
        n_panels = 5 if d > 1 else 4
        axes = make_panels(
            self, ax, n_panels, n_columns=3 if d > 1 else 2, size=(3.9, 3.3)
        )
        self.intervals_ = {
            name: np.quantile([getattr(f, name) for f in self.generated], TAILS, axis=0)
            for name in FACTS
        }
        self.real_points_ = {}
        # Features have units of their own: the ratio has none.
        scale = self.real.standard_deviation
        self._plot_by_feature(axes[0], "standard_deviation", scale)
        axes[0].set_ylabel("standard deviation / real one")
        legend_above(axes[0])
        self._plot_by_feature(axes[1], "excess_kurtosis", np.ones(d))
        axes[1].set_ylabel("excess kurtosis")
        self._plot_by_lag(axes[2], "autocorrelation")
        if 1 < d <= len(PALETTE):
            legend_above(axes[2], n_columns=2)
        self._plot_by_lag(axes[3], "autocorrelation_of_squares")
        if d > 1:
            self._plot_correlation(axes[4])
        self.axes_, self.figure_ = axes, axes[0].figure
        return self

    def _plot_by_feature(self, axis, name, scale):
        low, middle, high = self.intervals_[name] / scale
        places = np.arange(len(middle))
        axis.errorbar(
            places,
            middle,
            [middle - low, high - middle],
            fmt="_",
            color=BLUE,
            ecolor=SKY,
            markersize=14,
            markeredgewidth=2,
            elinewidth=6,
            label=f"generated: median, {100 * COVERAGE:.0f} %",
        )
        real = getattr(self.real, name) / scale
        self.real_points_[name] = axis.plot(
            places, real, "D", color=VERMILION, markersize=5, label="real"
        )
        crowded = (
            {"rotation": 90} if len(places) > 8 else {"rotation": 30, "ha": "right"}
        )
        axis.set_xticks(places, self.feature_names, **crowded)
        axis.margins(x=0.15)

    def _plot_by_lag(self, axis, name):
        intervals, real = self.intervals_[name], getattr(self.real, name)
        labels, colors, what = self.feature_names, PALETTE, ""
        if real.shape[1] > len(PALETTE):  # too many colours to tell apart
            each = [getattr(facts, name).mean(axis=1) for facts in self.generated]
            intervals = np.quantile(each, TAILS, axis=0)[:, :, np.newaxis]
            real, labels = real.mean(axis=1, keepdims=True), ["mean"]
            what = "\n(mean of the features)"
        axis.axhline(0.0, color=BLACK, linewidth=0.6)
        self.real_points_[name] = []
        for j, (label, color) in enumerate(zip(labels, colors, strict=False)):
            low, middle, high = intervals[:, :, j]
            axis.fill_between(
                self.real.lags, low, high, color=color, alpha=0.15, linewidth=0
            )
            axis.plot(self.real.lags, middle, color=color, linewidth=1)
            self.real_points_[name] += axis.plot(
                self.real.lags, real[:, j], "D", color=color, markersize=3, label=label
            )
        axis.set(xlabel="lag (rows)", ylabel=name.replace("_", " ") + what)

    def _plot_correlation(self, axis):
        pairs = np.triu_indices(len(self.feature_names), 1)
        low, middle, high = (
            part[pairs] for part in self.intervals_["cross_correlation"]
        )
        real = self.real.cross_correlation[pairs]
        axis.plot([-1, 1], [-1, 1], color=BLACK, linewidth=0.8)
        axis.errorbar(
            real,
            middle,
            [middle - low, high - middle],
            fmt="o",
            color=BLUE,
            markersize=4,
            elinewidth=1.2,
        )
        axis.set(xlabel="correlation of two features, real", ylabel="generated")


def _as_panel(X):
    """Real series as (n_paths, length, n_features)."""
    paths = check_paths(BaseEstimator(), X, reset=True)
    if paths.container == "rows":
        return paths.values[np.newaxis]
    if len(np.unique(paths.lengths)) > 1:
        raise ValueError(
            f"X has paths of {paths.lengths.min()} to {paths.lengths.max()} rows, whose "
            "facts differ by their length; pass paths of one length."
        )
    return np.stack(paths.split(paths.values))
