"""Warnings that point at the caller's line, however deep they arise."""

import sys
import warnings
from pathlib import Path

import joblib
import sklearn

__all__ = ["warn_caller"]

# A search of scikit-learn calls fit in the name of its user, maybe by joblib.
INSIDE = (
    str(Path(__file__).parent),
    str(Path(sklearn.__file__).parent),
    str(Path(joblib.__file__).parent),
)


def warn_caller(message):
    """Issue a UserWarning for the line that called this package.

    Parameters
    ----------
    message : str
        Text of the warning. Python shows the same text once for each line.
    """
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_code.co_filename.startswith(INSIDE):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, UserWarning, stacklevel=level)
