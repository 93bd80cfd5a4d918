"""Residuals that depend on the state: fit, density, draws, and where they are left out."""

import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import kstest
from sklearn.frozen import FrozenEstimator
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KernelDensity

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts._residual_draws import ResidualDraws
from skdiffts.conditioning import Constant, EWVolatility, LaggedStates
from skdiffts.diffusion import DiffusionResidualSampler
from skdiffts.generation import StateResiduals, _residual_choice, _state_residuals
from skdiffts.scores import ConditionalMixture
from skdiffts.selection import block_error

N_TRAIN = 900


def flips(n=1200, d=1, seed=0):
    """Autoregressions whose innovations are skewed towards the mean."""
    rng = np.random.RandomState(seed)
    X = np.zeros((n, d))
    for i in range(1, n):
        drawn = (rng.gamma(2.0, size=d) - 2.0) / np.sqrt(2.0)
        sign = 1.0 if X[i - 1, 0] >= 0.0 else -1.0
        X[i] = 0.9 * X[i - 1] + np.sqrt(0.19) * sign * drawn
    return X


def generator(state_residuals=True, **params):
    dynamics = KernelDriftVolEstimator(
        "all",
        **{"conditioning": None, "additive_drift": False} | params,
    )
    sampler = GaussianMixture(2, random_state=0)
    return GenerativeTimeSeries(dynamics, sampler, state_residuals=state_residuals)


@pytest.fixture(scope="module")
def fitted():
    return generator().fit(flips()[:N_TRAIN])


@pytest.fixture(scope="module")
def plain():
    return generator(state_residuals=False).fit(flips()[:N_TRAIN])


def test_it_gains_where_the_shape_moves(fitted, plain):
    distribution = fitted.residual_distribution_
    assert isinstance(distribution, StateResiduals)
    assert set(distribution.groups) == {("level",)}
    assert_allclose(distribution.weights.sum(), 1.0)
    assert distribution.weights[1:].min() >= 0.1
    assert "residuals: depend on level" in fitted.describe()
    X = flips()
    gain = (fitted.score_samples(X) - plain.score_samples(X))[N_TRAIN:]
    assert gain.mean() > 2.0 * gain.std() / np.sqrt(len(gain))
    assert gain.mean() > 0.04


def test_a_covariate_may_drive_the_volatility():
    """Residuals see covariates of the next row, in the density and in paths."""
    rng, n = np.random.RandomState(0), 1600
    u, x = rng.standard_normal(n), np.zeros(n)
    for i in range(1, n):
        x[i] = 0.5 * x[i - 1] + np.exp(0.6 * u[i]) * rng.standard_normal()
    X = np.column_stack([x, u])
    noise = (x[1:] - 0.5 * x[:-1]) * np.exp(-0.6 * u[1:])
    truth = -0.5 * noise**2 - 0.6 * u[1:] - 0.5 * np.log(2.0 * np.pi)
    dynamics = KernelDriftVolEstimator(
        "all", conditioning=None, additive_drift="linear"
    )
    sampler = GaussianMixture(2, random_state=0)
    scores = []
    for wanted in (False, True):
        model = GenerativeTimeSeries(
            dynamics, sampler, exogenous=[1], state_residuals=wanted
        ).fit(X[:1200])
        scores.append(model.score(X[1199:]))
    best = truth[1199:].mean()
    assert best - scores[1] < 0.05
    assert best - scores[0] > 0.15
    assert "covariates" in model.describe()
    ahead = np.where(np.arange(300) % 2 == 0, -1.0, 1.0)[:, np.newaxis]
    paths = model.sample(40, 301, x0="last", exogenous=ahead, random_state=0)
    noise = (paths[:, 1:, 0] - 0.5 * paths[:, :-1, 0]).reshape(40, -1, 2)
    deviation = noise.std(axis=(0, 1))
    assert_allclose(deviation, np.exp([-0.6, 0.6]), rtol=0.25)
    assert np.isfinite(model.sample(2, x0="last", length=1)).all()


def test_density_by_hand(fitted):
    X = flips()
    residuals, log_jacobian = fitted.whiten(X)
    distribution = fitted.residual_distribution_
    [mixture] = distribution.mixtures
    own = np.exp(fitted.sampler_.score_samples(residuals[1:]))
    given_state = np.exp(mixture.log_density(residuals[1:], X[:-1]))
    pooled = distribution.weights[0] * own + distribution.weights[1] * given_state
    expected = np.log(pooled) + log_jacobian[1:]
    assert_allclose(fitted.score_samples(X)[1:], expected, rtol=1e-9)


