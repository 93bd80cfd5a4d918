"""Ours, and generators of other packages, behind the interface of the peers benchmark."""

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KernelDensity

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts.conditioning import (
    CalendarFeatures,
    ConditioningUnion,
    EWCovariance,
    EWVolatility,
    LaggedStates,
    State,
)
from skdiffts.kernel import Tabulated


class SelectedMixture(BaseEstimator):
    """GaussianMixture, its number of components by the Bayesian criterion."""

    def __init__(self, max_components=6, random_state=None):
        self.max_components = max_components
        self.random_state = random_state

    def fit(self, X, y=None):
        d = X.shape[1]
        # Each component with its covariance needs rows of its own.
        most = max(1, min(self.max_components, len(X) // (3 * d)))
        fits = [
            GaussianMixture(k, random_state=self.random_state).fit(X)
            for k in range(1, most + 1)
        ]
        self.best_ = min(fits, key=lambda fit: fit.bic(X))
        return self

    def sample(self, n_samples=1, random_state=None):
        # The fitted mixture draws from its own seed, and labels come with the rows.
        rng = np.random.RandomState(random_state)
        rows = self.best_.set_params(random_state=rng).sample(n_samples)[0]
        return rng.permutation(rows)

    def score_samples(self, X):
        return self.best_.score_samples(X)


class SelectedKernelDensity(BaseEstimator):
    """KernelDensity, its bandwidth by cross-validation."""

    def fit(self, X, y=None):
        grid = {"bandwidth": np.geomspace(0.05, 0.8, 9)}
        search = GridSearchCV(KernelDensity(), grid, cv=3)
        # The search is quadratic in the rows.
        search.fit(X[:: max(1, len(X) // 2000)])
        self.best_ = search.best_estimator_.fit(X)
        return self

    def sample(self, n_samples=1, random_state=None):
        return self.best_.sample(n_samples, random_state=random_state)

    def score_samples(self, X):
        return self.best_.score_samples(X)


def returns_dynamics(d, rows_per_day):
    """Volatility that clusters, of series whose increments are what was asked for."""
    return KernelDriftVolEstimator(
        "all",
        degree=0,
        conditioning=EWVolatility(pooling=1.0),
        scale=EWCovariance(volatility=EWVolatility(halflife=23.0, pooling=0.3)),
    )


def calendar_dynamics(d, rows_per_day):
    """State, hour of the day, day of the week and season."""
    season = CalendarFeatures(periods=("day", "week", "year"), n_harmonics=2)
    parts = [("state", State()), ("season", season)]
    return KernelDriftVolEstimator(
        800,
        conditioning=ConditioningUnion(parts=parts),
        metric=[0.3] * d + [1.0, 1.0, 0.7, 0.7] + [0.5] * 4 + [0.7, 0.7, 0.3, 0.3],
        shrinkage=0.0,
        dt=1.0 / rows_per_day,
        evaluation=Tabulated(),
    )


def lags_dynamics(d, rows_per_day):
    """The last two rows, which tell the speed of a smooth path."""
    return KernelDriftVolEstimator(
        conditioning=LaggedStates(n_lags=2), evaluation=Tabulated()
    )


VARIANTS = {
    "returns": returns_dynamics,
    "calendar": calendar_dynamics,
    "lags": lags_dynamics,
}


class Ours:
    """GenerativeTimeSeries: defaults, the variant of the data, or another sampler."""

    def __init__(self, variant=None, sampler=None, start="states"):
        self.variant = variant
        self.sampler = sampler
        self.start = start

    def fit(self, train, seed):
        dynamics = None
        # Returns are the increments of what the dynamics see.
        self.cumulated = self.variant == "returns"
        if self.variant is not None:
            rows_per_day = 1
            if self.variant == "calendar":
                step = np.median(np.diff(train[0].index.to_numpy()))
                rows_per_day = round(np.timedelta64(1, "D") / step)
            dynamics = VARIANTS[self.variant](train[0].shape[1], rows_per_day)
        elif len(train) * len(train[0]) > 5000:
            # The same estimator; without it simulation would take minutes.
            dynamics = KernelDriftVolEstimator(evaluation=Tabulated())
        self.model = GenerativeTimeSeries(dynamics, self.sampler)
        if self.sampler is None or "random_state" in self.sampler.get_params():
            self.model.set_params(sampler__random_state=seed)
        self.model.fit(self._inputs(train))
        return self

    def sample(self, n_paths, length, seed):
        paths = self.model.sample(
            n_paths,
            length + self.cumulated,
            x0=self.start,
            output="array",
            random_state=seed,
        )
        return np.diff(paths, axis=1) if self.cumulated else paths

    def forecast(self, pasts, n_samples, seed):
        pasts = self._inputs(pasts)
        rows = self.model.forecast(
            pasts, 1, n_samples, output="array", random_state=seed
        )[:, :, 0]
        if self.cumulated:
            rows = rows - np.stack([past[-1] for past in pasts])[:, np.newaxis]
        return rows

    def log_density(self, paths, kept):
        inputs = self._inputs(paths)
        residuals, log_jacobian = self.model.dynamics_.whiten(inputs)
        first = np.cumsum([0, *map(len, inputs[:-1])]) + self.cumulated
        # Only of the rows in `kept`: each density is an integral over noise levels.
        rows = np.concatenate([f + some for f, some in zip(first, kept, strict=True)])
        return self.model.sampler_.score_samples(residuals[rows]) + log_jacobian[rows]

    def _inputs(self, paths):
        if self.cumulated:
            return [np.cumsum(np.pad(path, ((1, 0), (0, 0))), axis=0) for path in paths]
        return paths


class VinePeer:
    """Rows that are independent and have the regular vine copula of skfolio."""

    def fit(self, train, seed):
        from skfolio.distribution import VineCopula

        rows = np.concatenate([np.asarray(path) for path in train])
        self.model = VineCopula(random_state=seed).fit(
            rows[:: max(1, len(rows) // 4000)]
        )
        return self

    def sample(self, n_paths, length, seed):
        self.model.set_params(random_state=seed)
        return self.model.sample(n_paths * length).reshape(n_paths, length, -1)

    def forecast(self, pasts, n_samples, seed):
        return self.sample(len(pasts), n_samples, seed)

    def log_density(self, paths, kept):
        rows = [np.asarray(path)[some] for path, some in zip(paths, kept, strict=True)]
        return self.model.score_samples(np.concatenate(rows))


class ParPeer:
    """Autoregressive network of DeepEcho (PAR); each stretch of rows is a sequence."""

    n_rows = 24

    def fit(self, train, seed):
        import torch
        from deepecho.models.par import PARModel

        sequences = [
            {"context": [], "data": np.asarray(path)[i : i + self.n_rows].T.tolist()}
            for path in train
            for i in range(0, len(path) - self.n_rows + 1, self.n_rows)
        ]
        d = train[0].shape[1]
        torch.manual_seed(seed)
        self.model = PARModel(epochs=128, cuda=False, verbose=False)
        self.model.fit_sequences(sequences, [], ["continuous"] * d)
        return self

    def sample(self, n_paths, length, seed):
        import torch

        torch.manual_seed(seed)
        draws = [
            self.model.sample_sequence([], sequence_length=length)
            for _ in range(n_paths)
        ]
        return np.array(draws, dtype=np.float64).transpose(0, 2, 1)
