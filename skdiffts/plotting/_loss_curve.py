"""LossCurveDisplay: losses over the training of a diffusion model."""

from dataclasses import dataclass

import numpy as np
from sklearn.utils import check_array

from skdiffts._progress import INTERVAL
from skdiffts.plotting._canvas import (
    BLUE,
    VERMILION,
    import_pyplot,
    legend_above,
    make_panels,
)
from skdiffts.plotting._inputs import part

__all__ = ["LossCurveDisplay"]


@dataclass(kw_only=True, eq=False, repr=False)
class LossCurveDisplay:
    """Training and validation loss over the steps of the optimiser.

    The training loss is the mean over the steps of an entry, at random noise levels. The
    validation loss is evaluated with the averaged weights after these steps, at fixed
    noise levels of the held-out rows, so that it is smoother; early stopping uses it.

    Parameters
    ----------
    iterations : ndarray of shape (n_entries,)
        Steps after which the losses were recorded.
    training_loss : ndarray of shape (n_entries,)
        Mean training loss.
    validation_loss : ndarray of shape (n_entries,) or None
        Validation loss; None if no rows were held out.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes.
    figure_ : matplotlib Figure
        Figure that holds them.
    lines_ : list of matplotlib Line2D
        Training loss, and validation loss if there is one.
    lowest_ : matplotlib Line2D or None
        Marker of the lowest validation loss.

    Examples
    --------
    >>> from skdiffts.plotting import LossCurveDisplay
    >>> display = LossCurveDisplay.from_predictions([0.9, 0.8, 0.7], [-0.9, -0.7, -0.8])
    >>> display.iterations
    array([100, 200, 300])
    """

    iterations: np.ndarray
    training_loss: np.ndarray
    validation_loss: np.ndarray | None

    @classmethod
    def from_estimator(cls, estimator, *, ax=None):
        """Draw the losses of a fitted sampler.

        Parameters
        ----------
        estimator : DiffusionResidualSampler or GenerativeTimeSeries
            Fitted sampler, or generator with one.
        ax : matplotlib Axes, default=None
            Axes; None makes a figure.

        Returns
        -------
        LossCurveDisplay
            Display, drawn.
        """
        import_pyplot(cls)
        sampler = part(estimator, "sampler_", "loss_curve_")
        return cls.from_predictions(
            sampler.loss_curve_,
            sampler.validation_scores_ or None,
            n_iter=sampler.n_iter_,
            ax=ax,
        )

    @classmethod
    def from_predictions(
        cls, loss_curve, validation_scores=None, *, n_iter=None, ax=None
    ):
        """Draw losses.

        Parameters
        ----------
        loss_curve : array-like of shape (n_entries,)
            Mean training losses, as in ``loss_curve_``.
        validation_scores : array-like of shape (n_entries,), default=None
            Negative validation losses, as in ``validation_scores_``.
        n_iter : int, default=None
            Number of steps, as in ``n_iter_``: the last entry may stand for fewer than
            the others.
        ax : matplotlib Axes, default=None
            Axes; None makes a figure.

        Returns
        -------
        LossCurveDisplay
            Display, drawn.
        """
        import_pyplot(cls)
        losses = _read(loss_curve, "loss_curve")
        iterations = INTERVAL * np.arange(1, len(losses) + 1)
        if n_iter is not None:
            if not iterations[-1] - INTERVAL < n_iter <= iterations[-1]:
                raise ValueError(
                    f"n_iter={n_iter} does not fit a loss_curve of {len(losses)} "
                    f"entries of {INTERVAL} steps; pass both of one fit."
                )
            iterations[-1] = n_iter
        validation = None
        if validation_scores is not None:
            validation = -_read(validation_scores, "validation_scores")
            if len(validation) != len(losses):
                raise ValueError(
                    f"validation_scores has {len(validation)} entries and loss_curve "
                    f"{len(losses)}; pass both of one fit."
                )
        display = cls(
            iterations=iterations, training_loss=losses, validation_loss=validation
        )
        return display.plot(ax=ax)

    def plot(self, ax=None):
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes; None makes a figure.

        Returns
        -------
        LossCurveDisplay
            The display itself.
        """
        (axis,) = make_panels(self, ax, 1, n_columns=1, size=(6.4, 4.0))
        curves = [("training", self.training_loss, BLUE, 0.9)]
        self.lowest_ = None
        if self.validation_loss is not None:
            curves.append(("validation", self.validation_loss, VERMILION, 1.6))
        self.lines_ = [
            axis.plot(
                self.iterations,
                values,
                color=color,
                linewidth=width,
                marker=".",
                markersize=3,
                label=label,
            )[0]
            for label, values, color, width in curves
        ]
        if self.validation_loss is not None:
            best = np.argmin(self.validation_loss)
            (self.lowest_,) = axis.plot(
                self.iterations[best],
                self.validation_loss[best],
                "o",
                markersize=8,
                markerfacecolor="none",
                color=VERMILION,
                label="lowest validation loss",
            )
        axis.set_xlabel("optimiser step")
        axis.set_ylabel("loss")
        legend_above(axis)
        self.ax_, self.figure_ = axis, axis.figure
        return self


def _read(values, name):
    """Check a sequence of numbers."""
    return check_array(values, dtype=np.float64, ensure_2d=False, input_name=name)
