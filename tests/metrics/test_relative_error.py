"""Relative error."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from skdiffts.metrics import relative_error

pairs = st.builds(
    lambda seed, shape: np.random.RandomState(seed).standard_normal((2, *shape)),
    st.integers(0, 2**31),
    st.lists(st.integers(1, 4), min_size=1, max_size=3),
)


@given(pairs, st.floats(0.01, 100))
def test_properties(pair, scale):
    estimate, truth = pair
    expected = np.sqrt(np.sum((estimate - truth) ** 2) / np.sum(truth**2))
    assert_allclose(relative_error(estimate, truth), expected)
    assert_allclose(relative_error(-scale * estimate, -scale * truth), expected)
    assert relative_error(truth, truth) == 0
    assert_allclose(relative_error(0 * truth, truth), 1)
    assert_allclose(relative_error((1 + scale) * truth, truth), scale)


def test_errors():
    with pytest.raises(ValueError, match="truth is zero"):
        relative_error(np.ones((2, 2)), np.zeros((2, 2)))
    with pytest.raises(ValueError, match=r"estimate has shape \(2, 2\)"):
        relative_error(np.ones((2, 2)), np.ones(2))
    with pytest.raises(ValueError, match="estimate contains NaN"):
        relative_error([np.nan], [1.0])