@pytest.mark.parametrize("level", [-1.5, 0.2, 1.5])
def test_draws_have_the_density(fitted, level):
    n = 20_000
    paths = fitted.sample(n, 2, x0=[level], random_state=0)[:, :, 0]
    # Innovations are drawn without the error of the fit.
    center = fitted.dynamics_.coefficients([[level]])[0][0, 0] + level
    drawn = center + (paths[:, 1] - center) / fitted.innovation_ratio_
    grid = np.linspace(drawn.min() - 3.0, drawn.max() + 3.0, 6001)
    pairs = np.stack([np.full_like(grid, level), grid], axis=1)[..., np.newaxis]
    density = np.exp(fitted.score_samples(pairs))
    steps = 0.5 * (density[1:] + density[:-1]) * np.diff(grid)
    below = np.concatenate([[0.0], np.cumsum(steps)])
    assert_allclose(below[-1], 1.0, atol=2e-3)
    result = kstest(drawn, lambda x: np.interp(x, grid, below / below[-1]))
    assert result.pvalue > 1e-3


def test_simulated_paths_have_the_skewness_of_the_state(fitted, plain):
    def moved(one):
        """Skewness by quantiles of steps from above and from below zero; .40 in truth."""
        paths = one.sample(40, 500, random_state=0)
        step = (paths[:, 1:] - 0.9 * paths[:, :-1]).ravel()
        high = paths[:, :-1].ravel() >= 0.0
        found = []
        for part in (step[high], step[~high]):
            low, middle, top = np.quantile(part, [0.05, 0.5, 0.95])
            found.append((top + low - 2.0 * middle) / (top - low))
        return found

    high, low = moved(fitted)
    assert high > 0.2
    assert low < -0.1
    high, low = moved(plain)
    assert abs(high) < 0.15
    assert abs(low) < 0.15


def test_paths_are_as_wide_as_the_training_rows(fitted):
    paths = fitted.sample(40, 500, random_state=0)
    assert 0.85 < paths.std() / flips()[:N_TRAIN].std() < 1.15


def test_jobs_and_forecasts_change_nothing(fitted):
    paths = fitted.sample(300, 5, random_state=0)
    fitted.set_params(n_jobs=2)
    with parallel_config("threading"):
        assert_array_equal(paths, fitted.sample(300, 5, random_state=0))
    fitted.set_params(n_jobs=None)
    assert_array_equal(
        fitted.forecast(flips(), 4, 3, random_state=1),
        fitted.forecast(flips(), 4, 3, random_state=1),
    )


def test_a_pickle_gives_the_same(fitted):
    again = pickle.loads(pickle.dumps(fitted))
    X = flips()
    assert_array_equal(again.score_samples(X), fitted.score_samples(X))
    assert_array_equal(
        again.sample(2, 20, random_state=0), fitted.sample(2, 20, random_state=0)
    )


def test_it_can_be_left_out_after_the_fit(fitted, plain):
    X = flips()
    left_out = pickle.loads(pickle.dumps(fitted)).set_params(state_residuals=False)
    assert isinstance(left_out.residual_distribution_, ResidualDraws)
    assert_array_equal(left_out.score_samples(X), plain.score_samples(X))
    assert_array_equal(
        left_out.sample(2, 20, random_state=0), plain.sample(2, 20, random_state=0)
    )


@pytest.mark.parametrize(
    "X",
    [
        flips(400),  # too few rows
        np.random.RandomState(0).standard_normal((1000, 1)),  # nothing to find
    ],
    ids=["few rows", "independent rows"],
)
def test_it_is_dropped_where_it_does_not_gain(X):
    distribution = generator().fit(X).residual_distribution_
    assert isinstance(distribution, ResidualDraws)


