"""Slow, obvious implementations of the formulas beside the fast code."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

FLOOR = 1e-10  # relative diagonal that every factorisation gets
KERNELS = {
    "gaussian": lambda u: np.exp(-0.5 * u**2),
    "epanechnikov": lambda u: 1.0 - u**2 if u < 1.0 else 0.0,
    "tricube": lambda u: (1.0 - u**3) ** 3 if u < 1.0 else 0.0,
    "uniform": lambda u: 1.0 if u <= 1.0 else 0.0,
}


def transitions(X):
    return X[:-1], np.diff(X, axis=0)


def whiten(covariance, vector):
    return np.linalg.solve(np.linalg.cholesky(covariance), vector)


def continued(line, mean, slope, offset, leverage, limit):
    """The line up to the limit; beyond, what it adds to the VAR shrinks.

    The VAR carries the mean of the neighbours over the offset of the query from them.
    """
    carried = mean + slope @ offset
    if leverage <= limit:
        return line
    return carried + (limit / leverage) ** 0.5 * (line - carried)


class Reference:
    """Local regression by loops, in the coordinates of a fitted estimator."""

    def __init__(self, estimator, X, pairs=None):
        self.estimator = estimator
        regression = estimator.model_.local_model.smoother.regression
        states, increments = transitions(X)
        if pairs is not None:
            states, increments = pairs[:, 0], pairs[:, 1] - pairs[:, 0]
        self.states = states
        named = estimator.metric == "standardized"
        self.spread = states.std(axis=0) if named else np.ones(states.shape[1])
        self.scale_states = regression.scale_states
        self.increment_scale = regression.increment_scale
        self.y = increments / np.sqrt(estimator.dt) / self.increment_scale
        self.n, self.d = self.y.shape

    def weights(self, z, others):
        """Weights of all transitions at z, of which only `others` count."""
        weights = np.zeros(self.n)
        gaps = [(z - self.states[k]) / self.spread for k in others]
        distances = np.array([np.linalg.norm(gap) for gap in gaps])
        h = np.sort(distances)[min(self.estimator.n_neighbors, len(others)) - 1]
        for k, distance in zip(others, distances, strict=True):
            weights[k] = KERNELS[self.estimator.kernel](distance / h)
        return weights / weights.sum()

    def fit(self, z, weights, spread=None, past=None):
        """Scaled drift at z and covariance, by weighted least squares.

        Slopes are penalised in whitened coordinates, those of the past if there is one.
        """
        q = self.scale_states(z[np.newaxis]).shape[1] * self.estimator.degree
        u = (self.scale_states(self.states) - self.scale_states(z[np.newaxis]))[:, :q]
        if q and past is not None:
            covariance = np.cov(u[past].T, bias=True).reshape(q, q)
            u = np.linalg.solve(np.linalg.cholesky(covariance), u.T).T
        rows, radius = [], 0.0
        for k in range(self.n):
            rows.append(np.append(1.0, u[k]))
            radius += weights[k] * (u[k] @ u[k])
        F = np.array(rows)
        penalty = np.zeros(1 + q)
        if q:
            penalty[1:] = (self.estimator.ridge + FLOOR) * (
                radius / q if spread is None else spread
            )
        normal = F.T @ (weights[:, np.newaxis] * F) + np.diag(penalty)
        beta = np.linalg.solve(normal, F.T @ (weights[:, np.newaxis] * self.y))
        covariance = np.zeros((self.d, self.d))
        for k in range(self.n):
            r = self.y[k] - F[k] @ beta
            covariance += weights[k] * np.outer(r, r)
        # What the penalty itself adds to the minimum of the penalised squares.
        covariance += beta.T @ np.diag(penalty) @ beta
        return beta[0], covariance

    def around(self, z, weights):
        """Mean of the neighbours' increments, offset of z from their mean, leverage.

        The leverage is the squared Mahalanobis distance of z from that mean, in the
        covariance of the neighbours plus the penalty on the slopes.
        """
        q = self.scale_states(z[np.newaxis]).shape[1] * self.estimator.degree
        u = (self.scale_states(self.states) - self.scale_states(z[np.newaxis]))[:, :q]
        mean, center, radius = np.zeros(self.d), np.zeros(q), 0.0
        for k in range(self.n):
            mean += weights[k] * self.y[k]
            center += weights[k] * u[k]
            radius += weights[k] * (u[k] @ u[k])
        if q == 0:
            return mean, -center, 0.0
        covariance = (self.estimator.ridge + FLOOR) * radius / q * np.eye(q)
        for k in range(self.n):
            covariance += weights[k] * np.outer(u[k] - center, u[k] - center)
        return mean, -center, center @ np.linalg.solve(covariance, center)

    def global_slope(self):
        """Slopes of the penalised regression on all states, one row per feature."""
        u = self.scale_states(self.states)[:, : self.d * self.estimator.degree]
        q = u.shape[1]
        F = np.hstack([np.ones((self.n, 1)), u])
        penalty = np.zeros(1 + q)
        if q:
            penalty[1:] = (self.estimator.ridge + FLOOR) * (u**2).sum() / q
        return np.linalg.solve(F.T @ F + np.diag(penalty), F.T @ self.y)[1:].T

    def drift(self, z, weights, limit):
        """Scaled drift at z: the local line, beyond the limit led back to the VAR."""
        line, _ = self.fit(z, weights)
        mean, offset, leverage = self.around(z, weights)
        return continued(line, mean, self.global_slope(), offset, leverage, limit)

    def weights_without(self, i):
        """Weights of the other transitions at the state of transition i."""
        return self.weights(self.states[i], np.delete(np.arange(self.n), i))

    def leverages(self):
        """Leverage of each training transition over the others."""
        return np.array(
            [
                self.around(self.states[i], self.weights_without(i))[2]
                for i in range(self.n)
            ]
        )

    def limit(self):
        """Leverage that nine in ten of the training transitions stay within."""
        return np.quantile(self.leverages(), 0.9)

    def leave_one_out(self):
        """Scaled residuals, covariances and pooled covariances, each by a refit."""
        everyone = np.arange(self.n)
        residuals, covariances = [], []
        local = self.estimator.n_neighbors_ != "all"
        limit = self.limit() if local else None
        for i in everyone:
            if local:
                weights = self.weights_without(i)
                drift = self.drift(self.states[i], weights, limit)
                _, covariance = self.fit(self.states[i], weights)
            else:
                drift, covariance = self.fit_without(i)
            residuals.append(self.y[i] - drift)
            covariances.append(covariance)
        pooled = []
        for i in everyone:
            others = np.delete(np.array(residuals), i, axis=0)
            pooled.append(others.T @ others / (self.n - 1))
        return np.array(residuals), np.array(covariances), np.array(pooled)

    def fit_without(self, i):
        """Global fit without transition i; the sum of the penalties stays."""
        u = self.scale_states(self.states)
        spread = (u**2).sum(axis=1).mean() / u.shape[1] * self.n / (self.n - 1)
        others = np.full(self.n, 1.0 / (self.n - 1))
        others[i] = 0.0
        return self.fit(self.states[i], others, spread)


def around_the_rows(X):
    """Queries between rows, and some outside all rows but inside the envelope."""
    center = X.mean(axis=0)
    return np.vstack([0.5 * (X[:8] + X[10:18]), center + 1.3 * (X[4::5] - center)])


def pooled_covariance(reference):
    residuals, _, _ = reference.leave_one_out()
    return residuals.T @ residuals / len(residuals)


@pytest.mark.parametrize("dt", [1.0, 0.1])
@pytest.mark.parametrize("degree", [0, 1])
@pytest.mark.parametrize("kernel", list(KERNELS))
def test_drift_and_covariance(kernel_regression, make_walk, kernel, degree, dt):
    X = make_walk(0, 41, 2)
    estimator = kernel_regression(
        12, kernel=kernel, degree=degree, dt=dt, ridge=0.02, shrinkage=0.3
    ).fit(X)
    reference = Reference(estimator, X)
    pooled, limit = pooled_covariance(reference), reference.limit()
    queries = around_the_rows(X)
    drift, covariance = estimator.coefficients(queries)
    s = reference.increment_scale
    leverages = []
    for i, z in enumerate(queries):
        weights = reference.weights(z, np.arange(reference.n))
        _, local = reference.fit(z, weights)
        expected = reference.drift(z, weights, limit)
        leverages.append(reference.around(z, weights)[2])
        blend = 0.7 * local + 0.3 * pooled
        assert_allclose(drift[i], s * expected / np.sqrt(dt), rtol=1e-8, atol=1e-10)
        assert_allclose(covariance[i], s[:, None] * blend * s, rtol=1e-8)
    # Queries on both sides of the limit.
    assert degree == 0 or 3 <= np.sum(np.array(leverages) > limit) <= len(queries) - 3


@pytest.mark.parametrize("dt", [1.0, 0.1])
@pytest.mark.parametrize("degree", [0, 1])
@pytest.mark.parametrize("kernel", list(KERNELS))
def test_definition_in_the_units_of_the_series(
    kernel_regression, make_walk, kernel, degree, dt
):
    """Without ridge no coordinates are needed: the formulas of the class docstring."""
    X = make_walk(1, 41, 2)
    estimator = kernel_regression(
        15,
        kernel=kernel,
        degree=degree,
        dt=dt,
        ridge=0.0,
        shrinkage=0.0,
        metric="euclidean",
    ).fit(X)
    states, increments = transitions(X)
    n, q = len(states), 2 * degree

    def regress(z, distances):
        h = np.sort(distances[np.isfinite(distances)])[14]
        w = np.array([KERNELS[kernel](distance / h) for distance in distances])
        F = np.hstack([np.ones((n, 1)), (states - z)[:, :q]]) * dt
        root_w = np.sqrt(w / dt)[:, np.newaxis]
        beta = np.linalg.lstsq(root_w * F, root_w * increments, rcond=None)[0]
        a = np.zeros((2, 2))
        for k in range(n):
            r = (increments[k] - F[k] @ beta) / np.sqrt(dt)
            a += w[k] * np.outer(r, r) / w.sum()
        mean = w @ increments / w.sum() / dt
        offset = (z - w @ states / w.sum())[:q]
        leverage = 0.0
        if q:
            spread = np.cov(states.T, aweights=w, bias=True)
            leverage = offset @ np.linalg.solve(spread, offset)
        return beta[0], a, mean, offset, leverage

    leverages = []
    for i in range(n):
        distances = np.linalg.norm(states - states[i], axis=1)
        distances[i] = np.inf
        leverages.append(regress(states[i], distances)[-1])
    limit = np.quantile(leverages, 0.9)
    F = np.hstack([np.ones((n, 1)), states[:, :q]]) * dt
    slope = np.linalg.lstsq(F, increments, rcond=None)[0][1:].T
    queries = around_the_rows(X)
    drift, covariance = estimator.coefficients(queries)
    for i, z in enumerate(queries):
        line, a, *rest = regress(z, np.linalg.norm(states - z, axis=1))
        mean, offset, leverage = rest
        expected = continued(line, mean, slope, offset, leverage, limit)
        assert_allclose(drift[i], expected, rtol=1e-6, atol=1e-8)
        assert_allclose(covariance[i], a, rtol=1e-6, atol=1e-8 / dt)


@pytest.mark.parametrize("dt", [1.0, 4.0])
@pytest.mark.parametrize("shrinkage", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("degree", [0, 1])
@pytest.mark.parametrize("n_neighbors", [12, "all"])
def test_leave_one_out_residuals(
    kernel_regression, make_walk, n_neighbors, degree, shrinkage, dt
):
    X = make_walk(2, 31, 2)
    estimator = kernel_regression(
        n_neighbors, degree=degree, shrinkage=shrinkage, dt=dt, ridge=0.01
    ).fit(X)
    residuals, covariances, pooled = Reference(estimator, X).leave_one_out()
    assert estimator.loo_residuals_.shape == residuals.shape
    for i, residual in enumerate(residuals):
        blend = (1.0 - shrinkage) * covariances[i] + shrinkage * pooled[i]
        expected = whiten(blend, residual)
        assert_allclose(estimator.loo_residuals_[i], expected, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("kernel", list(KERNELS))
def test_leave_one_out_residuals_of_each_kernel(kernel_regression, make_walk, kernel):
    X = make_walk(3, 31, 2)
    estimator = kernel_regression(9, kernel=kernel, shrinkage=0.5).fit(X)
    residuals, covariances, pooled = Reference(estimator, X).leave_one_out()
    for i, residual in enumerate(residuals):
        expected = whiten(0.5 * covariances[i] + 0.5 * pooled[i], residual)
        assert_allclose(estimator.loo_residuals_[i], expected, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("degree", [0, 1])
@pytest.mark.parametrize("n_neighbors", [10, "all"])
def test_leave_one_out_is_a_fit_without_the_transition(
    kernel_regression, make_walk, n_neighbors, degree
):
    """A panel of two-row paths, one of them left out, where the line is followed.

    Beyond the limit the slope of the global fit takes part, and that knows all paths.
    """
    X = make_walk(4, 25, 2)
    pairs = np.stack([X[:-1], X[1:]], axis=1)
    # Standardised distances know all paths, too.
    estimator = kernel_regression(
        n_neighbors, degree=degree, ridge=0.0, shrinkage=0.0, metric="euclidean"
    )
    full = clone(estimator).fit(pairs)
    followed = np.full(24, True)
    if n_neighbors != "all":
        reference = Reference(full, X)
        leverages, limit = reference.leverages(), reference.limit()
        followed = leverages <= limit
    count = 0
    for i in range(24):
        kept = np.arange(24) != i
        others = clone(estimator).fit(pairs[kept])
        if n_neighbors != "all":
            part = Reference(others, X[:0], pairs[kept])
            followed[i] &= leverages[i] <= part.limit()
        if followed[i]:
            count += 1
            held_out = others.transform(pairs[i : i + 1])[0, 1]
            assert_allclose(held_out, full.loo_residuals_[i], rtol=1e-5, atol=1e-7)
    assert count >= (20 if degree and n_neighbors != "all" else 24)


@pytest.mark.parametrize("ridge", [0.0, 0.01])
@pytest.mark.parametrize("degree", [0, 1])
@pytest.mark.parametrize("n_neighbors", [14, "all"])
def test_past_only_residuals(kernel_regression, make_walk, n_neighbors, degree, ridge):
    X = make_walk(5, 36, 2)
    estimator = kernel_regression(
        n_neighbors, degree=degree, ridge=ridge, shrinkage=0.4, past_only=True
    ).fit(X)
    reference = Reference(estimator, X)
    needed = 2 * degree + 1 + 2  # slopes, intercept, responses
    residuals, expected = {}, np.full(X.shape, np.nan)
    beyond = 0
    for i in range(needed, reference.n):
        past, z = np.arange(i), reference.states[i]
        if n_neighbors == "all":
            weights = np.where(np.arange(reference.n) < i, 1.0 / i, 0.0)
        else:
            reference.spread = reference.states[past].std(axis=0)
            weights = reference.weights(z, past)
            beyond += (
                reference.around(z, weights)[2] > estimator.model_.local_model.limit
            )
        drift, local = reference.fit(z, weights, past=past)
        residuals[i] = reference.y[i] - drift
        known = [residuals[j] for j in range(i) if j in residuals]
        if len(known) < needed:
            continue
        pooled = sum(np.outer(r, r) for r in known) / len(known)
        expected[i + 1] = whiten(0.6 * local + 0.4 * pooled, residuals[i])
    actual = estimator.transform(X)
    # The limit is one of all data: the past alone follows its line everywhere.
    assert beyond >= 3 or degree == 0 or n_neighbors == "all"
    assert_array_equal(np.isnan(actual), np.isnan(expected))
    assert_allclose(actual, expected, rtol=1e-6, atol=1e-8)
    kept = expected[np.isfinite(expected).all(axis=1)]
    assert_allclose(estimator.loo_residuals_, kept, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("dt", [1.0, 0.5])
def test_the_global_limit_is_a_var(kernel_regression, make_var1, dt):
    X = make_var1(0, 200, d=3)
    estimator = kernel_regression("all", shrinkage=0.0, ridge=0.0, dt=dt).fit(X)
    F = np.hstack([np.ones((len(X) - 1, 1)), X[:-1]])
    beta = np.linalg.lstsq(F, X[1:], rcond=None)[0]
    errors = X[1:] - F @ beta
    drift, covariance = estimator.coefficients(X)
    ones = np.ones((len(X), 1))
    assert_allclose(X + drift * dt, np.hstack([ones, X]) @ beta, atol=1e-7)
    expected = errors.T @ errors / len(errors) / dt
    assert_allclose(
        covariance, np.broadcast_to(expected, covariance.shape), rtol=1e-7, atol=1e-8
    )
    residuals = np.linalg.solve(np.linalg.cholesky(expected * dt), errors.T).T
    assert_allclose(estimator.transform(X)[1:], residuals, atol=1e-6)


@pytest.mark.parametrize("degree", [0, 1])
def test_equal_local_weights_are_the_global_limit(kernel_regression, make_walk, degree):
    X = make_walk(6, 40, 2)
    options = {"degree": degree, "shrinkage": 0.0, "ridge": 0.0}
    limit = kernel_regression("all", **options).fit(X)
    local = kernel_regression(39, kernel="uniform", **options).fit(X)
    for a, b in zip(limit.coefficients(X), local.coefficients(X), strict=True):
        assert_allclose(a, b, rtol=1e-6, atol=1e-8)
    # Without each transition, too, where 38 others are left: as far as the line is
    # followed, beyond which it meets the global one that has all 39.
    reference = Reference(local, X)
    followed = reference.leverages() <= reference.limit()
    assert followed.sum() == (35 if degree else 39)
    a, b = limit.loo_residuals_, local.loo_residuals_
    assert_allclose(a[followed], b[followed], rtol=1e-6, atol=1e-8)
    assert_allclose(a, b, rtol=0.5, atol=0.1)


# Automatic selection


def log_density(residual, covariance):
    _, log_det = np.linalg.slogdet(covariance)
    return -0.5 * (residual @ np.linalg.solve(covariance, residual) + log_det)


@pytest.mark.parametrize("degree", [0, 1])
def test_selection_scores_are_leave_one_out_likelihoods(
    kernel_regression, make_walk, degree
):
    X = make_walk(8, 36, 2)
    estimator = kernel_regression(degree=degree).fit(X)
    selection = estimator.selection_
    shape = len(selection.n_neighbors), len(selection.shrinkage)
    assert selection.scores.shape == shape
    assert selection.n_neighbors[-1] == "all"
    rows = np.empty((*shape, 35))
    for i, k in enumerate(selection.n_neighbors):
        fixed = kernel_regression(k, degree=degree, shrinkage=0.5).fit(X)
        fits = Reference(fixed, X).leave_one_out()
        for j, shrinkage in enumerate(selection.shrinkage):
            rows[i, j] = [
                log_density(residual, (1.0 - shrinkage) * local + shrinkage * pooled)
                for residual, local, pooled in zip(*fits, strict=True)
            ]
    scores = rows.mean(axis=2)
    assert_allclose(selection.scores, scores, rtol=1e-5)
    # Row by row: the best of all candidates over the best of those with "all".
    gains = (
        rows[np.unravel_index(scores.argmax(), shape)] - rows[-1, scores[-1].argmax()]
    )
    expected = 0.0
    for gain in gains:
        expected += (gain - gains.mean()) ** 2
    assert_allclose(selection.standard_error, np.sqrt(expected) / 35, rtol=1e-5)
