"""The peers benchmark: one interface for all generators, a tiny run, its verdicts."""

import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import ks_2samp

BENCHMARKS = Path(__file__).parents[1] / "examples" / "benchmarks"


@pytest.fixture(scope="module", autouse=True)
def benchmarks_path():
    """The benchmarks are scripts: they import each other by name."""
    patch = pytest.MonkeyPatch()
    patch.syspath_prepend(str(BENCHMARKS))
    yield
    patch.undo()
    for name in [name for name in sys.modules if name.startswith("peers")]:
        del sys.modules[name]


@pytest.fixture
def paths():
    """Two paths of a stable autoregression."""
    rng = np.random.RandomState(0)
    X = rng.standard_normal((2, 120, 3))
    for i in range(1, 120):
        X[:, i] += 0.6 * X[:, i - 1]
    return list(X)


def classics():
    from peers_classics import (
        IndependentBootstrap,
        SchroedingerBridge,
        StaticStudentT,
        StationaryBootstrap,
        VectorAutoregression,
    )
    from peers_finance import FilteredHistoricalSimulation

    return {
        "gaussian": VectorAutoregression(gaussian=True),
        "resampled": VectorAutoregression(gaussian=False),
        "bootstrap": StationaryBootstrap(),
        "independent": IndependentBootstrap(),
        "filtered": FilteredHistoricalSimulation("ewma"),
        "student": StaticStudentT(),
        "bridge": SchroedingerBridge(),
    }


@pytest.mark.parametrize(
    "name",
    [
        "gaussian",
        "resampled",
        "bootstrap",
        "independent",
        "filtered",
        "student",
        "bridge",
    ],
)
def test_one_interface(name, paths):
    from peers import generate

    peer = classics()[name]
    drawn, costs = generate(peer, paths, 5, 30, 0)
    assert drawn.shape == (5, 30, 3)
    assert np.isfinite(drawn).all()
    assert set(costs) == {"fit_s", "sample_s"}
    assert_array_equal(generate(peer, paths, 5, 30, 0)[0], drawn)
    assert not np.array_equal(peer.sample(5, 30, 1), drawn)
    if hasattr(peer, "forecast"):
        ensembles = peer.forecast([path[:40] for path in paths], 7, 0)
        assert ensembles.shape == (2, 7, 3)


def test_resampled_autoregression_is_its_recursion():
    rng = np.random.RandomState(0)
    X = rng.standard_normal((400, 2))
    for i in range(2, 400):
        X[i] += 0.3 * X[i - 1] + 0.5 * X[i - 2]
    peer = classics()["resampled"].fit([X], 0)
    assert peer.order == 2
    assert_allclose(
        peer.coef[1:], np.vstack([0.3 * np.eye(2), 0.5 * np.eye(2)]), atol=0.2
    )
    drawn = peer.sample(4, 20, 3)
    past = np.concatenate([drawn[:, 1:-1], drawn[:, :-2]], axis=2).reshape(-1, 4)
    errors = drawn[:, 2:].reshape(-1, 2) - peer.coef[0] - past @ peer.coef[1:]
    nearest = np.abs(errors[:, np.newaxis] - peer.residuals).max(axis=2).min(axis=1)
    assert_allclose(nearest, 0.0, atol=1e-12)


def test_bootstrap_never_joins_two_paths(paths):
    peer = classics()["bootstrap"].fit(paths, 0)
    peer.restart = 0.0
    drawn = peer.sample(200, 30, 0)
    rows = np.concatenate(paths)
    index = np.abs(drawn[:, :, np.newaxis] - rows).sum(axis=3).argmin(axis=2)
    follows = index[:, 1:] == index[:, :-1] + 1
    # Without restarts a block ends only where a path ends.
    assert set(index[:, :-1][~follows]) <= {119, 239}
    assert not follows[index[:, :-1] == 119].all()


def test_bridge_ends_where_training_successors_are():
    """One start: the bridge has the distribution of the successors, and noise 1/n."""
    from peers_classics import SchroedingerBridge

    rng = np.random.RandomState(1)
    y = rng.choice([-3.0, 0.0, 3.0], p=[0.2, 0.3, 0.5], size=1000)
    bridge = SchroedingerBridge()
    bridge.fit([np.array([[0.0], [value]]) for value in y], 0)
    drawn = bridge.forecast([np.zeros((1, 1))], 4000, 0)[0, :, 0] / bridge.scale
    used = bridge.search.kneighbors([[0.0]])[1][0, :-1]
    successors = bridge.next[used, 0]
    near = successors[rng.randint(len(successors), size=4000)]
    noise = rng.standard_normal(4000) / np.sqrt(bridge.n_steps)
    # Both Euler's scheme and 4,000 draws; 0.043 has a false-alarm rate of 1e-3.
    assert ks_2samp(drawn, near + noise).statistic < 0.06


