"""What a fitted generator must not depend on."""

import warnings

import numpy as np
import pytest
import torch
from scipy.integrate import trapezoid
from sklearn.exceptions import NotFittedError
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KernelDensity
from sklearn.preprocessing import FunctionTransformer

from skdiffts import (
    DiffusionResidualSampler,
    GenerativeTimeSeries,
    KernelDriftVolEstimator,
)
from skdiffts.scores import ScoreNetwork


def walk(n=120, d=2, seed=0):
    return np.random.RandomState(seed).standard_normal((n, d)).cumsum(axis=0)


def quick(**parameters):
    dynamics = KernelDriftVolEstimator(conditioning=None)
    return GenerativeTimeSeries(
        sampler=KernelDensity(bandwidth=0.3),
        **{"dynamics": dynamics, **parameters},
    )


def small(**parameters):
    return DiffusionResidualSampler(
        max_iter=20, early_stopping=False, random_state=0, **parameters
    )


def test_the_users_array_may_change_after_fit():
    X = walk()
    model = quick().fit(X)
    before = model.sample(2, 5, x0="last", random_state=0)
    X[:] = 1e6
    np.testing.assert_array_equal(model.sample(2, 5, x0="last", random_state=0), before)


def test_parameters_set_after_fit_wait_for_the_next_fit():
    X = walk()
    dynamics = KernelDriftVolEstimator(conditioning=None).fit(X)
    before = dynamics.score(X)
    dynamics.set_params(dt=4.0, past_only=True)
    assert dynamics.score(X) == before
    dynamics.transform(X)


@pytest.mark.parametrize(
    "model", [quick(), small(), KernelDriftVolEstimator(conditioning=None)]
)
def test_a_failed_refit_leaves_nothing_fitted(model):
    model.fit(walk())
    with pytest.raises(ValueError, match="NaN"):
        model.fit(np.full((30, 3), np.nan))
    with pytest.raises(NotFittedError):
        model.score(walk())


def test_float32_keeps_the_precision_of_the_preprocessor():
    X = np.exp(1e-3 * walk(300)).astype(np.float32)
    log = FunctionTransformer(np.log, np.exp)
    single = quick(preprocessor=log).fit(X).score_samples(X)[1:]
    double = quick(preprocessor=log).fit(X.astype(np.float64))
    np.testing.assert_allclose(
        single, double.score_samples(X.astype(np.float64))[1:], atol=1e-6
    )


def test_rows_outside_the_domain_of_the_preprocessor():
    model = quick(preprocessor=FunctionTransformer(np.log, np.exp))
    model.fit(np.exp(0.1 * walk()))
    with pytest.raises(ValueError, match="preprocessor"):
        model.score(-np.ones((5, 2)))


def test_every_column_must_come_back():
    def forward(X):
        return X * np.array([1.0, -0.5])

    broken = FunctionTransformer(forward, lambda X: X, check_inverse=False)
    with pytest.raises(ValueError, match="inverse_transform"):
        quick(preprocessor=broken).fit(walk() * np.array([1e9, 1.0]))


def test_a_mixture_base_obeys_the_seed():
    X = walk()
    network = ScoreNetwork(base=GaussianMixture(3), width=8)
    state = np.random.mtrand._rand.get_state()[1].copy()
    draws = [small(score_model=network).fit(X).sample(5, 0) for _ in range(2)]
    np.testing.assert_array_equal(*draws)
    np.testing.assert_array_equal(np.random.mtrand._rand.get_state()[1], state)


def test_dropout_of_a_factory_obeys_the_seed():
    class Net(torch.nn.Module):
        def __init__(self, d):
            super().__init__()
            self.layers = torch.nn.Sequential(
                torch.nn.Linear(d + 1, 8), torch.nn.Dropout(0.5), torch.nn.Linear(8, d)
            )

        def forward(self, z, log_snr):
            return self.layers(torch.cat([z, log_snr.expand(len(z), 1)], dim=1))

    state = torch.random.get_rng_state()
    draws = [small(score_model=Net).fit(walk()).sample(5, 0) for _ in range(2)]
    np.testing.assert_array_equal(*draws)
    assert torch.equal(torch.random.get_rng_state(), state)
    with pytest.raises(TypeError, match="function"):
        small(score_model=Net(2)).fit(walk())


def test_too_short_for_the_past():
    with pytest.raises(ValueError, match="past_only"):
        quick(dynamics=KernelDriftVolEstimator(past_only=True, conditioning=None)).fit(
            walk(5)
        )


def test_density_of_far_apart_narrow_modes_integrates_to_one():
    """Two modes 150 of their widths apart: the flow turns sharply between them."""
    rng = np.random.RandomState(0)
    X = 3.0 * (rng.uniform(size=(800, 1)) < 0.5) + 0.02 * rng.standard_normal((800, 1))
    sampler = DiffusionResidualSampler(max_iter=300, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sampler.fit(X)
    grid = np.linspace(-3.0, 6.0, 9001)[:, np.newaxis]
    mass = trapezoid(np.exp(sampler.score_samples(grid)), dx=0.001)
    assert abs(mass - 1.0) < 0.02
