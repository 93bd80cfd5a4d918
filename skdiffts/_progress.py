"""How far a long run is: for a reader, for a log, for scikit-learn's callbacks."""

import copy
import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:  # scikit-learn below 1.9

    class _NoContext:
        """Context of a task that nobody watches."""

        def subcontext(self, **_):
            return self

        def call_on_fit_task_begin(self, **_):
            return self

        def call_on_fit_task_end(self, **_):
            return False

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Stands for scikit-learn's class where that has none."""

        def _init_callback_context(self, **_):
            return _NoContext()

    def with_callbacks(method):
        """Stand for scikit-learn's decorator where that has none."""
        return method


__all__ = ["INTERVAL", "CallbackSupportMixin", "FitTask", "Progress", "with_callbacks"]

# Optimiser steps between two entries of a loss curve, and between two reports.
INTERVAL = 100
LOGGER = logging.getLogger("skdiffts")


class Progress:
    """Progress of a run, as a bar where tqdm is installed, else as lines.

    The logger ``skdiffts`` gets every tenth of the run at level INFO and what lies
    between at DEBUG, whether or not anything is shown.

    Parameters
    ----------
    name : str
        What runs.
    total : int
        Its length.
    verbose : int
        0 shows nothing, 1 the bar, or a line on standard output at each tenth, 2 or
        more a line at each call of :meth:`advance`.
    """

    def __init__(self, name, total, verbose):
        self.name, self.total, self.verbose = name, total, verbose
        self.done = 0
        self.bar: Any = _bar(name, total) if verbose == 1 else None

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        if self.bar is not None:
            self.bar.close()

    def advance(self, n, note=""):
        """Note that the run has come further.

        Parameters
        ----------
        n : int
            By how much.
        note : str
            What else to tell.
        """
        tenth = 10 * self.done // self.total
        self.done += n
        tenth_passed = 10 * self.done // self.total > tenth
        line = f"{self.name}: {self.done} of {self.total}" + (note and f", {note}")
        LOGGER.log(logging.INFO if tenth_passed else logging.DEBUG, line)
        if self.bar is not None:
            self.bar.set_postfix_str(note, refresh=False)
            self.bar.update(n)
        elif self.verbose > 1 or (self.verbose and tenth_passed):
            sys.stdout.write(line + "\n")


def _bar(name, total):
    """Make a bar on standard error, None without tqdm."""
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return None
    return tqdm(desc=name, total=total)


@dataclass(frozen=True, eq=False)
class FitTask:
    """A task within ``fit``, announced to the estimator's callbacks.

    Parameters
    ----------
    estimator : estimator
        What is fitted.
    X, y : array-like
        What it is fitted to.
    fitted : callable
        Maps what the work has led to so far to a dict of fitted attributes.
    context : CallbackContext
        The task in scikit-learn's tree of tasks.
    """

    estimator: Any
    X: Any
    y: Any
    fitted: Callable
    context: Any

    @classmethod
    def begin(cls, estimator, X, y, fitted, max_subtasks):
        """Announce the fit itself; its method must have the decorator ``with_callbacks``.

        Parameters
        ----------
        estimator, X, y, fitted : object
            As in the class.
        max_subtasks : int
            Largest number of subtasks.

        Returns
        -------
        FitTask
            The root of the tree.
        """
        context = estimator._init_callback_context(max_subtasks=max_subtasks)
        return cls(estimator, X, y, fitted, context)._announce()

    def subtask(self, name, max_subtasks=0):
        """Announce a part of the task.

        Parameters
        ----------
        name : str
            What is done.
        max_subtasks : int
            Largest number of its own parts.

        Returns
        -------
        FitTask
            The part.
        """
        context = self.context.subcontext(task_name=name, max_subtasks=max_subtasks)
        return replace(self, context=context)._announce()

    def end(self, *result):
        """Announce the end of the task.

        Parameters
        ----------
        *result : object
            What the work has led to; a callback may get an estimator made of a copy.

        Returns
        -------
        bool
            Whether a callback asks to stop.
        """
        return self.context.call_on_fit_task_end(
            estimator=self.estimator,
            X=self.X,
            y=self.y,
            reconstruction_attributes=lambda: self.fitted(*copy.deepcopy(result)),
        )

    def _announce(self):
        self.context.call_on_fit_task_begin(
            estimator=self.estimator, X=self.X, y=self.y
        )
        return self
