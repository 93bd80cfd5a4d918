"""Augmentation with few training cases: test accuracy of classifiers.

Each repeat draws some cases of each class for training and tests on all others; every
method adds the same number of new cases to each class. The table has the differences from
no augmentation, paired by repeat, with their standard errors.

    python examples/benchmarks/augmentation.py --data FOLDER

It can be stopped and started again: what is finished lies in the file of --cells. With
--page doc/results_augmentation.md it writes the page of the documentation.

FOLDER has basic_motions.npz and japanese_vowels.npz (UEA archive; see DATA below for the
layout). Nothing is downloaded; what is missing is skipped. MiniRocket and nearest
neighbours under time warping come from aeon, SMOTE from imbalanced-learn, where installed.
"""

import argparse
import json
import time
import warnings
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from augmentation_page import page, tables
from sklearn.base import BaseEstimator
from sklearn.covariance import LedoitWolf
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression, RidgeClassifierCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skdiffts import (
    DiffusionResidualSampler,
    GenerativeTimeSeries,
    KernelDriftVolEstimator,
)
from skdiffts.augmentation import TimeSeriesAugmenter
from skdiffts.conditioning import LaggedStates
from skdiffts.integrations import to_channels_first

# Cases of each class for training, and rows that cases are resampled to for classifiers
# that need one length.
DATA = {"basic_motions": (2, 4), "japanese_vowels": (1, 3, 8)}
N_ROWS = 25


def load(folder, name):
    """Return paths of shape (length, n_features) and labels, both splits together."""
    with np.load(Path(folder) / f"{name}.npz") as data:
        if name == "basic_motions":  # (n_cases, n_channels, length)
            paths = [np.ascontiguousarray(x.T) for x in data["X_train"]]
            paths += [np.ascontiguousarray(x.T) for x in data["X_test"]]
        else:  # rows below each other, and lengths
            paths = np.split(
                data["values_train"], np.cumsum(data["lengths_train"])[:-1]
            )
            paths += np.split(data["values_test"], np.cumsum(data["lengths_test"])[:-1])
        y = np.concatenate([data["y_train"], data["y_test"]])
    return [path.astype(np.float64) for path in paths], y


class GaussianSampler(BaseEstimator):
    """Gaussian residuals with shrunk covariance, where an untrained score starts."""

    def fit(self, X, y=None):
        self.distribution_ = LedoitWolf().fit(X)
        return self

    def sample(self, n_samples=1, random_state=None):
        rng = np.random.RandomState(random_state)
        distribution = self.distribution_
        return rng.multivariate_normal(
            distribution.location_, distribution.covariance_, n_samples
        )

    def score_samples(self, X):
        return self.distribution_.score_samples(X)


# Methods: a function of paths, labels, number of new cases of each class, seed.


def ours(sampler, redraw_probability, dynamics=None, **params):
    """Augmenter of this package."""

    def augment(paths, y, n_new, seed):
        generator = GenerativeTimeSeries(
            dynamics, sampler, preprocessor=StandardScaler()
        )
        augmenter = TimeSeriesAugmenter(
            generator,
            sampling_strategy=lambda y: wanted(y, n_new),
            redraw_probability=redraw_probability,
            random_state=seed,
            **params,
        )
        return augmenter.fit_resample(paths, y)

    return augment


def wanted(y, n_new):
    labels, counts = np.unique(y, return_counts=True)
    return {k: n + n_new for k, n in zip(labels.tolist(), counts.tolist(), strict=True)}


def jitter(paths, y, n_new, seed, size=0.1):
    """Noise of a tenth of the spread of each column on copies."""
    rng = np.random.RandomState(seed)
    spread = size * np.concatenate(paths).std(axis=0)
    chosen = np.concatenate(
        [rng.choice(np.flatnonzero(y == label), n_new) for label in np.unique(y)]
    )
    new = [paths[i] + spread * rng.standard_normal(paths[i].shape) for i in chosen]
    return [*paths, *new], np.concatenate([y, y[chosen]])


def smote(paths, y, n_new, seed):
    """SMOTE on flattened windows, cases resampled to their median length."""
    from imblearn.over_sampling import SMOTE

    length = int(np.median([len(path) for path in paths]))
    windows = resampled(paths, length)
    method = SMOTE(
        sampling_strategy=wanted(y, n_new),
        k_neighbors=min(5, np.unique(y, return_counts=True)[1].min() - 1),
        random_state=seed,
    )
    flat, labels = method.fit_resample(windows.reshape(len(paths), -1), y)
    new = flat[len(paths) :].reshape(-1, *windows.shape[1:])
    return [*paths, *new], labels


def methods(max_iter, n_cases):
    """Return all methods by name."""
    diffusion = DiffusionResidualSampler(max_iter=max_iter)
    gaussian = GaussianSampler()
    rows = {"none": lambda paths, y, n_new, seed: (paths, y), "jitter": jitter}
    if n_cases > 1 and find_spec("imblearn"):
        rows["SMOTE"] = smote
    rows["Gaussian, half fresh"] = ours(gaussian, 0.5)
    rows["Gaussian, all fresh"] = ours(gaussian, 1.0)
    rows["Gaussian, half, shared"] = ours(gaussian, 0.5, shared_dynamics=True)
    lags = KernelDriftVolEstimator(conditioning=LaggedStates(n_lags=2))
    rows["Gaussian, half, 2 lags"] = ours(gaussian, 0.5, dynamics=lags)
    if max_iter:
        rows["diffusion, half fresh"] = ours(diffusion, 0.5)
    return rows


# Classifiers of lists of paths.


