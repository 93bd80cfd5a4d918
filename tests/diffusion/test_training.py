"""Devices, warm starts, and fits that do not come to their end."""

import copy
import pickle

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import NotFittedError
from torch import nn

import skdiffts.diffusion._trainer
from skdiffts import DiffusionResidualSampler
from skdiffts._progress import FitTask
from skdiffts._torch import global_generators, resolve_device
from skdiffts.diffusion import SGD, Adam
from skdiffts.diffusion._trainer import Trainer, TrainingOptions, _Validation
from skdiffts.losses import (
    DenoisingScoreMatching,
    ImplicitScoreMatching,
    SlicedScoreMatching,
)
from skdiffts.scores import ScoreNetwork
from skdiffts.sde import VP

LOSSES = [DenoisingScoreMatching(), SlicedScoreMatching(), ImplicitScoreMatching()]

needs_cuda = pytest.mark.skipif(
    not torch.cuda.is_available(), reason="torch finds no CUDA device"
)


def has_cuda(monkeypatch, answer):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: answer)


# Devices


@pytest.mark.parametrize(
    ("device", "available", "resolved"),
    [
        ("cpu", True, "cpu"),
        ("cpu", False, "cpu"),
        ("auto", True, "cuda"),
        ("auto", False, "cpu"),
        ("cuda", True, "cuda"),
    ],
)
def test_device_that_a_choice_stands_for(monkeypatch, device, available, resolved):
    has_cuda(monkeypatch, available)
    assert resolve_device(device) == resolved


def test_missing_gpu_is_named(monkeypatch, tiny, X):
    has_cuda(monkeypatch, False)
    sampler = tiny(device="cuda")
    with pytest.raises(ValueError, match=r"device='cuda'.*'cpu'.*'auto'"):
        sampler.fit(X)
    with pytest.raises(NotFittedError):
        sampler.sample()
    with pytest.raises(ValueError, match="device"):
        tiny(device="tpu").fit(X)


def test_device_decides_where_training_runs(monkeypatch, tiny, X):
    """What fit hands to the trainer, where torch would see a GPU."""
    seen = []

    class Stop(Exception):
        pass

    def train_best(self, modules, data, held_out, task):
        seen.append((self.device, data.device.type))
        raise Stop

    monkeypatch.setattr(Trainer, "train_best", train_best)
    for available in (True, False):
        has_cuda(monkeypatch, available)
        for device in ("auto", "cpu"):
            with pytest.raises(Stop):
                tiny(device=device).fit(X)
    assert seen == [("cuda", "cpu")] + 3 * [("cpu", "cpu")]


def test_automatic_device_without_a_gpu_is_the_cpu(monkeypatch, tiny, X, fitted):
    has_cuda(monkeypatch, False)
    assert_array_equal(
        tiny(device="auto").fit(X).sample(9, 0), fitted.sample(9, random_state=0)
    )


OPTIONS = TrainingOptions.of(DiffusionResidualSampler(max_iter=3, early_stopping=False))


def trainer(loss, device):
    return Trainer(loss, VP(), (-5.0, 5.0), OPTIONS, Adam(), 0, device)


@pytest.mark.parametrize("base", ["gaussian", "mixture"])
@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: type(loss).__name__)
def test_training_stays_on_its_device_and_draws_on_the_cpu(monkeypatch, loss, base):
    """Torch's device without numbers refuses most operations that mix it with another.

    That what is drawn does not depend on the device shows in where the generators are.
    """
    rows = np.random.RandomState(0).standard_normal((60, 2))
    rows[::2] += 6.0
    data = torch.tensor(rows, dtype=torch.float32)
    states = []
    for device in ("cpu", "meta"):
        used = [torch.Generator().manual_seed(0) for _ in range(3)]
        made = iter(used[1:])
        with monkeypatch.context() as patch:
            patch.setattr(
                skdiffts.diffusion._trainer, "generator", lambda seed, g=made: next(g)
            )
            score_model = ScoreNetwork(width=8, base=base, dropout=0.2)
            [module] = score_model.candidates(data, used[0])
            averaged = copy.deepcopy(module).requires_grad_(False).to(device)
            names = [name for name, _ in module.named_parameters()]
            training = trainer(loss, device)
            steps = training._steps(
                module.to(device).train(), averaged, names, data.to(device)
            )
            losses = list(steps)
            validation = _Validation(training, data)
        error = validation.loss.error(
            averaged, validation.data, validation.log_snr, validation.noise
        )
        value = (validation.weight * error).mean()
        assert {t.device.type for t in (*losses, value)} == {device}
        assert len(losses) == 3
        states.append([g.get_state() for g in used])
    for ours, theirs in zip(*states, strict=True):
        assert torch.equal(ours, theirs)