def test_student_finds_its_degrees_of_freedom():
    from scipy.stats import multivariate_t

    rows = multivariate_t(np.ones(2), np.eye(2), 4.0).rvs(4000, random_state=0)
    found = classics()["student"].fit([rows], 0).distribution
    assert 3.3 < found.df < 4.9
    assert_allclose(found.loc, 1.0, atol=0.1)
    assert_allclose(found.shape, np.eye(2), atol=0.12)


def test_tiny_run_is_resumed_and_written(tmp_path, monkeypatch, paths):
    import peers
    from peers_data import GROUPS, Data, simulated

    from skdiffts.datasets import make_double_well

    def load(name, seed, folder):
        if name != "double_well_2":
            return f"{name}: not there"
        data = simulated(
            name,
            lambda random_state: make_double_well(80, 2, random_state=random_state),
            2,
            seed,
        )
        return Data(
            name,
            data.train,
            data.test[:5],
            truth=data.truth,
            states=data.states[:5],
            n_paths=6,
            length=30,
            n_scored=10,
        )

    monkeypatch.setattr(peers, "load", load)
    kept = ["VAR, resampled", "VAR, Gaussian", "stationary bootstrap"]
    monkeypatch.setattr(peers, "PEERS", {name: peers.PEERS[name] for name in kept})
    cells, page = tmp_path / "build" / "cells.jsonl", tmp_path / "doc" / "page.md"
    peers.run(["double_well_2", "ETTh1"], kept, range(1), None, cells)
    peers.run(["double_well_2"], kept, range(2), None, cells)
    done = peers.read_cells(cells)
    assert len(done) == 2 * (3 + len(kept))
    assert all("figures" in cell for cell in done)
    assert {cell["commit"] for cell in done} == {peers.package_version()}
    peers.run(["double_well_2"], kept, range(2), None, cells)
    assert len(peers.read_cells(cells)) == len(done)
    ours = done[-1] | {"peer": "skdiffts"}  # the page names the commit of these rows
    given = [*done, ours], GROUPS, kept, ["vine: not installed"], "COMMAND"
    peers.write_page(page, *given)
    text = page.read_text()
    assert "`COMMAND`" in text
    assert peers.package_version() in text
    assert "| oracle |" in text
    assert "| training rows |" in text


def cell(peer, seed, **figures):
    return {"data": "double_well_2", "peer": peer, "seed": seed, "figures": figures}


@pytest.mark.parametrize(
    ("rival", "held"), [([1.3, 1.2, 1.4], True), ([1.3, 0.9, 1.1], False)]
)
def test_first_means_by_more_than_a_standard_error(rival, held):
    from peers_page import Results, bars

    cells = [cell("skdiffts", s, sw2_pairs=1.0) for s in range(3)]
    cells += [cell("VAR, resampled", s, sw2_pairs=rival[s]) for s in range(3)]
    cells += [cell("oracle", s, sw2_pairs=0.1) for s in range(3)]
    (line,) = bars(Results(cells), {"double_well_2": "fail"})
    assert line.held == held
    assert ("**met**" in line.row()) == held
    assert "VAR, resampled" in line.row()


@pytest.mark.parametrize("part", ["coverage", "squares", "replay"])
def test_reasons_are_measured_on_copies(part, paths, monkeypatch, capsys):
    """Training rows that are the held-out rows are covered, and have no error."""
    import peers_why
    from peers_data import Data

    class Replay:
        """Simulates the training rows themselves, and forecasts the last row."""

        def __init__(self, start):
            pass

        def fit(self, train, seed):
            self.panel = np.stack(train)
            return self

        def sample(self, n_paths, length, seed):
            return self.panel

        def forecast(self, pasts, n_samples, seed):
            return np.stack([past[-1:] for past in pasts])

    monkeypatch.setattr(peers_why, "Ours", Replay)
    # Ratios of distances to training rows need held-out rows that are none of these.
    held_out = [path + 0.01 for path in paths] if part == "replay" else paths
    data = Data("replay", paths, held_out, n_paths=2, length=120)
    peers_why.PARTS[part](data, 0)
    lines = capsys.readouterr().out.splitlines()
    told = {line.split(":")[0].strip(): line for line in lines}
    if part == "coverage":
        copied = "pairs 1.000, first rows 1.000, steps 1.000, deviation of steps 1.000"
        assert copied in told["training"]
        assert copied in told["simulated"]
        after = told["simulated after a training row"]
        assert "first rows 1.000" in after
        assert "deviation of steps 0.000" in after
    elif part == "replay":
        assert set(told) == {"stretches of 120 rows", "stretches of 15 rows"}
    else:
        assert told["training"].endswith(": 0.000")
        assert told["simulated"].endswith(": 0.000")
        assert any("without 0 of 2 paths beyond" in line for line in lines)
        assert sum("column" in line for line in lines) == 4 * 3


def test_replayed_stretches_are_training_rows(paths):
    from peers_data import Data
    from peers_why import replay

    data = Data("replay", paths, paths, n_paths=4, length=40)
    panel = replay(np.stack(paths), data, 15, 0)
    assert panel.shape == (4, 40, 3)
    rows = {row.tobytes(): i for i, row in enumerate(np.concatenate(paths))}
    numbers = np.array([[rows[row.tobytes()] for row in path] for path in panel])
    joints = np.flatnonzero((np.diff(numbers, axis=1) != 1).any(axis=0))
    assert set(joints) <= {14, 29}