def resampled(paths, length=N_ROWS):
    """Cases of one length, by linear interpolation."""
    grid = np.linspace(0.0, 1.0, length)
    return np.stack(
        [
            np.column_stack(
                [np.interp(grid, np.linspace(0.0, 1.0, len(path)), x) for x in path.T]
            )
            for path in paths
        ]
    )


def features(paths):
    """Moments, quantiles, roughness and correlations of each case."""
    rows = []
    for path in paths:
        third = max(1, len(path) // 3)
        spread = path.std(axis=0) + 1e-9
        z = (path - path.mean(axis=0)) / spread
        correlation = z.T @ z / len(z)
        rows.append(
            np.concatenate(
                [
                    path.mean(axis=0),
                    spread,
                    *np.quantile(path, [0.0, 0.5, 1.0], axis=0),
                    np.abs(np.diff(path, axis=0)).mean(axis=0),
                    (z[1:] * z[:-1]).mean(axis=0),
                    path[:third].mean(axis=0),
                    path[-third:].mean(axis=0),
                    correlation[np.triu_indices(len(correlation), 1)],
                ]
            )
        )
    return np.array(rows)


def classifiers():
    """Return all classifiers by name."""
    even = FunctionTransformer(resampled)
    turned = FunctionTransformer(to_channels_first)
    flat = FunctionTransformer(lambda X: X.reshape(len(X), -1))
    columns = {
        "logistic": make_pipeline(
            FunctionTransformer(features),
            StandardScaler(),
            LogisticRegression(max_iter=2000),
        ),
        "trees": make_pipeline(
            FunctionTransformer(features), ExtraTreesClassifier(200, random_state=0)
        ),
        "1-NN": make_pipeline(even, flat, StandardScaler(), KNeighborsClassifier(1)),
    }
    if find_spec("aeon"):
        from aeon.classification.distance_based import KNeighborsTimeSeriesClassifier
        from aeon.transformations.collection.convolution_based import MiniRocket

        columns["MiniRocket"] = make_pipeline(
            even,
            turned,
            MiniRocket(n_kernels=1000, random_state=0),
            StandardScaler(),
            RidgeClassifierCV(np.logspace(-3, 3, 7)),
        )
        columns["1-NN DTW"] = make_pipeline(
            even,
            turned,
            KNeighborsTimeSeriesClassifier(distance_params={"window": 0.1}),
        )
    return columns


def run_repeat(paths, y, n_cases, factor, max_iter, repeat):
    """Accuracy of each method under each classifier, and CPU seconds of the method."""
    warnings.simplefilter("ignore")  # few cases: of that the table itself tells
    rng = np.random.RandomState(repeat)
    train = np.concatenate(
        [
            rng.choice(np.flatnonzero(y == label), n_cases, replace=False)
            for label in np.unique(y)
        ]
    )
    test = np.setdiff1d(np.arange(len(y)), train)
    X_test = [paths[i] for i in test]
    accuracy, seconds = [], []
    rows = methods(max_iter, n_cases)
    for augment in rows.values():
        start = time.process_time()
        X, labels = augment(
            [paths[i] for i in train], y[train], factor * n_cases, repeat
        )
        seconds.append(time.process_time() - start)
        accuracy.append(
            [
                model.fit(X, labels).score(X_test, y[test])
                for model in classifiers().values()
            ]
        )
    return {"rows": list(rows), "accuracy": accuracy, "seconds": seconds}


def key(cell):
    """What makes a cell the one that it is."""
    names = ("set", "n_cases", "repeat", "factor", "max_iter", "columns")
    return json.dumps([cell[name] for name in names])


def read_cells(path):
    """Finished cells: one line of JSON for each."""
    path = Path(path)
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return [json.loads(line) for line in lines]


def main():
    """Run what is not there yet, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, help="folder with the two .npz files")
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument(
        "--factor", type=int, default=3, help="new cases for each real one"
    )
    parser.add_argument(
        "--max-iter", type=int, default=100, help="0: no diffusion rows"
    )
    parser.add_argument("--sets", nargs="+", default=list(DATA), choices=list(DATA))
    parser.add_argument("--cells", default="build/augmentation.jsonl")
    parser.add_argument("--page", help="write the tables here, as Markdown")
    parser.add_argument("--quick", action="store_true", help="one small cell")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.repeats, arguments.max_iter = 1, 0
        arguments.sets = arguments.sets[:1]
    options = {"factor": arguments.factor, "max_iter": arguments.max_iter}
    options["columns"] = list(classifiers())
    known = {key(cell) for cell in read_cells(arguments.cells)}
    Path(arguments.cells).parent.mkdir(parents=True, exist_ok=True)
    # All settings once, then again: whenever it is stopped, they have as many repeats.
    for repeat in range(arguments.repeats):
        for name in arguments.sets:
            if not (Path(arguments.data) / f"{name}.npz").exists():
                print(f"skipped {name}: {arguments.data} has no {name}.npz")
                continue
            paths, y = load(arguments.data, name)
            for n_cases in DATA[name][: 1 if arguments.quick else None]:
                cell = {"set": name, "n_cases": n_cases, "repeat": repeat, **options}
                if key(cell) in known:
                    continue
                cell |= run_repeat(
                    paths, y, n_cases, arguments.factor, arguments.max_iter, repeat
                )
                with open(arguments.cells, "a", encoding="utf-8") as file:
                    print(json.dumps(cell), file=file)
    cells = [
        cell
        for cell in read_cells(arguments.cells)
        if all(cell[name] == value for name, value in options.items())
        and cell["set"] in arguments.sets
        and cell["repeat"] < arguments.repeats
    ]
    if arguments.page:
        Path(arguments.page).write_text(page(cells), "utf-8")
    else:
        print("\n\n".join(tables(cells)))


if __name__ == "__main__":
    main()
