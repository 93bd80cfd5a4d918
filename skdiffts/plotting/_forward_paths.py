"""ForwardPathsDisplay: rows on their way to noise, under several forward processes."""

from dataclasses import dataclass

import numpy as np
from sklearn.utils import check_array

from skdiffts.plotting._canvas import BLUE, VERMILION, import_pyplot, make_panels

__all__ = ["ForwardPathsDisplay"]

N_TIMES = 200


@dataclass(kw_only=True, eq=False, repr=False)
class ForwardPathsDisplay:
    """Paths of forward processes from the same rows, one panel for each process.

    A process that forgets brings paths together whose starts are apart; a contractive one
    blows the distance up, so that its reversal contracts. Paths that start below the median
    have another colour than the others.

    Parameters
    ----------
    times : ndarray of shape (n_times,)
        Rising diffusion times.
    paths : dict of str to ndarray of shape (n_times, n_paths)
        Paths of one feature by the name of the process.

    Attributes
    ----------
    axes_ : ndarray of shape (n_processes,)
        Axes, one for each process.
    figure_ : matplotlib Figure
        Figure that holds them.
    lines_ : list of list of Line2D
        Paths in each panel.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.plotting import ForwardPathsDisplay
    >>> from skdiffts.sde import COU, OU
    >>> X = np.array([[-2.0], [2.0]])
    >>> display = ForwardPathsDisplay.from_estimator(
    ...     {"OU": OU(), "COU": COU()}, X, random_state=0
    ... )
    >>> [axis.get_title("right") for axis in display.axes_]
    ['OU', 'COU']
    """

    times: np.ndarray
    paths: dict[str, np.ndarray]

    @classmethod
    def from_estimator(
        cls, processes, X, *, times=None, feature=0, random_state=None, ax=None
    ):
        """Draw paths of forward processes and show them.

        Parameters
        ----------
        processes : dict of str to BaseSDE
            Forward processes by name; all get the same noise.
        X : array-like of shape (n_paths, n_features)
            Rows at time 0, one path for each, in the coordinates of the processes.
        times : array-like of shape (n_times,), default=None
            Rising times in [0, 1]; None is 200 at equal distances.
        feature : int, default=0
            Feature to show.
        random_state : int, RandomState instance or None, default=None
            Seed of the noise; an instance goes on from process to process.
        ax : array-like of matplotlib Axes, default=None
            Axes, one for each process; None makes a figure.

        Returns
        -------
        ForwardPathsDisplay
            Display, drawn.
        """
        import_pyplot(cls)
        times = np.linspace(0.0, 1.0, N_TIMES) if times is None else times
        paths = {
            name: sde.sample_path(X, times, random_state)
            for name, sde in processes.items()
        }
        return cls.from_predictions(times, paths, feature=feature, ax=ax)

    @classmethod
    def from_predictions(cls, times, paths, *, feature=0, ax=None):
        """Show paths of forward processes.

        Parameters
        ----------
        times : array-like of shape (n_times,)
            Rising diffusion times.
        paths : dict of str to array-like of shape (n_times, n_paths, n_features)
            Paths by the name of the process, from ``sample_path`` of a process.
        feature : int, default=0
            Feature to show.
        ax : array-like of matplotlib Axes, default=None
            Axes, one for each process; None makes a figure.

        Returns
        -------
        ForwardPathsDisplay
            Display, drawn.
        """
        import_pyplot(cls)
        times = check_array(
            times, dtype=np.float64, ensure_2d=False, input_name="times"
        )
        shown = {}
        for name, rows in paths.items():
            rows = check_array(
                rows, dtype=np.float64, allow_nd=True, ensure_2d=False, input_name=name
            )
            if rows.ndim != 3 or len(rows) != len(times):
                raise ValueError(
                    f"paths[{name!r}] has shape {rows.shape}; pass ({len(times)}, "
                    "n_paths, n_features), a value at each of the times."
                )
            if not 0 <= feature < rows.shape[2]:
                raise ValueError(
                    f"feature={feature} must be one of the numbers 0 to "
                    f"{rows.shape[2] - 1}."
                )
            shown[name] = rows[:, :, feature]
        return cls(times=times, paths=shown).plot(ax=ax)

    def plot(self, ax=None):
        """Draw the display.

        Parameters
        ----------
        ax : array-like of matplotlib Axes, default=None
            Axes, one for each process; None makes a figure.

        Returns
        -------
        ForwardPathsDisplay
            The display itself.
        """
        axes = make_panels(self, ax, len(self.paths), n_columns=2, size=(4.0, 3.0))
        self.lines_ = []
        for axis, (name, rows) in zip(axes, self.paths.items(), strict=True):
            low = rows[0] < np.median(rows[0])
            lines = axis.plot(self.times, rows, linewidth=0.7)
            for line, is_low in zip(lines, low, strict=True):
                line.set_color(BLUE if is_low else VERMILION)
            axis.set_title(name, loc="right", fontsize="medium")
            axis.set_xlabel("diffusion time t")
            axis.set_ylabel("$x_t$")
            self.lines_.append(lines)
        self.axes_, self.figure_ = axes, axes[0].figure
        return self
