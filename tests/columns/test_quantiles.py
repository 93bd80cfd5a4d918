"""The map between the quantiles of two samples: order, inverse, shifts at the ends."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skdiffts.columns import through_quantiles

steps = st.lists(st.floats(0.1, 10.0), min_size=5, max_size=5)


@given(
    first=steps,
    second=steps,
    x=st.lists(st.floats(-60.0, 60.0), min_size=2, max_size=9),
)
def test_it_has_an_inverse_keeps_the_order_and_is_a_shift_outside(first, second, x):
    quantiles, wanted = np.cumsum(first), np.cumsum(second) - 20.0
    x = np.sort(x)
    mapped = through_quantiles(x, quantiles, wanted)
    assert (np.diff(mapped) >= 0.0).all()
    back = through_quantiles(mapped, wanted, quantiles)
    np.testing.assert_allclose(back, x, atol=1e-9)
    below, above = x < quantiles[0], x > quantiles[-1]
    shift = wanted - quantiles
    np.testing.assert_allclose(mapped[below], x[below] + shift[0], atol=1e-9)
    np.testing.assert_allclose(mapped[above], x[above] + shift[-1], atol=1e-9)


@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_infinite_numbers_stay_infinite(sign):
    ends = np.array([0.0, 1.0])
    assert through_quantiles(np.array([sign * np.inf]), ends, ends)[0] == sign * np.inf
