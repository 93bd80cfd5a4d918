"""Progress of long runs, as a bar, in the log and for scikit-learn's callbacks."""

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
        """Context of a task without callbacks."""

        def subcontext(self, **_):
            return self

        def call_on_fit_task_begin(self, **_):
            return self

        def call_on_fit_task_end(self, **_):
            return False

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Replacement of scikit-learn's class before version 1.9."""

        def _init_callback_context(self, **_):
            return _NoContext()

    def with_callbacks(method):
        """Replace scikit-learn's decorator before version 1.9."""
        return method


__all__ = [
    "INTERVAL",
    "CallbackSupportMixin",
    "FitTask",
    "Progress",
    "announce",
    "with_callbacks",
]

# Optimiser steps between two entries of a loss curve, and between two reports.
INTERVAL = 100
LOGGER = logging.getLogger("skdiffts")


class Progress:
    """Progress of a run, as a bar where tqdm is installed, else as lines.

    The logger ``skdiffts`` gets every tenth of the run at level INFO and the steps
    between at level DEBUG, whether or not anything is shown.

    Parameters
    ----------
    name : str
        Name of the run.
    total : int
        Number of its steps.
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
        """Count steps of the run.

        Parameters
        ----------
        n : int
            Number of further steps.
        note : str
            Message, such as the present loss.
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


def announce(lines, verbose):
    """Say what was found: in the log, and on standard output if wanted.

    Parameters
    ----------
    lines : sequence of str
        Lines.
    verbose : int
        0 shows nothing.
    """
    for line in lines:
        LOGGER.info(line)
        if verbose:
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
        Estimator that is fitted.
    X, y : array-like
        Training data.
    fitted : callable
        Maps an intermediate result to a dict of fitted attributes.
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
            Name of the part.
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
            Intermediate result; a callback may get an estimator made from a copy.

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
