"""Rows of Sylvester's Hadamard matrix: orthogonal directions of signs."""

import numpy as np

__all__ = ["hadamard_rows"]


def hadamard_rows(rows, n_columns):
    """Entries of the smallest Sylvester matrix that has enough columns.

    Parameters
    ----------
    rows : array-like of int
        Which rows; beyond the order of the matrix they begin anew.
    n_columns : int
        How many of the first columns.

    Returns
    -------
    ndarray of int of shape (n_rows, n_columns)
        Plus and minus one.
    """
    n_bits = int(n_columns - 1).bit_length()
    common = np.asarray(rows)[:, np.newaxis] & np.arange(n_columns)
    # An entry is -1 where row and column have an odd number of bits in common.
    odd = np.zeros(common.shape, dtype=np.int64)
    for bit in range(n_bits):
        odd = odd ^ (common >> bit & 1)
    return 1 - 2 * odd
