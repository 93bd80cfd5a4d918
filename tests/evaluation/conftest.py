"""Options with which an evaluation takes a moment."""

import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression


@pytest.fixture(scope="session")
def options():
    return {
        "classifier": LogisticRegression(),
        "regressor": LinearRegression(),
        "n_blocks": 4,
        "long_run": 1,
        "max_rows": 60,
        "n_samples": 8,
        "verbose": 0,
    }
