"""Panels of returns, and chunks that hold a few numbers only."""

from functools import partial

import numpy as np
import pytest


@pytest.fixture
def set_chunk_numbers(monkeypatch):
    """Set how many numbers a chunk of a pairwise computation may hold."""
    return partial(monkeypatch.setattr, "skdiffts._chunks.CHUNK_NUMBERS")


@pytest.fixture
def make_returns():
    """Panels of two features with Student's t distribution."""

    def make(n_paths, length):
        return np.random.RandomState(0).standard_t(4, size=(n_paths, length, 2))

    return make
