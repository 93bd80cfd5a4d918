"""Store a small fitted generator of the present version, and what it answers.

Run once for each released version, from the root of the repository::

    python tests/persistence/store_generator.py

``test_stored.py`` then loads the files with every later version. Files of released
versions are never made again: what they hold is what users have on their disks.
"""

import pickle
import warnings
from pathlib import Path

import numpy as np
from sklearn.preprocessing import StandardScaler

import skdiffts
from skdiffts import (
    DiffusionResidualSampler,
    GenerativeTimeSeries,
    KernelDriftVolEstimator,
)
from skdiffts.conditioning import EWVolatility, LaggedStates
from skdiffts.marginals import RankNormal
from skdiffts.scores import ScoreNetwork

DATA = Path(__file__).parent / "data"


def make_series():
    """Mean-reverting path of two series."""
    noise = np.random.RandomState(0).standard_normal((40, 2))
    X = noise.copy()
    for i in range(1, len(X)):
        X[i] = 0.8 * X[i - 1] + (0.5 + 0.2 * np.tanh(X[i - 1]) ** 2) * noise[i]
    return X


def make_generator():
    """Generator whose parts all have something to remember."""
    dynamics = KernelDriftVolEstimator(
        20, conditioning=LaggedStates(n_lags=2), scale=EWVolatility()
    )
    sampler = DiffusionResidualSampler(
        score_model=ScoreNetwork(width=8, depth=1, base="gaussian"),
        column_map=RankNormal(),
        max_iter=50,
        random_state=0,
    )
    return GenerativeTimeSeries(dynamics, sampler, preprocessor=StandardScaler())


def answers(generator):
    """Paths, forecasts and densities of a fitted generator."""
    X = make_series()
    return {
        "paths": generator.sample(3, 8, random_state=0),
        "forecast": generator.forecast(X, 5, 3, random_state=1),
        "log_density": generator.score_samples(X),
        "residuals": generator.residuals_,
    }


def main():
    """Write the two files of this version."""
    DATA.mkdir(exist_ok=True)
    path = DATA / f"generator-{skdiffts.__version__}.pkl"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        generator = make_generator().fit(make_series())
    path.write_bytes(pickle.dumps(generator, protocol=5))
    np.savez_compressed(path.with_suffix(".npz"), **answers(generator))


if __name__ == "__main__":
    main()
