"""BoundsDisplay: bounds of distances between draws and data, with their terms."""

from dataclasses import dataclass

import numpy as np

from skdiffts.plotting._canvas import (
    BLACK,
    BLUE,
    GRAY,
    VERMILION,
    import_pyplot,
    make_panels,
)
from skdiffts.plotting._inputs import part

__all__ = ["BoundsDisplay"]

LABELS = {
    "total_variation": "total variation (at most 1)",
    "kullback_leibler": "Kullback-Leibler divergence (nats)",
    "wasserstein": "Wasserstein-2 distance (units of X)",
    "free_wasserstein": "Wasserstein-2 distance, no lambda (units of X)",
}
TERMS = {
    "initial": "distribution at t = 1",
    "score": "score error",
    "discretization": "finite steps",
    "truncation": "first noise",
}


@dataclass(kw_only=True, eq=False, repr=False)
class BoundsDisplay:
    """Bounds of a fitted sampler with their terms, beside measured distances.

    One panel for each bound, on a logarithmic axis: its terms, the bound, and the
    measured distance, which cannot be larger. A term of zero is at the left end, and so is
    a bound that is infinite, as the Wasserstein bounds of a network are; their estimates,
    which are no bounds, are not shown.

    Parameters
    ----------
    totals : dict of str to float
        Bound of each distance.
    terms : dict of str to dict of str to float
        Terms of each bound, by their names.
    measured : dict of str to float
        Measured distances, for some of the bounds.
    labels : dict of str to str
        Name of each distance, with its unit.

    Attributes
    ----------
    axes_ : ndarray of shape (n_bounds,)
        Axes, one for each bound.
    figure_ : matplotlib Figure
        Figure that holds them.
    points_ : dict of str to matplotlib Line2D
        Terms and bound of each distance, from top to bottom.
    measured_points_ : dict of str to matplotlib Line2D
        Measured distances.

    Examples
    --------
    >>> from skdiffts.plotting import BoundsDisplay
    >>> from skdiffts.sde import VP
    >>> from skdiffts.theory import kl_bound
    >>> bound = kl_bound(VP(), 0.0, prior_kl=0.02)
    >>> display = BoundsDisplay.from_predictions(
    ...     {"kullback_leibler": bound}, measured={"kullback_leibler": 0.01}
    ... )
    >>> display.totals
    {'kullback_leibler': 0.02}
    """

    totals: dict
    terms: dict
    measured: dict
    labels: dict

    @classmethod
    def from_estimator(cls, estimator, X, *, measured=None, random_state=None, ax=None):
        """Bound the distance of a fitted sampler from a distribution, and draw it.

        Parameters
        ----------
        estimator : DiffusionResidualSampler or GenerativeTimeSeries
            Fitted sampler, or generator with one.
        X : array-like of shape (n_rows, n_features) or distribution
            Rows, such as ``residuals_`` of the generator, or a distribution, as in
            :func:`skdiffts.theory.bounds`.
        measured : dict of str to float, default=None
            Measured distances, by the names of the fields of
            :class:`skdiffts.theory.Bounds`.
        random_state : int, RandomState instance or None, default=None
            Seed of the draws in the bounds.
        ax : array-like of matplotlib Axes, default=None
            Axes, one for each bound; None makes a figure.

        Returns
        -------
        BoundsDisplay
            Display, drawn.
        """
        import_pyplot(cls)
        from skdiffts.theory import bounds  # which imports torch

        sampler = part(estimator, "sampler_", "score_function")
        return cls.from_predictions(
            bounds(sampler, X, random_state=random_state), measured=measured, ax=ax
        )

    @classmethod
    def from_predictions(cls, bounds, *, measured=None, labels=None, ax=None):
        """Draw given bounds.

        Parameters
        ----------
        bounds : Bounds or dict of str to bound
            Result of :func:`skdiffts.theory.bounds`, or single results, which have a
            ``total`` and terms, by the name of the distance.
        measured : dict of str to float, default=None
            Measured distances, by the same names.
        labels : dict of str to str, default=None
            Names of distances, with units; the others keep their label.
        ax : array-like of matplotlib Axes, default=None
            Axes, one for each bound; None makes a figure.

        Returns
        -------
        BoundsDisplay
            Display, drawn.
        """
        import_pyplot(cls)
        results = dict(bounds if isinstance(bounds, dict) else vars(bounds))
        # A score error has a total, too, and is no bound.
        results = {
            name: result
            for name, result in results.items()
            if hasattr(result, "total") and hasattr(result, "initial")
        }
        if not results:
            raise ValueError(
                f"bounds={bounds!r} holds no bound; pass the "
                "result of skdiffts.theory.bounds, or a dict of bounds."
            )
        # Without a factor back to X, distances are in whitened units.
        whitened = getattr(bounds, "unit", 1.0) is None
        unit = "whitened units" if whitened else "units of X"
        own = {n: LABELS.get(n, str(n)).replace("units of X", unit) for n in results}
        measured = {} if measured is None else dict(measured)
        unknown = sorted(set(measured) - set(results))
        if unknown:
            raise ValueError(
                f"measured has {unknown}, for which there is no bound; pass some of "
                f"{sorted(results)}."
            )
        display = cls(
            totals={name: float(result.total) for name, result in results.items()},
            terms={
                name: {
                    term: float(getattr(result, term))
                    for term in TERMS
                    if hasattr(result, term)
                }
                for name, result in results.items()
            },
            measured=measured,
            labels=own | ({} if labels is None else dict(labels)),
        )
        return display.plot(ax=ax)

    def plot(self, ax=None):
        """Draw the display.

        Parameters
        ----------
        ax : array-like of matplotlib Axes, default=None
            Axes, one for each bound; None makes a figure.

        Returns
        -------
        BoundsDisplay
            The display itself.
        """
        axes = make_panels(self, ax, len(self.totals), n_columns=2, size=(4.4, 2.2))
        self.points_, self.measured_points_ = {}, {}
        for axis, name in zip(axes, self.totals, strict=True):
            self._plot_bound(axis, name)
        self.axes_, self.figure_ = axes, axes[0].figure
        return self

    def _plot_bound(self, axis, name):
        terms, total = self.terms[name], self.totals[name]
        labels = [*(TERMS[term] for term in terms), "bound"]
        values = np.array([*terms.values(), total])
        shown = [*values, self.measured.get(name, np.nan)]
        positive = [v for v in shown if np.isfinite(v) and v > 0.0]
        # Room for the numbers on the right.
        ends = min(positive, default=1.0) / 3.0, max(positive, default=1.0) * 10.0
        self.points_[name] = _lollipop(
            axis, values, range(len(values)), ends, "o", BLUE
        )
        if name in self.measured:
            labels.append("measured")
            self.measured_points_[name] = _lollipop(
                axis, [self.measured[name]], [len(values)], ends, "D", VERMILION
            )
        if np.isfinite(total) and total > 0.0:
            axis.axvline(total, color=GRAY, linewidth=0.8, linestyle=":")
        axis.set_yticks(range(len(labels)), labels)
        axis.set(xscale="log", xlim=ends, xlabel=self.labels[name])
        axis.set_ylim(len(labels) - 0.5, -0.5)
        axis.spines[["top", "right"]].set_visible(False)
        axis.spines["left"].set_color(BLACK)


def _lollipop(axis, values, places, ends, marker, color):
    """Mark values on lines from the left, each with its number."""
    (points,) = axis.plot(values, places, marker, color=color)
    for place, value in zip(places, values, strict=True):
        inside = np.clip(value, *ends) if np.isfinite(value) else ends[0]
        axis.plot([ends[0], inside], [place, place], color=color, linewidth=1)
        axis.annotate(
            f"{value:.3g}",
            (inside, place),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            fontsize="small",
        )
    return points