@pytest.mark.parametrize(
    ("first", "second", "n_looks", "is_kept"),
    [
        (3.0, 0.0, 1, True),
        (1.5, 3.0, 2, True),  # in doubt, more rows decide
        (1.5, -1.0, 2, False),
        (0.5, 9.0, 1, False),  # too little to ask again
    ],
)
def test_more_rows_are_asked_in_doubt(
    monkeypatch, fitted, first, second, n_looks, is_kept
):
    """Gains whose means are so many standard errors."""
    noise = np.random.RandomState(0).standard_normal(135)
    noise = (noise - noise.mean()) / block_error(noise)
    gains, seen = iter([noise + first, noise + second]), []

    def judged(draws, residuals, inputs, n_last):
        seen.append((residuals, inputs[0], n_last))
        return [0], np.array([0.05, 0.95]), next(gains), [20] * len(inputs)

    monkeypatch.setattr(_state_residuals, "_judged", judged)
    distribution = fitted.residual_distribution_
    residuals = fitted.residuals_
    history = fitted.dynamics_.history(flips()).take(np.arange(len(residuals)))
    given = distribution.draws, residuals, history, distribution.coordinates
    found = StateResiduals.fit(*given)
    assert found.knows_state == is_kept
    assert len(seen) == n_looks
    if n_looks == 2:  # the rows before the last ones come last
        (_, level, n_last), (moved, moved_level, _) = seen
        assert_array_equal(moved[-n_last:], residuals[-2 * n_last : -n_last])
        assert_array_equal(moved[:n_last], residuals[-n_last:])
        assert_array_equal(moved_level[-n_last:], level[-2 * n_last : -n_last])


def test_it_is_dropped_where_paths_become_wide(monkeypatch, plain):
    """A gain in one step does not count if paths leave the training rows."""
    draw = ConditionalMixture.draw
    monkeypatch.setattr(
        ConditionalMixture, "draw", lambda *given: 2.0 * draw(*given), raising=True
    )
    one = generator().fit(flips()[:N_TRAIN])
    assert isinstance(one.residual_distribution_, ResidualDraws)
    assert_array_equal(
        one.sample(2, 20, random_state=0), plain.sample(2, 20, random_state=0)
    )


def test_it_is_dropped_where_means_of_paths_are_off(monkeypatch, plain):
    draw = ConditionalMixture.draw
    monkeypatch.setattr(
        ConditionalMixture, "draw", lambda *given: 0.4 + draw(*given), raising=True
    )
    one = generator().fit(flips()[:N_TRAIN])
    assert isinstance(one.residual_distribution_, ResidualDraws)
    assert_array_equal(
        one.sample(2, 20, random_state=0), plain.sample(2, 20, random_state=0)
    )


def test_few_paths_are_enough_where_they_are_right(monkeypatch, fitted):
    """What is chosen stays; neither many paths nor paths of the sampler are simulated."""
    simulated = []
    simulate = _residual_choice.simulate_paths

    def counted(dynamics, draws, history, *given, **options):
        simulated.append((draws.knows_state, len(history)))
        return simulate(dynamics, draws, history, *given, **options)

    monkeypatch.setattr(_residual_choice, "simulate_paths", counted)
    one = generator().fit(flips()[:N_TRAIN])
    assert simulated == [(True, _residual_choice.FEW)]
    assert_array_equal(one.sample(3, random_state=0), fitted.sample(3, random_state=0))
    # Unsure of few paths, all are asked.
    monkeypatch.setattr(_residual_choice, "SURE", 1e3)
    monkeypatch.setattr(_residual_choice, "_errors", lambda inputs: 1e-4)
    again = generator().fit(flips()[:N_TRAIN])
    assert simulated[1:3] == [(True, _residual_choice.FEW), (True, 64)]
    assert_array_equal(
        again.sample(3, random_state=0), fitted.sample(3, random_state=0)
    )


def test_without_season_and_level_nothing_is_trained():
    X = np.cumsum(flips(), axis=0)
    distribution = generator(conditioning=Constant()).fit(X).residual_distribution_
    assert isinstance(distribution, ResidualDraws)


def test_auto_leaves_dynamics_and_samplers_of_the_user_alone():
    X = flips()
    one = generator(state_residuals="auto").fit(X)
    assert isinstance(one.residual_distribution_, ResidualDraws)
    one = GenerativeTimeSeries(sampler=KernelDensity(bandwidth=0.3)).fit(X[:300])
    assert isinstance(one.residual_distribution_, ResidualDraws)


def test_other_dynamics_are_refused():
    X = flips()[:100]
    frozen = FrozenEstimator(KernelDriftVolEstimator("all", conditioning=None).fit(X))
    with pytest.raises(ValueError, match="state_residuals=False"):
        generator().set_params(dynamics=frozen).fit(X)


