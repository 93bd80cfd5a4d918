"""Importance resampling."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal

from skdiffts.scenarios import (
    InRange,
    effective_sample_size,
    select_scenarios,
    systematic_resample,
)

weights = arrays(
    np.float64, st.integers(1, 30), elements=st.sampled_from([0.0, 1e-3, 0.5, 1.0, 7.0])
).filter(np.any)
seeds = st.integers(0, 2**31 - 1)


@given(weights, st.integers(1, 50), seeds)
def test_each_index_comes_about_as_often_as_its_share(w, n, seed):
    chosen = systematic_resample(w, n, random_state=seed)
    assert len(chosen) == n
    counts = np.bincount(chosen, minlength=len(w))
    expected = n * w / w.sum()
    assert (np.abs(counts - expected) < 1.0 + 1e-9).all()
    assert not counts[w == 0.0].any()


class Grid(np.random.RandomState):
    """Source of a uniform number that is given."""

    value = 0.0

    def uniform(self):
        return self.value


def test_points_on_an_edge_have_weight():
    w = [0.0, 2.0, 0.0, 2.0, 0.0]
    assert_array_equal(systematic_resample(w, 4, random_state=Grid(0)), [1, 1, 3, 3])


def test_the_last_point_has_weight_in_spite_of_rounding():
    """The cumulated weights may end below the last point, as they do here."""
    w = np.append(np.full(10, 0.1), np.zeros(3))
    edge = Grid(0)
    edge.value = np.nextafter(1.0, 0.0)
    for n in range(1, 2000):
        assert systematic_resample(w, n, random_state=edge)[-1] == 9


def test_the_draw_is_unbiased():
    """Averaged over the one uniform number, counts are the shares: a fine grid of it."""
    w, n = np.array([0.3, 0.0, 1.1, 0.05, 2.0]), 7
    grid, total = Grid(0), np.zeros(5)
    for i in range(1000):
        grid.value = (i + 0.5) / 1000
        chosen = systematic_resample(w, n, random_state=grid)
        total += np.bincount(chosen, minlength=5)
    assert_allclose(total / 1000, n * w / w.sum(), atol=2e-3)


@given(weights, st.floats(1e-200, 1e200))
def test_effective_sample_size(w, factor):
    size = effective_sample_size(w)
    assert 1.0 - 1e-12 <= size <= (w > 0).sum() + 1e-9
    assert_allclose(effective_sample_size(factor * w), size, rtol=1e-9)
    assert_allclose(effective_sample_size(np.r_[w, w]), 2.0 * size)


@pytest.mark.parametrize(
    "wrong", [[0.0, 0.0], [-1.0, 2.0], [np.nan, 1.0], [], [np.inf]]
)
def test_no_weights(wrong):
    with pytest.raises(ValueError, match="pass non-negative numbers"):
        effective_sample_size(wrong)
    with pytest.raises(ValueError, match="pass non-negative numbers"):
        systematic_resample(wrong, 3)


def make_walks(n=400, length=5):
    steps = np.random.RandomState(0).standard_normal((n, length, 2))
    return steps.cumsum(axis=1)


def test_enough_candidates_give_distinct_paths():
    paths = make_walks()
    meets = paths[:, -1, 0] > 1.0
    drawn = select_scenarios(paths, InRange(low=1.0), meets.sum(), random_state=0)
    assert_array_equal(drawn.paths, paths[meets])
    assert drawn.effective_sample_size == meets.sum()
    assert drawn.n_candidates == 400
    assert drawn.probability == meets.mean()
    again = select_scenarios(paths, InRange(low=1.0), 30, random_state=1)
    assert len(np.unique(again.paths[:, -1, 0])) == 30


def test_functions_are_conditions_too():
    paths = make_walks()
    by_class = select_scenarios(paths, InRange(high=0.0), 20, random_state=0)
    by_function = select_scenarios(
        paths, lambda paths: paths[:, -1, 0] <= 0.0, 20, random_state=0
    )
    assert_array_equal(by_class.paths, by_function.paths)


def test_too_few_candidates_are_reported():
    paths = make_walks()
    meets = int((paths[:, -1, 0] > 4.0).sum())
    assert 0 < meets < 50
    message = f"50 paths are drawn from an effective sample of {meets}.0.*pass more "
    message += f"paths, to about {int(np.ceil(400 * 50 / meets))} instead of 400"
    with pytest.warns(UserWarning, match=message):
        drawn = select_scenarios(paths, InRange(low=4.0), 50, random_state=0)
    assert drawn.effective_sample_size == meets
    assert len(np.unique(drawn.paths[:, -1, 0])) == meets


def test_what_cannot_be_is_refused():
    paths = make_walks()
    with pytest.raises(ValueError, match=r"none of the 400 .*InRange\(low=99.0\)"):
        select_scenarios(paths, InRange(low=99.0), 5)
    with pytest.raises(ValueError, match="return 400 non-negative numbers"):
        select_scenarios(paths, lambda paths: paths[:, -1], 5)
    with pytest.raises(ValueError, match="return 400 non-negative numbers"):
        select_scenarios(paths, lambda paths: paths[:, -1, 0], 5)
    with pytest.raises(ValueError, match=r"pass \(n_paths, length, n_features\)"):
        select_scenarios(paths[0], InRange(), 5)
    with pytest.raises(ValueError, match="n_paths == 0"):
        select_scenarios(paths, InRange(), 0)


def test_no_draws_are_refused():
    with pytest.raises(ValueError, match="n_draws == 0, must be >= 1"):
        systematic_resample([1.0], 0)
