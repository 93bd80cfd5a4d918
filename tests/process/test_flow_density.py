"""Ways to integrate the density: they agree, and with a reference row by row."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from scipy.integrate import solve_ivp
from scipy.special import logsumexp

from skdiffts import _chunks
from skdiffts.process import AdaptiveFlowDensity, FlowDensity, MatchedPrior
from skdiffts.process import _flow_density as flow_density
from skdiffts.scores import EmpiricalScore, GaussianMixtureScore, ScoreNetwork

RANGE = (-5.0, 5.0)
PRIOR = MatchedPrior(np.random.RandomState(1).randn(50, 3), RANGE[0], 0.0)


class Plain(torch.nn.Module):
    """Velocity that keeps its formula to itself."""

    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, z, log_snr):
        return self.module(z, log_snr)


@pytest.fixture(scope="module")
def network():
    """Velocity without a formula whose Jacobian is far from diagonal, d = 3."""
    recipe = ScoreNetwork(width=8, depth=1, base="gaussian")
    rng = torch.Generator().manual_seed(0)
    module = recipe.build(torch.zeros(1, 3), rng).double()
    for parameter in module.parameters():
        parameter.data += 0.1 * torch.randn(parameter.shape, generator=rng).double()
    return Plain(module.requires_grad_(False))


@pytest.fixture(scope="module")
def u():
    return np.random.RandomState(0).standard_normal((12, 3))


def density(module, u, **params):
    prior = MatchedPrior(np.random.RandomState(1).randn(50, u.shape[1]), RANGE[0], 0.0)
    strategy = AdaptiveFlowDensity if "tol" in params else FlowDensity
    return strategy(**params).log_density(module, u, RANGE, prior)


def reference(module, row):
    """Density of one row: scipy, and the Jacobian entry by entry."""
    last, first = np.arctan(np.exp(-np.array(RANGE)))

    def velocity(z, angle):
        level = torch.full((1, 1), -np.log(np.tan(angle)), dtype=torch.float64)
        return module(z[None], level)[0]

    def slope(angle, state):
        z = torch.tensor(state[:-1])
        jacobian = torch.autograd.functional.jacobian(lambda z: velocity(z, angle), z)
        return np.append(velocity(z, angle).detach().numpy(), jacobian.trace().item())

    start = np.append(np.cos(first) * row, 0.0)
    flow = solve_ivp(slope, (first, last), start, rtol=1e-8, atol=1e-8)
    end = flow.y[:, -1]
    prior = MatchedPrior(np.random.RandomState(1).randn(50, len(row)), RANGE[0], 0.0)
    y = end[None, :-1] / np.cos(last)
    units = len(row) * np.log(np.cos(first) / np.cos(last))
    return prior.log_density(y)[0] + end[-1] + units


@pytest.fixture(scope="module")
def expected(network, u):
    return reference(network, u[0])


@pytest.mark.parametrize(
    "params",
    [
        {"n_steps": 64},
        {"tol": 1e-7},
        # Four directions in three columns are enough for the exact divergence.
        {"n_steps": 64, "divergence": "hutchinson", "n_probes": 4},
        {"tol": 1e-7, "divergence": "hutchinson", "n_probes": 4},
    ],
    ids=lambda params: "-".join(params),
)
def test_density_is_that_of_the_reference(network, u, expected, params):
    assert_allclose(density(network, u[:1], **params), expected, rtol=0, atol=1e-5)


def test_default_is_the_exact_divergence_at_16_fixed_steps(network, u):
    default = density(network, u)
    assert_array_equal(density(network, u, divergence="exact", n_steps=16), default)
    assert (density(network, u, n_steps=15) != default).any()
    assert (density(network, u, divergence="hutchinson", n_probes=1) != default).all()


def test_tolerance_settles_what_fixed_steps_leave_open():
    """Far from two narrow components, near the border between their basins."""
    model = GaussianMixtureScore(
        weights=[0.5, 0.5], means=[[-1, 0], [1, 0]], covariances=[1e-3 * np.eye(2)] * 2
    )
    module = model.build(None, None)
    axis = np.linspace(-0.2, 0.2, 9)
    u = np.stack([axis, 0.3 * np.cos(9.0 * axis)], axis=1)
    # Four points with the mean and the covariance of the mixture.
    corners = np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]]) * np.sqrt([1.001, 0.001])
    prior = MatchedPrior(corners, RANGE[0], 0.0)
    variance = 1e-3 + np.exp(-2.0 * RANGE[1])
    distances = ((u[:, None] - [[-1, 0], [1, 0]]) ** 2).sum(axis=2)
    terms = -0.5 * distances / variance - np.log(4.0 * np.pi * variance)
    fixed, loose, tight = (
        np.abs(
            strategy.log_density(module, u, RANGE, prior) - logsumexp(terms, axis=1)
        ).max()
        for strategy in (
            FlowDensity(n_steps=32, tol=np.inf),
            AdaptiveFlowDensity(tol=1e-3),
            AdaptiveFlowDensity(tol=1e-6),
        )
    )
    assert fixed > 100.0
    assert loose < 0.2
    assert tight < 1e-3


@pytest.mark.parametrize(
    "params",
    [
        {"divergence": "hutchinson", "n_probes": 1},
        {"divergence": "hutchinson", "n_probes": 1, "tol": 1e-3},
        {"tol": 1e-4},
    ],
    ids=lambda params: "-".join(params),
)
def test_density_of_a_row_does_not_depend_on_the_others(
    network, u, params, monkeypatch
):
    scores = density(network, u, **params)
    order = np.random.RandomState(2).permutation(len(u))[:7]
    some = density(network, u[order], **params)
    assert_allclose(some, scores[order], rtol=0, atol=1e-10)
    monkeypatch.setattr(_chunks, "CHUNK_NUMBERS", 5 * flow_density.NUMBERS_PER_ROW)
    assert_allclose(density(network, u, **params), scores, rtol=0, atol=1e-10)
    assert_array_equal(density(network, u, **params), density(network, u, **params))


def test_seed_decides_the_directions(network, u):
    first, again, other = (
        density(network, u, divergence="hutchinson", n_probes=1, random_state=seed)
        for seed in (0, 0, 1)
    )
    assert_array_equal(first, again)
    assert (first != other).all()


def test_steps_with_directions_of_their_own_average_the_error(network, u):
    """One direction for the whole way is what adaptive steps have, within tol."""
    exact = density(network, u)
    errors = {}
    for name, params in (("own", {}), ("shared", {"tol": 1e-3})):
        params |= {"divergence": "hutchinson", "n_probes": 1}
        estimates = [
            density(network, u, random_state=seed, **params) for seed in range(3)
        ]
        errors[name] = np.sqrt(np.mean((np.array(estimates) - exact) ** 2))
    assert errors["own"] < 0.5 * errors["shared"]


def test_auto_estimates_only_beyond_many_columns_and_without_a_formula(
    network, u, monkeypatch
):
    exact = density(network, u, divergence="exact")
    estimate = density(network, u, divergence="hutchinson", n_probes=1)
    monkeypatch.setattr(flow_density, "MAX_EXACT", 3)
    assert_array_equal(density(network, u, n_probes=1), exact)
    monkeypatch.setattr(flow_density, "MAX_EXACT", 2)
    assert_array_equal(density(network, u, n_probes=1), estimate)
    assert_array_equal(density(network, u, divergence="exact"), exact)
    module = EmpiricalScore().build(torch.tensor(u), None)
    expected = density(module, u, divergence="exact")
    assert_array_equal(density(module, u, n_probes=1), expected)


def test_a_strategy_has_only_the_parameters_of_its_method():
    assert set(FlowDensity().get_params()) ^ set(
        AdaptiveFlowDensity().get_params()
    ) == {"n_steps"}


def test_rows_in_doubt_are_refined_and_no_others(network, u):
    """Each row by itself, the more the smaller the tolerance, up to eight times the steps."""

    def scores(rows, tol):
        return FlowDensity(n_steps=4, tol=tol).log_density(network, rows, RANGE, PRIOR)

    coarse = scores(u, np.inf)
    exact = FlowDensity(n_steps=64).log_density(network, u, RANGE, PRIOR)
    counts = []
    for tol in np.geomspace(1e-8, 1e-1, 15):
        refined = scores(u, tol)
        moved = refined != coarse
        counts.append(moved.sum())
        errors = (np.abs(one - exact)[moved].sum() for one in (refined, coarse))
        assert next(errors) <= next(errors)
        assert_allclose(scores(u[3:4], tol), refined[3:4], rtol=0, atol=1e-10)
    assert (np.diff(counts) <= 0).all()
    assert counts[0] == len(u)
    assert counts[-1] == 0
    assert len(set(counts)) > 2
    strictest = FlowDensity(n_steps=4, tol=1e-300)
    assert_allclose(
        strictest.log_density(network, u, RANGE, PRIOR),
        FlowDensity(n_steps=32, tol=np.inf).log_density(network, u, RANGE, PRIOR),
        rtol=0,
        atol=1e-10,
    )
