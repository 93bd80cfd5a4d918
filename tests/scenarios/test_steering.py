"""Steered paths beside the Kalman smoother, known probabilities and weighed paths."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import multivariate_normal, norm
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KernelDensity
from sklearn.preprocessing import FunctionTransformer

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts.conditioning import EWVolatility, LaggedStates, State
from skdiffts.datasets import make_double_well
from skdiffts.generation import OneStepModel
from skdiffts.scenarios import (
    AllOf,
    AnyOf,
    Fixed,
    InRange,
    NearValue,
    ScenarioGenerator,
    Steering,
)
from skdiffts.scenarios._proposal import Proposal
from skdiffts.scenarios._targets import PathFrame


def make_var(n_rows, d, seed=0):
    """Rows of a stable VAR(1) with correlated noise, and its matrix."""
    rng = np.random.RandomState(seed)
    matrix = rng.standard_normal((d, d))
    matrix *= 0.85 / np.abs(np.linalg.eigvals(matrix)).max()
    mix = np.eye(d) + 0.3 * rng.standard_normal((d, d))
    rows = np.zeros((n_rows, d))
    for i in range(1, n_rows):
        rows[i] = matrix @ rows[i - 1] + mix @ rng.standard_normal(d)
    return rows


def fit_linear(X, conditioning=None):
    """Generator with a global line as its drift and Gaussian residuals."""
    conditioning = State() if conditioning is None else conditioning
    dynamics = KernelDriftVolEstimator("all", conditioning=conditioning, ridge=0.0)
    return GenerativeTimeSeries(dynamics, GaussianMixture(1), support=None).fit(X)


def path_moments(generator, x0, n_steps):
    """Mean and covariance of the rows after x0 in one vector, by its linear recursion."""
    d, ratio = len(x0), generator.innovation_ratio_
    drift, factor = generator.dynamics_.factor(np.vstack([np.zeros(d), np.eye(d)]))
    step = drift + ratio * generator.sampler_.means_[0] @ factor[0].T
    matrix, root = np.eye(d) + (step[1:] - step[0]).T, ratio * factor[0]
    noise = root @ generator.sampler_.covariances_[0] @ root.T
    mean, covariance = np.zeros((n_steps, d)), np.zeros((n_steps, d, n_steps, d))
    now, spread = x0, np.zeros((d, d))
    for i in range(n_steps):
        now, spread = matrix @ now + step[0], matrix @ spread @ matrix.T + noise
        mean[i], along = now, spread
        for j in range(i, n_steps):
            covariance[i, :, j], covariance[j, :, i] = along, along.T
            along = along @ matrix.T
    return mean.ravel(), covariance.reshape(n_steps * d, n_steps * d)


def conditioned(mean, covariance, functionals, values):
    """Moments given linear functionals: what the Kalman smoother gives."""
    along = covariance @ functionals.T
    gain = np.linalg.solve(functionals @ along, along.T).T
    return mean + gain @ (values - functionals @ mean), covariance - gain @ along.T


def scores(paths, mean, covariance, columns):
    """Means and covariances within rows, in standard errors of independent paths."""
    n, n_rows, d = paths.shape
    result = []
    for row in range(n_rows):
        place = row * d + columns
        spread = covariance[np.ix_(place, place)]
        x, variances = paths[:, row, columns] - mean[place], np.diag(spread)
        result.append(x.mean(axis=0) / np.sqrt(variances / n))
        error = np.sqrt((np.outer(variances, variances) + spread**2) / n)
        deviation = (np.atleast_2d(np.cov(x, rowvar=False)) - spread) / error
        result.append(deviation[np.triu_indices(len(columns))])
    return np.concatenate(result)


@pytest.fixture(scope="module")
def var():
    """Five columns: the fitted generator, a start and rows after it."""
    X = make_var(1500, 5)
    return fit_linear(X[:1000]), X[1100], X[1101:1151]


def steer(generator, condition, n_particles=500):
    """Scenario generator around a fitted generator."""
    method = Steering(n_particles=n_particles)
    frozen = FrozenEstimator(generator)
    return ScenarioGenerator(frozen, condition, method=method).fit(None)


@pytest.mark.statistical
def test_fixed_columns_give_the_kalman_smoother(var):
    """Two of five columns over 50 rows: three in 1,000 lie beyond three errors."""
    generator, x0, after = var
    values = np.full((51, 5), np.nan)
    values[1:, :2] = after[:, :2]
    draw = steer(generator, Fixed(values=values)).draw(500, 51, x0=x0, random_state=0)
    assert_array_equal(
        draw.paths[:, 1:, :2], np.broadcast_to(after[:, :2], (500, 50, 2))
    )
    assert draw.effective_sample_sizes.shape == (51,)
    assert draw.effective_sample_sizes.min() > 100
    assert draw.effective_sample_size > 100
    cells = np.eye(250).reshape(50, 5, 250)[:, :2].reshape(-1, 250)
    mean, covariance = path_moments(generator, x0, 50)
    smoothed = conditioned(mean, covariance, cells, after[:, :2].ravel())
    found = scores(draw.paths[:, 1:], *smoothed, np.arange(2, 5))
    assert len(found) == 450
    assert np.mean(np.abs(found) > 3.0) <= 0.01
    assert np.abs(found).max() < 4.5
    density = multivariate_normal(cells @ mean, cells @ covariance @ cells.T)
    exact = density.logpdf(after[:, :2].ravel())
    assert abs(np.log(draw.probability) - exact) < 0.3


@pytest.mark.statistical
def test_gaps_between_fixed_cells_are_bridged(var):
    """A column that is known in rows 10 and 20 only: rows between look at both."""
    generator, x0, after = var
    values = np.full((21, 5), np.nan)
    values[[10, 20], 3] = after[[9, 19], 3] + [4.0, -4.0]
    draw = steer(generator, Fixed(values=values)).draw(500, 21, x0=x0, random_state=1)
    assert draw.effective_sample_sizes.min() > 250
    cells = np.eye(100).reshape(20, 5, 100)[[9, 19], 3]
    smoothed = conditioned(*path_moments(generator, x0, 20), cells, values[[10, 20], 3])
    found = scores(draw.paths[:, 1:], *smoothed, np.array([0, 1, 2, 4]))
    assert np.mean(np.abs(found) > 3.0) <= 0.01


@pytest.mark.statistical
@pytest.mark.parametrize("measure", ["sum", "mean"])
def test_a_sum_over_a_span_is_met_exactly(var, measure):
    generator, x0, _ = var
    mean, covariance = path_moments(generator, x0, 20)
    total = np.zeros((1, 100))
    total[0, 1 + 5 * np.arange(4, 15)] = 1.0 if measure == "sum" else 1.0 / 11
    value = total @ mean + 2.5 * np.sqrt(total @ covariance @ total[0])
    span = InRange(
        column=1, measure=measure, first=5, row=15, low=value[0], high=value[0]
    )
    draw = steer(generator, span).draw(500, 21, x0=x0, random_state=0)
    assert_allclose(draw.paths[:, 1:].reshape(500, -1) @ total[0], value[0], rtol=1e-9)
    assert draw.effective_sample_sizes.min() > 250
    smoothed = conditioned(mean, covariance, total, value)
    found = scores(draw.paths[:, 1:], *smoothed, np.arange(5)[[0, 2, 3, 4]])
    assert np.mean(np.abs(found) > 3.0) <= 0.01


@pytest.mark.statistical
def test_near_a_value_is_a_regression(var):
    """The functional plus an error N(0, h^2) is the value."""
    generator, x0, _ = var
    mean, covariance = path_moments(generator, x0, 10)
    place, h = 9 * 5 + 2, 0.5
    value = mean[place] + 3.0 * np.sqrt(covariance[place, place])
    near = NearValue(column=2, value=value, bandwidth=h)
    draw = steer(generator, near).draw(500, 11, x0=x0, random_state=0)
    assert draw.effective_sample_sizes.min() > 250
    along = covariance[:, place]
    variance = covariance[place, place] + h**2
    smoothed = (
        mean + along * (value - mean[place]) / variance,
        covariance - np.outer(along, along) / variance,
    )
    found = scores(draw.paths[:, 1:], *smoothed, np.arange(5))
    assert np.mean(np.abs(found) > 3.0) <= 0.01
    exact = h * np.sqrt(2 * np.pi) * norm.pdf(value, mean[place], np.sqrt(variance))
    assert abs(draw.probability / exact - 1.0) < 0.2


@pytest.mark.statistical
@pytest.mark.parametrize("measure", ["level", "change", "return"])
def test_the_probability_of_a_rare_range(var, measure):
    """Weighing whole paths would need 10^6 candidates for 3 hits."""
    generator, x0, _ = var
    mean, covariance = path_moments(generator, x0, 12)
    place = 11 * 5 + 3
    bound = mean[place] - 4.5 * np.sqrt(covariance[place, place])
    start = {"level": 0.0, "change": x0[3], "return": x0[3]}[measure]
    bound = bound - start if measure != "return" else bound / start - 1.0
    side = "low" if measure == "return" and start < 0.0 else "high"
    rare = InRange(column=3, measure=measure, **{side: bound})
    draw = steer(generator, rare).draw(500, 13, x0=x0, random_state=0)
    assert_array_equal(rare.weights(draw.paths), np.ones(500))
    assert abs(draw.probability / norm.cdf(-4.5) - 1.0) < 0.2
    assert draw.effective_sample_size > 100


@pytest.mark.statistical
def test_a_union_counts_each_path_once(var):
    """Both tails of one column, and two ranges that overlap."""
    generator, x0, _ = var
    mean, covariance = path_moments(generator, x0, 8)
    place = 7 * 5
    middle, size = mean[place], np.sqrt(covariance[place, place])
    low, high = InRange(high=middle - 3.0 * size), InRange(low=middle + 3.0 * size)
    tails = AnyOf(conditions=[low, high])
    draw = steer(generator, tails).draw(500, 9, x0=x0, random_state=0)
    assert draw.n_candidates == 1000
    assert_array_equal(tails.weights(draw.paths), np.ones(500))
    assert abs(draw.probability / (2.0 * norm.cdf(-3.0)) - 1.0) < 0.15
    assert 180 < low.weights(draw.paths).sum() < 320
    wide = AnyOf(conditions=[InRange(low=middle), InRange(low=middle - size)])
    draw = steer(generator, wide).draw(500, 9, x0=x0, random_state=0)
    assert abs(draw.probability / norm.cdf(1.0) - 1.0) < 0.15
    share = np.mean(draw.paths[:, -1, 0] > middle)
    assert abs(share - 0.5 / norm.cdf(1.0)) < 0.1


@pytest.mark.statistical
def test_lags_and_all_of_several(var):
    """A VAR(2), a range along the path and one at its end, beside weighed paths."""
    generator = fit_linear(make_var(800, 2), LaggedStates(n_lags=2))
    both = AllOf(
        conditions=[
            InRange(measure="maximum", first=1, row=8, high=1.0),
            InRange(column=1, low=0.5),
        ]
    )
    weighed = ScenarioGenerator(
        FrozenEstimator(generator), both, batch_size=20_000, max_candidates=20_000
    ).fit(None)
    some = weighed.draw(1000, 13, x0="last", random_state=0)
    draw = steer(generator, both, 1000).draw(1000, 13, x0="last", random_state=0)
    assert_array_equal(both.weights(draw.paths), np.ones(1000))
    assert abs(draw.probability / some.probability - 1.0) < 0.2
    error = some.paths.std(axis=0) * np.sqrt(
        2.0 / min(1000, draw.effective_sample_size)
    )
    deviation = (draw.paths.mean(axis=0) - some.paths.mean(axis=0))[1:] / error[1:]
    assert np.abs(deviation).max() < 5.0


@pytest.mark.statistical
@pytest.mark.parametrize("kind", ["kernel", "volatility"])
def test_other_models_agree_with_weighed_paths(kind):
    """A bistable drift with kernel residuals, and a volatility that remembers."""
    if kind == "kernel":
        X, truth = make_double_well(n_rows=1000, random_state=0)
        dynamics = KernelDriftVolEstimator(100, dt=truth.dt, conditioning=State())
        x0, condition = [-1.0], InRange(low=0.3)
    else:
        rng, X, size = np.random.RandomState(0), np.zeros((1000, 1)), 1.0
        for i in range(1, 1000):
            X[i] = 0.9 * X[i - 1] + size * rng.standard_normal()
            size = np.sqrt(0.1 + 0.2 * (X[i] - 0.9 * X[i - 1]) ** 2 + 0.7 * size**2)
        scale = EWVolatility(halflife=5.0, reversion=0.2)
        dynamics = KernelDriftVolEstimator("all", conditioning=State(), scale=scale)
        x0, condition = "last", InRange(high=-2.0)
    sampler = KernelDensity(bandwidth=0.2)
    generator = GenerativeTimeSeries(dynamics, sampler, support=None).fit(X)
    weighed = ScenarioGenerator(
        FrozenEstimator(generator), condition, batch_size=4000, max_candidates=4000
    ).fit(None)
    some = weighed.draw(100, 13, x0=x0, random_state=0)
    draw = steer(generator, condition).draw(500, 13, x0=x0, random_state=0)
    assert_array_equal(condition.weights(draw.paths), np.ones(500))
    assert abs(draw.probability / some.probability - 1.0) < 0.25
    error = np.sqrt(1.0 / draw.effective_sample_size + 1.0 / some.effective_sample_size)
    error = some.paths.std(axis=0) * error
    deviation = (draw.paths.mean(axis=0) - some.paths.mean(axis=0))[1:] / error[1:]
    assert np.abs(deviation).max() < 5.0


@pytest.mark.statistical
def test_heavy_tails_are_proposed():
    """A row of contaminated noise whose first column is an outlier: so is the second."""
    rng, matrix = np.random.RandomState(0), np.array([[1.0, 0.5], [0.5, 1.0]])
    factor = np.linalg.cholesky(matrix)
    sizes = np.where(rng.uniform(size=(4000, 1)) < 0.1, 2.0, 0.3)
    X = np.cumsum(sizes * rng.standard_normal((4000, 2)) @ factor.T, axis=0)
    dynamics = KernelDriftVolEstimator("all", conditioning=State())
    mixture = GaussianMixture(2, random_state=0)
    generator = GenerativeTimeSeries(dynamics, mixture, support=None).fit(X)
    step = OneStepModel.of(generator)
    start = step.start("last", 1, 2, random_state=0)
    step = step.step(start, 0)
    for moved, likely in ((2.0, 1.0), (0.1, 0.0)):
        given = step.mean()[0, 0] + moved
        values = {0: [np.nan, given]}
        steered = steer(generator, Fixed(values=values), 4000)
        draw = steered.draw(4000, 2, x0="last", random_state=0)
        # The density of the second column given the first, on a grid.
        grid = step.mean()[0, 1] + np.linspace(-12.0, 12.0, 4001)
        rows = np.column_stack([np.full_like(grid, given), grid])
        starts = step.model.start("last", len(grid), 2, random_state=0)
        density = np.exp(step.model.step(starts, 0).log_density(rows))
        total = density.sum() * (grid[1] - grid[0])
        assert abs(draw.probability / total - 1.0) < 0.1
        for level in (0.01, 0.1, 0.5, 0.9, 0.99):
            point = np.interp(level, np.cumsum(density) / density.sum(), grid)
            share = np.mean(draw.paths[:, 1, 1] < point)
            error = np.sqrt(level * (1.0 - level) / draw.effective_sample_size)
            assert abs(share - level) < 5.0 * error, (moved, level)
        assert (np.ptp(draw.paths[:, 1, 1]) > 5.0) >= likely


def test_a_proposal_has_the_density_of_its_draws():
    """One component: by both routes; two: it integrates to one over the range."""
    rng, n = np.random.RandomState(0), 4000
    root = rng.standard_normal((3, 3))
    low = np.array([-np.inf, 0.5, -1.0])
    parts = {
        "low": np.tile(low, (n, 1)),
        "high": np.tile([np.inf, 0.5, 0.3], (n, 1)),
        "is_possible": np.ones(n, dtype=bool),
        "near": [],
    }
    mean, covariance = np.zeros((n, 3)), np.tile(root @ root.T + np.eye(3), (n, 1, 1))
    one = Proposal(means=[mean], covariances=[covariance], **parts)
    rows, log_density = one.draw(rng)
    assert_allclose(one.log_density(rows), log_density, rtol=1e-9)
    both = Proposal(
        means=[mean, mean + 1.0], covariances=[covariance, 9.0 * covariance], **parts
    )
    rows, log_density = both.draw(rng)
    assert ((rows >= low) & (rows <= parts["high"])).all()
    # The mean of 1 / q over draws in a box is its area.
    inside = np.abs(rows[:, 0]) < 1.0
    area = np.mean(inside * np.exp(-log_density))
    assert abs(area / (2.0 * 1.3) - 1.0) < 0.1


def test_the_one_step_density_is_that_of_the_score(var):
    """But for the ratio by which ``sample`` narrows residuals."""
    generator, _, after = var
    model = OneStepModel.of(generator.set_params(residuals="in-sample"))
    start = model.start(after[0], 1, 2, random_state=0)
    found = model.step(start, 0).log_density(after[1:2])
    generator.set_params(residuals="leave-one-out")
    assert_allclose(found, generator.score_samples(after[:2])[1:], rtol=1e-10)


def test_dates_and_names_come_back():
    days = pd.date_range("2024-01-01", periods=300, freq="D", name="day")
    X = pd.DataFrame(make_var(300, 2), index=days, columns=["wind", "load"])
    X["load"] = X["load"].round(3)
    generator = fit_linear(X)
    ahead = pd.date_range(days[-1], periods=8, freq="D")[[2, 5]]
    values = pd.DataFrame({"load": [4.0, -4.0]}, index=ahead)
    condition = AllOf(
        conditions=[Fixed(values=values), InRange(column="wind", low=1.0)]
    )
    paths = steer(generator, condition, 100).sample(50, 8, x0="last", random_state=0)
    assert list(paths.columns) == ["wind", "load"]
    assert paths.index.names == ["path", "day"]
    rows = paths.reset_index().groupby("day")
    assert_array_equal(rows["load"].nunique()[ahead], [1, 1])
    assert_array_equal(rows["load"].first()[ahead], [4.0, -4.0])
    assert (rows["wind"].min().iloc[-1]) >= 1.0
    again = steer(generator, condition, 100).sample(50, 8, x0="last", random_state=0)
    pd.testing.assert_frame_equal(paths, again)
    same = {"load": np.array([np.nan, np.nan, 4.0, np.nan, np.nan, -4.0])}
    by_number = AllOf(conditions=[Fixed(values=same), condition.conditions[1]])
    again = steer(generator, by_number, 100).sample(50, 8, x0="last", random_state=0)
    pd.testing.assert_frame_equal(paths, again)


def test_preprocessed_and_counted_columns_are_steered():
    rng = np.random.RandomState(0)
    X = np.exp(0.2 * make_var(400, 2))
    dynamics = KernelDriftVolEstimator("all", conditioning=State())
    log = FunctionTransformer(np.log, np.exp)
    generator = GenerativeTimeSeries(dynamics, GaussianMixture(1), preprocessor=log)
    values = np.full((4, 2), np.nan)
    values[2, 0] = 2.5
    condition = AllOf(
        conditions=[Fixed(values=values), InRange(column=1, low=1.5, high=1.6)]
    )
    paths = steer(generator.fit(X), condition, 100).sample(40, 4, random_state=0)
    assert_allclose(paths[:, 2, 0], 2.5, rtol=1e-12)
    assert ((paths[:, -1, 1] >= 1.5) & (paths[:, -1, 1] <= 1.6)).all()
    X = np.column_stack([rng.poisson(2.0, 400), rng.standard_normal(400)])
    generator = GenerativeTimeSeries(
        dynamics, GaussianMixture(1), support={0: "count"}
    ).fit(X)
    values = {0: [np.nan, 0.0, 5.0]}
    paths = steer(generator, Fixed(values=values), 100).sample(40, 3, random_state=0)
    assert_array_equal(paths[:, 1:, 0], np.tile([0.0, 5.0], (40, 1)))


def test_a_collapse_is_warned_of(var):
    generator, x0, _ = var

    def rare(paths):
        return np.exp(-20.0 * np.abs(paths[:, -1, 0] - 3.0))

    with pytest.warns(
        UserWarning, match=r"of 500 particles in row 5; raise n_particles"
    ):
        steer(generator, rare).draw(10, 6, x0=x0, random_state=0)
    # Residuals of two peaks, of which the Gaussian proposal knows nothing.
    rows = np.random.RandomState(0).choice([-1.0, 1.0], (500, 2)).cumsum(axis=0)
    dynamics = KernelDriftVolEstimator("all", conditioning=State())
    spiky = GenerativeTimeSeries(dynamics, KernelDensity(bandwidth=0.01), support=None)
    values = {0: [np.nan, rows[-1, 0] + 1.0, rows[-1, 0] + 2.0]}
    with pytest.warns(
        UserWarning, match=r"in row 1, so that early rows repeat; raise n_par"
    ):
        steer(spiky.fit(rows), Fixed(values=values)).draw(
            10, 3, x0="last", random_state=0
        )


def test_wrong_conditions_are_named(var):
    generator, x0, _ = var
    start = np.full((2, 5), np.nan)
    start[0, 0] = x0[0] + 1.0
    wrong = {
        "none of": Fixed(values={"rain": [1.0]}),
        "where paths start with": Fixed(values=start),
        "pass a length of at least 9": Fixed(values=np.zeros((9, 5))),
        "columns of \\[1, 2\\] rows": Fixed(values={0: [1.0], 1: [1.0, 2.0]}),
        "column 7, which is not in rows of 5": Fixed(values={7: [np.nan, 2.0]}),
        "after row": InRange(measure="sum", first=3, row=1),
        "union of no condition": AnyOf(),
        "fix different values": AnyOf(
            conditions=[Fixed(values={0: [np.nan, 1.0]}), InRange(low=0.0)]
        ),
        "no particle of 500 meets .* in row 3": AllOf(
            conditions=[InRange(row=3, low=1.0), InRange(row=3, high=0.0)]
        ),
        "which weighs whole paths": lambda paths: np.zeros(len(paths)),
    }
    for message, condition in wrong.items():
        with pytest.raises(ValueError, match=message):
            steer(generator, condition).draw(5, 6, x0=x0, random_state=0)
    with pytest.raises(ValueError, match=r"pass method=Steering\(\)"):
        steer(generator, Fixed(values={0: [np.nan, 1.0]})).set_params(method=None).draw(
            5, 6, x0=x0, random_state=0
        )
    with pytest.raises(TypeError, match="has no one-step density"):
        steer(KernelDensity().fit(np.zeros((5, 1))), None).draw(5, 6)


def test_a_method_can_be_cloned_and_set():
    generator = ScenarioGenerator(method=Steering())
    clone(generator).set_params(method__n_particles=7)
    with pytest.raises(ValueError, match="n_particles"):
        Steering(n_particles=1).draw(None, None, 1, 1)


@settings(max_examples=60)
@given(
    st.sampled_from(["level", "change", "return", "sum", "mean", "minimum", "maximum"]),
    st.integers(0, 5),
    st.integers(0, 5),
    st.floats(-2.0, 2.0),
    st.floats(0.0, 2.0),
    st.booleans(),
)
def test_targets_say_what_conditions_say(measure, row, first, low, width, is_near):
    """On whole paths, targets and the conditions left over weigh as the condition."""
    first, row = sorted((first, row))
    options = {"column": 1, "measure": measure, "first": first, "row": row}
    if is_near:
        condition = NearValue(**options, value=low, bandwidth=0.3 + width)
    else:
        condition = InRange(**options, low=low, high=low + width)
    paths = np.random.RandomState(0).uniform(-2.0, 2.0, (200, 6, 2))
    frame = PathFrame(first_rows=paths[:, 0], length=6, names=(), labels=None)
    [branch] = condition.branches(frame)
    weights = np.ones(200)
    for target in branch.targets:
        assert not target.coefficients[0]
        weights *= target.weights(paths)
    for other in branch.others:
        weights *= getattr(other, "weights", other)(paths)
    if width > 1e-6 or is_near:
        assert_allclose(weights, condition.weights(paths), rtol=1e-6, atol=1e-12)


def test_exogenous_and_dependent_columns():
    """They come along, and cannot be fixed; conditions on totals weigh whole paths."""
    X = pd.DataFrame(make_var(400, 3), columns=["heat", "a", "b"])
    X["total"] = X["a"] + X["b"]
    dynamics = KernelDriftVolEstimator("all", conditioning=State(), ridge=0.0)
    generator = GenerativeTimeSeries(
        dynamics, GaussianMixture(1), support=None, exogenous=["heat"]
    ).fit(X)
    heat = {"heat": [1.0, 2.0, 3.0]}
    given = {"x0": "last", "exogenous": heat, "random_state": 0}
    free = generator.dependent_columns_.free
    column = ["a", "b", "total"][int(free[0])]
    fixed = Fixed(values={column: [np.nan, np.nan, 1.5]})
    wide = InRange(column="total", row=3, low=-1.0)
    both = AllOf(conditions=[fixed, wide])
    paths = steer(generator, both, 200).sample(50, 4, **given)
    rows = paths.to_numpy().reshape(50, 4, 4)
    assert_array_equal(rows[:, 1:, 0], np.tile(heat["heat"], (50, 1)))
    assert_allclose(rows[:, 2, list(X).index(column)], 1.5)
    assert_allclose(rows[..., 3], rows[..., 1] + rows[..., 2])
    assert (rows[:, 3, 3] >= -1.0).all()
    names = {"heat", "a", "b", "total"} - {["a", "b", "total"][int(i)] for i in free}
    for name in names:
        with pytest.raises(ValueError, match="cannot take the value; fix other"):
            steer(generator, Fixed(values={name: [np.nan, 1.0]})).sample(5, 4, **given)
