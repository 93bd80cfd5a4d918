"""The estimator's contract with scikit-learn and with its users."""

import copy
import inspect
import pickle

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import config_context
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.neighbors import KernelDensity
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    PolynomialFeatures,
    PowerTransformer,
    StandardScaler,
)
from sklearn.utils.estimator_checks import (
    check_param_validation,
    parametrize_with_checks,
)
from sklearn.utils.validation import check_is_fitted

from skdiffts import (
    DiffusionResidualSampler,
    GenerativeTimeSeries,
    KernelDriftVolEstimator,
)
from skdiffts.scores import ScoreNetwork

ROWS = "a row is scored given the one before: rows are neither dropped nor shuffled"
EXPECTED_FAILURES = {
    "check_methods_sample_order_invariance": ROWS,
    "check_methods_subset_invariance": ROWS,
}


def states():
    return torch.random.get_rng_state(), *np.random.get_state()[1:3]  # noqa: NPY002


@parametrize_with_checks(
    [
        GenerativeTimeSeries(
            sampler=KernelDensity(), dynamics=KernelDriftVolEstimator(conditioning=None)
        ),
        GenerativeTimeSeries(
            KernelDriftVolEstimator("all", conditioning=None),
            DiffusionResidualSampler(
                score_model=ScoreNetwork(width=8, depth=1),
                max_iter=5,
                early_stopping=False,
                random_state=0,
            ),
            preprocessor=StandardScaler(),
        ),
    ],
    expected_failed_checks=lambda estimator: EXPECTED_FAILURES,
)
def test_scikit_learn(estimator, check):
    check(estimator)


def test_parameters_are_validated():
    check_param_validation(
        "GenerativeTimeSeries",
        GenerativeTimeSeries(),
    )


def test_parts_of_the_wrong_kind_are_refused(quick, walk):
    for name in ("dynamics", "preprocessor"):
        with pytest.raises(ValueError, match=name):
            GenerativeTimeSeries(**{name: StandardScaler}).set_params(
                **{name: object()}
            ).fit(walk())
    with pytest.raises(ValueError, match="sampler"):
        quick(sampler=StandardScaler()).fit(walk())


def test_parameters_after_the_second_are_keyword_only():
    parameters = inspect.signature(GenerativeTimeSeries).parameters.values()
    kinds = {parameter.name: parameter.kind for parameter in parameters}
    names = ["preprocessor", "support", "missing", "exogenous", "residuals"]
    names += ["state_residuals", "n_jobs", "verbose"]
    assert list(kinds) == ["dynamics", "sampler", *names]
    assert {kinds[name] for name in names} == {inspect.Parameter.KEYWORD_ONLY}


def test_unfitted_generator_says_so(walk):
    X = walk()
    for call in (
        lambda g: g.sample(),
        lambda g: g.forecast(X, 2),
        lambda g: g.score(X),
        lambda g: g.score_samples(X),
    ):
        with pytest.raises(NotFittedError):
            call(
                GenerativeTimeSeries(
                    dynamics=KernelDriftVolEstimator(conditioning=None)
                )
            )


class Failing(KernelDensity):
    def fit(self, X, y=None):
        raise RuntimeError("no density today")


class FailingDynamics(KernelDriftVolEstimator):
    def fit(self, X, y=None):
        raise RuntimeError("no density today")


@pytest.mark.parametrize(
    "params",
    [
        {"sampler": Failing()},
        {"dynamics": FailingDynamics()},
        {"preprocessor": PolynomialFeatures(2)},
        {"preprocessor": FunctionTransformer(np.floor, np.floor, check_inverse=False)},
    ],
    ids=["sampler", "dynamics", "shape", "not invertible"],
)
def test_nothing_is_half_fitted_after_an_error(quick, walk, params):
    if isinstance(params.get("preprocessor"), PolynomialFeatures):
        params["preprocessor"].inverse_transform = lambda X: X
    generator = quick().set_params(**params)
    with pytest.raises((RuntimeError, ValueError)):
        generator.fit(walk())
    with pytest.raises(NotFittedError):
        check_is_fitted(generator)
    with pytest.raises(NotFittedError):
        generator.sample()