def test_rival_of_returns_is_asked_where_it_is_there():
    from peers_page import DCC, OURS, Results, bars

    def lines(*rivals):
        cells = [cell(OURS, 0, log_likelihood=-3.0, energy_score=1.0, memorisation=1.0)]
        cells += [cell(one, 0, log_likelihood=-2.0, energy_score=2.0) for one in rivals]
        return bars(Results(cells), {"double_well_2": "real"})

    assert len(lines()) == 1
    _, density, score = lines(DCC)
    assert "not met" in density.row()
    assert "**met**" in score.row()


def test_density_of_fewer_columns_is_left_out(paths):
    """A copied column has no density, which the rivals' would have to be compared with."""
    from peers_models import Ours, SelectedMixture

    kept = [np.array([30, 40]), np.array([], dtype=int)]
    peer = Ours(SelectedMixture()).fit(paths, 0)
    assert peer.log_density(paths, kept).shape == (2,)
    assert peer.forecast([paths[0][:40]], 5, 0).shape == (1, 5, 3)
    assert peer.describe()
    copied = [np.column_stack([path, path[:, 0]]) for path in paths]
    assert Ours(SelectedMixture()).fit(copied, 0).log_density(copied, kept) is None


@pytest.fixture
def returns():
    """Three series of GARCH(1, 1), a = 0.1 and b = 0.85, with a common shock."""
    rng = np.random.RandomState(0)
    rows, variance = [], np.ones(3)
    for _ in range(3000):
        shock = 0.6 * rng.standard_normal() + 0.8 * rng.standard_normal(3)
        rows.append(np.sqrt(variance) * shock)
        variance = 0.05 + 0.1 * rows[-1] ** 2 + 0.85 * variance
    return [np.array(rows[:1500]), np.array(rows[1500:])]


def test_filtered_simulation_is_its_recursion(returns):
    peer = classics()["filtered"].fit(returns, 0)
    assert peer.beta in peer.decays
    assert peer.alpha == 1.0 - peer.beta
    drawn = peer.sample(4, 20, 3)
    first = np.abs(drawn[:, 0, np.newaxis] - peer.rows).max(axis=2).argmin(axis=1)
    variance = peer.next_variances[first]
    for row in drawn[:, 1:].swapaxes(0, 1):
        errors = (row - peer.mean) / np.sqrt(variance)
        nearest = np.abs(errors[:, np.newaxis] - peer.residuals).max(axis=2)
        assert_allclose(nearest.min(axis=1), 0.0, atol=1e-12)
        squares = (row - peer.mean) ** 2
        variance = (1.0 - peer.beta) * squares + peer.beta * variance
    # The residuals of the right recursion have lost the clustering of the rows.
    assert_allclose(peer.residuals.std(axis=0), 1.0, atol=0.05)


def test_filtered_simulation_finds_the_volatility_of_garch(returns):
    pytest.importorskip("arch")
    from peers_finance import FilteredHistoricalSimulation

    peer = FilteredHistoricalSimulation("garch").fit(returns, 0)
    assert_allclose(peer.alpha, 0.1, atol=0.04)
    assert_allclose(peer.beta, 0.85, atol=0.06)
    calm, wild = (peer.forecast([x * returns[0][:50]], 4000, 0) for x in (0.1, 3.0))
    assert wild.std() > 1.5 * calm.std()


def test_multivariate_garch_sees_no_later_row(returns):
    pytest.importorskip("multiarch")
    from peers_finance import DccGarch

    peer = DccGarch().fit(returns, 0)
    path, kept = returns[0][:120], [np.arange(20, 60)]
    changed = path.copy()
    changed[60:] *= 5.0
    densities = peer.log_density([path], kept)
    assert densities.shape == (40,)
    assert_allclose(peer.log_density([changed], kept), densities, rtol=1e-10)
    assert peer.sample(3, 20, 0).shape == (3, 20, 3)
    calm, wild = (peer.forecast([x * path[:50]], 2000, 0) for x in (0.1, 3.0))
    assert wild.std() > 1.5 * calm.std()


@pytest.mark.parametrize("order", [1, 2])
def test_autoregression_is_that_of_statsmodels(order):
    """Order by BIC, residuals and covariance, which tell the coefficients as well."""
    tsa = pytest.importorskip("statsmodels.tsa.api")
    X = np.random.RandomState(0).standard_normal((300, 3))
    for i in range(order, len(X)):
        X[i] += 0.6 * X[i - order]
    ours = classics()["gaussian"].fit([X], 0)
    theirs = tsa.VAR(X).fit(maxlags=4, ic="bic")
    assert ours.order == theirs.k_ar == order
    assert_allclose(ours.residuals, theirs.resid, atol=1e-10)
    assert_allclose(ours.covariance, theirs.sigma_u_mle, rtol=1e-10)
