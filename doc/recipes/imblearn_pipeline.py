"""Augmentation within cross-validation, by imbalanced-learn's pipeline."""

import numpy as np
from imblearn.pipeline import Pipeline
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.neighbors import KernelDensity
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skdiffts import GenerativeTimeSeries
from skdiffts.augmentation import TimeSeriesAugmenter


def features(paths):
    """Mean and standard deviation of each column of each path."""
    return np.concatenate([paths.mean(axis=1), paths.std(axis=1)], axis=1)


rng = np.random.RandomState(0)
X = rng.standard_normal((30, 25, 2)).cumsum(axis=1)
X[18:] *= 0.5
y = np.array(["wild"] * 18 + ["calm"] * 12)

generator = GenerativeTimeSeries(
    sampler=KernelDensity(bandwidth=0.3), preprocessor=StandardScaler()
)
pipeline = Pipeline(
    [
        ("augment", TimeSeriesAugmenter(generator, random_state=0)),
        ("features", FunctionTransformer(features)),
        ("classify", LogisticRegression()),
    ]
)
grid = {"augment__ratio": [1.0, 3.0]}
search = GridSearchCV(pipeline, grid, cv=StratifiedKFold(3)).fit(X, y)
