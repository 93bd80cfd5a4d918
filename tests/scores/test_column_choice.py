"""Columns are mapped where their own tails are heavy, and only there."""

import numpy as np
import pytest
from scipy.stats import multivariate_t
from scipy.stats import t as student

from skdiffts import DiffusionResidualSampler
from skdiffts.marginals import Identity, StudentNormal
from skdiffts.scores import ScoreNetwork
from skdiffts.scores._column_choice import likeliest_column_map


def columns_of_their_own(n, d, seed):
    rng = np.random.RandomState(seed)
    return rng.standard_t(4.0, size=(n, d)) / np.sqrt(2.0)


@pytest.mark.parametrize("d", [3, 10, 40])
def test_heavy_columns_of_their_own_are_mapped(d):
    rows = columns_of_their_own(1000, d, 0) * np.geomspace(0.01, 100.0, d) + 7.0
    assert isinstance(likeliest_column_map(rows), StudentNormal)


def test_one_heavy_radius_is_left_alone():
    distribution = multivariate_t(np.zeros(5), np.eye(5), df=4)
    rows = distribution.rvs(1000, random_state=np.random.RandomState(0))
    assert isinstance(likeliest_column_map(rows), Identity)


@pytest.mark.parametrize("kind", ["normal", "clusters", "few", "constant", "single"])
def test_columns_without_reason_are_left_alone(kind):
    rng = np.random.RandomState(0)
    rows = rng.standard_normal((1000, 3))
    rows = {
        "normal": rows,
        "clusters": rows + 4.0 * rng.choice([-1.0, 1.0], size=(1000, 1)),
        "few": columns_of_their_own(60, 3, 0),
        "constant": np.where([True, False, True], columns_of_their_own(500, 3, 0), 2.0),
        "single": columns_of_their_own(1000, 1, 0),
    }[kind]
    assert type(likeliest_column_map(rows)) is Identity


def test_other_bases_keep_the_columns():
    rows = columns_of_their_own(500, 5, 0)
    assert type(ScoreNetwork(base="gaussian").column_map(rows)) is Identity
    assert isinstance(ScoreNetwork().column_map(rows), StudentNormal)


def test_sampler_of_columns_of_their_own_is_near_the_truth():
    """A common radius would lose .6 nats in ten columns."""
    rows, fresh = columns_of_their_own(1000, 10, 0), columns_of_their_own(1000, 10, 1)
    truth = student(4.0, scale=np.sqrt(0.5)).logpdf(fresh).sum(axis=1).mean()
    sampler = DiffusionResidualSampler(
        score_model=ScoreNetwork(width=16, depth=1), random_state=0
    ).fit(rows)
    assert truth - sampler.score(fresh) < 0.15
    other = sampler.set_params(column_map=Identity()).fit(rows)
    assert truth - other.score(fresh) > 0.3


class Bent(ScoreNetwork):
    """Network that asks for a map with which there is more to learn."""

    def column_map(self, rows):
        return StudentNormal()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("column_map", [None, StudentNormal()])
def test_map_that_bends_what_a_network_learns_is_taken_back(column_map):
    """Clusters of normal noise; a map that the user has chosen stays."""
    rng = np.random.RandomState(0)
    rows = 0.3 * rng.standard_normal((600, 2)) + rng.choice([-1.0, 0.0, 5.0], (600, 1))
    sampler = DiffusionResidualSampler(
        score_model=Bent(width=16, depth=1, base="gaussian"),
        column_map=column_map,
        max_iter=600,
        random_state=0,
    ).fit(rows)
    assert not sampler.process().closed_form
    plain = DiffusionResidualSampler().set_params(**sampler.get_params())
    plain.set_params(column_map=Identity()).fit(rows)
    # A map without limit of its stretch has no unit.
    assert (sampler.process().unit is None) == (column_map is not None)
    if column_map is None:
        assert sampler.score(rows) == plain.score(rows)
