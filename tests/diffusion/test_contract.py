"""The estimator's contract with scikit-learn and with its users."""

import copy
import inspect
import io
import pickle

import joblib
import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.utils.estimator_checks import (
    check_param_validation,
    parametrize_with_checks,
)
from torch import nn

from skdiffts import DiffusionResidualSampler
from skdiffts.losses import DenoisingScoreMatching
from skdiffts.process import FlowDensity
from skdiffts.scores import ScoreNetwork
from skdiffts.sde import VP
from skdiffts.solvers import EulerMaruyama, ExponentialMultistep

SMALL = ScoreNetwork(width=8, depth=1)


def states():
    return torch.random.get_rng_state(), *np.random.get_state()[1:3]  # noqa: NPY002


@pytest.fixture
def global_generators():
    """Fails when a test has moved NumPy's or torch's global generator."""
    np.random.seed(3)  # noqa: NPY002
    before = states()
    yield
    for now, then in zip(states(), before, strict=True):
        assert_array_equal(now, then)


@parametrize_with_checks(
    [
        DiffusionResidualSampler(
            score_model=SMALL, max_iter=5, early_stopping=False, random_state=0
        ),
        DiffusionResidualSampler(
            score_model=SMALL,
            solver=EulerMaruyama(n_steps=5),
            prior="empirical",
            max_iter=5,
            tol=1e6,  # nothing counts as an improvement: no warning that it goes on
        ),
    ]
)
def test_scikit_learn(estimator, check):
    check(estimator)


def test_parameters_are_validated():
    sampler = DiffusionResidualSampler(max_iter=1)
    check_param_validation("DiffusionResidualSampler", sampler)


def test_parts_of_the_wrong_kind_are_refused(tiny, X):
    for name in ("sde", "loss", "solver", "score_model"):
        with pytest.raises((TypeError, ValueError), match=name):
            tiny(**{name: object()}).fit(X)
    with pytest.raises(ValueError, match="beta_min"):
        tiny(sde=VP(beta_min=3.0, beta_max=1.0)).fit(X)
    with pytest.raises(ValueError, match="width"):
        tiny(score_model=ScoreNetwork(width=0)).fit(X)


@pytest.mark.parametrize(
    "params",
    [{"sde": VP(beta_min=3.0, beta_max=1.0)}, {"score_model": ScoreNetwork(width=0)}],
    ids=["sde", "score_model"],
)
def test_nothing_is_half_fitted_after_an_error(tiny, X, params):
    sampler = tiny(**params)
    with pytest.raises(ValueError, match=r"beta_min|width"):
        sampler.fit(X)
    with pytest.raises(NotFittedError):
        sampler.sample()


def test_unfitted_sampler_says_so(tiny, X):
    for call in (
        lambda s: s.sample(),
        lambda s: s.score(X),
        lambda s: s.score_samples(X),
        lambda s: s.score_function(X, 0.5),
    ):
        with pytest.raises(NotFittedError):
            call(tiny())


def test_parameters_after_the_first_are_keyword_only():
    parameters = inspect.signature(DiffusionResidualSampler).parameters.values()
    first, *others = parameters
    assert first.name == "sde"
    assert all(parameter.kind is parameter.KEYWORD_ONLY for parameter in others)


# Seeds and copies


@pytest.mark.usefixtures("global_generators")
def test_global_generators_are_left_alone(tiny, X):
    sampler = tiny(score_model=ScoreNetwork(width=8, dropout=0.2), max_iter=3).fit(X)
    sampler.sample(2000, random_state=0)
    sampler.score(X)
    sampler.score_function(X, 0.5)


def test_default_seed_of_sample_is_the_global_one(fitted):
    draws = []
    for seed in (0, 0, 1):
        np.random.seed(seed)  # noqa: NPY002
        draws.append(fitted.sample(3))
    assert_array_equal(draws[0], draws[1])
    assert (draws[0] != draws[2]).all()
    assert (fitted.sample(3) != fitted.sample(3)).all()


def test_seed_decides_the_fit(tiny, X, fitted):
    again, other = tiny().fit(X), tiny(random_state=1).fit(X)
    draws = fitted.sample(9, random_state=0)
    assert_array_equal(again.sample(9, random_state=0), draws)
    assert_array_equal(again.score_samples(X), fitted.score_samples(X))
    assert (other.sample(9, random_state=0) != draws).all()


def test_refit_forgets(tiny, X, fitted):
    sampler = tiny().fit(X[::2] * 3.0)
    assert_array_equal(sampler.fit(X).score_samples(X), fitted.score_samples(X))