def test_optimiser_keeps_its_numbers_beside_the_parameters():
    optimizer = Adam().start([nn.Parameter(torch.zeros(2, device="meta"))])
    numbers = [*optimizer.means, *optimizer.squares, *optimizer.steps]
    assert {number.device.type for number in numbers} == {"meta"}


def torch_optimizer(options, parameters):
    """Optimiser of torch with the same formula, but for clipping and the step size."""
    if isinstance(options, SGD):
        return torch.optim.SGD(parameters, lr=1.0, momentum=options.momentum)
    betas = options.beta1, options.beta2
    return torch.optim.Adam(parameters, betas=betas, eps=1e-8, fused=True)


@pytest.mark.parametrize("scale", [1e-3, 1e3], ids=["small", "clipped"])
@pytest.mark.parametrize(
    "options",
    [
        Adam(),
        Adam(beta1=0.8, beta2=0.999, max_norm=None),
        SGD(),
        SGD(momentum=0.9, max_norm=None),
    ],
    ids=repr,
)
def test_optimiser_is_the_one_of_torch(options, scale):
    """The import of Adam takes seconds, so that the package calls the function behind it.

    Descent is that of 001, appendix A.3.3; with momentum as torch has it.
    """
    rng = torch.Generator().manual_seed(0)
    start = [torch.randn(shape, generator=rng) for shape in ((4, 3), (3,))]
    ours, theirs = ([nn.Parameter(p.clone()) for p in start] for _ in range(2))
    optimizer, reference = options.start(ours), torch_optimizer(options, theirs)
    for rate in (1e-2, 3e-2, 1e-3, 2e-2):
        gradients = [scale * torch.randn(p.shape, generator=rng) for p in start]
        for parameter, gradient in zip(theirs, gradients, strict=True):
            parameter.grad = gradient.clone()
        if options.max_norm is not None:
            nn.utils.clip_grad_norm_(theirs, options.max_norm)
        reference.param_groups[0]["lr"] = rate
        reference.step()
        optimizer.step(gradients, rate)
        for one, other in zip(ours, theirs, strict=True):
            assert_allclose(one.detach(), other.detach(), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_descent_trains_a_network(momentum):
    """Two modes, from a network that starts as one Gaussian, of log-density -1.44."""
    rng = np.random.RandomState(0)
    X = np.sign(rng.randn(500, 1)) + 0.2 * rng.randn(500, 1)
    sampler = DiffusionResidualSampler(
        score_model=ScoreNetwork(width=16, depth=1, base="gaussian"),
        optimizer=SGD(momentum=momentum),
        learning_rate=2.0 * (1.0 - momentum),
        max_iter=400,
        early_stopping=False,
        random_state=0,
    ).fit(X)
    assert sampler.score(X) > -1.0
    with pytest.raises(ValueError, match="momentum"):
        sampler.set_params(optimizer=SGD(momentum=1.0)).fit(X)


def test_course_of_the_step_size():
    rates = [Adam().rate(i, 400) for i in range(400)]
    assert_allclose(rates[:100:99], [0.01, 0.5 * (1.0 + np.cos(np.pi * 99 / 400))])
    assert (np.diff(rates[100:]) < 0.0).all()
    assert_allclose(rates[-1], 0.0, atol=1e-4)
    plain = Adam(warmup=0, decay="constant")
    assert {plain.rate(i, 400) for i in range(400)} == {1.0}


def test_optimiser_is_a_parameter_of_the_sampler(tiny, X, fitted):
    """seeds_audit.md, D7: clipping, second moment, warm-up and decay are settable."""
    same = tiny(optimizer=Adam()).fit(X)
    assert_array_equal(same.sample(5, 0), fitted.sample(5, random_state=0))
    for name, value in {
        "beta1": 0.5,
        "beta2": 0.999,
        "max_norm": 1e-3,
        "warmup": 3,
        "decay": "constant",
    }.items():
        other = tiny().set_params(**{f"optimizer__{name}": value}).fit(X)
        assert not np.array_equal(other.sample(5, 0), same.sample(5, 0)), name
    with pytest.raises(ValueError, match="beta2"):
        tiny(optimizer=Adam(beta2=1.0)).fit(X)


def test_trained_network_is_brought_back(X):
    """Whatever the device, what is kept goes to the CPU at the end."""
    moves = []

    class Traveller(Tail):
        def to(self, device):
            moves.append((id(self), device))
            return super().to(device)

        def cpu(self):
            moves.append((id(self), "back"))
            return super().cpu()

    data = torch.tensor(X, dtype=torch.float32)
    task = FitTask("sampler", X, None, dict, _Context())
    kept, _ = trainer(LOSSES[0], "cpu").train_best([Traveller(2)], data, data[:0], task)
    assert [move for of, move in moves if of == id(kept)] == ["cpu", "back"]


class _Context:
    def subcontext(self, **_):
        return self

    def call_on_fit_task_begin(self, **_):
        return self

    def call_on_fit_task_end(self, **_):
        return False


def test_lent_generators_are_given_back():
    before = torch.random.get_rng_state()
    with global_generators(3):
        drawn = torch.rand(5)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert torch.equal(drawn, torch.rand(5, generator=torch.Generator().manual_seed(3)))


class Tail(nn.Module):
    """A user's network with a frozen first layer and dropout."""

    def __init__(self, n_features):
        super().__init__()
        self.entry = nn.Linear(n_features + 1, 8).requires_grad_(False)
        self.dropout = nn.Dropout(0.2)
        self.exit = nn.Linear(8, n_features)

    def forward(self, z, log_snr):
        level = log_snr.expand(len(z), 1) / 4.0
        hidden = torch.tanh(self.entry(torch.cat([z, level], dim=1)))
        return self.exit(self.dropout(hidden))


@pytest.mark.gpu
@needs_cuda
@pytest.mark.parametrize(
    "params",
    [
        {"early_stopping": True, "tol": 1e6},
        {"score_model": ScoreNetwork(width=8, base="gaussian", dropout=0.2)},
        {"score_model": ScoreNetwork(width=8), "early_stopping": True, "tol": 1e6},
        *({"loss": loss} for loss in LOSSES),
    ],
    ids=str,
)
def test_fit_on_a_gpu_is_that_on_the_cpu_up_to_rounding(tiny, X, params):
    on_cpu, on_gpu = (
        tiny(**params, device=device).fit(X) for device in ("cpu", "cuda")
    )
    assert {p.device.type for p in on_gpu.module_.state_dict().values()} == {"cpu"}
    assert_allclose(on_gpu.loss_curve_, on_cpu.loss_curve_, rtol=1e-3)
    assert_allclose(on_gpu.sample(50, 0), on_cpu.sample(50, 0), rtol=0.05, atol=0.01)


@pytest.mark.gpu
@needs_cuda
def test_user_networks_on_a_gpu_are_repeatable_and_leave_its_generator(tiny, X):
    before = torch.cuda.get_rng_state()
    draws = [
        tiny(score_model=Tail, device="cuda").fit(X).sample(9, 0) for _ in range(2)
    ]
    assert_array_equal(*draws)
    assert torch.equal(torch.cuda.get_rng_state(), before)


# Modes of the caller


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: type(loss).__name__)
def test_fit_runs_under_any_mode_of_torch(tiny, X, mode, loss):
    params = {"loss": loss, "max_iter": 20, "early_stopping": True}
    params["score_model"] = ScoreNetwork(width=8, depth=1)
    expected = tiny(**params).fit(X)
    with mode():
        sampler = tiny(**params).fit(X)
        answers = [sampler.sample(5, 0), sampler.score_samples(X[:9])]
        answers += [sampler.score_function(X[:9], 0.3)]
        thawed = pickle.loads(pickle.dumps(sampler))
    assert sampler.loss_curve_ == expected.loss_curve_
    for each in (expected, sampler, thawed):
        theirs = [each.sample(5, 0), each.score_samples(X[:9])]
        theirs += [each.score_function(X[:9], 0.3)]
        for one, other in zip(answers, theirs, strict=True):
            assert_array_equal(one, other)
    # What was fitted there is trained further here.
    sampler.set_params(warm_start=True).fit(X)


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_networks_of_users_train_under_any_mode_of_torch(tiny, X, mode):
    expected = tiny(score_model=Tail).fit(X).sample(5, 0)
    with mode():
        assert_array_equal(tiny(score_model=Tail).fit(X).sample(5, 0), expected)


