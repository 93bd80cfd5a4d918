"""The transition distribution: its recursion, its inverse and its density agree."""

from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.integrate import trapezoid
from scipy.linalg import solve_triangular
from scipy.stats import multivariate_normal

from skdiffts import _chunks
from skdiffts.datasets import (
    StandardNormal,
    TransitionLaw,
    make_double_well,
    make_van_der_pol,
    make_var_mixture,
)

MAKERS = {
    "double_well": make_double_well,
    "van_der_pol": make_van_der_pol,
    "var_mixture": lambda n_rows=1000, random_state=None: make_var_mixture(
        n_rows, 3, random_state=random_state
    ),
}


@pytest.fixture(params=MAKERS)
def maker(request):
    return MAKERS[request.param]


@pytest.fixture
def distribution(maker):
    return maker(n_rows=2, random_state=0)[1]


@dataclass(frozen=True)
class Recorder:
    """Innovation distribution that remembers what it drew."""

    distribution: object
    drawn: list = field(default_factory=list)

    @property
    def n_features(self):
        return self.distribution.n_features

    def sample(self, n, rng):
        eps = self.distribution.sample(n, rng)
        self.drawn.append(eps.copy())
        return eps


@pytest.mark.parametrize("n_paths", [1, 4])
@pytest.mark.parametrize("burn_in", [0, 7])
def test_residuals_are_the_drawn_innovations(distribution, n_paths, burn_in):
    recorder = Recorder(distribution.innovation)
    x0 = np.full(distribution.n_features, 0.5)
    paths = replace(distribution, innovation=recorder).sample(
        n_paths, 30, x0=x0, burn_in=burn_in, random_state=0
    )
    drawn = np.concatenate(recorder.drawn).reshape(-1, n_paths, distribution.n_features)
    for p in range(n_paths):
        expected = drawn[burn_in : burn_in + 29, p]
        assert_allclose(distribution.residuals(paths[p]), expected, rtol=0, atol=1e-9)


def test_residuals_against_a_loop(maker):
    X, distribution = maker(n_rows=20, random_state=1)
    for j, eps in enumerate(distribution.residuals(X)):
        state = X[j : j + 1]
        L = np.linalg.cholesky(distribution.covariance(state)[0] * distribution.dt)
        increment = X[j + 1] - X[j] - distribution.drift(state)[0] * distribution.dt
        assert_allclose(eps, solve_triangular(L, increment, lower=True), atol=1e-10)


@pytest.mark.parametrize("state", [-1.2, 0.0, 0.7])
@pytest.mark.parametrize("name", ["double_well", "var_mixture"])
def test_conditional_density_integrates_to_one(name, state):
    distribution = {
        "double_well": make_double_well(random_state=0)[1],
        "var_mixture": make_var_mixture(n_features=1, random_state=0)[1],
    }[name]
    grid = np.linspace(-10, 10, 20001)
    # Every other transition of this path leaves from the state.
    path = np.column_stack([np.full_like(grid, state), grid]).reshape(-1, 1)
    density = np.exp(distribution.score_samples(path)[1::2])
    assert_allclose(trapezoid(density, grid), 1.0, rtol=1e-9)
    mean = state + distribution.dt * distribution.drift(np.array([[state]]))[0, 0]
    variance = distribution.dt * distribution.covariance(np.array([[state]]))[0, 0, 0]
    assert_allclose(trapezoid(density * grid, grid), mean, atol=1e-9)
    second = trapezoid(density * (grid - mean) ** 2, grid)
    assert_allclose(second, variance, rtol=1e-9)


def test_score_samples_of_gaussian_transitions():
    X, distribution = make_van_der_pol(n_rows=50, random_state=0)
    mean = X[:-1] + distribution.drift(X[:-1]) * distribution.dt
    covariance = distribution.covariance(X[:-1]) * distribution.dt
    expected = [
        multivariate_normal(m, a).logpdf(x)
        for m, a, x in zip(mean, covariance, X[1:], strict=True)
    ]
    assert_allclose(distribution.score_samples(X)[1:], expected, rtol=1e-10)


