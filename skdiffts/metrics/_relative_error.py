"""Relative error of an array in the Frobenius norm."""

import numpy as np
from sklearn.utils import check_array

__all__ = ["relative_error"]


def relative_error(estimate, truth):
    r"""Compute the relative error in the Frobenius norm.

    .. math:: |\hat A - A|_F / |A|_F

    Parameters
    ----------
    estimate : array-like
        Estimate, of any shape.
    truth : array-like
        Truth, of the same shape, not all zero.

    Returns
    -------
    error : float
        Relative error.

    Examples
    --------
    >>> from skdiffts.metrics import relative_error
    >>> relative_error([[3.0, 1.0], [0.0, 4.0]], [[3.0, 0.0], [0.0, 4.0]])
    0.2
    """
    estimate, truth = (
        check_array(
            value, dtype=np.float64, ensure_2d=False, allow_nd=True, input_name=name
        )
        for name, value in (("estimate", estimate), ("truth", truth))
    )
    if estimate.shape != truth.shape:
        raise ValueError(
            f"estimate has shape {estimate.shape} and truth {truth.shape}; "
            "pass arrays of one shape."
        )
    size = np.linalg.norm(truth.ravel())
    if size == 0:
        raise ValueError(
            "truth is zero, so that no error is relative to it; "
            "compare the absolute error."
        )
    return float(np.linalg.norm((estimate - truth).ravel()) / size)
