"""Sizes of heavy innovations: of rows, of cells, and draws of missing cells with them."""

import numpy as np
import pytest
from scipy.stats import kurtosis, spearmanr
from sklearn.mixture import GaussianMixture

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts.conditioning import HARVolatility, Independent
from skdiffts.generation._innovation_sizes import InnovationSizes

ROOT = np.array([[1.0, 0.3, 0.0], [0.3, 1.5, -0.4], [0.0, -0.4, 0.8]])
INF = np.inf


def innovations(of_rows, of_cells, n=4000):
    """Rows with a correlation, and with sizes in common and of cells."""
    rng = np.random.RandomState(0)
    e = rng.standard_normal((n, 3))
    if np.isfinite(of_rows):
        e /= np.sqrt(rng.chisquare(of_rows, size=(n, 1)) / of_rows)
    if np.isfinite(of_cells):
        e /= np.sqrt(rng.chisquare(of_cells, size=(n, 3)) / of_cells)
    return e @ ROOT


def fitted(x):
    """Fit to rows of which all cells were seen."""
    return InnovationSizes.fit(x, np.ones(x.shape, dtype=bool))


@pytest.mark.parametrize("of_rows", [5.0, INF])
@pytest.mark.parametrize("of_cells", [5.0, INF])
def test_sizes_of_rows_and_of_cells_are_told_apart(of_rows, of_cells):
    x = innovations(of_rows, of_cells)
    sizes = fitted(x)
    for found, truth in ((sizes.of_rows, of_rows), (sizes.of_cells, of_cells)):
        if np.isfinite(truth):
            assert 3.0 < found < 9.0
        else:
            assert found > 20.0
    shape = sizes.unit**2 * sizes.root @ sizes.root
    assert np.trace(shape) == pytest.approx(np.trace(ROOT @ ROOT), rel=0.15)


@pytest.mark.parametrize("of_rows", [5.0, INF])
@pytest.mark.parametrize("of_cells", [5.0, INF])
def test_innovations_over_drawn_sizes_are_standard_normal(of_rows, of_cells):
    x = innovations(of_rows, of_cells)
    sizes = fitted(x)
    e = np.linalg.solve(sizes.root, (x - sizes.location).T).T
    z = e * np.sqrt(sizes.draw(e, np.random.RandomState(0)))
    assert z.std() == pytest.approx(1.0, abs=0.03)
    assert abs(kurtosis(z.ravel())) < 0.2


def test_one_column_has_sizes_of_rows_alone():
    sizes = fitted(innovations(4.0, INF)[:, :1])
    assert sizes.of_rows < 8.0
    assert np.isinf(sizes.of_cells)


def drawn(x, missing):
    """Missing cells of independent rows, drawn by a fit to the others."""
    dynamics = KernelDriftVolEstimator(
        "all",
        conditioning=Independent(),
        additive_drift="linear",
        scale=HARVolatility(halflives=()),
    )
    generator = GenerativeTimeSeries(dynamics, GaussianMixture(), missing="draw")
    holes = np.where(missing, np.nan, x)
    return generator.fit(holes).impute(holes, 20, random_state=0)


@pytest.mark.parametrize(("of_rows", "of_cells"), [(3.0, INF), (INF, 3.0)])
def test_drawn_cells_are_large_together_where_seen_cells_are(of_rows, of_cells):
    x = innovations(of_rows, of_cells, n=1000) @ np.linalg.inv(ROOT)
    missing = np.random.RandomState(1).uniform(size=x.shape) < 0.5
    tables = drawn(x, missing)
    both = missing[:, 0] & missing[:, 1]
    together = [spearmanr(*np.abs(table[both, :2]).T)[0] for table in tables]
    truth = spearmanr(*np.abs(x[:, :2]).T)[0]
    assert np.mean(together) == pytest.approx(truth, abs=0.08)
    assert np.median([kurtosis(table[missing]) for table in tables]) > 2.0


def test_the_search_finds_volatility_and_margins_behind_half_of_the_cells():
    """Draws of a constant volatility, in common for a row, had hidden both from it."""
    rng, n, variance = np.random.RandomState(0), 800, 1.0
    x = np.zeros((n, 4))
    for i in range(n):
        common = rng.standard_normal(4) + rng.standard_normal()
        tails = np.sqrt(rng.chisquare(4, size=4) / 4.0)
        x[i] = np.sqrt(variance) * common / tails / 2.0
        variance = 0.05 + 0.8 * variance + 0.15 * np.mean(x[i] ** 2)
    x[np.random.RandomState(1).uniform(size=x.shape) < 0.5] = np.nan
    generator = GenerativeTimeSeries(sampler=GaussianMixture(), missing="draw").fit(x)
    words = generator.describe()
    assert "level: none (independent rows), volatility: half-lives" in words
    assert "margins: Student, each series its own" in words


def test_widths_are_factors_of_the_innovations_about_their_center():
    sizes, width = fitted(innovations(5.0, INF)), np.array([1.0, 1.5, 2.0])
    wide = sizes.widened(width)
    np.testing.assert_allclose(wide.root, np.diag(width) @ sizes.root)
    np.testing.assert_array_equal(wide.location, sizes.location)
