"""Classical generators of the peers benchmark, written from their formulas.

All have ``fit(train, seed)`` and ``sample(n_paths, length, seed)``, and where they are
distributions of the next row ``forecast(pasts, n_samples, seed)`` and
``log_density(paths, kept)``: of the rows of each path whose numbers are in `kept`,
given those before.
"""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.stats import multivariate_t
from sklearn.neighbors import NearestNeighbors


def as_arrays(paths):
    """Paths as float64 arrays."""
    return [np.asarray(path, dtype=np.float64) for path in paths]


class VectorAutoregression:
    """VAR by least squares, its order by the Bayesian information criterion.

    Innovations are normal, or residuals of the fit drawn with replacement.
    """

    max_order = 4

    def __init__(self, gaussian):
        self.gaussian = gaussian

    def fit(self, train, seed):
        self.paths = as_arrays(train)
        d = self.paths[0].shape[1]
        best = np.inf
        for order in range(1, self.max_order + 1):
            # All orders are judged on the same rows.
            design, rows = self._regression(self.paths, order, self.max_order)
            if len(rows) < 2 * design.shape[1]:
                break
            coef = np.linalg.lstsq(design, rows, rcond=None)[0]
            errors = rows - design @ coef
            log_det = np.linalg.slogdet(errors.T @ errors / len(rows))[1]
            criterion = log_det + np.log(len(rows)) / len(rows) * coef.size
            if criterion < best:
                best, self.order = criterion, order
        design, rows = self._regression(self.paths, self.order, self.order)
        self.coef = np.linalg.lstsq(design, rows, rcond=None)[0]
        self.residuals = rows - design @ self.coef
        self.covariance = self.residuals.T @ self.residuals / len(rows)
        # Roots of nearly constant series need the smallest eigenvalue above zero.
        jitter = 1e-12 * np.trace(self.covariance) * np.eye(d)
        self.factor = np.linalg.cholesky(self.covariance + jitter)
        return self

    def sample(self, n_paths, length, seed):
        rng = np.random.RandomState(seed)
        starts = [
            (path, i) for path in self.paths for i in range(self.order, len(path) + 1)
        ]
        chosen = rng.randint(len(starts), size=n_paths)
        past = np.stack(
            [starts[k][0][starts[k][1] - self.order : starts[k][1]] for k in chosen]
        )
        rows = list(past.transpose(1, 0, 2))
        for _ in range(length - 1):
            rows.append(self._next(np.stack(rows[-self.order :], axis=1), rng))
        return np.stack(rows[self.order - 1 :], axis=1)

    def forecast(self, pasts, n_samples, seed):
        past = np.stack([np.asarray(p, dtype=np.float64)[-self.order :] for p in pasts])
        past = np.repeat(past, n_samples, axis=0)
        rows = self._next(past, np.random.RandomState(seed))
        return rows.reshape(len(pasts), n_samples, -1)

    def log_density(self, paths, kept):
        if not self.gaussian:
            return None
        result = []
        for path, some in zip(as_arrays(paths), kept, strict=True):
            design, rows = self._regression([path], self.order, self.order)
            z = np.linalg.solve(self.factor, (rows - design @ self.coef).T)
            d = rows.shape[1]
            log_det = np.log(np.diag(self.factor)).sum()
            log_p = -0.5 * (z**2).sum(axis=0) - log_det - 0.5 * d * np.log(2.0 * np.pi)
            result.append(np.concatenate([np.full(self.order, np.nan), log_p])[some])
        return np.concatenate(result)

    def _next(self, past, rng):
        """Next rows (n, d) of pasts (n, order, d)."""
        design = past[:, ::-1].reshape(len(past), -1)
        mean = self.coef[0] + design @ self.coef[1:]
        if self.gaussian:
            return mean + rng.standard_normal(mean.shape) @ self.factor.T
        return mean + self.residuals[rng.randint(len(self.residuals), size=len(mean))]

    @staticmethod
    def _regression(paths, order, first):
        lags = [
            np.concatenate([path[first - k : len(path) - k] for path in paths])
            for k in range(1, order + 1)
        ]
        design = np.column_stack([np.ones(len(lags[0])), *lags])
        return design, np.concatenate([path[first:] for path in paths])


class StationaryBootstrap:
    """Blocks of geometric length (Politis and Romano 1994), mean length n^(1/3).

    A block that comes to the end of a path goes on at a row drawn anew.
    """

    def fit(self, train, seed):
        paths = as_arrays(train)
        self.rows = np.concatenate(paths)
        self.last = np.zeros(len(self.rows), dtype=bool)
        self.last[np.cumsum([len(path) for path in paths]) - 1] = True
        self.restart = len(self.rows) ** (-1.0 / 3.0)
        return self

    def sample(self, n_paths, length, seed):
        rng, n = np.random.RandomState(seed), len(self.rows)
        index = [rng.randint(n, size=n_paths)]
        for _ in range(length - 1):
            fresh = self.last[index[-1]] | (rng.uniform(size=n_paths) < self.restart)
            index.append(np.where(fresh, rng.randint(n, size=n_paths), index[-1] + 1))
        return self.rows[np.stack(index, axis=1)]