# Warm start


def test_warm_start_leaves_frozen_parameters_frozen(tiny, X):
    sampler = tiny(score_model=Tail, warm_start=True).fit(X)
    first = copy.deepcopy(sampler.module_.state_dict())
    for _ in range(2):
        last = sampler.fit(X).module_.state_dict()
    for name, weights in first.items():
        assert torch.equal(last[name], weights) == name.startswith("entry")
    assert not any(p.requires_grad for p in sampler.module_.parameters())


# Fits that do not come to their end


class Breaks(DenoisingScoreMatching):
    """Loss that raises in the fifth step."""

    def __init__(self, error):
        self.error_raised, self.calls = error, 0

    def error(self, module, *args):
        self.calls += 1
        if self.calls == 5:
            raise self.error_raised
        return super().error(module, *args)

    def __sklearn_clone__(self):
        return Breaks(self.error_raised)


@pytest.mark.parametrize("warm_start", [True, False])
@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, SystemExit])
def test_interruption_leaves_the_sampler_as_it_was(tiny, X, warm_start, interrupt):
    sampler = tiny(warm_start=warm_start).fit(X)
    draws, scores = sampler.sample(9, 0), sampler.score_samples(X)
    sampler.set_params(loss=Breaks(interrupt()))
    before = vars(sampler).copy()
    rows = X + 1.0 if warm_start else np.c_[X, X]
    generator = torch.random.get_rng_state()
    with pytest.raises(interrupt):
        sampler.fit(rows)
    assert vars(sampler) == before
    assert_array_equal(sampler.sample(9, 0), draws)
    assert_array_equal(sampler.score_samples(X), scores)
    assert torch.equal(torch.random.get_rng_state(), generator)


def test_interrupted_first_fit_leaves_nothing(tiny, X):
    sampler = tiny(loss=Breaks(KeyboardInterrupt()), score_model=Tail)
    before = vars(sampler).copy()
    generator = torch.random.get_rng_state()
    with pytest.raises(KeyboardInterrupt):
        sampler.fit(X)
    assert vars(sampler) == before
    assert torch.equal(torch.random.get_rng_state(), generator)


def test_error_in_a_refit_leaves_nothing_fitted(tiny, X):
    """The old model must not answer for data that it was not fitted to."""
    sampler = tiny().fit(X).set_params(loss=Breaks(ValueError("broken")))
    with pytest.raises(ValueError, match="broken"):
        sampler.fit(X)
    with pytest.raises(NotFittedError):
        sampler.sample()
