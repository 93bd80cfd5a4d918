"""The recurrent networks of published tables, as estimators for our two scores.

    discriminative_score(X, Y, estimator=GRUClassifier(n_features=X.shape[2]))
    predictive_score(X, Y, estimator=GRURegressor(n_features=X.shape[2], n_iter=5000))

One gated recurrent layer of half as many units as features, a linear map of its last
state, Adam, batches of 128: J. Yoon, D. Jarrett and M. van der Schaar, Time-series
generative adversarial networks, NeurIPS 2019, and its supplement. What differs: columns
are standardised, where the tables have data in (0, 1); our scores judge all rows by five
folds, and all features given the rows before, where the tables judge one random split,
and the last feature given the others.
"""

from abc import ABC, abstractmethod

import numpy as np
import torch
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

__all__ = ["GRUClassifier", "GRURegressor"]


class Network(torch.nn.Module):
    """Recurrent layer and a linear map of its last state."""

    def __init__(self, n_features, n_hidden, n_outputs):
        super().__init__()
        self.recurrent = torch.nn.GRU(n_features, n_hidden, batch_first=True)
        self.linear = torch.nn.Linear(n_hidden, n_outputs)

    def forward(self, x):
        return self.linear(self.recurrent(x)[0][:, -1])


class BaseGRU(BaseEstimator, ABC):
    """Fit of a network to rows that are windows, flattened time by time.

    Parameters
    ----------
    n_features : int
        Features of a window; its length is the number of columns over that.
    n_hidden : int, default=None
        Units; None is half the features, one at least.
    n_iter : int, default=2000
        Steps of Adam.
    batch_size : int, default=128
        Rows of a step, drawn with replacement.
    learning_rate : float, default=1e-3
        Step size of Adam.
    random_state : int, RandomState instance or None, default=0
        Seed of weights and batches.
    """

    # Whether the columns of the latest time come first.
    latest_first = False

    def __init__(
        self,
        n_features,
        *,
        n_hidden=None,
        n_iter=2000,
        batch_size=128,
        learning_rate=1e-3,
        random_state=0,
    ):
        self.n_features = n_features
        self.n_hidden = n_hidden
        self.n_iter = n_iter
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.random_state = random_state

    @abstractmethod
    def _loss(self, output, target):
        """Mean loss of a batch."""

    def _fit(self, X, target):
        windows = self._windows(X)
        self.mean_ = windows.mean(axis=(0, 1))
        std = windows.std(axis=(0, 1))
        self.std_ = np.where(std > 0.0, std, 1.0)
        x, y = self._tensor(windows), torch.tensor(target, dtype=torch.float32)
        n_hidden = self.n_hidden or max(1, self.n_features // 2)
        rng = check_random_state(self.random_state)
        # Layers draw their weights from the global generator, which is given back.
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(rng.randint(2**31 - 1))
            self.network_ = Network(self.n_features, n_hidden, y.shape[1])
        adam = torch.optim.Adam(self.network_.parameters(), lr=self.learning_rate)
        for _ in range(self.n_iter):
            rows = rng.randint(len(x), size=self.batch_size)
            adam.zero_grad()
            self._loss(self.network_(x[rows]), y[rows]).backward()
            adam.step()
        return self

    def _output(self, X):
        check_is_fitted(self, "network_")
        X = validate_data(self, X, reset=False)
        with torch.inference_mode():
            return self.network_(self._tensor(self._windows(X))).double().numpy()

    def _windows(self, X):
        if X.shape[1] % self.n_features:
            raise ValueError(
                f"X has {X.shape[1]} columns, no multiple of n_features="
                f"{self.n_features}; pass the number of features of a window."
            )
        windows = X.reshape(len(X), -1, self.n_features)
        return windows[:, ::-1] if self.latest_first else windows

    def _tensor(self, windows):
        return torch.tensor((windows - self.mean_) / self.std_, dtype=torch.float32)


class GRUClassifier(ClassifierMixin, BaseGRU):
    """Recurrent classifier of two classes, for ``discriminative_score``."""

    def fit(self, X, y):
        X, y = validate_data(self, X, y)
        self.classes_, labels = np.unique(y, return_inverse=True)
        return self._fit(X, labels[:, np.newaxis])

    def predict(self, X):
        return self.classes_[(self._output(X)[:, 0] > 0.0).astype(int)]

    def _loss(self, output, target):
        return torch.nn.functional.binary_cross_entropy_with_logits(output, target)


class GRURegressor(RegressorMixin, BaseGRU):
    """Recurrent regression by absolute errors, for ``predictive_score``."""

    latest_first = True

    def fit(self, X, y):
        X, y = validate_data(self, X, y, multi_output=True)
        return self._fit(X, y.reshape(len(y), -1))

    def predict(self, X):
        return self._output(X)

    def _loss(self, output, target):
        return (output - target).abs().mean()
