"""Monotone map of numbers between the quantiles of two samples."""

import numpy as np

__all__ = ["through_quantiles"]


def through_quantiles(x, quantiles, wanted):
    r"""Map numbers so that the quantiles of one sample turn into another sample's.

    .. math:: f(x) = q'(x) + \min(x - q_1, 0) + \max(x - q_m, 0)

    with the line q' through the pairs of quantiles: a shift beyond the outer ones.

    Parameters
    ----------
    x : ndarray of shape (n,)
        Numbers, which may be infinite.
    quantiles, wanted : ndarray of shape (n_quantiles,)
        Increasing quantiles, and those that they are mapped to.

    Returns
    -------
    ndarray of shape (n,)
        Mapped numbers, in the same order.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.columns import through_quantiles
    >>> x = np.array([-1.0, 0.5, 3.0])
    >>> through_quantiles(x, np.array([0.0, 1.0]), np.array([0.0, 10.0])).tolist()
    [-1.0, 5.0, 12.0]
    """
    inside = np.interp(x, quantiles, wanted)
    below, above = np.minimum(x - quantiles[0], 0.0), np.maximum(x - quantiles[-1], 0.0)
    return inside + below + above
