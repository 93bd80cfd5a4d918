"""Queries in chunks of bounded memory, the same chunks for any number of jobs."""

import numpy as np
from joblib import Parallel, delayed

__all__ = ["map_chunks"]

# Numbers that one chunk may hold (8 MiB): small enough to stay near the cache.
CHUNK_NUMBERS = 2**20


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
    size = max(1, CHUNK_NUMBERS // numbers_per_row)
    slices = [slice(i, min(i + size, n_rows)) for i in range(0, n_rows, size)]
    if len(slices) == 1:
        return function(slices[0])
    # Shared memory: a chunk is too little to be sent to other processes or machines.
    parts = Parallel(n_jobs=n_jobs, require="sharedmem")(
        delayed(function)(rows) for rows in slices
    )
    return tuple(np.concatenate(arrays) for arrays in zip(*parts, strict=True))
