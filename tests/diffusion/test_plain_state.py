"""Stored samplers: no torch objects inside, and the same sampler afterwards."""

import copy
import inspect
import io
import pickle

import joblib
import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from torch import nn

import skdiffts.scores
from skdiffts import (
    DiffusionResidualSampler,
    GenerativeTimeSeries,
    KernelDriftVolEstimator,
)
from skdiffts.diffusion._plain_state import freeze_state, thaw_state
from skdiffts.scores import (
    BaseScoreModel,
    GaussianMixtureScore,
    MLPScore,
    ScoreNetwork,
    UNetScore,
)

ORACLE = GaussianMixtureScore(
    weights=[0.5, 0.5], means=[[0.0, 0.0], [1.0, 0.0]], covariances=[np.eye(2)] * 2
)

# What has no defaults, or none for two columns, or slow ones.
GIVEN = {
    GaussianMixtureScore: ORACLE,
    MLPScore: MLPScore(width=8, n_embedding=4),
    UNetScore: UNetScore(shape=(1, 2), width=4, depth=0),
}


def models():
    """Variants of the network, and each other score model of the package."""
    yield ScoreNetwork(width=8, base="gaussian", dropout=0.3)
    yield ScoreNetwork(width=8, base="mixture")
    for name in skdiffts.scores.__all__:
        kind = getattr(skdiffts.scores, name)
        is_model = inspect.isclass(kind) and issubclass(kind, BaseScoreModel)
        if is_model and kind is not ScoreNetwork and not inspect.isabstract(kind):
            yield GIVEN.get(kind) or kind()


class Globals(pickle.Unpickler):
    """Notes the modules whose names a pickle refers to."""

    def __init__(self, data):
        super().__init__(io.BytesIO(data))
        self.modules = set()

    def find_class(self, module, name):
        self.modules.add(module)
        return super().find_class(module, name)


def through_pickle(sampler):
    return pickle.loads(pickle.dumps(sampler))


def through_joblib(sampler, directory):
    path = directory / "sampler.joblib"
    joblib.dump(sampler, path)
    return joblib.load(path, mmap_mode="r")


@pytest.fixture(scope="module")
def rows(X):
    return np.r_[X[:30], X[:30] + 20.0]


@pytest.mark.parametrize("model", list(models()), ids=str)
def test_no_torch_in_the_pickle_and_the_same_sampler_out(tiny, rows, tmp_path, model):
    sampler = tiny(score_model=model, max_iter=5).fit(rows)
    reader = Globals(pickle.dumps(sampler))
    copies = [reader.load(), copy.deepcopy(sampler), through_joblib(sampler, tmp_path)]
    assert {"skdiffts.diffusion._plain_state", "numpy"} <= reader.modules
    assert not {name for name in reader.modules if name.split(".")[0] == "torch"}
    for other in copies:
        assert other.module_ is other.process().module
        assert type(other.module_) is type(sampler.module_)
        assert_array_equal(other.sample(9, 0), sampler.sample(9, 0))
        assert other.score(rows[:3]) == sampler.score(rows[:3])
    # Training goes on alike, with the same units dropped.
    draws = [
        each.set_params(warm_start=True).fit(rows).sample(9, 0)
        for each in (sampler, *copies)
    ]
    for other in draws[1:]:
        assert_array_equal(other, draws[0])


def test_copies_share_no_numbers(fitted):
    draws = fitted.sample(5, 0)
    for other in (copy.copy(fitted), copy.deepcopy(fitted), through_pickle(fitted)):
        with torch.no_grad():
            for parameter in other.module_.parameters():
                parameter += 1.0
        assert (other.sample(5, 0) != draws).all()
    assert_array_equal(fitted.sample(5, 0), draws)


def test_unfitted_and_torn_samplers_are_stored_too(tiny, X):
    assert through_pickle(tiny()).get_params()["max_iter"] == 30
    sampler = tiny(max_iter=1).fit(X)
    with pytest.raises(ValueError, match="n_samples=1"):
        sampler.fit(X[:1])
    assert not hasattr(through_pickle(sampler), "_process")


