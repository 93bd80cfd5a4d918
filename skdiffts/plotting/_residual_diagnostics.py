"""ResidualDiagnosticsDisplay: whiteness and distribution of residuals."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm
from sklearn.utils import check_array

from skdiffts._paths import nameless
from skdiffts._seeding import draw_residuals
from skdiffts.metrics import autocorrelation
from skdiffts.plotting._canvas import (
    BLACK,
    feature_colors,
    import_pyplot,
    legend_above,
    make_panels,
)
from skdiffts.plotting._inputs import (
    feature_labels,
    model_coordinates,
    names_of,
    part,
)

__all__ = ["ResidualDiagnosticsDisplay"]

# Points of a quantile plot beyond which more of them only make the file larger.
MAX_QUANTILES = 500


@dataclass(kw_only=True, eq=False, repr=False)
class ResidualDiagnosticsDisplay:
    r"""Quantiles, autocorrelations and covariance of residuals.

    Residuals of a correct drift and volatility have mean zero and covariance I, and
    neither they nor their squares are correlated in time: autocorrelations lie within
    :math:`\pm 1.96 / \sqrt n` for 95 % of the lags. Any distribution is possible: it is
    compared with draws of a sampler, or else with the standard normal distribution.

    Parameters
    ----------
    quantiles : ndarray of shape (n_quantiles, n_features)
        Quantiles of the residuals.
    reference_quantiles : ndarray of shape (n_quantiles, n_features)
        The same quantiles of the reference distribution.
    reference_name : str
        Name of the reference distribution.
    lags : ndarray of shape (n_lags,)
        Lags, in rows.
    autocorrelation, autocorrelation_of_squares : ndarray of shape (n_lags, n_features)
        Autocorrelations of the residuals and of their squares.
    covariance : ndarray of shape (n_features, n_features)
        Covariance of the residuals.
    n_residuals : int
        Number of residuals.
    feature_names : list of str
        Names of the features.

    Attributes
    ----------
    axes_ : ndarray of shape (4,)
        Axes: quantiles, autocorrelation, autocorrelation of squares, covariance.
    figure_ : matplotlib Figure
        Figure that holds them.
    points_ : list of matplotlib Line2D
        Quantiles of each feature.
    lines_ : list of lists of matplotlib Line2D
        Autocorrelations of each feature, then of its squares.
    image_ : matplotlib AxesImage
        Covariance minus identity.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.plotting import ResidualDiagnosticsDisplay
    >>> residuals = np.random.RandomState(0).standard_normal((400, 2))
    >>> display = ResidualDiagnosticsDisplay.from_predictions(residuals)
    >>> display.covariance.round(1)
    array([[ 1., -0.],
           [-0.,  1.]])
    """

    quantiles: np.ndarray
    reference_quantiles: np.ndarray
    reference_name: str
    lags: np.ndarray
    autocorrelation: np.ndarray
    autocorrelation_of_squares: np.ndarray
    covariance: np.ndarray
    n_residuals: int
    feature_names: list[str]

    @classmethod
    def from_estimator(
        cls, estimator, X, *, max_lag=20, n_samples=10_000, random_state=None, ax=None
    ):
        """Whiten paths, and draw their residuals and draws of the sampler.

        Parameters
        ----------
        estimator : GenerativeTimeSeries or KernelDriftVolEstimator
            Fitted generator, whose sampler gives the reference distribution, or
            dynamics alone, with the standard normal distribution as reference.
        X : array-like, frame, 3-D array or list of 2-D arrays
            Paths. Residuals of training paths are slightly too small; pass the
            leave-one-out ``residuals_`` of the generator to `from_predictions` instead.
        max_lag : int, default=20
            Largest lag, in rows.
        n_samples : int, default=10000
            Number of draws of the sampler.
        random_state : int, RandomState instance or None, default=None
            Seed of the draws.
        ax : array-like of 4 matplotlib Axes, default=None
            Axes; None makes a figure.

        Returns
        -------
        ResidualDiagnosticsDisplay
            Display, drawn.
        """
        import_pyplot(cls)
        dynamics = part(estimator, "dynamics_", "whiten")
        sampler = getattr(estimator, "sampler_", None)
        paths = model_coordinates(estimator, X)
        if names_of(paths) is None:
            dynamics = nameless(dynamics)
        residuals, _ = dynamics.whiten(paths)
        draws = None
        if sampler is not None:
            draws = draw_residuals(sampler, n_samples, random_state)
        return cls.from_predictions(
            residuals, draws, max_lag=max_lag, feature_names=names_of(paths), ax=ax
        )

    @classmethod
    def from_predictions(
        cls, residuals, draws=None, *, max_lag=20, feature_names=None, ax=None
    ):
        """Draw residuals, and draws of their reference distribution.

        Parameters
        ----------
        residuals : array-like of shape (n_rows, n_features)
            Residuals in the order of time. A row of NaN begins a new path, as in the
            output of ``whiten``; no lag reaches across it.
        draws : array-like of shape (n_samples, n_features), default=None
            Draws of a sampler; None is the standard normal distribution.
        max_lag : int, default=20
            Largest lag, in rows.
        feature_names : list of str, default=None
            Names; None takes the columns of a frame, else x0, x1 and so on.
        ax : array-like of 4 matplotlib Axes, default=None
            Axes; None makes a figure.

        Returns
        -------
        ResidualDiagnosticsDisplay
            Display, drawn.
        """
        import_pyplot(cls)
        names = residuals
        residuals = check_array(
            residuals,
            dtype=np.float64,
            ensure_all_finite="allow-nan",
            input_name="residuals",
        )
        known = ~np.isnan(residuals).any(axis=1)
        rows, numbers = residuals[known], np.cumsum(~known)[known]
        (n, d), longest = rows.shape, max(np.bincount(numbers), default=0)
        if not 1 <= max_lag < longest:
            raise ValueError(
                f"max_lag={max_lag} must lie between 1 and {longest - 1}, for "
                f"{longest} residuals on end; pass a smaller one, or longer paths."
            )
        # Hazen's plotting positions: n of them give the sorted residuals.
        probabilities = np.arange(0.5, min(n, MAX_QUANTILES)) / min(n, MAX_QUANTILES)
        lags = np.arange(1, max_lag + 1)
        display = cls(
            quantiles=np.quantile(rows, probabilities, axis=0, method="hazen"),
            reference_quantiles=_reference_quantiles(draws, probabilities, d),
            reference_name="N(0, 1)" if draws is None else "draws of the sampler",
            lags=lags,
            autocorrelation=autocorrelation(rows, lags, path_numbers=numbers),
            autocorrelation_of_squares=autocorrelation(
                rows, lags, power=2, path_numbers=numbers
            ),
            covariance=np.cov(rows.T, bias=True).reshape(d, d),
            n_residuals=n,
            feature_names=feature_labels(feature_names, names, d),
        )
        return display.plot(ax=ax)

    def plot(self, ax=None):
        """Draw the display.

        Parameters
        ----------
        ax : array-like of 4 matplotlib Axes, default=None
            Axes; None makes a figure.

        Returns
        -------
        ResidualDiagnosticsDisplay
            The display itself.
        """
        axes = make_panels(self, ax, 4, n_columns=2, size=(4.4, 3.3))
        self._plot_quantiles(axes[0])
        self.lines_ = [
            self._plot_autocorrelation(axes[1], self.autocorrelation, "residuals"),
            self._plot_autocorrelation(
                axes[2], self.autocorrelation_of_squares, "squared residuals"
            ),
        ]
        self._plot_covariance(axes[3])
        self.axes_, self.figure_ = axes, axes[0].figure
        return self

    def _plot_quantiles(self, axis):
        colors = feature_colors(len(self.feature_names))
        ends = [self.reference_quantiles.min(), self.reference_quantiles.max()]
        axis.plot(ends, ends, color=BLACK, linewidth=0.8)
        self.points_ = [
            axis.plot(
                self.reference_quantiles[:, j],
                self.quantiles[:, j],
                ".",
                markersize=3,
                color=colors[j],
                label=name,
            )[0]
            for j, name in enumerate(self.feature_names)
        ]
        axis.set_xlabel(f"quantile of {self.reference_name}")
        axis.set_ylabel("quantile of the residuals")
        if len(set(colors)) > 1:
            legend_above(axis, n_columns=2)

    def _plot_autocorrelation(self, axis, values, what):
        bound = 1.96 / np.sqrt(self.n_residuals)
        axis.axhspan(-bound, bound, color=BLACK, alpha=0.12, linewidth=0)
        axis.axhline(0.0, color=BLACK, linewidth=0.8)
        colors = feature_colors(len(self.feature_names))
        lines = [
            axis.plot(
                self.lags,
                values[:, j],
                marker=".",
                markersize=4,
                linewidth=0.8,
                color=colors[j],
            )[0]
            for j in range(values.shape[1])
        ]
        axis.set_xlabel("lag (rows)")
        axis.set_ylabel(f"autocorrelation of {what}")
        return lines

    def _plot_covariance(self, axis):
        d = len(self.feature_names)
        difference = self.covariance - np.eye(d)
        limit = max(0.2, np.abs(difference).max())
        # The colour-blind tell orange from purple.
        self.image_ = axis.imshow(difference, cmap="PuOr", vmin=-limit, vmax=limit)
        bar = axis.figure.colorbar(self.image_, ax=axis)
        bar.set_label("covariance minus identity")
        if d <= 8:
            for i, row in enumerate(self.covariance):
                for j, value in enumerate(row):
                    style = {"ha": "center", "va": "center", "fontsize": "small"}
                    style["color"] = "w" if abs(difference[i, j]) > 0.7 * limit else "k"
                    axis.text(j, i, f"{value:z.2f}", **style)
            axis.set_xticks(range(d), self.feature_names, rotation=30, ha="right")
            axis.set_yticks(range(d), self.feature_names)
        else:
            axis.xaxis.get_major_locator().set_params(integer=True)
            axis.yaxis.get_major_locator().set_params(integer=True)
            axis.set(xlabel="feature", ylabel="feature")


def _reference_quantiles(draws, probabilities, d):
    """Quantiles of draws, or of the standard normal distribution, of each feature."""
    if draws is None:
        return np.tile(norm.ppf(probabilities)[:, np.newaxis], d)
    draws = check_array(draws, dtype=np.float64, input_name="draws")
    if draws.shape[1] != d:
        raise ValueError(
            f"draws has {draws.shape[1]} features and residuals {d}; pass draws of "
            "their distribution."
        )
    return np.quantile(draws, probabilities, axis=0, method="hazen")
