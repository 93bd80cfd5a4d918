"""Warnings that point at the caller's line, however deep they arise."""

import inspect
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
    here = inspect.currentframe()
    if here is None or here.f_back is None:  # another Python
        warnings.warn(message, UserWarning, stacklevel=2)
        return
    frame, level = here.f_back, 2
    while frame.f_back is not None and frame.f_code.co_filename.startswith(INSIDE):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, UserWarning, stacklevel=level)
