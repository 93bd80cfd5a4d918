"""Numbers of a sampler in a safetensors file."""

import json
import sys

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import NotFittedError
from sklearn.neighbors import KernelDensity
from torch import nn

from skdiffts import DiffusionResidualSampler, __version__
from skdiffts.integrations import save_safetensors
from skdiffts.marginals import RankNormal, YeoJohnson
from skdiffts.scores import ScoreNetwork
from skdiffts.sde import VE

pytestmark = pytest.mark.integration


class Tied(nn.Module):
    """Two layers with the same weights, a buffer in half precision, and a transpose."""

    def __init__(self, n_features):
        super().__init__()
        self.first = nn.Linear(n_features, n_features)
        self.second = nn.Linear(n_features, n_features)
        self.second.weight = self.first.weight
        self.register_buffer("short", torch.tensor([0.1, 0.2], dtype=torch.bfloat16))
        self.register_buffer("turned", torch.arange(6.0).reshape(2, 3).T)

    def forward(self, z, log_snr):
        return self.second(self.first(z))


class Remembers(Tied):
    """Network with state that is no tensor."""

    def get_extra_state(self):
        return {"epochs": 3}

    def set_extra_state(self, state):
        pass


def fit(**params):
    X = np.random.RandomState(0).standard_t(4, size=(60, 3)) + 5.0
    given = {
        "score_model": ScoreNetwork(width=8, depth=1, base="mixture"),
        "max_iter": 5,
        "early_stopping": False,
        "random_state": 0,
    }
    return DiffusionResidualSampler(**(given | params)).fit(X), X


def stored(sampler, folder):
    """Tensors and facts in the file that a sampler is written to."""
    safetensors = pytest.importorskip(
        "safetensors", reason="safetensors is not installed"
    )
    from safetensors.torch import load_file

    path = folder / "sampler.safetensors"
    assert save_safetensors(sampler, path) is None
    with safetensors.safe_open(path, "pt") as file:
        metadata = file.metadata()
    assert list(metadata) == ["skdiffts"]
    return load_file(path), json.loads(metadata["skdiffts"])


def part(tensors, name):
    start = f"{name}."
    return {k.removeprefix(start): v for k, v in tensors.items() if k.startswith(start)}


@pytest.mark.parametrize("score_model", [None, Tied])
def test_the_network_comes_back_bit_for_bit(tmp_path, score_model):
    sampler, X = fit(**({} if score_model is None else {"score_model": score_model}))
    state = sampler.module_.state_dict()
    weights = part(stored(sampler, tmp_path)[0], "module")
    assert weights.keys() == state.keys()
    for name, tensor in state.items():
        assert weights[name].dtype == tensor.dtype
        assert torch.equal(weights[name], tensor)
    # A network that has lost its weights becomes what it was.
    expected = sampler.score_samples(X)
    with torch.no_grad():
        for tensor in sampler.module_.state_dict().values():
            tensor.fill_(0.5)
    assert not np.array_equal(sampler.score_samples(X), expected)
    sampler.module_.load_state_dict(weights)
    assert_array_equal(sampler.score_samples(X), expected)


def test_the_whitening_can_be_done_by_hand(tmp_path):
    sampler, X = fit()
    tensors = {name: t.numpy() for name, t in stored(sampler, tmp_path)[0].items()}
    u = (X - tensors["whitening.mean"]) @ tensors["whitening.matrix"]
    assert_array_equal(u, sampler.process().whitening.transform(X))
    assert_allclose(u @ tensors["whitening.inverse"] + tensors["whitening.mean"], X)
    _, log_det = np.linalg.slogdet(tensors["whitening.matrix"])
    assert_allclose(tensors["whitening.log_det"], log_det)
    prior = sampler.process().prior
    assert_array_equal(tensors["prior.factor"], prior.factor)
    noise = np.random.RandomState(1).standard_normal((5, 3))
    start = tensors["prior.mean"] + noise @ tensors["prior.factor"].T
    assert_array_equal(start, prior.sample(noise, None))


@pytest.mark.parametrize(
    ("column_map", "name", "number"),
    [
        (YeoJohnson(), "2.power", lambda column: column.power),
        (RankNormal(), "1.spline.slopes", lambda column: column.spline.slopes),
        (RankNormal(), "1.sides.0.2.shape", lambda column: column.sides[0][2].shape),
    ],
    ids=["power", "spline", "tail"],
)
def test_maps_of_the_columns_are_there(tmp_path, column_map, name, number):
    sampler, _ = fit(column_map=column_map)
    tensors, _ = stored(sampler, tmp_path)
    column = sampler.process().whitening.column_map.columns[int(name[0])]
    found = tensors[f"whitening.column_map.columns.{name}"].numpy()
    assert_array_equal(found, number(column))


def test_an_empirical_prior_is_its_rows(tmp_path):
    sampler, X = fit(prior="empirical")
    rows = stored(sampler, tmp_path)[0]["prior.data"].numpy()
    assert rows.shape == X.shape
    assert_array_equal(rows, sampler.process().prior.data)


def test_facts_are_json(tmp_path):
    sampler, X = fit(sde=VE(sigma_max=7.0), max_iter=np.int64(5), tol=np.float64(1e-3))
    facts = stored(sampler, tmp_path)[1]
    assert facts["version"] == __version__
    assert facts["sampler"] == "DiffusionResidualSampler"
    assert facts["module"].endswith(".VelocityNetwork")
    assert (facts["n_features_in"], facts["n_iter"]) == (3, 5)
    assert facts["log_snr_range"] == list(sampler.process().log_snr_range)
    assert facts["feature_names_in"] is None
    parameters = facts["parameters"]
    assert parameters.keys() == sampler.get_params().keys()
    assert parameters["sde"] == "VE(sigma_max=7.0)"
    assert parameters["sde__sigma_max"] == 7.0
    assert (parameters["max_iter"], parameters["tol"]) == (5, 1e-3)
    assert parameters["solver"] is None
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    sampler.set_params(score_model=Tied).fit(frame)
    facts = stored(sampler, tmp_path)[1]
    assert facts["feature_names_in"] == ["a", "b", "c"]
    assert facts["parameters"]["score_model"] == "Tied"


def test_what_is_refused(tmp_path):
    pytest.importorskip("safetensors", reason="safetensors is not installed")
    path = tmp_path / "sampler.safetensors"
    with pytest.raises(TypeError, match=r"KernelDensity.* of a fitted generator its"):
        save_safetensors(KernelDensity(), path)
    with pytest.raises(NotFittedError):
        save_safetensors(DiffusionResidualSampler(), path)
    with pytest.raises(TypeError, match=r"'_extra_state' is a dict.*register a buffer"):
        save_safetensors(fit(score_model=Remembers)[0], path)
    assert not path.exists()


def test_the_missing_package_is_named(tmp_path, monkeypatch):
    for name in ("safetensors", "safetensors.torch"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=r"`pip install skdiffts\[safetensors\]`"):
        save_safetensors(fit()[0], tmp_path / "sampler.safetensors")
