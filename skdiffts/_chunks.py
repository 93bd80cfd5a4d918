"""Slices of rows whose work fits in bounded memory."""

import numpy as np
from joblib import Parallel, delayed

__all__ = ["map_chunks", "slices"]

# Numbers that one chunk may hold (8 MiB): small enough to stay near the cache.
CHUNK_NUMBERS = 2**20


def slices(n_rows, numbers_per_row):
    """Split rows into slices whose working memory is bounded.

    Parameters
    ----------
    n_rows : int
        Number of rows.
    numbers_per_row : int
        Working memory of one row, in numbers.

    Returns
    -------
    list of slice
        Consecutive slices; the same for any number of jobs.

    Examples
    --------
    >>> from skdiffts._chunks import slices
    >>> slices(3, 2**19)
    [slice(0, 2, None), slice(2, 3, None)]
    """
    size = max(1, CHUNK_NUMBERS // max(1, numbers_per_row))
    return [slice(i, min(i + size, n_rows)) for i in range(0, n_rows, size)]


def map_chunks(function, n_rows, numbers_per_row, n_jobs=None):
    """Apply a function to slices of rows and stack the arrays that it returns.

    Parameters
    ----------
    function : callable
        Takes a slice of rows, returns a tuple of arrays with those rows.
    n_rows : int
        Number of rows.
    numbers_per_row : int
        Working memory that the function needs for one row, in numbers.
    n_jobs : int or None, default=None
        Threads over the chunks.

    Returns
    -------
    tuple of ndarray
        Arrays of ``n_rows`` rows.
    """
    chunks = slices(n_rows, numbers_per_row)
    if len(chunks) == 1:
        return function(chunks[0])
    # Shared memory: a chunk is too little to be sent to other processes or machines.
    parts = Parallel(n_jobs=n_jobs, require="sharedmem")(
        delayed(function)(rows) for rows in chunks
    )
    return tuple(np.concatenate(arrays) for arrays in zip(*parts, strict=True))
