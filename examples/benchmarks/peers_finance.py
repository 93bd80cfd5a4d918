"""What practitioners fit to returns: multivariate GARCH and filtered simulation.

Both take rows for returns: the mean is constant, volatility moves. Stretches of training
rows are fitted as one series, as their packages know one path only; each held-out past is
filtered from the training rows' mean variance, so that no later row is seen.
"""

from itertools import product

import numpy as np
from peers_classics import as_arrays


class DccGarch:
    """DCC-GARCH with a Student-t copula and Student-t margins, by the package multiarch.

    Dynamics of correlation (DCC or asymmetric) and of volatility (GARCH or GJR, of order
    (1, 1)) by the Bayesian information criterion on the training rows.
    """

    def fit(self, train, seed):
        from multiarch import DCC

        rows = np.concatenate(as_arrays(train))
        fits = []
        for correlation, volatility in product(("dcc", "adcc"), ("garch", "gjr")):
            options = {"model": correlation, "vol": volatility, "dist": "t"}
            fits.append(DCC(rows, copula="t", **options).fit(se=None))
        criteria = [-2.0 * f.loglik + len(f.params) * np.log(len(rows)) for f in fits]
        self.model, self.rows = fits[int(np.argmin(criteria))], rows
        self.variance = self.model.sigma2.mean(axis=0)
        return self

    def sample(self, n_paths, length, seed):
        # From training days: the unconditional variance of some stocks is next to infinite.
        days = np.random.RandomState(seed).randint(1, len(self.rows), size=n_paths) + 1
        pasts = [self.rows[:day] for day in days]
        return self._continued(pasts, length, 1, seed)[:, 0]

    def forecast(self, pasts, n_samples, seed):
        return self._continued(pasts, 1, n_samples, seed)[:, :, 0]

    def _continued(self, pasts, n_steps, n_samples, seed):
        """Continue each past, shape (n_pasts, n_samples, n_steps, d)."""
        options = {"nobs": n_steps, "n_paths": n_samples, "start": "end"}
        return np.stack(
            [
                self._filtered(past).simulate(**options, seed=[seed, i])["returns"]
                for i, past in enumerate(pasts)
            ]
        )

    def log_density(self, paths, kept):
        return np.concatenate(
            [
                self._filtered(path).loglik_obs[some]
                for path, some in zip(paths, kept, strict=True)
                if len(some)
            ]
        )

    def _filtered(self, rows):
        """State of the model behind some rows, by the parameters of the fit."""
        return self.model.apply(np.asarray(rows, dtype=float), sigma2_0=self.variance)


class FilteredHistoricalSimulation:
    """Rows are volatilities times whole rows of standardised residuals, resampled.

    G. Barone-Adesi, K. Giannopoulos and L. Vosper, VaR without correlations for portfolios
    of derivative securities, Journal of Futures Markets 19, 1999. The variance of a series
    follows s' = omega + alpha e^2 + beta s: with "garch" it is GARCH(1, 1) by the package
    arch, with "ewma" omega is 0 and alpha = 1 - beta, one beta for all series by the
    likelihood of the training rows.
    """

    decays = (0.90, 0.94, 0.97, 0.99)

    def __init__(self, volatility):
        self.volatility = volatility

    def fit(self, train, seed):
        paths = as_arrays(train)
        rows = np.concatenate(paths)
        fit = {"ewma": self._fit_decay, "garch": self._fit_garch}[self.volatility]
        self.mean = rows.mean(axis=0)
        self.variance = rows.var(axis=0)
        fit(paths)
        traced = [self._variances(path) for path in paths]
        before = np.concatenate([trace[:-1] for trace in traced])
        self.next_variances = np.concatenate([trace[1:] for trace in traced])
        self.rows = rows
        self.residuals = (rows - self.mean) / np.sqrt(before)
        return self

    def sample(self, n_paths, length, seed):
        rng = np.random.RandomState(seed)
        first = rng.randint(len(self.rows), size=n_paths)
        following = self._simulated(self.next_variances[first], length - 1, rng)
        return np.concatenate([self.rows[first][:, np.newaxis], following], axis=1)

    def forecast(self, pasts, n_samples, seed):
        return self.continued(pasts, 1, n_samples, seed)[:, :, 0]

    def continued(self, pasts, n_steps, n_samples, seed):
        """Continue each past, shape (n_pasts, n_samples, n_steps, d)."""
        last = np.stack([self._variances(past)[-1] for past in as_arrays(pasts)])
        rng = np.random.RandomState(seed)
        rows = self._simulated(np.repeat(last, n_samples, axis=0), n_steps, rng)
        return rows.reshape(len(pasts), n_samples, n_steps, -1)

    def _simulated(self, variance, n_steps, rng):
        """Rows (n, n_steps, d) whose first has a given variance (n, d)."""
        rows = np.empty((len(variance), n_steps, len(self.mean)))
        for step in range(n_steps):
            drawn = self.residuals[rng.randint(len(self.residuals), size=len(variance))]
            rows[:, step] = self.mean + np.sqrt(variance) * drawn
            variance = self._following(variance, rows[:, step])
        return rows

    def _variances(self, path):
        """Variance of each row given those before, and of the row that follows."""
        trace = [self.variance]
        for row in path:
            trace.append(self._following(trace[-1], row))
        return np.stack(trace)

    def _following(self, variance, row):
        return self.omega + self.alpha * (row - self.mean) ** 2 + self.beta * variance

    def _fit_decay(self, paths):
        best, self.omega = np.inf, 0.0
        for decay in self.decays:
            self.alpha, self.beta = 1.0 - decay, decay
            traced = [self._variances(path)[:-1] for path in paths]
            deviance = sum(
                (np.log(trace) + (path - self.mean) ** 2 / trace).sum()
                for trace, path in zip(traced, paths, strict=True)
            )
            if deviance < best:
                best, chosen = deviance, decay
        self.alpha, self.beta = 1.0 - chosen, chosen

    def _fit_garch(self, paths):
        from arch import arch_model

        rows = np.concatenate(paths)
        scale = rows.std(axis=0)  # arch wants numbers of about one
        fits = [arch_model(x, rescale=False).fit(disp="off") for x in (rows / scale).T]
        table = np.stack([fit.params.to_numpy() for fit in fits])
        self.mean, self.omega = table[:, 0] * scale, table[:, 1] * scale**2
        self.alpha, self.beta = table[:, 2], table[:, 3]