def test_seed_decides_the_draw(fitted):
    draws = fitted.sample(9, random_state=5)
    assert_array_equal(fitted.sample(9, random_state=5), draws)
    assert (fitted.sample(9, random_state=6) != draws).all()
    rng = np.random.RandomState(5)
    assert_array_equal(fitted.sample(9, random_state=rng), draws)
    assert (fitted.sample(9, random_state=rng) != draws).all()


@pytest.mark.parametrize("prior", ["matched", "standard", "empirical"])
def test_blocks_have_seeds_of_their_own(tiny, X, prior):
    sampler = tiny(prior=prior, max_iter=1, solver=ExponentialMultistep(n_steps=3)).fit(
        X
    )
    draws = sampler.sample(3000, random_state=0)
    assert len(np.unique(draws, axis=0)) == 3000


def through_pickle(sampler):
    return pickle.loads(pickle.dumps(sampler))


def through_joblib(sampler):
    file = io.BytesIO()
    joblib.dump(sampler, file)
    file.seek(0)
    return joblib.load(file)


@pytest.mark.parametrize("duplicate", [through_pickle, through_joblib, copy.deepcopy])
def test_copies_draw_the_same(fitted, X, duplicate):
    sampler = duplicate(fitted)
    assert_array_equal(sampler.sample(9, 0), fitted.sample(9, 0))
    assert_array_equal(sampler.score_samples(X), fitted.score_samples(X))
    assert sampler.score(X) == fitted.score(X)


def test_threads_do_not_change_the_draws(tiny, X):
    threads = torch.get_num_threads()
    draws = []
    try:
        for n_threads in (1, 2):
            torch.set_num_threads(n_threads)
            sampler = tiny(
                score_model=ScoreNetwork(base="gaussian"),
                solver=ExponentialMultistep(n_steps=2),
                max_iter=2,
            ).fit(X)
            draws.append(sampler.sample(600, random_state=0))
    finally:
        torch.set_num_threads(threads)
    assert_array_equal(*draws)


def test_training_data_are_not_written(tiny, X, fitted):
    X = X.copy()
    X.flags.writeable = False
    assert_array_equal(tiny().fit(X).score_samples(X), fitted.score_samples(X))


# Parameters


def test_nested_parameters_build_the_default_parts():
    sampler = DiffusionResidualSampler()
    sampler.set_params(
        sde__schedule="cosine",
        sde__beta_max=10.0,
        loss__weighting="unit",
        solver__n_steps=5,
        score_model__width=8,
    )
    assert (sampler.sde.schedule, sampler.sde.beta_max) == ("cosine", 10.0)
    assert sampler.loss.weighting == "unit"
    assert sampler.solver.n_steps == 5
    assert sampler.score_model.width == 8
    copied = clone(sampler).get_params()
    assert copied["sde__beta_max"] == 10.0
    assert repr(clone(sampler)) == repr(sampler)
    with pytest.raises(ValueError, match="beta"):
        sampler.set_params(sde__beta=1.0)


def test_parts_of_the_user_are_not_changed(tiny, X):
    parts = {
        "sde": VP(beta_max=9.0),
        "solver": EulerMaruyama(n_steps=3),
        "loss": DenoisingScoreMatching(weighting="sigma2"),
    }
    before = {name: dict(vars(part)) for name, part in parts.items()}
    sampler = tiny(**parts, max_iter=1).fit(X)
    sampler.sample(3, 0)
    assert {name: vars(part) for name, part in parts.items()} == before
    assert all(getattr(sampler, name) is part for name, part in parts.items())


@pytest.mark.parametrize(
    "params",
    [
        {"solver": EulerMaruyama(n_steps=20)},
        {"solver__n_steps": 10},
        {"density": FlowDensity(n_steps=8)},
    ],
    ids=str,
)
def test_solver_and_density_can_be_changed_after_fit(tiny, X, params):
    """Training does not use them: as if they had been there from the start."""
    late = tiny(max_iter=1).fit(X).set_params(**params)
    early = tiny(max_iter=1).set_params(**params).fit(X)
    assert_array_equal(late.sample(3, 0), early.sample(3, 0))
    assert_array_equal(late.score_samples(X[:5]), early.score_samples(X[:5]))
    for draws in (late, early):
        assert draws.sample_at_times(2, random_state=0)[1].shape == (6, 2, X.shape[1])


