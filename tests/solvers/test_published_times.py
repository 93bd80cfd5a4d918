"""The time grid of the source paper (seeds_audit.md, D3)."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skdiffts.sde import OU, VP
from skdiffts.solvers import EulerMaruyama, published_times

GEOMETRIC = VP(schedule="geometric")


def test_lengths_are_those_of_the_appendix():
    """Equation (69) and the step rule: larger early on, both ends of the schedule."""
    times = published_times(GEOMETRIC, 1e-4, n_levels=10, n_inner=3)
    lengths = -np.diff(np.r_[1.0, times, 1e-4])
    r = np.arange(10)
    beta = 20.0 * (0.1 / 20.0) ** (r / 9)
    published = np.repeat((beta / beta[-1]) ** 2, 3)
    assert_allclose(lengths / lengths[-1], published, rtol=1e-6)
    assert_allclose(published[::3][[0, 1, -2, -1]], [40000, 12323, 3.246, 1], rtol=1e-3)
    assert (np.diff(lengths) <= 1e-15).all()
    assert len(published_times(GEOMETRIC, 1e-4)) == 1999


@pytest.mark.parametrize("sd", [1.0, 0.1])
def test_steps_of_the_paper_are_right(sd):
    """Its 2000 Euler-Maruyama steps: the spread of Gaussian data to .2 %."""
    ends = GEOMETRIC.log_snr(1.0), GEOMETRIC.log_snr(1e-5)
    solver = EulerMaruyama(grid=published_times(GEOMETRIC, 1e-5))
    assert_allclose(solver.gaussian_std(GEOMETRIC, ends, sd), sd, rtol=2e-3)


def test_processes_without_a_schedule_are_named():
    with pytest.raises(TypeError, match="no rate beta"):
        published_times(OU(), 1e-5)
