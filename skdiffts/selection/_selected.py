"""Result of a search: the history, the candidates, and words."""

from dataclasses import dataclass

import numpy as np

from skdiffts.selection._specification import Specification

__all__ = ["Candidate", "SelectedHistory"]


@dataclass(frozen=True)
class Candidate:
    """One step that was tried.

    Parameters
    ----------
    step : int
        Number of the step, from 0.
    name : str
        Words for the step.
    gain, error : float
        Mean gain of forward likelihood over the history before the step, in nats a row,
        and its standard error; NaN where there were too few rows.
    chosen : bool
        Whether the step was taken.
    """

    step: int
    name: str
    gain: float
    error: float
    chosen: bool


@dataclass(frozen=True, eq=False)
class SelectedHistory:
    """History that forward selection has chosen.

    Parameters
    ----------
    specification : Specification
        The history.
    candidates : tuple of Candidate
        All steps that were tried, in their order.
    log_likelihood : float
        Forward log-likelihood a row under the chosen history, in nats.
    log_likelihood_walk : float
        The same under a random walk.
    n_fits : int
        Number of fits to a fold.
    """

    specification: Specification
    candidates: tuple
    log_likelihood: float
    log_likelihood_walk: float
    n_fits: int

    @property
    def conditioning(self):
        """Conditioning strategy, not fitted."""
        return self.specification.conditioning()

    @property
    def scale(self):
        """Scale strategy, not fitted."""
        return self.specification.scale()

    @property
    def is_curved(self):
        """Whether each series has a curve of its own level in its drift."""
        return self.specification.spline

    def table(self):
        """Candidates as columns.

        Returns
        -------
        dict of str to ndarray
            ``step``, ``candidate``, ``gain``, ``error`` and ``chosen``, which
            ``pandas.DataFrame`` takes.
        """
        return {
            "step": np.array([c.step for c in self.candidates], dtype=np.int64),
            "candidate": np.array([c.name for c in self.candidates], dtype=object),
            "gain": np.array([c.gain for c in self.candidates], dtype=np.float64),
            "error": np.array([c.error for c in self.candidates], dtype=np.float64),
            "chosen": np.array([c.chosen for c in self.candidates], dtype=bool),
        }

    def describe(self):
        """Describe the history that was found.

        Returns
        -------
        str
            One sentence.
        """
        return self.specification.describe()