def test_a_wrong_solver_after_fit_is_refused(tiny, X):
    sampler = tiny(max_iter=1).fit(X).set_params(solver="euler")
    with pytest.raises(TypeError, match="solver"):
        sampler.sample(3, 0)


@pytest.mark.parametrize(
    "params",
    [
        {"sde": VP(schedule="geometric")},
        {"sde": VP(beta_max=5.0)},
        {"loss": DenoisingScoreMatching(weighting="sigma2")},
        {"loss": DenoisingScoreMatching(time_sampling="uniform")},
        {"loss": DenoisingScoreMatching(antithetic=False)},
        {"learning_rate": 1e-3},
        {"batch_size": 32},
        {"ema_decay": 0.0},
        {"prior": "empirical"},
        {"prior": "standard", "sde": VP(beta_max=5.0)},
        {"solver": ExponentialMultistep(n_steps=20)},
        {"solver": EulerMaruyama(n_steps=100)},
    ],
    ids=str,
)
def test_every_choice_reaches_the_draws(tiny, X, fitted, params):
    draws = tiny(**params).fit(X).sample(20, random_state=0)
    assert np.isfinite(draws).all()
    assert not np.allclose(draws, fitted.sample(20, random_state=0), rtol=1e-6)


def test_schedules_that_end_alike_are_one(tiny, X, fitted):
    """Levels, weights and steps are even in the log-SNR: only its ends matter."""
    sampler = tiny(sde=VP(schedule="cosine")).fit(X)
    assert_allclose(sampler.sample(20, 0), fitted.sample(20, 0), rtol=1e-3)


def test_lam_has_no_part_in_fit(tiny, X, fitted):
    assert tiny(lam=0.5).fit(X).score(X) == fitted.score(X)
    for lam in (0.0, -1.0):
        with pytest.raises(ValueError, match="lam"):
            tiny(lam=lam).fit(X)


# Training


class Network(nn.Module):
    """A network as users write it: initialised from torch's global generator."""

    def __init__(self, n_features):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(n_features + 1, 8), nn.Tanh(), nn.Linear(8, n_features)
        )

    def forward(self, z, log_snr):
        return self.layers(torch.cat([z, log_snr.expand(len(z), 1) / 4.0], dim=1))


@pytest.mark.usefixtures("global_generators")
def test_network_of_the_user(tiny, X):
    first, second, other = (
        tiny(score_model=Network, random_state=seed).fit(X) for seed in (0, 0, 1)
    )
    assert isinstance(first.module_, Network)
    assert np.isfinite(first.score(X))
    assert_array_equal(first.sample(5, 0), second.sample(5, 0))
    assert (first.sample(5, 0) != other.sample(5, 0)).all()
    assert_array_equal(through_pickle(first).sample(5, 0), first.sample(5, 0))


def test_training_lowers_the_loss(tiny, X):
    rows = np.sign(X - X.mean(axis=0)) + 0.1 * X
    before = tiny(max_iter=1, learning_rate=1e-9).fit(rows)
    after = tiny(max_iter=300).fit(rows)
    assert len(after.loss_curve_) == 3
    assert after.loss_curve_[-1] < 0.9 * after.loss_curve_[0]
    assert after.score(rows) > before.score(rows) + 0.3


def test_module_is_ready_for_use(fitted):
    assert not fitted.module_.training
    assert not any(p.requires_grad for p in fitted.module_.parameters())


def test_warm_start_goes_on(tiny, X):
    rows = np.sign(X - X.mean(axis=0)) + 0.1 * X
    sampler = tiny(warm_start=True, max_iter=200).fit(rows)
    trained = sampler.score_samples(rows)
    sampler.set_params(learning_rate=1e-12).fit(rows)
    # But for the moments, whose shrinkage depends on the coordinates.
    assert_allclose(sampler.score_samples(rows), trained, rtol=0, atol=0.01)
    # The old whitening stays, or the weights would mean something else; a new one
    # would lower this by log 4. The new rows have the distribution at t = 1.
    sampler.fit(2.0 * rows + 1.0)
    assert_allclose(sampler.score_samples(rows), trained, rtol=0, atol=0.05)
    cold = sampler.set_params(warm_start=False).fit(rows)
    assert not np.allclose(cold.score_samples(rows), trained, rtol=0.01)


def test_warm_start_keeps_the_number_of_columns(tiny, X):
    sampler = tiny(warm_start=True, max_iter=1).fit(X)
    with pytest.raises(ValueError, match="features"):
        sampler.fit(X[:, :1])