# Parameters and parts


def test_nested_parameters_build_the_default_parts():
    generator = GenerativeTimeSeries()
    generator.set_params(
        dynamics__n_neighbors=7,
        sampler__sde__schedule="cosine",
        sampler__loss__weighting="unit",
        sampler__lam=0.3,
    )
    assert isinstance(generator.dynamics, KernelDriftVolEstimator)
    assert generator.dynamics.n_neighbors == 7
    assert generator.sampler.sde.schedule == "cosine"
    params = clone(generator).get_params()
    assert params["sampler__loss__weighting"] == "unit"
    assert params["sampler__lam"] == 0.3
    assert repr(clone(generator)) == repr(generator)
    assert GenerativeTimeSeries().dynamics is None


def test_nested_parameters_of_a_part_set_at_once():
    density = KernelDensity()
    generator = GenerativeTimeSeries(
        dynamics=KernelDriftVolEstimator(conditioning=None)
    )
    generator.set_params(sampler=density, sampler__bandwidth=0.7)
    assert generator.sampler is density
    assert density.bandwidth == 0.7
    generator.set_params(sampler=None, sampler__max_iter=3)
    assert isinstance(generator.sampler, DiffusionResidualSampler)
    assert generator.sampler.max_iter == 3


def test_unknown_parameters_are_refused():
    generator = GenerativeTimeSeries(
        dynamics=KernelDriftVolEstimator(conditioning=None)
    )
    for name in ("kernel__n_neighbors", "dynamics__k", "sampler__sde__beta", "seed"):
        with pytest.raises(ValueError, match="Invalid parameter"):
            generator.set_params(**{name: 1})


def test_parts_of_the_user_are_not_fitted(quick, walk):
    generator = quick(preprocessor=StandardScaler())
    generator.fit(walk())
    assert not hasattr(generator.dynamics, "n_features_in_")
    assert not hasattr(generator.sampler, "n_features_in_")
    assert not hasattr(generator.preprocessor, "mean_")
    check_is_fitted(generator.dynamics_)
    check_is_fitted(generator.sampler_)


def test_frozen_dynamics_are_not_fitted_again(quick, walk, sampler):
    kernel = KernelDriftVolEstimator(10, conditioning=None).fit(walk(1))
    generator = quick(sampler=sampler).set_params(dynamics=FrozenEstimator(kernel))
    generator.fit(walk(2))
    expected = kernel.coefficients(walk(2))
    for ours, theirs in zip(
        generator.dynamics_.coefficients(walk(2)), expected, strict=True
    ):
        assert_array_equal(ours, theirs)
    assert np.isfinite(generator.score(walk(2)))
    assert generator.sample(2, 5, random_state=0).shape == (2, 5, 2)


def test_sampler_is_fitted_on_the_leave_one_out_residuals(walk, quick):
    class Recorder(KernelDensity):
        def fit(self, X, y=None):
            self.rows_ = X.copy()
            return super().fit(X)

    X = walk()
    generator = quick(5, sampler=Recorder()).fit(X)
    kernel = KernelDriftVolEstimator(5, shrinkage=0.3, conditioning=None).fit(X)
    assert_array_equal(generator.residuals_, kernel.loo_residuals_)
    assert_array_equal(generator.sampler_.rows_, kernel.loo_residuals_)
    # In-sample residuals are much smaller with five neighbours.
    inside = kernel.transform(X)[1:]
    assert generator.residuals_.var() > 1.3 * inside.var()


def test_plain_pipeline_samples_residuals(walk, small_sampler):
    X = walk()
    pipeline = make_pipeline(
        KernelDriftVolEstimator(15, conditioning=None), small_sampler()
    ).fit(X)
    assert pipeline[-1].sample(4, random_state=0).shape == (4, 2)
    scores = pipeline.score_samples(X)
    assert np.isnan(scores[0])
    assert np.isfinite(scores[1:]).all()


