"""The network: what it is before training, and what it owes to its seed."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.covariance import ledoit_wolf
from sklearn.mixture import GaussianMixture

from skdiffts.scores import ScoreNetwork
from skdiffts.scores._mixture import full_covariances

COVARIANCE_TYPES = ["full", "tied", "diag", "spherical"]


@pytest.fixture(scope="module")
def data():
    rng = np.random.RandomState(0)
    centers = rng.choice([-2.0, 2.0], size=(300, 1))
    return torch.tensor(centers + rng.standard_normal((300, 2)), dtype=torch.float32)


@pytest.fixture(scope="module")
def small():
    return ScoreNetwork(width=8, depth=2, base="gaussian")


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def disturb(module, seed=7):
    """Give every parameter a value, so that no layer stays at zero."""
    rng = seeded(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.normal_(0.0, 0.5, generator=rng)
    return module


@given(st.integers(0, 2**31 - 1), st.floats(-6.0, 6.0))
def test_untrained_network_is_the_gaussian_fit(data, small, seed, log_snr):
    """v = sin cos (I - S) (S cos^2 + sin^2)^-1 (z - cos m) - sin m, by solving."""
    module = small.build(data, seeded(seed)).double()
    z = torch.randn(4, 2, generator=seeded(seed), dtype=torch.float64)
    level = torch.full((1, 1), log_snr, dtype=torch.float64)
    rows = data.double().numpy()
    mean, covariance = rows.mean(axis=0), ledoit_wolf(rows)[0]
    angle = np.arctan(np.exp(-log_snr))
    noised = np.cos(angle) ** 2 * covariance + np.sin(angle) ** 2 * np.eye(2)
    centered = z.numpy() - np.cos(angle) * mean
    slope = np.linalg.solve(noised, centered.T).T @ (np.eye(2) - covariance)
    expected = np.sin(angle) * (np.cos(angle) * slope - mean)
    assert_allclose(module(z, level).detach(), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_untrained_network_is_its_base_distribution(
    data, build_mixture, covariance_type
):
    base = GaussianMixture(2, covariance_type=covariance_type, random_state=0)
    module = ScoreNetwork(width=8, base=base).build(data, seeded(0))
    fitted = base.fit(data.double().numpy())
    covariances = {
        "full": lambda c: c,
        "tied": lambda c: np.stack([c, c]),
        "diag": lambda c: np.stack([np.diag(row) for row in c]),
        "spherical": lambda c: c[:, None, None] * np.eye(2),
    }[covariance_type](fitted.covariances_)
    assert_array_equal(full_covariances(fitted), covariances)
    exact = build_mixture(
        {
            "weights": fitted.weights_,
            "means": fitted.means_,
            "covariances": covariances,
        }
    )
    z = torch.randn(9, 2, generator=seeded(1))
    levels = torch.linspace(-5.0, 5.0, 9)[:, None]
    velocity = module(z, levels).detach()
    assert velocity.abs().max() > 0.1
    expected = exact(z.double(), levels.double())
    assert_allclose(velocity, expected, rtol=1e-3, atol=1e-3)


def test_base_of_the_user_is_not_fitted(data):
    base = GaussianMixture(2, random_state=0)
    ScoreNetwork(width=8, base=base).build(data, seeded(0))
    assert not hasattr(base, "means_")


def test_mixture_base_finds_two_components(data):
    module = ScoreNetwork(width=8, base="mixture").build(data, seeded(0))
    velocity = module(torch.zeros(1, 2), torch.zeros(1, 1))
    # Between the components the flow runs along neither, on a component back to it.
    assert torch.isfinite(velocity).all()
    z = torch.tensor([[-1.2, -1.2], [1.2, 1.2]])
    inward, outward = module(z, torch.full((1, 1), 1.0)).detach()
    assert (inward > 0.0).all()
    assert (outward < 0.0).all()


def test_white_data_make_the_mixture_the_gaussian():
    data = torch.randn(400, 2, generator=seeded(3))
    mixture, gaussian = (
        ScoreNetwork(width=8, base=base).build(data, seeded(0))
        for base in ("mixture", "gaussian")
    )
    level = torch.zeros(1, 1)
    assert_array_equal(mixture(data, level).detach(), gaussian(data, level).detach())


@pytest.mark.parametrize("base", ["gaussian", "mixture", "auto"])
def test_seed_decides_the_weights(data, base):
    model = ScoreNetwork(width=8, base=base)
    first, second, other = (
        disturb_exit(model.build(data, seeded(seed))) for seed in (5, 5, 6)
    )
    z, level = data[:5], torch.zeros(1, 1)
    assert_array_equal(first(z, level).detach(), second(z, level).detach())
    assert not torch.equal(first(z, level), other(z, level))


def disturb_exit(module):
    """Fill layers that start at zero alike in every module."""
    with torch.no_grad():
        for parameter in module.parameters():
            if not parameter.any():
                parameter.fill_(0.1)
        module.exit.weight.copy_(
            torch.linspace(-1.0, 1.0, module.exit.weight.numel()).view_as(
                module.exit.weight
            )
        )
    return module


@pytest.mark.parametrize("base", ["gaussian", "mixture", "auto"])
def test_building_leaves_the_global_generators_alone(data, base):
    np.random.seed(0)  # noqa: NPY002
    torch_state, numpy_state = torch.random.get_rng_state(), np.random.get_state()  # noqa: NPY002
    model = ScoreNetwork(width=8, dropout=0.5, base=base)
    modules = [*model.candidates(data, seeded(0)), model.build(data, seeded(0))]
    for module in modules:
        module.train()(data, torch.zeros(1, 1))
    assert torch.equal(torch.random.get_rng_state(), torch_state)
    assert_array_equal(np.random.get_state()[1], numpy_state[1])  # noqa: NPY002
    assert np.random.get_state()[2] == numpy_state[2]  # noqa: NPY002


def test_candidates_start_from_both_bases(data):
    modules = ScoreNetwork(width=8).candidates(data, seeded(0))
    assert [len(module.base.means) for module in modules] == [2, 1]


def test_rows_do_not_meet(data, small):
    module = disturb(small.build(data, seeded(0))).double().eval()
    z = data[:6].double()
    levels = torch.linspace(-3.0, 3.0, 6, dtype=torch.float64)[:, None]
    together = module(z, levels).detach()
    assert together.abs().min() > 1e-6
    for i in range(6):
        alone = module(z[i : i + 1], levels[i : i + 1])[0].detach()
        assert_allclose(together[i], alone, rtol=1e-12, atol=1e-13)
        assert_allclose(
            module(z, levels[i : i + 1])[i].detach(),
            together[i],
            rtol=1e-12,
            atol=1e-13,
        )


def test_level_matters(data, small):
    module = disturb(small.build(data, seeded(0)))
    z = data[:3]
    low, high = (module(z, torch.full((1, 1), level)) for level in (-2.0, 2.0))
    assert not torch.allclose(low, high, atol=1e-3)


def test_dropout_acts_in_training_only(data):
    module = disturb(ScoreNetwork(width=32, dropout=0.5).build(data, seeded(0)))
    z, level = data[:5], torch.zeros(1, 1)
    assert not torch.equal(module.train()(z, level), module(z, level))
    assert torch.equal(module.eval()(z, level), module(z, level))


def test_large_samples_get_a_larger_network(data):
    def count(n_rows):
        rows = data[torch.arange(n_rows) % len(data)]
        module = ScoreNetwork(base="gaussian").build(rows, seeded(0))
        return sum(parameter.numel() for parameter in module.parameters())

    assert count(10) == count(9_999)
    assert count(10_000) > 2 * count(9_999)


def test_module_pickles(data, small, through_pickle):
    module = disturb(small.build(data, seeded(0)))
    copy = through_pickle(module)
    level = torch.zeros(1, 1)
    assert torch.equal(copy(data, level), module(data, level))


@pytest.mark.parametrize(
    "params",
    [
        {"width": 0},
        {"width": "wide"},
        {"depth": 0},
        {"dropout": 1.0},
        {"n_frequencies": 0},
        {"base": "student"},
    ],
)
def test_wrong_parameters_are_named(params):
    [name] = params
    with pytest.raises(ValueError, match=name):
        ScoreNetwork(**params)._validate_params()
