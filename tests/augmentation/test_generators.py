"""Generators of the classes: seeds, times and paths."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sklearn.base import BaseEstimator, clone
from sklearn.frozen import FrozenEstimator
from sklearn.neighbors import KernelDensity
from sklearn.preprocessing import StandardScaler

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts._paths import check_paths
from skdiffts.augmentation import TimeSeriesAugmenter
from skdiffts.augmentation._generators import ClassGenerator, seeded
from skdiffts.conditioning import (
    CalendarFeatures,
    ConditioningUnion,
    EWVolatility,
    LaggedStates,
    State,
)
from skdiffts.scenarios import ScenarioGenerator


class Ones(BaseEstimator):
    """Distribution of residuals that are all one."""

    def fit(self, X, y=None):
        self.width_ = X.shape[1]
        return self

    def sample(self, n_samples, random_state=None):
        return np.ones((n_samples, self.width_))

    def score_samples(self, X):
        return np.zeros(len(X))


class Walks(BaseEstimator):
    """Generator without parts: random walks of the spread of the data."""

    def fit(self, X, y=None):
        self.shape_ = np.shape(X)
        self.spread_ = np.std(np.concatenate(list(X)))
        return self

    def sample(self, n_paths, length, random_state=None):
        rng = np.random.RandomState(random_state)
        steps = rng.standard_normal((n_paths, length, self.shape_[-1]))
        return self.spread_ * steps.cumsum(axis=1)


def as_stack(paths):
    return np.stack([path[:20] for path in paths])


def as_frames(paths):
    return [
        pd.DataFrame(path, columns=["u", "v"], index=pd.RangeIndex(3, 3 + len(path)))
        for path in paths
    ]


def lagged_dynamics(**params):
    return KernelDriftVolEstimator(
        10, shrinkage=0.5, **{"conditioning": None, **params}
    )


@pytest.mark.parametrize(
    "dynamics",
    [
        lagged_dynamics(),
        lagged_dynamics(conditioning=LaggedStates(n_lags=3)),
        lagged_dynamics(conditioning=EWVolatility(), scale=EWVolatility()),
    ],
)
@pytest.mark.parametrize("container", [list, as_frames])
def test_a_path_whose_residuals_are_kept_is_the_real_one(
    make_panel, quick, dynamics, container
):
    """Whitening, standardising and all that the roll-out needs is undone."""
    paths, _ = make_panel(sizes=(4, 0), lengths=(8, 15))
    generator = seeded(quick(dynamics=dynamics).generator, np.random.RandomState(0))
    X = container(paths)
    panel = check_paths(BaseEstimator(), X, reset=True)
    fitted = ClassGenerator.fit(generator, panel, redraw_probability=1e-12)
    again = panel.take(np.array([0, 1, 2, 3, 0]))
    made = fitted.sample_like(again, np.random.RandomState(0))
    for new, old in zip(made, [*paths, paths[0]], strict=True):
        assert_allclose(new, old, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("share", [0.999, 1.0])
def test_irregular_times_are_those_of_the_real_path(quick, share):
    """Steps four times as long have twice the spread, in the new paths as in the old."""
    rng = np.random.RandomState(0)
    frames = []
    for _ in range(30):
        times = np.cumsum(np.r_[0.0, np.tile([1.0, 4.0], 15)])
        steps = np.r_[0.0, np.sqrt(np.diff(times))] * rng.standard_normal(31)
        frames.append(pd.DataFrame({"x": steps.cumsum()}, index=times))
    dynamics = KernelDriftVolEstimator(
        "all", shrinkage=0.0, dt="index", conditioning=None
    )
    augmenter = quick(dynamics=dynamics, redraw_probability=share)
    new = augmenter.augment(frames, 60)[30:]
    increments = np.stack([np.diff(frame["x"]) for frame in new])
    ratio = increments[:, 1::2].std() / increments[:, ::2].std()
    # 900 of either: the standard error is 2 / sqrt(900) = 0.07.
    assert abs(ratio - 2.0) < 0.25


@pytest.mark.parametrize("shared", [False, True])
def test_a_path_of_fresh_residuals_has_first_rows_and_times_of_a_real_one(
    make_panel, shared
):
    """It is their roll-out, with the noise of ``sample``: here they are all one.

    Hours that start and step differently tell the phase and the step of the times.
    """
    paths, y = make_panel(sizes=(4, 2), lengths=(8, 12))
    starts = pd.Timestamp("2024-01-01") + pd.to_timedelta(range(6), unit="D") / 7
    steps = ["1h", "2h", "3h", "1h", "5h", "7h"]
    frames = [
        pd.DataFrame(path, index=pd.date_range(start, periods=len(path), freq=step))
        for path, start, step in zip(paths, starts, steps, strict=True)
    ]
    clocks = [("level", State()), ("hour", CalendarFeatures(periods=("day",)))]
    dynamics = lagged_dynamics(
        conditioning=ConditioningUnion(parts=[*clocks, ("past", LaggedStates())]),
        dt="index",
    )
    augmenter = TimeSeriesAugmenter(
        GenerativeTimeSeries(dynamics, Ones()),
        redraw_probability=1.0,
        shared_dynamics=shared,
        random_state=0,
    )
    made = augmenter.fit_resample(frames, y)[0][6:]
    fitted = augmenter.generators_["wild"].dynamics_
    n_history = fitted.n_history_
    assert n_history > 1
    ratio = 1.0 if shared else fitted.innovation_ratio_
    assert shared or abs(ratio - 1.0) > 1e-3
    for new in made:
        (real,) = (frame for frame in frames if frame.index[0] == new.index[0])
        noise = pd.DataFrame(ratio, index=real.index, columns=real.columns)
        heads = real.to_numpy()[np.newaxis, :n_history]
        rolled = fitted.inverse_transform([noise], x0=heads)[0]
        pd.testing.assert_frame_equal(new, rolled, rtol=1e-9)


def test_a_generator_without_parts_knows_no_times(make_panel):
    """It draws on a clock of its own: paths with other times are refused."""
    paths, y = make_panel()
    augmenter = TimeSeriesAugmenter(Walks(), redraw_probability=1.0, random_state=0)
    same = as_frames(as_stack(paths))
    made = augmenter.fit_resample(same, y)[0][9:]
    assert all(frame.index.equals(same[0].index) for frame in made)
    later = [frame.set_axis(frame.index + i) for i, frame in enumerate(same)]
    uneven = [frame.set_axis(np.arange(20.0) ** 2) for frame in same]
    days = pd.to_datetime("2024-01-01") + pd.to_timedelta(np.arange(20) ** 2, unit="D")
    for frames in (later, uneven, [frame.set_axis(days) for frame in same]):
        with pytest.raises(ValueError, match=r"generator=Walks\(\) .*differ between"):
            augmenter.fit_resample(frames, y)
    wrapped = ScenarioGenerator(
        GenerativeTimeSeries(
            sampler=KernelDensity(), dynamics=KernelDriftVolEstimator(conditioning=None)
        )
    )
    augmenter.set_params(generator=wrapped, shared_dynamics=False)
    with pytest.raises(ValueError, match=r"pass a generator with these parts"):
        augmenter.fit_resample(later, y)


def test_a_generator_without_parts(make_panel):
    paths, y = make_panel()
    augmenter = TimeSeriesAugmenter(Walks(), redraw_probability=1.0, random_state=0)
    X, _ = augmenter.fit_resample(as_stack(paths), y)
    assert augmenter.generators_["wild"].shape_ == (3, 20, 2)
    assert X.shape == (12, 20, 2)
    with pytest.raises(
        ValueError, match=r"redraw_probability=0.5 .*pass redraw_probability=1.0"
    ):
        TimeSeriesAugmenter(Walks()).fit_resample(paths, y)
    with pytest.raises(ValueError, match="shared_dynamics=True needs a generator"):
        augmenter.set_params(shared_dynamics=True).fit_resample(paths, y)


def test_a_fitted_generator(make_panel, quick):
    paths, y = make_panel()
    fitted = FrozenEstimator(clone(quick().generator).fit(paths))
    augmenter = TimeSeriesAugmenter(fitted, redraw_probability=1.0, random_state=0)
    assert len(augmenter.augment(paths, 2)) == 11
    with pytest.raises(ValueError, match="one distribution for all 2 classes"):
        augmenter.fit_resample(paths, y)


def test_seeds_that_are_given_stay():
    estimator = TimeSeriesAugmenter(
        GenerativeTimeSeries(dynamics=KernelDriftVolEstimator(conditioning=None))
    )
    estimator.set_params(generator__sampler__random_state=7)
    made = seeded(estimator, np.random.RandomState(0))
    assert made.generator.sampler.random_state == 7
    assert isinstance(made.random_state, int)
    assert estimator.random_state is None


def test_default_parts_are_seeded_at_any_depth():
    wrapped = ScenarioGenerator(ScenarioGenerator())
    made = seeded(wrapped, np.random.RandomState(0))
    again = seeded(wrapped, np.random.RandomState(0))
    seed = made.generator.generator.sampler.random_state
    assert isinstance(seed, int)
    assert again.generator.generator.sampler.random_state == seed
    assert wrapped.generator.generator is None
    frozen = FrozenEstimator(
        GenerativeTimeSeries(dynamics=KernelDriftVolEstimator(conditioning=None))
    )  # the user's, as is what it holds
    assert seeded(ScenarioGenerator(frozen), None).generator is frozen
    assert seeded(frozen, None) is frozen
    assert frozen.estimator.sampler is None


def test_errors_of_the_generator_name_the_class(make_panel, quick):
    paths, y = make_panel(sizes=(6, 1), lengths=(10, 10))
    paths[6] = paths[6][:2]
    with pytest.raises(ValueError, match=r"class 'wild' of y: X has 1 transition"):
        quick(redraw_probability=1.0, shared_dynamics=False).fit_resample(paths, y)
    with pytest.raises(ValueError, match=r"^X has 1 transition"):
        quick(redraw_probability=1.0, shared_dynamics=False).augment(paths[6:], 2)


def test_exogenous_columns_are_refused():
    X = np.random.RandomState(0).standard_normal((6, 20, 2))
    generator = GenerativeTimeSeries(exogenous=[1])
    with pytest.raises(ValueError, match="pass a generator with exogenous=None"):
        TimeSeriesAugmenter(generator, sampling_strategy={0: 4, 1: 4}).fit_resample(
            X, np.repeat([0, 1], 3)
        )


@pytest.mark.parametrize("share", [0.3, 1.0])
@pytest.mark.parametrize("preprocessor", [StandardScaler(), None])
def test_generated_windows_have_values_that_columns_can_take(share, preprocessor):
    """Counts, zeros of rain and a total stay so, behind a preprocessor as well."""
    rng = np.random.RandomState(0)
    noise = rng.standard_normal((20, 40, 2))
    rain = np.maximum(noise[..., 0] - 0.3, 0.0)
    count = rng.poisson(np.exp(0.5 + 0.3 * noise[..., 1])).astype(float)
    other = rng.poisson(2.0, size=count.shape)
    X = np.stack([rain, count, other, count + other, noise[..., 1]], axis=2)
    generator = GenerativeTimeSeries(
        KernelDriftVolEstimator("all", conditioning=None),
        KernelDensity(bandwidth=0.3),
        preprocessor=preprocessor,
    )
    given = {"redraw_probability": share, "random_state": 0}
    new = TimeSeriesAugmenter(generator, **given).augment(X, 120)[20:]
    assert new[..., 0].min() == 0.0
    assert abs(np.mean(new[..., 0] == 0.0) - np.mean(rain == 0.0)) < 0.04
    assert abs(np.mean(new[..., 1] == 0.0) - np.mean(count == 0.0)) < 0.04
    assert abs(new[..., 2].mean() - other.mean()) < 0.15
    assert (new[..., 1:3] == np.round(new[..., 1:3])).all()
    assert new[..., 1:3].min() == 0.0
    assert_allclose(new[..., 3], new[..., 1] + new[..., 2], atol=1e-9)
    plain = TimeSeriesAugmenter(generator.set_params(support=None), **given)
    assert plain.augment(X, 30)[20:, :, 0].min() < 0.0
