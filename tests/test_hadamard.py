"""Sylvester's matrix against SciPy's."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy.linalg import hadamard

from skdiffts._hadamard import hadamard_rows


@pytest.mark.parametrize("n_columns", [1, 2, 3, 7, 8, 9])
def test_rows_are_those_of_the_matrix(n_columns):
    order = 1 << (n_columns - 1).bit_length()
    rows = np.arange(2 * order + 3)
    expected = hadamard(order)[rows % order, :n_columns]
    assert_array_equal(hadamard_rows(rows, n_columns), expected)
