"""Long simulated paths stay near the data."""

import numpy as np
import pytest

from skdiffts.conditioning import EWVolatility
from skdiffts.kernel import Tabulated


@pytest.mark.parametrize("evaluation", [None, Tabulated()], ids=str)
@pytest.mark.parametrize("degree", [0, 1])
@pytest.mark.parametrize("kernel", ["epanechnikov", "gaussian", "tricube", "uniform"])
@pytest.mark.parametrize("name", ["lags", "union"])
def test_long_paths_stay_in_the_envelope(
    conditionings, kernel_regression, make_var, name, kernel, degree, evaluation
):
    """Ten thousand rows of 20 paths: within 5 ranges of the middle of the data.

    A Gaussian kernel without slopes has hardly any drift at the edge: its paths wander,
    but no step is larger than twice the range of the data.
    """
    X = make_var(19, 120)
    estimator = kernel_regression(
        40,
        kernel=kernel,
        degree=degree,
        conditioning=conditionings[name],
        scale=EWVolatility() if name == "union" else None,
        evaluation=evaluation,
    ).fit(X)
    random = np.random.RandomState(0)
    residuals = estimator.loo_residuals_
    rows = random.randint(len(residuals), size=(20, 500))
    paths = estimator.simulate(residuals[rows], estimator.start_history(X[:20]))
    assert np.isfinite(paths).all()
    low, high = X.min(axis=0), X.max(axis=0)
    if (kernel, degree) == ("gaussian", 0):
        assert (np.abs(np.diff(paths, axis=1)) < 2.0 * (high - low)).all()
    else:
        assert np.abs((paths - 0.5 * (low + high)) / (high - low)).max() < 5.0
