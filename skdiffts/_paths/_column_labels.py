"""Labels of columns: kept in fit, and compared afterwards."""

from copy import copy
from math import isnan

from sklearn.frozen import FrozenEstimator

__all__ = ["check_labels", "check_names", "nameless"]

# Attribute for labels that scikit-learn does not keep, because they are not strings.
RECORD = "_column_labels"


def check_labels(estimator, frame, name, *, reset):
    """Keep the labels of a frame if they are not strings, or compare labels.

    Two lists of strings are left to scikit-learn. Columns 0, 1 and so on are no labels,
    unless the others are the same numbers in another order.

    Parameters
    ----------
    estimator : estimator
        Estimator that reads the frame.
    frame : Frame or None
        Shell of the frame; None for an array.
    name : str
        Name in the error.
    reset : bool
        Whether the labels are kept.

    Raises
    ------
    ValueError
        If the labels are other ones, or in another order, than in fit.
    """
    labels = None if frame is None else list(frame.columns)
    if reset:
        vars(estimator).pop(RECORD, None)
        if labels is not None and not _has_strings(labels):
            setattr(estimator, RECORD, labels)
        return
    expected = _labels_of(estimator)
    if labels and expected and not (_has_strings(labels) and _has_strings(expected)):
        _compare(labels, expected, name)


def check_names(estimator, rows, name):
    """Raise if a frame, or a row as a Series, has other columns than the training data.

    Parameters
    ----------
    estimator : estimator
        Fitted estimator.
    rows : array-like
        Rows; without labels of columns nothing is checked.
    name : str
        Name in the error.
    """
    labels = getattr(rows, "columns", getattr(rows, "index", None))
    expected = _labels_of(estimator)
    if labels is not None and not callable(labels) and expected:
        _compare(list(labels), expected, name)


def nameless(estimator):
    """Copy a fitted estimator that is to read arrays, whatever its training data were.

    Rows that a model makes have no column names, of which scikit-learn would warn.

    Parameters
    ----------
    estimator : estimator
        Fitted estimator.

    Returns
    -------
    estimator
        Shallow copy without labels of columns; the estimator itself if it has none.
    """
    if _labels_of(estimator) is None:
        return estimator
    copied = copy(estimator)
    if isinstance(copied, FrozenEstimator):
        copied.estimator = nameless(copied.estimator)
    for attribute in ("feature_names_in_", RECORD):
        vars(copied).pop(attribute, None)
    return copied


def _labels_of(estimator):
    """Labels of the training columns, None if they had none."""
    names = getattr(estimator, "feature_names_in_", None)
    return getattr(estimator, RECORD, None) if names is None else names.tolist()


def _has_strings(labels):
    return any(isinstance(label, str) for label in labels)


def _compare(labels, expected, name):
    ours, theirs = (
        [_comparable(label) for label in side] for side in (labels, expected)
    )
    if ours == theirs or len(ours) != len(theirs):  # widths are scikit-learn's affair
        return
    numbers = list(range(len(ours)))
    if numbers in (ours, theirs) and set(ours) != set(theirs):
        return
    raise ValueError(
        f"{name} has columns {labels}; pass the columns of fit, in order: {expected}."
    )


def _comparable(label):
    """Label that equals itself, as NaN and NA do not."""
    if isinstance(label, float) and isnan(label):
        return "NaN"
    return repr(label) if type(label).__name__ == "NAType" else label
