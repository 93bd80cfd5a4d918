"""Classical generators that every table stands beside."""

import numpy as np


class VarBootstrap:
    """VAR(1) by least squares with resampled residuals."""

    name = "VAR(1), resampled residuals"

    def fit(self, X):
        design = np.column_stack([np.ones(len(X) - 1), X[:-1]])
        self.coef = np.linalg.lstsq(design, X[1:], rcond=None)[0]
        residuals = X[1:] - design @ self.coef
        self.residuals = residuals - residuals.mean(axis=0)
        self.states = X
        return self

    def sample(self, n_paths, length, rng):
        x = self.states[rng.randint(len(self.states), size=n_paths)]
        paths = [x]
        for _ in range(length - 1):
            noise = self.residuals[rng.randint(len(self.residuals), size=n_paths)]
            paths.append(self.coef[0] + paths[-1] @ self.coef[1:] + noise)
        return np.stack(paths, axis=1)

    def gaussian_score(self, X):
        """Mean Gaussian conditional log-likelihood of a held-out path."""
        residuals = X[1:] - self.coef[0] - X[:-1] @ self.coef[1:]
        covariance = self.residuals.T @ self.residuals / len(self.residuals)
        d = X.shape[1]
        log_det = np.linalg.slogdet(covariance)[1]
        energy = np.einsum(
            "nd,nd->n", residuals, np.linalg.solve(covariance, residuals.T).T
        )
        return -0.5 * (energy.mean() + log_det + d * np.log(2 * np.pi))


class StationaryBootstrap:
    """Blocks of geometric length (Politis and Romano 1994), mean length n^(1/3)."""

    name = "stationary bootstrap"

    def fit(self, X):
        self.X = X
        self.restart = len(X) ** (-1 / 3)
        return self

    def sample(self, n_paths, length, rng):
        n = len(self.X)
        index = rng.randint(n, size=n_paths)
        rows = [index]
        for _ in range(length - 1):
            fresh = rng.uniform(size=n_paths) < self.restart
            index = np.where(fresh, rng.randint(n, size=n_paths), (index + 1) % n)
            rows.append(index)
        return self.X[np.stack(rows, axis=1)]
