"""Residuals and bounds of paths, through a fitted generator."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KernelDensity
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts.conditioning import LaggedStates
from skdiffts.marginals import RankNormal
from skdiffts.theory import bounds, neg_tv_bound, neg_w2_bound, neg_w2_estimate


def test_residuals_are_those_of_the_dynamics(quick, walk):
    X, new = walk(), walk(1)
    generator = quick().fit(X)
    residuals, log_jacobian = generator.whiten(new)
    kernel = clone(generator.dynamics).fit(X)
    for ours, theirs in zip((residuals, log_jacobian), kernel.whiten(new), strict=True):
        assert_array_equal(ours, theirs)
    assert np.isnan(residuals[0]).all()


@pytest.mark.parametrize(
    "preprocessor", [None, StandardScaler(), FunctionTransformer(np.log, np.exp)]
)
def test_residuals_and_jacobian_make_the_density(quick, walk, preprocessor):
    X, new = np.exp(0.3 * walk()), np.exp(0.3 * walk(1))
    generator = quick(preprocessor=preprocessor).fit(X)
    residuals, log_jacobian = generator.whiten(new)
    density = generator.sampler_.score_samples(residuals[1:]) + log_jacobian[1:]
    assert_allclose(density, generator.score_samples(new)[1:], rtol=1e-12)
    # The derivative of the last residual by the last row, by differences.
    shifts = 1e-5 * np.eye(2)
    jacobian = np.empty((2, 2))
    for j, shift in enumerate(shifts):
        ahead, behind = new[:9].copy(), new[:9].copy()
        ahead[-1] += shift
        behind[-1] -= shift
        change = generator.whiten(ahead)[0][-1] - generator.whiten(behind)[0][-1]
        jacobian[:, j] = change / 2e-5
    assert_allclose(log_jacobian[8], np.linalg.slogdet(jacobian)[1], atol=1e-4)


def test_residuals_make_the_path_again(quick, walk):
    """The inverse of the simulation step, in the units of the preprocessor's input."""
    X, new = walk(), walk(1)
    generator = quick(preprocessor=StandardScaler()).fit(X)
    residuals, _ = generator.whiten(new)
    scaler = generator.preprocessor_
    memory = generator.dynamics_.start_history(scaler.transform(new[:1]))
    path = generator.dynamics_.simulate(residuals[np.newaxis, 1:], memory)[0]
    assert_allclose(scaler.inverse_transform(path), new, atol=1e-8)


def test_residuals_of_panels_and_gaps(quick, walk):
    panel = walk(n_paths=3)
    generator = quick(preprocessor=StandardScaler()).fit(panel)
    residuals, log_jacobian = generator.whiten(list(panel))
    assert residuals.shape == (180, 2)
    starts = np.isnan(residuals).all(axis=1)
    assert_array_equal(np.flatnonzero(starts), [0, 60, 120])
    assert_array_equal(np.isnan(log_jacobian), starts)
    gaps = walk()
    gaps[7] = np.nan
    broken = GenerativeTimeSeries(
        KernelDriftVolEstimator("all", missing="break", conditioning=None),
        KernelDensity(),
    ).fit(gaps)
    residuals, log_jacobian = broken.whiten(gaps)
    assert_array_equal(np.flatnonzero(np.isnan(log_jacobian)), [0, 7, 8])
    assert len(residuals) == len(gaps)


def test_bounds_are_those_of_the_residuals(walk, small_sampler):
    frame = pd.DataFrame(walk(), columns=["a", "b"])
    new = pd.DataFrame(walk(1), columns=["a", "b"])
    generator = GenerativeTimeSeries(
        KernelDriftVolEstimator("all", conditioning=LaggedStates(n_lags=2)),
        small_sampler(lam=0.3),
        preprocessor=StandardScaler(),
    ).fit(frame)
    result = generator.bounds(new, random_state=3)
    residuals = generator.whiten(new)[0][2:]
    expected = bounds(generator.sampler_, residuals, random_state=3)
    assert result.total_variation == expected.total_variation
    assert result.wasserstein == expected.wasserstein
    assert result.wasserstein_estimate == expected.wasserstein_estimate
    assert result.kullback_leibler == expected.kullback_leibler
    assert result.score_error.exact is False


def test_bounds_do_not_depend_on_the_units(walk, small_sampler):
    """They are about residuals, which have none."""
    X, new = walk(), walk(1)
    make = lambda: GenerativeTimeSeries(
        KernelDriftVolEstimator("all", conditioning=None), small_sampler()
    )
    one = make().fit(X).bounds(new, random_state=0)
    other = make().fit(1e3 * X).bounds(1e3 * new, random_state=0)
    estimates = other.wasserstein_estimate.value, one.wasserstein_estimate.value
    assert_allclose(*estimates, rtol=1e-4)
    assert_allclose(other.total_variation.total, one.total_variation.total, rtol=1e-4)


def test_scorers_tune_lambda_and_schedule_through_a_generator(walk, small_sampler):
    generator = GenerativeTimeSeries(
        KernelDriftVolEstimator("all", conditioning=None),
        small_sampler(prior="standard"),
    )
    # Each score is a search for steep places of a network: one fold.
    X, cv = walk(n_rows=90), [(np.arange(60), np.arange(60, 90))]
    for scorer, grid, best in (
        (neg_w2_estimate, {"sampler__lam": [1e-3, 0.3]}, {"sampler__lam": 0.3}),
        (
            neg_tv_bound,
            {"sampler__sde__beta_max": [0.3, 20.0]},
            {"sampler__sde__beta_max": 20.0},
        ),
    ):
        search = GridSearchCV(
            generator, grid, scoring=scorer, cv=cv, error_score="raise"
        )
        assert search.fit(X).best_params_ == best
        result = search.best_estimator_.bounds(X, random_state=0)
        expected = (
            result.wasserstein_estimate.value
            if scorer is neg_w2_estimate
            else result.total_variation.total
        )
        assert scorer(search.best_estimator_, X) == -expected


def test_what_has_no_bounds_says_so(quick, walk, small_sampler):
    X = walk()
    with pytest.raises(TypeError, match=r"sampler=KernelDensity.*DiffusionResidual"):
        quick().fit(X).bounds(X)
    with pytest.raises(NotFittedError):
        GenerativeTimeSeries(
            dynamics=KernelDriftVolEstimator(conditioning=None)
        ).bounds(X)
    generator = quick(sampler=small_sampler()).fit(X)
    with pytest.raises(ValueError, match=r"1 transition"):
        generator.bounds(X[:2])
    mapped = quick(sampler=small_sampler(column_map=RankNormal())).fit(X)
    assert mapped.bounds(X, random_state=0).unit is None
    with pytest.raises(ValueError, match="neg_tv_bound"):
        neg_w2_bound(mapped, X)


def test_frozen_samplers_have_bounds_too(quick, walk, small_sampler):
    X = walk()
    sampler = small_sampler().fit(np.random.RandomState(0).standard_normal((50, 2)))
    generator = quick(sampler=FrozenEstimator(sampler)).fit(X)
    assert generator.bounds(X, random_state=0).total_variation.total > 0.0


def test_fitted_preprocessor_is_public(quick, walk):
    X = walk()
    assert quick().fit(X).preprocessor_ is None
    scaler = quick(preprocessor=StandardScaler()).fit(X).preprocessor_
    assert_array_equal(scaler.mean_, X.mean(axis=0))
