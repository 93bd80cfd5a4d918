"""DriftFieldDisplay: drift and volatility over the states of one or two features."""

from dataclasses import dataclass

import numpy as np

from skdiffts._paths import nameless
from skdiffts.plotting._canvas import (
    BLACK,
    BLUE,
    GRAY,
    VERMILION,
    dark_viridis,
    histogram_below,
    import_pyplot,
    legend_above,
    make_panels,
)
from skdiffts.plotting._field import arrow_time, field_grid, field_width, of_shape
from skdiffts.plotting._inputs import (
    feature_labels,
    model_coordinates,
    one_path,
    part,
)

__all__ = ["DriftFieldDisplay"]


@dataclass(kw_only=True, eq=False, repr=False)
class DriftFieldDisplay:
    r"""Drift, and volatility, over the states of a series of one or two features.

    One feature: curves of the drift :math:`\mu(x)` and of the volatility
    :math:`\sqrt{a(x)}`. Two features: arrows along the drift, where there are data,
    coloured by :math:`(\tfrac12 \sum_k a_{kk}(x) / \bar a_{kk})^{1/2}`, the volatility
    relative to its root mean square over the states.

    Parameters
    ----------
    states : ndarray of shape (n_states, n_features)
        States at which drift and covariance are known.
    drift : ndarray of shape (n_states, n_features)
        Drift per unit time.
    covariance : ndarray of shape (n_states, n_features, n_features)
        Covariance per unit time.
    true_drift : ndarray of shape (n_states, n_features) or None
        Drift of the true dynamics.
    true_covariance : ndarray of shape (n_states, n_features, n_features) or None
        Covariance of the true dynamics.
    data : ndarray of shape (n_rows, n_features) or None
        Rows to show, too.
    feature_names : list of str
        Names of the features, with units.

    Attributes
    ----------
    axes_ : ndarray of Axes
        One feature: drift and volatility; two features: a single one.
    figure_ : matplotlib Figure
        Figure that holds them.
    lines_, true_lines_ : list of matplotlib Line2D
        One feature: drift and volatility, estimated and true.
    quiver_, true_quiver_ : matplotlib Quiver or None
        Two features: arrows of the drift, estimated and true.

    Examples
    --------
    >>> from skdiffts import KernelDriftVolEstimator
    >>> from skdiffts.datasets import make_double_well
    >>> from skdiffts.plotting import DriftFieldDisplay
    >>> X, truth = make_double_well(n_rows=1000, random_state=0)
    >>> dynamics = KernelDriftVolEstimator(n_neighbors=100, dt=truth.dt).fit(X)
    >>> display = DriftFieldDisplay.from_estimator(dynamics, X, truth=truth)
    >>> display.drift.shape
    (100, 1)
    """

    states: np.ndarray
    drift: np.ndarray
    covariance: np.ndarray
    true_drift: np.ndarray | None
    true_covariance: np.ndarray | None
    data: np.ndarray | None
    feature_names: list[str]

    @classmethod
    def from_estimator(cls, estimator, X, *, truth=None, grid_resolution=None, ax=None):
        """Evaluate fitted dynamics on a grid over a path, and draw them.

        Parameters
        ----------
        estimator : GenerativeTimeSeries or KernelDriftVolEstimator
            Fitted generator or dynamics. Behind a preprocessor the axes are the
            preprocessed features.
        X : array-like or frame of shape (n_rows, n_features)
            Path of one or two free features; the grid covers the central 99 % of its rows.
        truth : TransitionLaw, default=None
            True dynamics of X, to draw, too.
        grid_resolution : int, default=None
            Number of states along an axis; None is 100 for one feature, 20 for two.
        ax : matplotlib Axes or array-like of them, default=None
            Two Axes for one feature, one for two; None makes a figure.

        Returns
        -------
        DriftFieldDisplay
            Display, drawn.
        """
        import_pyplot(cls)
        dynamics = part(estimator, "dynamics_", "coefficients")
        dependent = getattr(estimator, "dependent_columns_", None)
        shown = X
        if dependent is not None and len(dependent.dependent):
            shown = model_coordinates(estimator, X)
        rows = one_path(shown)
        d = field_width(rows, "X")
        names = feature_labels(None, shown, d)
        if truth is not None and truth.n_features != d:
            raise ValueError(
                f"truth has {truth.n_features} features and X {d}; pass the dynamics "
                "of X."
            )
        if getattr(estimator, "preprocessor", None) is not None:
            if truth is not None:
                raise ValueError(
                    "truth is in the units of X, the drift behind a preprocessor is "
                    "not; pass dynamics that were fitted to X itself."
                )
            rows = one_path(model_coordinates(estimator, X))
            names = [f"{name}, preprocessed" for name in names]
        states = field_grid(rows, grid_resolution)
        # Each state is a path of its own, so that none is in the history of another.
        drift, covariance = nameless(dynamics).coefficients(states[:, np.newaxis])
        if np.isnan(drift).any():
            raise ValueError(
                "estimator needs a history for the drift; pass one that is conditioned "
                "on the state alone."
            )
        return cls.from_predictions(
            states,
            drift,
            covariance,
            true_drift=None if truth is None else truth.drift(states),
            true_covariance=None if truth is None else truth.covariance(states),
            data=rows,
            feature_names=names,
            ax=ax,
        )

    @classmethod
    def from_predictions(
        cls,
        states,
        drift,
        covariance,
        *,
        true_drift=None,
        true_covariance=None,
        data=None,
        feature_names=None,
        ax=None,
    ):
        """Draw drift and volatility at given states.

        Parameters
        ----------
        states : array-like of shape (n_states, n_features)
            States of one feature, rising, or of two features, anywhere.
        drift : array-like of shape (n_states, n_features)
            Drift per unit time.
        covariance : array-like of shape (n_states, n_features, n_features)
            Covariance per unit time.
        true_drift : array-like of shape (n_states, n_features), default=None
            Drift of the true dynamics.
        true_covariance : array-like of shape (n_states, d, d), default=None
            Covariance of the true dynamics, of d features.
        data : array-like of shape (n_rows, n_features), default=None
            Rows to show, too.
        feature_names : list of str, default=None
            Names with units; None takes the columns of a frame, else x0 and x1.
        ax : matplotlib Axes or array-like of them, default=None
            Two Axes for one feature, one for two; None makes a figure.

        Returns
        -------
        DriftFieldDisplay
            Display, drawn.
        """
        import_pyplot(cls)
        names = states
        states = one_path(states, "states")
        n, d = len(states), field_width(states, "states")
        display = cls(
            states=states,
            drift=of_shape(drift, "drift", (n, d)),
            covariance=of_shape(covariance, "covariance", (n, d, d)),
            true_drift=of_shape(true_drift, "true_drift", (n, d)),
            true_covariance=of_shape(true_covariance, "true_covariance", (n, d, d)),
            data=None if data is None else one_path(data, "data"),
            feature_names=feature_labels(feature_names, names, d),
        )
        return display.plot(ax=ax)

    def plot(self, ax=None):
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes or array-like of them, default=None
            Two Axes for one feature, one for two; None makes a figure.

        Returns
        -------
        DriftFieldDisplay
            The display itself.
        """
        self.lines_, self.true_lines_ = [], []
        self.quiver_ = self.true_quiver_ = None
        if self.states.shape[1] == 1:
            self._plot_curves(ax)
        else:
            self._plot_arrows(ax)
        self.figure_ = self.axes_[0].figure
        return self

    def _plot_curves(self, ax):
        self.axes_ = make_panels(self, ax, 2, n_columns=2, size=(4.4, 3.4))
        order = np.argsort(self.states[:, 0])
        x = self.states[order, 0]
        curves = (
            ("drift (per time unit)", self.drift, self.true_drift),
            (
                "volatility (per √time unit)",
                np.sqrt(self.covariance),
                None if self.true_covariance is None else np.sqrt(self.true_covariance),
            ),
        )
        for axis, (what, values, truth) in zip(self.axes_, curves, strict=True):
            if self.data is not None:
                histogram_below(axis, self.data, (x[0], x[-1]))
            if truth is not None:
                truth = truth.ravel()[order]
                self.true_lines_ += axis.plot(
                    x, truth, "--", color=VERMILION, label="truth"
                )
            values = values.ravel()[order]
            self.lines_ += axis.plot(x, values, color=BLUE, label="estimate")
            axis.set(xlabel=self.feature_names[0], ylabel=what)
            axis.set_xlim(x[0], x[-1])
        self.axes_[0].axhline(0.0, color=BLACK, linewidth=0.6)
        self.axes_[1].set_ylim(0.0, 1.1 * self.axes_[1].get_ylim()[1])
        legend_above(self.axes_[0])

    def _plot_arrows(self, ax):
        self.axes_ = make_panels(self, ax, 1, n_columns=1, size=(6.4, 5.0))
        (axis,) = self.axes_
        if self.data is not None:
            axis.plot(*self.data.T, ".", color=GRAY, markersize=2, alpha=0.5)
        time = arrow_time(self.states, self.drift)
        style = {"angles": "xy", "scale_units": "xy", "scale": 1.0 / time}
        # Each variance relative to its mean over the states: units differ.
        variance = np.diagonal(self.covariance, axis1=1, axis2=2)
        volatility = np.sqrt((variance / variance.mean(axis=0)).mean(axis=1))
        self.quiver_ = axis.quiver(
            *self.states.T,
            *self.drift.T,
            volatility,
            cmap=dark_viridis(),
            width=0.005,
            label="estimate",
            **style,
        )
        if self.true_drift is not None:
            self.true_quiver_ = axis.quiver(
                *self.states.T,
                *self.true_drift.T,
                color=VERMILION,
                width=0.002,
                label="truth (thin)",
                **style,
            )
            legend_above(axis, [self.true_quiver_])
        axis.set_title(
            f"arrows: drift over {time:g} time units", loc="right", fontsize="medium"
        )
        bar = axis.figure.colorbar(self.quiver_, ax=axis)
        bar.set_label("volatility / its root mean square")
        axis.set(xlabel=self.feature_names[0], ylabel=self.feature_names[1])
