"""Settings of every test; this file runs before NumPy or torch is imported."""

import os
import pickle

import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("MPLBACKEND", "Agg")
# Workers share the cores, and models of tests are small: their threads wait for each other.
for library in ("OMP", "MKL", "OPENBLAS"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

settings.register_profile(
    "ci",
    deadline=None,
    derandomize=True,
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "nightly",
    deadline=None,
    derandomize=False,
    max_examples=200,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("ci")  # pytest --hypothesis-profile=nightly overrides it


@pytest.fixture(scope="session")
def through_pickle():
    """Copy of an object by way of its pickle."""
    return lambda obj: pickle.loads(pickle.dumps(obj))