@pytest.mark.parametrize(
    "params",
    [{"residuals": "in-sample"}, {"dynamics__past_only": True}],
    ids=["in-sample", "past only"],
)
def test_residuals_of_other_kinds_find_their_rows(params):
    X = flips()
    one = generator().set_params(**params).fit(X[:N_TRAIN])
    gain = one.score_samples(X)
    gain = (gain - one.set_params(state_residuals=False).score_samples(X))[N_TRAIN:]
    assert gain.mean() > 0.04


def test_panels_and_integers_find_their_rows():
    """A column of integers has latent rows, whose density is an integral."""
    X = np.round(4.0 * flips(d=2))
    panel = [X[:450], X[450:900]]
    one = generator(conditioning=LaggedStates(n_lags=2)).fit(panel)
    distribution = one.residual_distribution_
    assert isinstance(distribution, StateResiduals)
    assert one.support_
    with_state = one.score_samples(X[900:])
    gain = with_state - one.set_params(state_residuals=False).score_samples(X[900:])
    assert np.nanmean(gain) > 0.03


def test_missing_cells_find_their_rows():
    X = flips(d=2)
    holes = np.random.RandomState(0).uniform(size=X.shape) < 0.02
    holes[N_TRAIN:] = False
    X[holes] = np.nan
    one = generator().set_params(missing="draw").fit(X[:N_TRAIN])
    later = X[N_TRAIN:].copy()
    complete = one.score_samples(later)
    later[100, 1] = np.nan
    partial = one.score_samples(later)
    assert_allclose(partial[1:100], complete[1:100], atol=1e-6)
    gain = partial - one.set_params(state_residuals=False).score_samples(later)
    assert np.nanmean(gain) > 0.03


def test_volatility_that_remembers_keeps_its_long_run():
    X = flips(d=2)
    one = generator(scale=EWVolatility(halflife=10.0), additive_drift="auto").fit(X)
    paths = one.sample(20, 1000, random_state=0)
    ratio = np.diff(paths, axis=1).std(axis=(0, 1)) / np.diff(X, axis=0).std(axis=0)
    assert ((ratio > 0.85) & (ratio < 1.15)).all()


def test_weights_of_one_leave_the_sampler_alone(fitted, plain):
    """The pooled density is the sampler's where its weight is one."""
    X = flips()
    pooled = replace(fitted.residual_distribution_, weights=np.array([1.0, 0.0]))
    residuals, _ = fitted.whiten(X)
    history = fitted.dynamics_.history(X).take(np.arange(len(X) - 1))
    assert_allclose(
        pooled.log_density(residuals[1:], history),
        plain.sampler_.score_samples(residuals[1:]),
    )
    noise = pooled.draw(50, 0)
    assert_array_equal(pooled.residuals(noise, history.take(slice(50))), noise[:, -1:])


def test_another_fit_to_a_frame_is_the_same(fitted):
    index = pd.date_range("2024-01-01", periods=1200, freq="h")
    X = pd.DataFrame(flips(), index=index, columns=["x"])
    one = generator().fit(X.iloc[:N_TRAIN])
    assert_array_equal(one.score_samples(X), fitted.score_samples(X.to_numpy()))


@pytest.mark.parametrize(
    ("step", "is_tried"), [(0.0, True), (0.05, False)], ids=["positive", "grid"]
)
def test_auto_is_tried_unless_a_volatility_remembers_cut_values(
    monkeypatch, step, is_tried
):
    """A logarithm cuts nothing: what volatility remembers is what was simulated."""
    tried = []
    monkeypatch.setattr(
        StateResiduals, "fit", lambda draws, *given: tried.append(1) or draws
    )
    rng, x = np.random.RandomState(0), np.zeros(400)
    size = 1.0
    for i in range(1, len(x)):
        noise = np.sqrt(size) * rng.standard_normal()
        x[i] = 0.9 * x[i - 1] + noise
        size = 0.2 + 0.8 * noise**2
    X = np.exp(0.1 * x)[:, np.newaxis]
    if step:
        X = step * np.round(X / step)
    sampler = DiffusionResidualSampler(max_iter=2, random_state=0)
    one = GenerativeTimeSeries(
        sampler=sampler, support={0: "positive"} if not step else "auto"
    ).fit(X)
    assert one.support_
    assert one.dynamics_.model_.feeds_back
    assert bool(tried) == is_tried
