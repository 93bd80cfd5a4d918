"""All that the law of the next row depends on: state, clock, conditioning and scale."""

from dataclasses import dataclass

import numpy as np

from skdiffts.conditioning import Step
from skdiffts.conditioning._scale import UnitScale

__all__ = ["History", "Past"]


@dataclass(frozen=True, eq=False)
class History:
    """What of the past of some paths matters for their future.

    Parameters
    ----------
    states : ndarray of shape (n_paths, n_features)
        Present rows.
    clock : ndarray of shape (n_paths,)
        Their clock.
    conditioning, scale : ndarray of shape (n_paths, n_memory)
        Memories of the two strategies.
    """

    states: np.ndarray
    clock: np.ndarray
    conditioning: np.ndarray
    scale: np.ndarray

    def __len__(self):
        return len(self.states)

    def take(self, rows):
        """Memory of some of the paths.

        Parameters
        ----------
        rows : slice or ndarray
            Which ones.

        Returns
        -------
        History
            In that order.
        """
        return History(
            self.states[rows],
            self.clock[rows],
            self.conditioning[rows],
            self.scale[rows],
        )


class Past:
    """Conditioning and scale strategies, fitted to training paths.

    Parameters
    ----------
    conditioning : BaseConditioning
        What the kernel sees.
    scale : BaseScale or None
        What increments are divided by; None is one.
    paths : Paths
        Training paths.
    dt : ndarray of shape (n_transitions,)
        Length of each transition in time.
    """

    def __init__(self, conditioning, scale, paths, dt):
        self.conditioning = conditioning.fit(paths, dt)
        self.scaling = None if scale is None else scale.fit(paths, dt)

    @property
    def n_history(self):
        """Rows of a path that the first vector takes."""
        return self.conditioning.n_history

    def start(self, states, clock):
        """Memory of paths without a past."""
        scaling = self.scaling
        nothing = np.empty((len(states), 0))
        scale = nothing if scaling is None else scaling.start(states)
        return History(states, clock, self.conditioning.start(states), scale)

    def trace(self, paths, dt):
        """Memory after each row of whole paths."""
        scaling = self.scaling
        nothing = np.empty((paths.n_rows, 0))
        scale = nothing if scaling is None else scaling.trace(paths, dt)
        conditioning = self.conditioning.trace(paths, dt)
        return History(paths.values, paths.clock, conditioning, scale)

    def advance(self, history, increments, dt, clock):
        """Memory after one more row of each path."""
        states = history.states + increments
        step = Step(states, increments, np.broadcast_to(dt, len(states)), clock)
        scale = history.scale
        if self.scaling is not None:
            scale = self.scaling.update(scale, step)
        conditioning = self.conditioning.update(history.conditioning, step)
        return History(states, clock, conditioning, scale)

    def vector(self, history):
        """Conditioning vector of each path."""
        return self.conditioning.vector(
            history.conditioning, history.states, history.clock
        )

    def scale(self, history):
        """Scale that increments are divided by."""
        return (
            UnitScale() if self.scaling is None else self.scaling.scale(history.scale)
        )
