"""Panels taken apart by path."""

import numpy as np
import pandas as pd
import pytest

from skdiffts import KernelDriftVolEstimator


@pytest.mark.parametrize("missing", ["raise", "break"])
def test_gaps_are_refused_by_path(make_panel, quick, missing):
    paths, y = make_panel(lengths=(20, 20))
    stack = np.stack(paths)
    stack[2, 5, 1] = np.nan
    augmenter = quick(
        dynamics=KernelDriftVolEstimator(10, missing=missing, conditioning=None)
    )
    for X in (stack, list(stack)):
        with pytest.raises(
            ValueError, match=r"path 2 of X has NaN in row 5.*fill them"
        ):
            augmenter.fit_resample(X, y)
    long = pd.concat([pd.DataFrame(path) for path in stack], keys=range(9))
    with pytest.raises(ValueError, match="path 2 of X has NaN in row 5"):
        augmenter.fit_resample(long, np.repeat(y, 20))
    with pytest.raises(ValueError, match="path 2 of X has NaN, and a new path"):
        augmenter.fit_resample(stack[..., 1], y)
    stack[2, 5, 1], stack[8, 19] = 0.0, np.nan  # the last row of all
    with pytest.raises(ValueError, match="path 8 of X has NaN in row 19"):
        augmenter.fit_resample(stack, y)
