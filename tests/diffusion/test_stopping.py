"""When training stops, on made-up validation curves."""

import pytest
import torch

from skdiffts import DiffusionResidualSampler
from skdiffts._progress import INTERVAL
from skdiffts.diffusion._trainer import TrainingCurve, _Stopping


def looks(scores, *, start=10.0, patience=800, rival=float("inf")):
    """How many validation losses are seen before training stops; None: all of them."""
    options = DiffusionResidualSampler(n_iter_no_change=patience)
    curve = TrainingCurve()
    stopping = _Stopping(options, curve, torch.nn.Linear(1, 1), rival)
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
