"""Ours, and generators of other packages, behind the interface of the peers benchmark."""

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.mixture import GaussianMixture

from skdiffts import GenerativeTimeSeries


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


class Ours:
    """GenerativeTimeSeries in its defaults, or with another sampler of residuals."""

    def __init__(self, sampler=None, start="states"):
        self.sampler = sampler
        self.start = start

    def fit(self, train, seed):
        self.model = GenerativeTimeSeries(sampler=self.sampler)
        if self.sampler is None or "random_state" in self.sampler.get_params():
            self.model.set_params(sampler__random_state=seed)
        self.model.fit(train)
        return self

    def sample(self, n_paths, length, seed):
        return self.model.sample(
            n_paths, length, x0=self.start, output="array", random_state=seed
        )

    def forecast(self, pasts, n_samples, seed):
        rows = self.model.forecast(
            pasts, 1, n_samples, output="array", random_state=seed
        )
        return rows[:, :, 0]

    def log_density(self, paths, kept):
        if len(self.model.dependent_columns_.dependent) or self.model.support_:
            return (
                None  # of fewer columns, or partly a probability: not the rivals' unit
            )
        return np.concatenate(
            [
                self.model.score_samples(path)[some]
                for path, some in zip(paths, kept, strict=True)
                if len(some)
            ]
        )

    def describe(self):
        """What the defaults have found in the training rows."""
        return self.model.describe()


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