def test_pages_show_both_parts(quick, walk):
    for generator in (
        GenerativeTimeSeries(dynamics=KernelDriftVolEstimator(conditioning=None)),
        quick(),
        quick(preprocessor=StandardScaler()),
        quick().fit(walk()),
    ):
        page = generator._repr_html_()
        assert "KernelDriftVolEstimator" in page
        sampler = generator.sampler
        name = "DiffusionResidualSampler" if sampler is None else "KernelDensity"
        assert name in page
        assert ("StandardScaler" in page) == (generator.preprocessor is not None)


# Seeds and copies


def test_global_generators_are_left_alone(quick, walk, small_sampler):
    np.random.seed(3)  # noqa: NPY002
    before = states()
    generator = quick(sampler=small_sampler()).fit(walk())
    generator.sample(3, 5, random_state=0)
    generator.forecast(walk(), 3, random_state=0)
    generator.score(walk())
    for now, then in zip(states(), before, strict=True):
        assert_array_equal(now, then)


def test_seed_decides_the_paths(quick, walk, sampler):
    generator = quick(sampler=sampler).fit(walk())
    paths = generator.sample(3, 6, random_state=4)
    assert_array_equal(generator.sample(3, 6, random_state=4), paths)
    assert (generator.sample(3, 6, random_state=5)[:, 1:] != paths[:, 1:]).all()
    rng = np.random.RandomState(4)
    assert_array_equal(generator.sample(3, 6, random_state=rng), paths)
    assert (generator.sample(3, 6, random_state=rng)[:, 1:] != paths[:, 1:]).all()
    again = quick(sampler=sampler).fit(walk())
    assert_array_equal(again.sample(3, 6, random_state=4), paths)


def test_default_seed_is_the_global_one(fitted):
    paths = []
    for _ in range(2):
        np.random.seed(0)  # noqa: NPY002
        paths.append(fitted.sample(2, 4))
    assert_array_equal(*paths)
    assert (fitted.sample(2, 4)[:, 1:] != paths[0][:, 1:]).all()


@pytest.mark.parametrize("duplicate", [copy.deepcopy, None])
def test_copies_give_the_same_paths(quick, walk, sampler, duplicate):
    duplicate = duplicate or (lambda g: pickle.loads(pickle.dumps(g)))
    X = walk(n_rows=40)
    generator = quick(sampler=sampler, preprocessor=StandardScaler()).fit(X)
    copied = duplicate(generator)
    assert_array_equal(
        copied.sample(3, 5, random_state=0), generator.sample(3, 5, random_state=0)
    )
    assert_array_equal(copied.score_samples(X), generator.score_samples(X))


def test_training_data_are_not_written(quick, walk, fitted):
    X = walk()
    X.flags.writeable = False
    generator = quick().fit(X)
    assert_array_equal(generator.residuals_, fitted.residuals_)
    generator.sample(2, 3, x0=X[0], random_state=0)
    generator.forecast(X, 3, random_state=0)


def test_output_configuration_changes_nothing(quick, walk):
    frame = pd.DataFrame(walk(), columns=["a", "b"])
    for preprocessor in (None, StandardScaler()):
        plain = quick(preprocessor=preprocessor).fit(frame)
        with config_context(transform_output="pandas"):
            configured = quick(preprocessor=preprocessor).fit(frame)
            for generator in (plain, configured):
                paths = generator.sample(2, 5, random_state=0)
                forecast = generator.forecast(frame, 3, random_state=0)
                scores = generator.score_samples(frame)
        assert_array_equal(paths, plain.sample(2, 5, random_state=0))
        assert_array_equal(forecast, plain.forecast(frame, 3, random_state=0))
        assert_array_equal(scores, plain.score_samples(frame))


def test_frames_leave_their_names(quick, walk):
    frame = pd.DataFrame(walk(), columns=["a", "b"])
    generator = quick(preprocessor=StandardScaler()).fit(frame)
    assert list(generator.feature_names_in_) == ["a", "b"]
    assert generator.n_features_in_ == 2
    with pytest.raises(ValueError, match="feature names"):
        generator.score(frame[["b", "a"]])
    with pytest.raises(ValueError, match="features"):
        quick().fit(walk()).score(walk(d=3))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_missing_and_infinite_entries_are_refused(quick, walk, fitted, value):
    X = walk()
    X[5, 1] = value
    for call in (quick().fit, fitted.score, lambda X: fitted.forecast(X, 2)):
        with pytest.raises(ValueError, match=r"(?i)nan|inf"):
            call(X)


