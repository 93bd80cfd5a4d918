"""The density: it integrates to one, and with an exact score it is the truth."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import trapezoid
from scipy.stats import multivariate_normal

from skdiffts import DiffusionResidualSampler
from skdiffts.scores import GaussianMixtureScore, ScoreNetwork
from skdiffts.sde import COU, CVP, OU, VE, VP, LinearSDE, SubVP
from skdiffts.solvers import ExponentialMultistep

PRIORS = ["matched", "standard", "empirical"]
FAMILIES = {
    "OU": OU(theta=0.7, mu=1.5, sigma=2.0),
    "VE": VE(),
    "perturbed VE": VE(perturbed=True),
    "VP": VP(),
    "SubVP": SubVP(),
    "COU": COU(mu=-0.5),
    "CVP": CVP(),
    "LinearSDE": LinearSDE(drift=lambda t: -1.0 - t, noise=lambda t: 1.0 + 2.0 * t),
}
# No data here follow this distribution: any velocity must keep the mass.
WRONG = GaussianMixtureScore(
    weights=[0.3, 0.7],
    means=[[-1.0, 0.5], [0.6, -0.3]],
    covariances=[[[0.5, 0.2], [0.2, 0.3]], [[0.8, -0.3], [-0.3, 0.6]]],
)


def line(X, n_points=2500, width=8.0):
    """Points that cover the distribution of a column, and what lies beyond its rows."""
    reach = width * (X.std() + 1e-12)
    return np.linspace(X.min() - reach, X.max() + reach, n_points)[:, None]


def factor_of(X):
    return np.linalg.cholesky(np.cov(X.T))


def total(sampler, points):
    return trapezoid(np.exp(sampler.score_samples(points)), points[:, 0])


@settings(max_examples=12)
@given(
    st.lists(st.floats(-1e6, 1e6, width=32), min_size=2, max_size=20),
    st.sampled_from(PRIORS),
    st.sampled_from(["linear", "geometric"]),
)
def test_density_in_one_dimension_integrates_to_one(tiny, values, prior, schedule):
    X = np.array(values)[:, None]
    assume(np.ptp(X) > 1e-3 * np.abs(X).max() > 0.0)
    sampler = tiny(prior=prior, sde=VP(schedule=schedule)).fit(X)
    assert_allclose(total(sampler, line(X)), 1.0, rtol=0, atol=1e-4)


@pytest.mark.parametrize(
    ("prior", "base"),
    [*((prior, "gaussian") for prior in PRIORS), ("empirical", "auto")],
)
def test_density_in_two_dimensions_integrates_to_one(tiny, X, prior, base):
    network = ScoreNetwork(width=8, depth=1, base=base)
    # The slow rate keeps the density smooth enough for the grid.
    sampler = tiny(prior=prior, score_model=network, learning_rate=3e-3).fit(X[:60])
    axis = np.linspace(-11.0, 11.0, 91)
    u = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    # A square in the principal axes of the data, whatever axes the sampler works in.
    covariance = np.cov(X[:60].T)
    factor = np.linalg.cholesky(covariance)
    density = np.exp(sampler.score_samples(X[:60].mean(axis=0) + u @ factor.T))
    mass = density.sum() * (axis[1] - axis[0]) ** 2 * np.linalg.det(factor)
    assert_allclose(mass, 1.0, rtol=0, atol=1e-4)


@pytest.mark.parametrize("family", FAMILIES)
def test_density_integrates_to_one_for_every_family(tiny, X, family):
    column = X[:60, :1]
    sampler = tiny(sde=FAMILIES[family], max_iter=15).fit(column)
    assert_allclose(total(sampler, line(column, 1000)), 1.0, rtol=0, atol=1e-4)


@pytest.mark.parametrize("family", FAMILIES)
def test_density_in_the_plane_integrates_to_one_for_every_family(X, family):
    sampler = DiffusionResidualSampler(
        FAMILIES[family], score_model=WRONG, early_stopping=False, random_state=0
    ).fit(X)
    axis = np.linspace(-8.0, 8.0, 45)
    u = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    # A square in the coordinates of the flow, whose last distribution is known.
    whitening = sampler.process().whitening
    density = np.exp(sampler.score_samples(whitening.inverse_transform(u)))
    cell = (axis[1] - axis[0]) ** 2 * abs(np.linalg.det(whitening.inverse))
    assert_allclose(density.sum() * cell, 1.0, rtol=0, atol=1e-4)


@pytest.mark.parametrize("power", [-40, -3, 1, 30])
def test_density_follows_the_units(tiny, X, fitted, power):
    c = 2.0**power
    sampler = tiny().fit(c * X)
    expected = fitted.score_samples(X) - 2.0 * np.log(c)
    assert_allclose(sampler.score_samples(c * X), expected, rtol=0, atol=1e-6)
    assert_allclose(sampler.sample(9, 0), c * fitted.sample(9, 0), rtol=1e-9)
    score = fitted.score_function(X, 0.3)
    assert_allclose(sampler.score_function(c * X, 0.3), score / c, rtol=1e-6)


def test_translation_moves_everything(tiny, X):
    # Untrained: Adam's first steps are signs, which rounding of the rows may turn.
    here, there = (
        tiny(max_iter=1, learning_rate=1e-9).fit(X + shift) for shift in (0.0, 64.0)
    )
    expected = here.score_samples(X)
    assert_allclose(there.score_samples(X + 64.0), expected, rtol=0, atol=1e-6)


def test_score_is_the_mean(fitted, X):
    assert_allclose(fitted.score(X), fitted.score_samples(X).mean(), rtol=1e-12)


def test_density_of_a_row_does_not_depend_on_the_others(fitted, X):
    rows = np.tile(X, (5, 1))  # more than a chunk
    scores = fitted.score_samples(rows)
    assert_allclose(scores, np.tile(scores[: len(X)], 5), rtol=0, atol=1e-9)
    order = np.random.RandomState(0).permutation(len(rows))[:200]
    assert_allclose(fitted.score_samples(rows[order]), scores[order], atol=1e-9)
    for i in (0, 17, 149):
        assert_allclose(fitted.score_samples(rows[i : i + 1]), scores[i], atol=1e-9)


def test_far_rows_have_a_finite_density(fitted, X):
    far = X.mean(axis=0) + np.array([[1e3, 0.0], [0.0, -1e4]])
    scores = fitted.score_samples(far)
    assert np.isfinite(scores).all()
    assert (scores < fitted.score_samples(X).min()).all()


def oracle(distribution, X, **params):
    """Sampler whose score model is the truth."""
    return DiffusionResidualSampler(
        score_model=distribution.oracle(X),
        random_state=0,
        **{"early_stopping": False} | params,
    ).fit(X)


@pytest.mark.parametrize("early_stopping", [False, True])
def test_gaussian_density_is_exact(gaussian, early_stopping):
    X = gaussian.draw(2000, 0)
    sampler = oracle(gaussian, X, early_stopping=early_stopping)
    rows = gaussian.draw(300, 1)
    error = sampler.score_samples(rows) - gaussian.log_density(rows)
    assert np.sqrt(np.mean(error**2)) < 0.005


def test_mixture_density_is_exact(mixture):
    X = mixture.draw(2000, 0)
    rows = mixture.draw(500, 1)
    error = oracle(mixture, X).score_samples(rows) - mixture.log_density(rows)
    assert np.sqrt(np.mean(error**2)) < 0.05


@pytest.mark.parametrize("schedule", ["geometric", "cosine"])
def test_density_does_not_depend_on_the_process(mixture, schedule):
    """The geometric schedule stops early: the empirical prior makes up for it."""
    X, rows = mixture.draw(2000, 0), mixture.draw(200, 1)
    sampler = oracle(mixture, X, sde=VP(schedule=schedule), prior="empirical")
    error = sampler.score_samples(rows) - mixture.log_density(rows)
    assert np.sqrt(np.mean(error**2)) < 0.07


@pytest.mark.parametrize("prior", PRIORS)
def test_priors_agree_where_nothing_of_the_data_is_left(mixture, prior):
    X, rows = mixture.draw(500, 0), mixture.draw(100, 1)
    scores = oracle(mixture, X, prior=prior).score_samples(rows)
    assert_allclose(scores.mean(), mixture.log_density(rows).mean(), atol=0.05)


@pytest.mark.parametrize("t", [1e-4, 0.05, 0.3, 1.0])
def test_score_function_in_closed_form(gaussian, t):
    """In the units of the data x_t = mean + m (x_0 - mean) + s W^-1 noise."""
    X = gaussian.draw(2000, 0)
    sampler = oracle(gaussian, X)
    model = sampler.score_model
    sde = VP()
    m, s = sde.scale(t), sde.std(t)
    mean = m * np.asarray(model.means[0])
    covariance = m**2 * np.asarray(model.covariances[0]) + s**2 * np.eye(5)
    [center] = gaussian.means
    whiten = sampler.process().whitening.matrix
    u = model.means[0] + (X[:50] - center) @ whiten
    expected = -(u - mean) @ np.linalg.inv(covariance) @ whiten.T
    assert_allclose(sampler.score_function(X[:50], t), expected, rtol=1e-6, atol=1e-6)


def test_score_function_is_the_gradient_of_the_density(mixture):
    X = mixture.draw(2000, 0)
    sampler = oracle(mixture, X)
    rows = mixture.draw(40, 1)
    gradient = np.empty_like(rows)
    for j, h in enumerate(1e-3 * X.std(axis=0)):
        shift = h * np.eye(2)[j]
        rise = sampler.score_samples(rows + shift) - sampler.score_samples(rows - shift)
        gradient[:, j] = rise / (2.0 * h)
    score = sampler.score_function(rows, 1e-6) * X.std(axis=0)
    error = score - gradient * X.std(axis=0)
    assert np.abs(error).max() < 0.02 * np.abs(score).max()


def test_score_function_wants_a_time(fitted, X):
    for t in (0.0, -0.1, 1.5):
        with pytest.raises(ValueError, match="t"):
            fitted.score_function(X, t)
    assert fitted.score_function(X, 1.0).shape == X.shape
    assert fitted.score_function(X, 1).shape == X.shape


@pytest.mark.parametrize("prior", PRIORS)
def test_untrained_sampler_draws_the_gaussian_fit(tiny, prior):
    """Exact velocity of the whitened Gaussian: the draws have the data's moments."""
    rng = np.random.RandomState(0)
    X = rng.standard_normal((400, 2)) @ [[3.0, 0.1], [0.0, 0.2]] + [10.0, -5.0]
    sampler = tiny(early_stopping=True, tol=1e9, max_iter=100, prior=prior).fit(X)
    draws = sampler.sample(20_000, random_state=0)
    spread = np.cov(X.T)
    error = draws.mean(axis=0) - X.mean(axis=0)
    # Five standard errors of 20,000 draws, and 1 % for the shrunk covariance.
    assert (np.abs(error) < 5.0 * np.sqrt(np.diag(spread) / 20_000)).all()
    assert_allclose(np.cov(draws.T), spread, rtol=0.06)
    truth = multivariate_normal(X.mean(axis=0), spread).logpdf(X)
    # The covariance is shrunk by about 1 %, which far rows feel.
    error = sampler.score_samples(X) - truth
    assert abs(error.mean()) < 0.005
    assert np.abs(error).max() < 0.2


@pytest.mark.statistical
@pytest.mark.parametrize("gamma", [0.0, 1.0])
def test_exact_score_draws_the_mixture(mixture, gamma):
    n = 20_000
    sampler = oracle(
        mixture, mixture.draw(2000, 0), solver=ExponentialMultistep(gamma=gamma)
    )
    draws, reference = sampler.sample(n, random_state=0), mixture.draw(n, 1)
    assert_allclose(draws.mean(axis=0), reference.mean(axis=0), rtol=0.03)
    assert_allclose(np.cov(draws.T), np.cov(reference.T), rtol=0.08)
    # Cross-entropies: 4.5 standard errors of the difference, and 0.02 for the steps.
    ours, theirs = mixture.log_density(draws), mixture.log_density(reference)
    noise = np.sqrt((ours.var() + theirs.var()) / n)
    assert abs(ours.mean() - theirs.mean()) < 4.5 * noise + 0.02