class StaticStudentT:
    """Rows that are independent and multivariate Student-t, by maximum likelihood."""

    def fit(self, train, seed):
        rows = np.concatenate(as_arrays(train))
        best = minimize_scalar(
            lambda u: -self._fitted(rows, np.exp(u)).logpdf(rows).mean(),
            bounds=(np.log(1.5), np.log(100.0)),
            method="bounded",
            options={"xatol": 0.01},
        )
        self.distribution = self._fitted(rows, np.exp(best.x))
        return self

    def sample(self, n_paths, length, seed):
        rows = self.distribution.rvs(n_paths * length, random_state=seed)
        return rows.reshape(n_paths, length, -1)

    def forecast(self, pasts, n_samples, seed):
        return self.sample(len(pasts), n_samples, seed)

    def log_density(self, paths, kept):
        rows = [path[some] for path, some in zip(as_arrays(paths), kept, strict=True)]
        return self.distribution.logpdf(np.concatenate(rows))

    @staticmethod
    def _fitted(rows, df, n_steps=30):
        """Maximum of the likelihood for given degrees of freedom (Liu and Rubin 1995)."""
        d = rows.shape[1]
        mean, scale = rows.mean(axis=0), np.cov(rows.T)
        # Columns that are nearly equal leave a scale that SciPy calls singular.
        jitter = 1e-7 * np.trace(scale) * np.eye(d)
        scale += jitter
        for _ in range(n_steps):
            centred = rows - mean
            energy = np.einsum("nd,nd->n", centred, np.linalg.solve(scale, centred.T).T)
            weights = (df + d) / (df + energy)
            mean = weights @ rows / weights.sum()
            centred = rows - mean
            scale = (weights[:, np.newaxis] * centred).T @ centred / len(rows) + jitter
        return multivariate_t(mean, scale, df)


class SchroedingerBridge:
    r"""Schroedinger bridge of a Markov chain, its drift by Nadaraya and Watson.

    Between two rows the path is the Euler scheme of

    .. math::
        dX_t = \frac{\sum_m w_m F_m(t, X_t) (y_m - X_t)}{(1 - t) \sum_m w_m F_m(t, X_t)}
        dt + dW_t, \qquad
        F_m = \exp\Bigl(-\frac{|y_m - X_t|^2}{2 (1 - t)} + \frac{|y_m - x|^2}{2}\Bigr),

    from the row x at t = 0, with the successors y_m of training rows and quartic weights
    w_m of their distances to x (M. Hamdouche, P. Henry-Labordere and H. Pham, Generative
    modeling for time series via Schroedinger bridge, 2023, arXiv:2304.05093, section 3;
    the Markov form of A. Alouadi, B. Barreau, L. Carlier and H. Pham, 2025,
    arXiv:2503.02943). The reference is Brownian of unit variance a row, so that the
    increments are brought to it. The bandwidth is the distance to the k-th neighbour.
    """

    n_steps = 50

    def fit(self, train, seed):
        paths = as_arrays(train)
        self.scale = np.concatenate([np.diff(path, axis=0) for path in paths]).std(
            axis=0
        )
        self.scale[self.scale == 0.0] = 1.0
        rows = np.concatenate([path[:-1] for path in paths]) / self.scale
        self.next = np.concatenate([path[1:] for path in paths]) / self.scale
        self.n_neighbors = min(len(rows) - 1, max(10, int(2.0 * np.sqrt(len(rows)))))
        self.search = NearestNeighbors(n_neighbors=self.n_neighbors + 1).fit(rows)
        self.states = np.concatenate(paths) / self.scale
        return self

    def sample(self, n_paths, length, seed):
        rng = np.random.RandomState(seed)
        rows = [self.states[rng.randint(len(self.states), size=n_paths)]]
        for _ in range(length - 1):
            rows.append(self._next(rows[-1], rng))
        return np.stack(rows, axis=1) * self.scale

    def forecast(self, pasts, n_samples, seed):
        past = np.stack([np.asarray(past, dtype=np.float64)[-1] for past in pasts])
        past = np.repeat(past / self.scale, n_samples, axis=0)
        rows = self._next(past, np.random.RandomState(seed)) * self.scale
        return rows.reshape(len(pasts), n_samples, -1)

    def _next(self, x, rng):
        return np.concatenate(
            [self._bridge(x[i : i + 128], rng) for i in range(0, len(x), 128)]
        )

    def _bridge(self, x, rng):
        distance, near = self.search.kneighbors(x)
        # The quartic kernel vanishes at the bandwidth, the distance of the last one.
        bandwidth = np.maximum(distance[:, -1:], 1e-12)  # zero where rows repeat
        weights = (1.0 - (distance[:, :-1] / bandwidth) ** 2) ** 2
        log_w = np.log(np.maximum(weights, 1e-300))
        y = self.next[near[:, :-1]]
        log_w += 0.5 * ((y - x[:, np.newaxis]) ** 2).sum(axis=2)
        size = (y**2).sum(axis=2)
        for step in range(self.n_steps):
            left = 1.0 - step / self.n_steps
            # |y - x|^2 without |x|^2, which all m share.
            product = np.matmul(y, x[:, :, np.newaxis])[:, :, 0]
            log_f = log_w - (size - 2.0 * product) / (2.0 * left)
            f = np.exp(log_f - log_f.max(axis=1, keepdims=True))
            mean = np.matmul(f[:, np.newaxis], y)[:, 0] / f.sum(axis=1, keepdims=True)
            noise = rng.standard_normal(x.shape) / np.sqrt(self.n_steps)
            x = x + (mean - x) / (left * self.n_steps) + noise
        return x
