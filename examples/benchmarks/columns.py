"""Columns as users have them: is what the model gives right for each kind of column?

    python examples/benchmarks/columns.py [--part dependent] [--seeds 5] [--quick]

dependent: three autoregressions, without and with columns that they determine. The bar: the same number of
neighbours, paths and held-out score as without, and relations exact to rounding. `--quick` is one seed, with a
Gaussian mixture as sampler in place of the diffusion model.
"""

import argparse
import time

import numpy as np
import pandas as pd
from sklearn.mixture import GaussianMixture
from sklearn.preprocessing import StandardScaler

from skdiffts import GenerativeTimeSeries

N_ROWS = 400
N_TRAINING = 300


def autoregressions(seed):
    """Three series that depend on each other and on their last values, all positive."""
    rng = np.random.RandomState(seed)
    rows = rng.standard_normal((N_ROWS, 3)) @ [
        [1.0, 0.5, 0.0],
        [0.0, 1, 0.3],
        [0, 0, 1],
    ]
    for i in range(1, N_ROWS):
        rows[i] += 0.8 * rows[i - 1]
    return pd.DataFrame(np.exp(0.2 * rows), columns=["a", "b", "c"])


def share_table(X):
    """First two of the shares of each row."""
    return X.div(X.sum(axis=1), axis=0)[["a", "b"]]


# Free columns, all columns, and what all columns must hold, as differences.
DEPENDENT = {
    "total": (
        lambda X: X,
        lambda X: X.assign(total=X["a"] + X["b"]),
        lambda X: [X["total"] - X["a"] - X["b"]],
    ),
    "total, constant, duplicate": (
        lambda X: X,
        lambda X: X.assign(total=X["a"] + X["b"], level=7.0, again=X["a"]),
        lambda X: [
            X["total"] - X["a"] - X["b"],
            X["level"] - 7.0,
            X["again"] - X["a"],
        ],
    ),
    "shares": (
        share_table,
        lambda X: share_table(X).assign(c=1.0 - share_table(X).sum(axis=1)),
        lambda X: [X.sum(axis=1) - 1.0],
    ),
}


def dependent(seeds, make):
    """Models with and without columns that others determine."""
    print(
        "columns                     scaler seed  k without/with    score   difference"
    )
    held = []
    for name, (free, whole, relations) in DEPENDENT.items():
        for preprocessor in (None, StandardScaler()):
            for seed in range(seeds):
                series = autoregressions(seed)
                tables = free(series), whole(series)
                models = [make(preprocessor, seed).fit(X[:N_TRAINING]) for X in tables]
                scores = [
                    model.score(X[N_TRAINING:])
                    for model, X in zip(models, tables, strict=True)
                ]
                alone, both = (
                    model.sample(20, 200, random_state=seed) for model in models
                )
                k = "/".join(str(model.dynamics_.n_neighbors_) for model in models)
                paths = (both[alone.columns] - alone).abs().max(axis=None)
                broken = max(rest.abs().max() for rest in relations(both))
                same = len({model.dynamics_.n_neighbors_ for model in models}) == 1
                same &= scores[0] == scores[1] and paths == 0.0
                held.append(same and broken <= 1e-13)
                print(
                    f"{name:27} {preprocessor is not None!s:6} {seed:4}  {k:14} "
                    f"{scores[0]:8.3f}   score {scores[1] - scores[0]:.1e}, "
                    f"paths {paths:.1e}, relations {broken:.1e}"
                )
    print(
        f"bar (k, score and paths the same, relations to 1e-13): {sum(held)} of {len(held)}"
    )


PARTS = {"dependent": dependent}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--part", choices=list(PARTS), nargs="+", default=list(PARTS))
    parser.add_argument("--seeds", type=int)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()

    def make(preprocessor, seed):
        sampler = GaussianMixture(random_state=seed) if options.quick else None
        generator = GenerativeTimeSeries(sampler=sampler, preprocessor=preprocessor)
        return generator.set_params(sampler__random_state=seed)

    start = time.perf_counter()
    for part in options.part:
        PARTS[part](options.seeds or (1 if options.quick else 5), make)
    print(f"{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