# Preprocessors


@pytest.mark.parametrize(
    "preprocessor",
    [
        StandardScaler(),
        PowerTransformer(),
        FunctionTransformer(np.log, np.exp),
        make_pipeline(FunctionTransformer(np.log, np.exp), StandardScaler()),
    ],
    ids=["scaler", "power", "log", "pipeline"],
)
def test_preprocessor_is_undone(quick, walk, preprocessor):
    """Same as fitting to transformed data and mapping the paths back."""
    X = 10.0 + walk()
    X[0] = 10.0
    generator = quick(preprocessor=preprocessor).fit(X)
    transformer = clone(preprocessor).fit(X)
    inner = quick().fit(transformer.transform(X))
    assert_allclose(generator.residuals_, inner.residuals_)
    paths = generator.sample(3, 8, x0="initial", random_state=0)
    expected = inner.sample(3, 8, x0="initial", random_state=0)
    mapped = transformer.transform(paths.reshape(-1, 2)).reshape(paths.shape)
    assert_allclose(mapped, expected, rtol=1e-6, atol=1e-6)
    assert_allclose(paths[:, 0], np.tile(X[0], (3, 1)), rtol=1e-9)
    starts = X[:3]
    assert_allclose(generator.sample(3, 4, x0=starts)[:, 0], starts, rtol=1e-9)


def test_bounded_preprocessors_stay_finite(quick, walk):
    """Yeo-Johnson of skewed data ends at a number that simulated rows may pass."""
    X = np.exp(0.3 * walk()) + 1.0
    generator = quick(preprocessor=PowerTransformer()).fit(X)
    assert (generator.preprocessor_.lambdas_ < 0.0).all()
    assert np.isfinite(generator.sample(20, 50, random_state=0)).all()


class Rotation(TransformerMixin, BaseEstimator):
    """Affine and not diagonal: its Jacobian is a matrix."""

    MATRIX = np.array([[2.0, 1.0], [-1.0, 3.0]])

    def fit(self, X, y=None):
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X):
        return X @ self.MATRIX

    def inverse_transform(self, X):
        return X @ np.linalg.inv(self.MATRIX)


@pytest.mark.parametrize(
    ("preprocessor", "log_jacobian"),
    [
        (Rotation(), lambda X: np.full(len(X), np.log(7.0))),
        (FunctionTransformer(np.log, np.exp), lambda X: -np.log(X).sum(axis=1)),
        (
            StandardScaler(),
            lambda X: np.full(len(X), -np.log(X.std(axis=0)).sum()),
        ),
    ],
    ids=["matrix", "log", "scaler"],
)
def test_score_has_the_jacobian_of_the_preprocessor(
    quick, walk, preprocessor, log_jacobian
):
    X = np.exp(0.3 * walk()) + 1.0
    generator = quick(preprocessor=preprocessor).fit(X)
    Y = clone(preprocessor).fit(X).transform(X)
    expected = quick().fit(Y).score_samples(Y) + log_jacobian(X)
    assert_allclose(generator.score_samples(X)[1:], expected[1:], rtol=0, atol=1e-7)


def test_wrong_preprocessors_are_named(quick, walk):
    X = np.abs(walk())
    lossy = FunctionTransformer(np.floor, np.floor, check_inverse=False)
    infinite = FunctionTransformer(np.log, np.exp, check_inverse=False)
    wide = PolynomialFeatures()
    wide.inverse_transform = lambda X: X
    X[0] = 0.0
    for preprocessor in (lossy, infinite, wide, PolynomialFeatures()):
        with (
            np.errstate(all="ignore"),
            pytest.raises(ValueError, match="preprocessor"),
        ):
            quick(preprocessor=preprocessor).fit(X)


# Errors of fit


def test_short_paths_are_refused(quick):
    with pytest.raises(ValueError, match="1 sample"):
        quick().fit(np.ones((1, 2)))
    with pytest.raises(ValueError, match="path 1"):
        quick().fit([np.random.RandomState(0).rand(9, 1), np.ones((1, 1))])
