"""Early stopping: the best weights so far, and when there will be no better ones."""

import copy
from typing import Any

import numpy as np
from scipy.stats import rankdata

from skdiffts._progress import INTERVAL
from skdiffts._torch import to_numpy

__all__ = ["Stopping", "exceeds_chance"]

# A validation loss that rises so many times in a row does not come back: it belongs to
# averaged weights, always on the same rows and noise.
RISES = 4
# Standard errors, over the held-out rows, by which a network must improve on its base.
SIGNIFICANT = 2.5
TINY = np.finfo(float).tiny


class Stopping:
    """Keeps the best weights and says when to stop."""

    def __init__(self, options, curve, module, rival, vain=np.inf, warmup=100):
        self.options, self.curve, self.module = options, curve, module
        self.rival, self.vain, self.warmup = rival, vain, warmup
        self.last, self.rises = np.inf, 0
        self.best_iter, self.best_state, self.best_of_rows = 0, None, None
        self.first: Any = None

    @property
    def has_gained(self):
        """Whether the best weights are better than the first by more than chance."""
        if self.first is None:
            return True
        *_, before = self.first
        return self.best_iter > 0 and exceeds_chance(
            to_numpy(before - self.best_of_rows)
        )

    def start(self, score, of_rows=None):
        """Take the untrained module as the one to beat."""
        self.last = score
        self._keep(score, of_rows)
        self.first = score, self.best_state, of_rows

    def update(self, score, of_rows=None):
        """Note a validation loss; True when training should stop."""
        curve, options = self.curve, self.options
        curve.validation.append(score)
        gain, self.last = self.last - score, score
        self.rises = 0 if gain >= 0.0 else self.rises + 1
        if score < curve.best - options.tol:
            self._keep(score, of_rows)
        patience = options.n_iter_no_change
        # At its present pace, which is none in the warm-up, it would not catch up within
        # the patience.
        slow = score - self.rival > gain * patience / INTERVAL
        behind = slow and curve.n_iter > self.warmup
        stale = curve.n_iter - self.best_iter >= patience
        vain = curve.n_iter >= self.vain and not self.has_gained
        return behind or stale or vain or self.rises >= RISES

    def return_to_start(self):
        """Take the untrained module for the best."""
        self.curve.best, self.best_state, _ = self.first
        self.best_iter = 0

    def best_module(self):
        """Give the module with its best weights, the last without validation."""
        if self.best_state is not None:
            self.module.load_state_dict(self.best_state)
        return self.module

    def _keep(self, score, of_rows):
        self.curve.best, self.best_iter = score, self.curve.n_iter
        self.best_state = copy.deepcopy(self.module.state_dict())
        self.best_of_rows = of_rows


def exceeds_chance(gains):
    """Whether gains of rows are positive by their mean, or by their signed ranks.

    Ranks see what the mean does not where a few far rows have most of the loss.

    Parameters
    ----------
    gains : ndarray of shape (n_rows,)
        Gain of each row.

    Returns
    -------
    bool
        Whether they are.
    """
    if len(gains) < 2 or gains.mean() <= 0.0:
        return False
    signed = np.sign(gains) * rankdata(np.abs(gains))
    by_mean = gains.mean() / (gains.std() / np.sqrt(len(gains)) + TINY)
    by_rank = signed.sum() / np.sqrt((signed**2).sum())
    return bool(max(by_mean, by_rank) > SIGNIFICANT)
