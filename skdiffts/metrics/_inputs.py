"""Checks of samples and panels, and blocks that bound the memory of pairwise work."""

import numpy as np
from sklearn.utils import check_array

# Numbers held at once by one block of a pairwise computation: 32 MiB of float64.
BLOCK = 2**22


def check_samples(min_rows=1, **samples):
    """Turn named samples into float64 arrays (n_rows, n_features) of one space."""
    checked = {
        name: check_array(
            sample, dtype=np.float64, ensure_min_samples=min_rows, input_name=name
        )
        for name, sample in samples.items()
    }
    first, reference = next(iter(checked.items()))
    for name, sample in checked.items():
        if sample.shape[1] != reference.shape[1]:
            raise ValueError(
                f"{name} has {sample.shape[1]} features and {first} has "
                f"{reference.shape[1]}; pass samples of the same space."
            )
    return tuple(checked.values())


def check_panel(paths):
    """Turn a panel, or one path, into a float64 array (n_paths, length, n_features)."""
    paths = check_array(
        paths, dtype=np.float64, allow_nd=True, ensure_2d=False, input_name="paths"
    )
    if paths.ndim == 2:
        return paths[None]
    if paths.ndim != 3 or 0 in paths.shape:
        raise ValueError(
            f"paths has shape {paths.shape}; pass (n_paths, length, n_features), "
            "or (length, n_features) for one path."
        )
    return paths


def row_blocks(n_rows, n_columns):
    """Yield slices of rows such that rows times columns stays within `BLOCK`."""
    size = max(1, BLOCK // n_columns)
    for start in range(0, n_rows, size):
        yield slice(start, min(start + size, n_rows))
