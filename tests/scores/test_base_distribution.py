"""Base distributions: the likeliest on held-out rows, in closed form."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from scipy.stats import multivariate_normal, multivariate_t
from sklearn.datasets import make_swiss_roll

from skdiffts.scores import MixtureVelocity
from skdiffts.scores._base_distribution import (
    distribution_by_bic,
    gaussian_velocity,
    likeliest_distribution,
)
from skdiffts.scores._scale_mixture import mixing_scales
from skdiffts.scores._student_velocity import StudentVelocity, structured_velocity


def factor_student(d, degrees, seed=0):
    """Multivariate t with three factors and unit variances."""
    loadings = np.random.RandomState(seed).standard_normal((d, 3))
    covariance = 0.5 * loadings @ loadings.T + np.eye(d)
    scale = np.sqrt(np.diag(covariance))
    shape = covariance / np.outer(scale, scale) * (degrees - 2.0) / degrees
    return multivariate_t(np.zeros(d), shape, df=degrees)


def draw(distribution, n, seed):
    return distribution.rvs(n, random_state=np.random.RandomState(seed))


@pytest.mark.parametrize(("d", "most"), [(2, 0.02), (8, 0.05), (50, 0.15), (100, 0.4)])
def test_student_rows_with_factors_are_fitted_nearly_as_well_as_by_the_truth(d, most):
    distribution = factor_student(d, 6.0)
    rows, fresh = draw(distribution, 1200, 1), draw(distribution, 1000, 2)
    fitted = likeliest_distribution(rows, 0)
    gap = (distribution.logpdf(fresh) - fitted.log_density(fresh)).mean()
    assert gap < most
    # What a sample covariance loses grows with the columns.
    by_bic = distribution_by_bic(rows, 0).log_density(fresh).mean()
    assert fitted.log_density(fresh).mean() > by_bic - 0.01


def test_clusters_are_a_mixture():
    rng = np.random.RandomState(3)
    centers = 4.0 * rng.standard_normal((2, 3))
    rows = centers[rng.randint(2, size=1000)] + rng.standard_normal((1000, 3))
    fitted = likeliest_distribution(rows, 0)
    assert len(fitted.means) == 2
    assert not fitted.shares_axes


@pytest.mark.parametrize("n", [2, 15, 40])
def test_few_rows(n):
    rows = np.random.RandomState(0).standard_normal((n, 30))
    fitted = likeliest_distribution(rows, 0)
    assert np.isfinite(fitted.log_density(rows)).all()


def test_density_and_draws_are_those_of_the_mixture(random_mixture, build_mixture):
    mixture = random_mixture(0, 3, 2)
    module = build_mixture(mixture)
    rows = np.random.RandomState(1).standard_normal((20, 2))
    parts = [
        weight * multivariate_normal(mean, covariance).pdf(rows)
        for weight, mean, covariance in zip(*mixture.values(), strict=True)
    ]
    assert_allclose(module.log_density(rows), np.log(np.sum(parts, axis=0)))
    draws = module.draw(40_000, np.random.RandomState(2))
    mean = mixture["weights"] @ mixture["means"]
    second = np.tensordot(
        mixture["weights"],
        mixture["covariances"]
        + np.einsum("ki,kj->kij", mixture["means"], mixture["means"]),
        1,
    )
    spread = np.sqrt(np.diag(second))
    assert_allclose(draws.mean(axis=0), mean, atol=5.0 * spread.max() / 200.0)
    assert_allclose(draws.T @ draws / 40_000, second, atol=0.06 * spread.max() ** 2)


def test_one_rotation_gives_the_numbers_of_many(monkeypatch):
    """Components of one shape: the shared axes are a saving, not another velocity."""
    rng = np.random.RandomState(0)
    root = rng.standard_normal((4, 4))
    scales = np.array([0.5, 1.0, 3.0])
    means = np.outer(scales, rng.standard_normal(4))
    covariances = scales[:, None, None] * (root @ root.T + np.eye(4))
    shared = MixtureVelocity([0.2, 0.5, 0.3], means, covariances)
    monkeypatch.setattr("skdiffts.scores._mixture._axes", np.linalg.eigh)
    separate = MixtureVelocity([0.2, 0.5, 0.3], means, covariances)
    assert shared.shares_axes
    assert not separate.shares_axes
    z = torch.tensor(rng.standard_normal((6, 4)))
    for level in (-2.0, 0.0, 4.0):
        level = torch.full((1, 1), level, dtype=torch.float64)
        assert_allclose(shared(z, level), separate(z, level), atol=1e-12)
        pairs = (m.velocity_and_divergence(z, level) for m in (shared, separate))
        for one, other in zip(*pairs, strict=True):
            assert_allclose(one, other, rtol=1e-9, atol=1e-11)
    assert_allclose(shared.log_density(z.numpy()), separate.log_density(z.numpy()))


@pytest.mark.parametrize("d", [1, 3, 60])
def test_student_in_closed_form(d):
    distribution = factor_student(d, 5.0)
    module = StudentVelocity(np.full(d, 0.5), distribution.shape, 5.0)
    rows = draw(distribution, 500, 0).reshape(-1, d)
    expected = distribution.logpdf(rows)
    assert_allclose(module.log_density(rows + 0.5), expected, rtol=1e-9)
    assert_allclose(module.float().log_density(rows + 0.5), expected, rtol=1e-4)
    draws = module.draw(4000, np.random.RandomState(1)) - 0.5
    # Squared distances of draws and of rows of the distribution itself.
    inverse = np.linalg.inv(distribution.shape)
    ours, theirs = (
        np.quantile(np.einsum("ni,ij,nj->n", x, inverse, x), [0.25, 0.5, 0.75])
        for x in (draws, draw(distribution, 4000, 2).reshape(-1, d))
    )
    assert_allclose(ours, theirs, rtol=0.15)


@pytest.mark.parametrize("d", [50, 200])
@pytest.mark.parametrize("degrees", [4.0, 10.0])
def test_scales_lie_as_finely_as_the_columns_ask_for(d, degrees):
    distribution = multivariate_t(np.zeros(d), np.eye(d), df=degrees)
    weights, scales = mixing_scales(degrees, d)
    covariances = scales[:, None, None] * np.eye(d)
    mixture = MixtureVelocity(weights, np.zeros((len(weights), d)), covariances)
    rows = draw(distribution, 2000, 0)
    assert abs((distribution.logpdf(rows) - mixture.log_density(rows)).mean()) < 0.02


def test_light_tails_are_gaussian():
    rows = np.random.RandomState(0).standard_normal((800, 4))
    velocity, _ = structured_velocity(rows)
    assert len(velocity.means) == 1
    fresh = np.random.RandomState(1).standard_normal((500, 4))
    gap = gaussian_velocity(rows).log_density(fresh) - velocity.log_density(fresh)
    assert abs(gap.mean()) < 0.02


def test_a_rolled_up_sheet_is_a_mixture_of_many():
    """Two and three components do not help it: the search must look further."""
    rows = make_swiss_roll(1600, noise=0.3, random_state=0)[0]
    rows = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    fresh = make_swiss_roll(1000, noise=0.3, random_state=1)[0]
    fresh = (fresh - fresh.mean(axis=0)) / fresh.std(axis=0)
    found = likeliest_distribution(rows, 0)
    assert len(found.log_weights) >= 12
    gain = found.log_density(fresh) - gaussian_velocity(rows).log_density(fresh)
    assert gain.mean() > 0.8