def test_score_samples_of_mixture_transitions():
    X, distribution = make_var_mixture(n_rows=50, n_features=3, random_state=0)
    L = np.linalg.cholesky(distribution.innovation_covariance)
    mixture = distribution.innovation
    increments = X[1:] - X[:-1] @ distribution.transition_matrix.T
    density = sum(
        w * multivariate_normal(L @ m, L @ S @ L.T).pdf(increments)
        for w, m, S in zip(
            mixture.weights, mixture.means, mixture.covariances, strict=True
        )
    )
    assert_allclose(distribution.score_samples(X)[1:], np.log(density), rtol=1e-9)


def test_score_is_the_mean_over_transitions(maker):
    X, distribution = maker(n_rows=40, random_state=0)
    log_p = distribution.score_samples(X)
    assert log_p.shape == (40,)
    assert_array_equal(np.isnan(log_p), np.arange(40) == 0)
    assert_allclose(distribution.score(X), log_p[1:].mean())


def test_time_step_scales_drift_and_noise():
    distribution = make_double_well(n_rows=1, dt=0.1, random_state=0)[1]
    slow = replace(distribution, dt=0.4)
    states = np.array([[0.5]])
    short = distribution.sample(2000, 2, x0=states[0], random_state=0)[:, 1]
    long = slow.sample(2000, 2, x0=states[0], random_state=0)[:, 1]
    drift = distribution.drift(states)
    # The same innovations: 0.4 is four steps of drift and two of noise.
    assert_allclose(
        long - states - 0.4 * drift, 2 * (short - states - 0.1 * drift), atol=1e-12
    )


def test_blocks_change_nothing(maker, monkeypatch):
    X, distribution = maker(n_rows=30, random_state=0)
    residuals, log_p = distribution.residuals(X), distribution.score_samples(X)
    monkeypatch.setattr(_chunks, "CHUNK_NUMBERS", 8 * distribution.n_features**2)
    assert_allclose(distribution.residuals(X), residuals, atol=1e-12)
    assert_allclose(distribution.score_samples(X), log_p, atol=1e-12)


def test_longer_path_begins_with_the_shorter(distribution, monkeypatch):
    monkeypatch.setattr("skdiffts.datasets._transition.BLOCK", 64)
    long = distribution.sample(2, 90, burn_in=3, random_state=0)
    assert_array_equal(
        distribution.sample(2, 41, burn_in=3, random_state=0), long[:, :41]
    )


def test_paths_are_independent_of_each_other(distribution):
    paths = distribution.sample(2, 500, random_state=0)
    residuals = np.stack([distribution.residuals(path) for path in paths])
    correlation = np.mean(residuals[0] * residuals[1], axis=0)
    # 5 standard errors of the mean of 499 products of unit variance.
    assert np.abs(correlation).max() < 5 / np.sqrt(499)


def test_row_zero_is_x0(distribution):
    d = distribution.n_features
    common = np.full(d, 0.3)
    assert_array_equal(
        distribution.sample(3, 4, x0=common)[:, 0], np.tile(common, (3, 1))
    )
    own = np.arange(3.0 * d).reshape(3, d) / 10
    kept = own.copy()
    assert_array_equal(distribution.sample(3, 4, x0=own)[:, 0], own)
    assert_array_equal(own, kept)


def test_burn_in_drops_rows(distribution):
    x0 = np.zeros(distribution.n_features)
    whole = distribution.sample(2, 20, x0=x0, random_state=3)
    rest = distribution.sample(2, 15, x0=x0, burn_in=5, random_state=3)
    assert_array_equal(whole[:, 5:], rest)


