"""When training stops, on made-up validation curves."""

import numpy as np
import pytest
import torch

from skdiffts import DiffusionResidualSampler
from skdiffts._progress import INTERVAL
from skdiffts.diffusion._stopping import Stopping
from skdiffts.diffusion._trainer import TrainingCurve


def looks(scores, *, start=10.0, patience=800, rival=float("inf")):
    """How many validation losses are seen before training stops; None: all of them."""
    options = DiffusionResidualSampler(n_iter_no_change=patience)
    curve = TrainingCurve()
    stopping = Stopping(options, curve, torch.nn.Linear(1, 1), rival)
    stopping.start(start)
    for number, score in enumerate(scores, start=1):
        curve.n_iter = number * INTERVAL
        if stopping.update(score):
            return number
    return None


def test_four_rises_in_a_row_end_training():
    assert looks([9.0, 9.1, 9.2, 9.3, 9.4, 9.5]) == 5


def test_a_fall_or_a_standstill_starts_the_count_anew():
    assert looks([9.0, 9.1, 9.2, 9.3, 9.25, 9.3, 9.35, 9.4, 9.4], patience=2000) is None


@pytest.mark.parametrize("patience", [200, 500])
def test_patience_counts_iterations_since_the_best(patience):
    assert looks([9.0] + [9.1] * 20, patience=patience) == 1 + patience // INTERVAL


def test_a_candidate_far_behind_is_dropped_after_the_warm_up():
    # It gains 0.1 a look and would need 50 of them where the patience allows 8.
    falling = [10.0 - 0.1 * i for i in range(1, 30)]
    assert looks(falling, rival=5.0) == 2
    assert looks(falling, rival=9.5) is None


def gained(gains):
    """Whether rows with given gains have a network kept."""
    stopping = Stopping(
        DiffusionResidualSampler(), TrainingCurve(), torch.nn.Linear(1, 1), 0.0
    )
    before = torch.full((len(gains),), 5.0)
    stopping.start(5.0, before)
    stopping.curve.n_iter = INTERVAL
    after = before - torch.tensor(gains)
    stopping.update(float(after.mean()), after)
    return stopping.has_gained


def test_gain_must_exceed_chance():
    rng = np.random.RandomState(0)
    assert gained(0.01 + 0.02 * rng.standard_normal(100))
    assert not gained(0.001 + 0.02 * rng.standard_normal(100))
    assert not gained(-np.ones(50))
    assert not gained(np.ones(1))


def test_far_rows_do_not_hide_a_gain_of_the_others():
    gains = np.r_[np.full(97, 0.01), -0.1, 1.0, -0.2]
    assert gains.mean() / gains.std() * 10.0 < 2.0
    assert gained(gains)


def test_start_is_what_remains_without_a_gain():
    module = torch.nn.Linear(1, 1)
    curve = TrainingCurve()
    stopping = Stopping(DiffusionResidualSampler(), curve, module, float("inf"), 100)
    before = torch.ones(20)
    stopping.start(1.0, before)
    start = module.weight.item()
    with torch.no_grad():
        module.weight += 1.0
    curve.n_iter = INTERVAL
    noise = torch.tensor([-0.2, 0.21] * 10)
    assert stopping.update(0.995, before - noise)
    stopping.return_to_start()
    assert stopping.best_module().weight.item() == start
    assert stopping.best_iter == 0
    assert curve.best == 1.0
