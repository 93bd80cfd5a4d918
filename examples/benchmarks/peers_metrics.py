"""What the peers benchmark measures, in units of the held-out standard deviations."""

import numpy as np

from skdiffts.metrics import (
    autocorrelation_difference,
    covariance_difference,
    coverage,
    discriminative_score,
    energy_score,
    nearest_neighbor_ratio,
    sliced_wasserstein,
)

WINDOW = 24
N_DIRECTIONS = 100
N_FORECASTS = 30

# Name, heading, and whether small is good (None: neither, or a cost).
COLUMNS = {
    "sw2_pairs": ("SW2 of pairs", True),
    "sw2_windows": ("SW2 of windows", True),
    "autocovariance": ("autocov. error", True),
    "covariance": ("cov. error", True),
    "squares": ("ACF of squares", True),
    "energy_score": ("energy score", True),
    "coverage": ("coverage", False),
    "memorisation": ("NN ratio", None),
    "discriminative": ("discr. score", True),
    "log_likelihood": ("log-lik.", False),
    "fit_s": ("fit s", None),
    "sample_s": ("sample s", None),
    "memory_mib": ("MiB", None),
}


class Judge:
    """Held-out data of one set, prepared once for all generators."""

    def __init__(self, data):
        self.data = data
        test = np.stack([np.asarray(path, dtype=np.float64) for path in data.test])
        self.mean = test.mean(axis=(0, 1))
        self.std = test.std(axis=(0, 1))
        self.std[self.std == 0.0] = 1.0
        self.test = self.scaled(test)
        train = self.scaled(
            np.stack([np.asarray(path, dtype=np.float64) for path in data.train])
        )
        self.train = train
        self.pairs = spread(windows(self.test, 2, 1), 3000)
        self.windows = spread(windows(self.test, WINDOW, 2), 1000)
        self.train_pairs = spread(windows(train, 2, 1), 12_000)
        length = self.test.shape[1]
        self.lags = [lag for lag in (1, 2, 5, 10) if lag < min(length, data.length)]
        self.square_lags = np.arange(1, min(21, length, data.length))
        self.pasts, outcomes, self.where = data.cases()
        self.outcomes = self.scaled(outcomes)

    def scaled(self, rows):
        return (rows - self.mean) / self.std

    def paths(self, generated):
        """Distances of generated paths to held-out ones."""
        panel = self.scaled(np.asarray(generated))
        if not np.isfinite(panel).all():
            raise ValueError("The paths are not finite.")
        return self._distances(panel)

    def floor(self):
        """The same of the training rows themselves: real against real."""
        return self._distances(self.train)

    def forecasts(self, ensembles):
        """Energy score of forecasts (n_cases, n_samples, d) of held-out rows."""
        return {"energy_score": energy_score(self.scaled(ensembles), self.outcomes)}

    def kept_rows(self):
        """Row numbers of each held-out path whose density is asked for."""
        chosen = spread(np.arange(len(self.where)), self.data.n_scored)
        where = [self.where[j] for j in chosen]
        if self.data.n_scored > len(self.where):
            where = self.data.cases(self.data.n_scored)[2]
        return [
            np.array([i for q, i in where if q == p], dtype=int)
            for p in range(len(self.data.test))
        ]

    def _distances(self, panel):
        pairs = spread(windows(panel, 2, 1), 3000)
        long = spread(windows(panel, WINDOW, WINDOW // 2), 1000)
        real = spread(self.pairs, 1000)
        some = spread(
            pairs, len(real)
        )  # equal numbers: coverage 0.97 for equal distributions
        figures = {
            "sw2_pairs": sliced_wasserstein(
                self.pairs, pairs, n_directions=N_DIRECTIONS, random_state=0
            ),
            "sw2_windows": sliced_wasserstein(
                self.windows, long, n_directions=N_DIRECTIONS, random_state=0
            ),
            "autocovariance": np.mean(
                [covariance_difference(self.test, panel, lag=h) for h in self.lags]
            ),
            "covariance": covariance_difference(self.test, panel),
            "squares": autocorrelation_difference(
                self.test, panel, of="squares", lags=self.square_lags
            ),
            "coverage": coverage(real, some),
            "memorisation": nearest_neighbor_ratio(some, self.train_pairs, real),
        }
        if self.data.length == WINDOW:  # the sets of the published table
            shape = (-1, WINDOW, panel.shape[2])
            figures["discriminative"] = discriminative_score(
                spread(self.windows, 500).reshape(shape),
                spread(long, 500).reshape(shape),
            )
        return figures


def windows(panel, length, step):
    """Windows of a panel, flattened, path by path."""
    n, total, d = panel.shape
    firsts = range(0, total - length + 1, step)
    cut = [panel[:, i : i + length].reshape(n, length * d) for i in firsts]
    return np.concatenate(np.stack(cut, axis=1))


def spread(rows, most):
    """At most so many rows, evenly spaced."""
    if len(rows) <= most:
        return rows
    return rows[np.linspace(0, len(rows) - 1, most).round().astype(int)]
