"""Linear models that the benchmark of high dimension compares with."""

import numpy as np
from scipy.linalg import solve_triangular
from scipy.optimize import minimize
from scipy.special import gammaln
from scipy.stats import t as student
from sklearn.covariance import ledoit_wolf
from sklearn.decomposition import FactorAnalysis
from sklearn.model_selection import cross_val_score

N_FACTORS = (0, 1, 2, 4, 8, 16)
ALPHAS = np.geomspace(1e-2, 1e5, 22)


def pairs(paths):
    """Rows and their successors."""
    return (
        np.concatenate([x[:-1] for x in paths]),
        np.concatenate([x[1:] for x in paths]),
    )


class FirstOrder:
    """Model of the next row given the present one, which is simulated row by row."""

    def continue_from(self, states, n_steps, rng):
        """Simulate rows that follow given ones, shape (n_paths, n_steps, d)."""
        rows = []
        for _ in range(n_steps):
            states = self._mean(states) + self._draw(len(states), rng)
            rows.append(states)
        return np.stack(rows, axis=1)

    def sample(self, split, n_paths, length, rng):
        """Simulate paths that begin at training rows."""
        rows = np.concatenate(split.train)
        return self.continue_from(
            rows[rng.randint(len(rows), size=n_paths)], length, rng
        )

    def forecast(self, pasts, n_steps, n_samples, rng):
        """Continue each past, shape (n_pasts, n_samples, n_steps, d)."""
        last = np.repeat([x[-1] for x in pasts], n_samples, axis=0)
        rows = self.continue_from(last, n_steps, rng)
        return rows.reshape(len(pasts), n_samples, *rows.shape[1:])


class SeriesAutoregression(FirstOrder):
    """Each series by itself: first-order autoregression with t noise."""

    def fit(self, split):
        Z, Y = pairs(split.train)
        centered = Z - Z.mean(axis=0)
        self.slope = (centered * Y).sum(axis=0) / (centered**2).sum(axis=0)
        self.intercept = Y.mean(axis=0) - self.slope * Z.mean(axis=0)
        rest = Y - self.intercept - self.slope * Z
        self.noise = [student.fit(column, floc=0.0) for column in rest.T]
        return self

    def log_density(self, split):
        Z, Y = pairs(split.test)
        rest = Y - self._mean(Z)
        return sum(
            student.logpdf(column, *noise)
            for column, noise in zip(rest.T, self.noise, strict=True)
        )

    def _mean(self, Z):
        return self.intercept + self.slope * Z

    def _draw(self, n, rng):
        columns = [student.rvs(*one, size=n, random_state=rng) for one in self.noise]
        return np.stack(columns, axis=1)


class RidgeAutoregression(FirstOrder):
    """Each series on its own present value, and the rest on the whole row under a ridge.

    One penalty for all, by leave-one-out error.
    """

    def fit(self, split):
        Z, Y = pairs(split.train)
        self.center, self.mean = Z.mean(axis=0), Y.mean(axis=0)
        Z, Y = Z - self.center, Y - self.mean
        U, s, V = np.linalg.svd(Z, full_matrices=False)
        self.own = (Z * Y).sum(axis=0) / (Z**2).sum(axis=0)
        centered = Y - self.own * Z
        coordinates = U.T @ centered
        best = np.inf
        for alpha in ALPHAS:
            kept = s**2 / (s**2 + alpha)
            leverage = 2.0 / len(Z) + U**2 @ kept
            rest = centered - U @ (kept[:, np.newaxis] * coordinates)
            rest /= (1.0 - np.minimum(leverage, 0.999))[:, np.newaxis]
            if (rest**2).sum() < best:
                best, residuals = (rest**2).sum(), rest
                shrunk = (kept / s)[:, np.newaxis] * coordinates
                self.slopes = V.T @ shrunk
        self._fit_noise(residuals)
        return self

    def log_density(self, split):
        Z, Y = pairs(split.test)
        rest = Y - self._mean(Z)
        white = solve_triangular(self.factor, rest.T, lower=True)
        log_det = np.log(np.diagonal(self.factor)).sum()
        return self._radial((white**2).sum(axis=0), len(white)) - log_det

    def _mean(self, Z):
        Z = Z - self.center
        return self.mean + self.own * Z + Z @ self.slopes

    def _draw(self, n, rng):
        return (
            self._radius(n, rng)
            * rng.standard_normal((n, len(self.mean)))
            @ (self.factor.T)
        )

    def _radius(self, n, rng):
        return 1.0

    def _fit_noise(self, residuals):
        """Gaussian noise with the covariance of Ledoit and Wolf."""
        covariance, _ = ledoit_wolf(residuals, assume_centered=True)
        self.factor = np.linalg.cholesky(covariance)

    def _radial(self, squares, d):
        return -0.5 * (squares + d * np.log(2.0 * np.pi))


class FactorAutoregression(RidgeAutoregression):
    """The same drift; noise with factors, whose number is cross-validated, and a t radius."""

    def _fit_noise(self, residuals):
        d = residuals.shape[1]
        candidates = [FactorAnalysis(k) for k in N_FACTORS if 3 * k < d]
        values = [cross_val_score(one, residuals, cv=5).mean() for one in candidates]
        best = candidates[int(np.argmax(values))].fit(residuals)
        self.factor = np.linalg.cholesky(best.get_covariance())
        white = solve_triangular(self.factor, residuals.T, lower=True)
        squares = (white**2).sum(axis=0)

        def deviance(parameters):
            self.degrees, self.scale = (
                2.0 + np.exp(parameters[0]),
                np.exp(parameters[1]),
            )
            return -self._radial(squares, d).mean()

        self.degrees, self.scale = 2.0, 1.0
        best = minimize(deviance, [2.0, 0.0], method="Nelder-Mead")
        deviance(best.x)

    def _radial(self, squares, d):
        nu, c = self.degrees, self.scale
        half, total = 0.5 * nu, 0.5 * (nu + d)
        constant = gammaln(total) - gammaln(half) - 0.5 * d * np.log(nu * np.pi * c)
        return constant - total * np.log1p(squares / (nu * c))

    def _radius(self, n, rng):
        squares = rng.chisquare(self.degrees, size=(n, 1)) / self.degrees
        return np.sqrt(self.scale / squares)
