"""A process that trains in a tenth of a second."""

import numpy as np
import pytest

from skdiffts import DiffusionResidualSampler
from skdiffts.scores import ScoreNetwork


@pytest.fixture(scope="session")
def X():
    rng = np.random.RandomState(0)
    return rng.standard_t(5, size=(150, 2)) @ [[2.0, 0.5], [0.0, 0.3]] + [5.0, -1.0]


@pytest.fixture(scope="session")
def process(X):
    """Trained process: do not change it."""
    sampler = DiffusionResidualSampler(
        score_model=ScoreNetwork(width=8, depth=1, base="gaussian"),
        max_iter=30,
        learning_rate=1e-2,
        early_stopping=False,
        random_state=0,
    )
    return sampler.fit(X).process()