def test_seed_decides_everything(maker):
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    X, distribution = maker(n_rows=20, random_state=5)
    again, same = maker(n_rows=20, random_state=5)
    other, _ = maker(n_rows=20, random_state=6)
    assert_array_equal(X, again)
    assert not np.allclose(X, other)
    assert_array_equal(distribution.sample(random_state=1), same.sample(random_state=1))
    assert_array_equal(
        distribution.sample_residuals(9, random_state=1),
        same.sample_residuals(9, random_state=1),
    )
    assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002


def test_random_state_instance_moves_on(distribution):
    rng = np.random.RandomState(0)
    first, second = (
        distribution.sample(random_state=rng),
        distribution.sample(random_state=rng),
    )
    assert not np.allclose(first, second)
    assert_array_equal(
        first, distribution.sample(random_state=np.random.RandomState(0))
    )


def test_pickle(maker, through_pickle):
    X, distribution = maker(n_rows=20, random_state=0)
    copy = through_pickle(distribution)
    assert type(copy) is type(distribution)
    assert_array_equal(
        copy.sample(2, 9, random_state=0), distribution.sample(2, 9, random_state=0)
    )
    assert copy.score(X) == distribution.score(X)


def test_distributions_are_frozen(distribution):
    with pytest.raises(AttributeError):
        distribution.dt = 1.0


def test_second_moments_are_none_where_unknown():
    for maker in (make_double_well, make_van_der_pol):
        distribution = maker(n_rows=2, random_state=0)[1]
        assert distribution.stationary_covariance is None
        assert distribution.lag1_autocovariance is None


@pytest.mark.statistical
def test_innovations_are_white(distribution):
    n = 20_000
    eps = distribution.sample_residuals(n, random_state=0)
    d = distribution.n_features
    # 6 standard errors; a product of innovations has variance of at most 3.
    assert np.abs(eps.mean(axis=0)).max() < 6 / np.sqrt(n)
    assert np.abs(eps.T @ eps / n - np.eye(d)).max() < 6 * np.sqrt(3 / n)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda distribution: distribution.residuals(np.zeros((5, 2))),
            "X has 2 features",
        ),
        (lambda distribution: distribution.score(np.zeros((1, 3))), "minimum of 2"),
        (lambda distribution: distribution.score(np.zeros(7)), "Expected 2D array"),
        (lambda distribution: distribution.residuals(np.full((5, 3), np.nan)), "NaN"),
        (
            lambda distribution: distribution.sample(2, x0=np.zeros(2)),
            r"x0 has shape \(2,\)",
        ),
        (
            lambda distribution: distribution.sample(2, x0=np.zeros((3, 3))),
            r"x0 has shape \(3, 3\)",
        ),
        (lambda distribution: distribution.sample(0), "n_paths"),
        (lambda distribution: distribution.sample(length=0), "length"),
        (lambda distribution: distribution.sample(burn_in=-1), "burn_in"),
        (lambda distribution: distribution.sample_residuals(0), "n == 0"),
        (
            lambda distribution: replace(distribution, dt=0.0),
            r"dt=0\.0 must be a positive",
        ),
        (
            lambda distribution: replace(distribution, transition_matrix=np.eye(2)),
            "transition_matrix",
        ),
    ],
)
def test_errors_name_the_argument(call, message):
    distribution = make_var_mixture(2, 3, random_state=0)[1]
    with pytest.raises(ValueError, match=message):
        call(distribution)


def test_divergence_is_an_error():
    with pytest.raises(ValueError, match=r"dt=1\.5 lets the path diverge"):
        make_double_well(dt=1.5, noise=3.0, random_state=0)


def test_state_dependent_distribution_of_a_user():
    distribution = TransitionLaw(
        dt=0.5,
        drift=np.negative,
        covariance=lambda x: (1 + x**2)[:, :, None],
        innovation=StandardNormal(1),
    )
    path = distribution.sample(1, 50, random_state=0)[0]
    expected = multivariate_normal(path[3] * 0.5, 0.5 * (1 + path[3] ** 2))
    assert_allclose(distribution.score_samples(path)[4], expected.logpdf(path[4]))
