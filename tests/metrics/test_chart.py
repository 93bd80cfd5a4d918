"""Charts of the report."""

import numpy as np
import pytest

from skdiffts.metrics._chart import Chart


@pytest.mark.parametrize(
    "y", [[0.1, 0.1 + 2e-14], [1e-15, 3e-15], [1e18, 1e18 + 256.0], [0.0, 0.0]]
)
def test_charts_of_curves_that_are_flat_or_small(y):
    chart = Chart("a", "b", (("test", np.array([0.0, 1.0]), np.array(y)),))
    assert "nan" not in chart.to_svg()
