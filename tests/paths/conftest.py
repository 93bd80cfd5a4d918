"""Containers of arrays, and a short way to the validator."""

import pytest
from sklearn.base import BaseEstimator

from skdiffts._paths import check_paths


@pytest.fixture(scope="session")
def read():
    """Validate a container, in the name of an estimator without attributes."""

    def call(X, **options):
        return check_paths(BaseEstimator(), X, **{"reset": True} | options)

    return call


@pytest.fixture(
    params=[lambda X: X[0], lambda X: X, list], ids=["rows", "stack", "list"]
)
def as_container(request):
    """Turn a 3-D array into one of the containers of arrays."""
    return request.param