def test_generator_of_paths_is_stored_with_its_sampler(tiny, X):
    path = X[:40].cumsum(axis=0)
    generator = GenerativeTimeSeries(
        sampler=tiny(max_iter=1), dynamics=KernelDriftVolEstimator(conditioning=None)
    ).fit(path)
    reader = Globals(pickle.dumps(generator))
    paths = reader.load().sample(2, 10, random_state=0)
    assert_array_equal(paths, generator.sample(2, 10, random_state=0))
    assert not {name for name in reader.modules if name.split(".")[0] == "torch"}


# Networks of users


class Odd(nn.Module):
    """A network with all that a module can hold."""

    def __init__(self, n_features):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(n_features, n_features), nn.BatchNorm1d(n_features), nn.Tanh()
        )
        self.tied = nn.Linear(n_features, n_features)
        self.tied.weight = self.layers[0].weight
        self.register_buffer("hidden", torch.arange(3), persistent=False)
        half = torch.tensor([0.5, -3.0, float("inf")])
        self.register_buffer("halves", half.to(torch.bfloat16))
        self.register_buffer("short", half.to(torch.float16))
        self.eighth = half[:2].to(torch.float8_e4m3fn)
        self.register_parameter("absent", None)
        self.plain = torch.full((2,), 0.5, dtype=torch.float64)
        self.several = [torch.ones(1), {"two": (torch.zeros(()), "text")}]
        self.generator = torch.Generator().manual_seed(5)
        self.same = [self.generator]
        self.myself = [self]

    def forward(self, z, log_snr):
        return self.tied(self.layers(z)) * self.several[0]


def test_all_that_a_network_holds_comes_back(tiny, X):
    sampler = tiny(score_model=Odd, max_iter=3).fit(X)
    sampler.module_.tied.bias.requires_grad_(True)
    ours, theirs = sampler.module_, through_pickle(sampler).module_
    assert_array_equal(through_pickle(sampler).sample(5, 0), sampler.sample(5, 0))
    assert repr(theirs) == repr(ours)
    assert vars(theirs).keys() == vars(ours).keys()
    assert theirs.tied.weight is theirs.layers[0].weight
    assert theirs.myself[0] is theirs
    assert theirs.same[0] is theirs.generator
    assert torch.equal(theirs.generator.get_state(), ours.generator.get_state())
    for name, tensor in ours.state_dict().items():
        other = theirs.state_dict()[name]
        assert torch.equal(tensor, other)
        assert tensor.dtype == other.dtype
    assert "hidden" not in theirs.state_dict()
    assert torch.equal(theirs.hidden, ours.hidden)
    assert theirs.plain.dtype == torch.float64
    assert theirs.eighth.dtype == torch.float8_e4m3fn
    assert torch.equal(theirs.eighth.float(), ours.eighth.float())
    assert torch.equal(theirs.several[1]["two"][0], torch.zeros(()))
    assert theirs.several[1]["two"][1] == "text"
    grads = {name: p.requires_grad for name, p in theirs.named_parameters()}
    assert grads == {name: name == "tied.bias" for name in grads}
    assert not any(module.training for module in theirs.modules())


def test_hooks_of_a_network_come_back(tiny, X):
    sampler = tiny(max_iter=1).fit(X)
    sampler.module_.register_forward_hook(double)
    other = through_pickle(sampler).module_
    z, level = torch.ones(2, 2), torch.zeros(1, 1)
    assert torch.equal(other(z, level), sampler.module_(z, level))


def double(module, inputs, output):
    return 2.0 * output


def test_state_is_not_changed_by_storing(fitted):
    state = vars(fitted).copy()
    frozen = freeze_state(state)
    assert vars(fitted) == state
    assert isinstance(frozen["_process"].module.content, dict)
    thawed = thaw_state(frozen)
    assert isinstance(frozen["_process"].module.content, dict)
    assert thawed.keys() == state.keys()
    sampler = DiffusionResidualSampler()
    vars(sampler).update(thawed)
    assert_array_equal(sampler.sample(5, 0), fitted.sample(5, 0))


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="torch finds no CUDA device")
def test_a_network_on_a_gpu_is_read_on_the_cpu(tiny, X):
    sampler = tiny(max_iter=1).fit(X)
    draws = sampler.sample(5, 0)
    sampler.module_.to("cuda")
    assert_array_equal(through_pickle(sampler).sample(5, 0), draws)