def test_average_lies_among_the_weights_passed(tiny, X):
    """What is kept is the moving average, not the last weights."""
    made, passed = [], []

    def factory(n_features):
        made.append(Network(n_features))
        return made[-1]

    class Watched(DenoisingScoreMatching):
        def error(self, module, *args):
            passed.append(nn.utils.parameters_to_vector(module.parameters()).detach())
            return super().error(module, *args)

    def fit(ema_decay):
        made.clear(), passed.clear()
        sampler = tiny(
            score_model=factory, loss=Watched(), ema_decay=ema_decay, max_iter=20
        ).fit(X)
        kept = nn.utils.parameters_to_vector(sampler.module_.parameters())
        last = nn.utils.parameters_to_vector(made[0].parameters()).detach()
        return kept, last, torch.stack([*passed, last])

    kept, last, _ = fit(0.0)
    assert torch.equal(kept, last)
    kept, last, trajectory = fit(0.998)
    assert len(trajectory) == 21
    assert not torch.allclose(kept, last, rtol=1e-3)
    assert (trajectory.amin(dim=0) - 1e-6 <= kept).all()
    assert (kept <= trajectory.amax(dim=0) + 1e-6).all()
    # A young average forgets its start: nearer to the last weights than to the first.
    assert (kept - last).norm() < (kept - trajectory[0]).norm()


def bimodal(X):
    return np.sign(X - X.mean(axis=0)) + 0.1 * X


def test_early_stopping_keeps_the_best_weights(tiny, X):
    seen = []

    class Watched(DenoisingScoreMatching):
        def error(self, module, *args):
            error = super().error(module, *args)
            if not module.training:
                weights = nn.utils.parameters_to_vector(module.parameters())
                seen.append((error.mean().item(), weights.clone()))
            return error

    sampler = tiny(
        loss=Watched(),
        early_stopping=True,
        validation_fraction=0.3,
        max_iter=2000,
        n_iter_no_change=300,
        learning_rate=3e-2,
        ema_decay=0.9,
    ).fit(bimodal(X)[:40])
    losses = [loss for loss, _ in seen]
    best = int(np.argmin(losses))
    # The weights are the best of all looks, of which the first is at the untrained.
    kept = nn.utils.parameters_to_vector(sampler.module_.parameters())
    assert torch.equal(kept, seen[best][1])
    assert 0 < best < len(losses) - 1
    assert sampler.n_iter_ < 2000
    assert sampler.n_iter_ == 100 * (len(losses) - 1)
    assert sampler.n_iter_ - 100 * best >= 300
    assert len(sampler.validation_scores_) == len(sampler.loss_curve_)
    assert len(sampler.validation_scores_) == sampler.n_iter_ // 100
    assert sampler.best_validation_score_ == max(sampler.validation_scores_)
    order = np.argsort(losses[1:])
    assert_array_equal(np.argsort(np.negative(sampler.validation_scores_)), order)


def test_nothing_to_learn_keeps_the_untrained_network(tiny):
    X = np.random.RandomState(0).standard_normal((60, 2))
    sampler = tiny(early_stopping=True, max_iter=500, n_iter_no_change=200, tol=0.05)
    sampler.fit(X)
    assert sampler.n_iter_ == 200
    assert not sampler.module_.exit.weight.any()


def test_unfinished_training_warns(tiny, X):
    sampler = tiny(early_stopping=True, max_iter=100)
    with pytest.warns(ConvergenceWarning, match="max_iter=100") as record:
        sampler.fit(bimodal(X))
    assert record[0].filename == __file__
    assert sampler.n_iter_ == 100


def test_plain_training_ends_in_silence(tiny, X):
    sampler = tiny(max_iter=150).fit(bimodal(X))
    assert sampler.n_iter_ == 150
    assert len(sampler.loss_curve_) == 2
    assert sampler.validation_scores_ == []
    assert sampler.best_validation_score_ is None


def test_held_out_rows_do_not_train(tiny, X):
    """With half of the rows held out the loss sees the other half only."""
    seen = []

    class Watched(DenoisingScoreMatching):
        def error(self, module, data, *args):
            seen.append((module.training, data))
            return super().error(module, data, *args)

    tiny(loss=Watched(), early_stopping=True, validation_fraction=0.5, tol=1e6).fit(X)
    training, held_out = (
        {tuple(row) for flag, data in seen if flag is kind for row in data.tolist()}
        for kind in (True, False)
    )
    assert len(held_out) == len(X) / 2
    assert not training & held_out
