"""Generators of tables with zeros, counts and bounds."""

import pickle

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from sklearn.base import clone
from sklearn.mixture import GaussianMixture
from sklearn.preprocessing import StandardScaler

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts.columns import Support


def simple(**parameters):
    """Generator that is fitted in a second."""
    dynamics = KernelDriftVolEstimator(
        n_neighbors="all", conditioning=None, additive_drift="linear"
    )
    return GenerativeTimeSeries(dynamics, GaussianMixture(), **parameters)


def table(n=400, seed=0):
    """Rain-like column, count, two-valued state, and a continuous column."""
    rng = np.random.RandomState(seed)
    noise = rng.standard_normal((n, 4))
    x = np.zeros((n, 4))
    for i in range(1, n):
        x[i] = 0.6 * x[i - 1] + noise[i]
    rain = np.maximum(2.0 * x[:, 0] - 0.5, 0.0)
    count = rng.poisson(np.exp(0.5 * x[:, 1]))
    days = pd.date_range("2024-01-01", periods=n, freq="D", name="day")
    columns = {
        "rain": rain,
        "count": count,
        "open": (x[:, 2] > 0.0).astype(int),
        "level": 5.0 + x[:, 3],
    }
    return pd.DataFrame(columns, index=days)


@pytest.fixture(scope="module")
def fitted():
    return simple().fit(table())


def check_possible(rows):
    """Assert that all rows can be."""
    rows = pd.DataFrame(np.asarray(rows), columns=["rain", "count", "open", "level"])
    assert (rows["rain"] >= 0.0).all()
    assert (rows["rain"] == 0.0).any()
    assert (rows["count"] >= 0.0).all()
    assert (rows["count"] % 1.0 == 0.0).all()
    assert rows["open"].isin([0.0, 1.0]).all()


def test_the_support_is_found_and_said(fitted):
    assert list(fitted.support_) == ["rain", "count", "open"]
    assert "rain: continuous from 0 on, often exactly 0" in fitted.describe()


def test_simulated_rows_can_be(fitted):
    check_possible(fitted.sample(5, 200, random_state=0))
    check_possible(fitted.sample(5, 200, x0="last", output="array", random_state=0)[0])
    check_possible(fitted.forecast(table(), 20, 30, random_state=0))
    start = table().iloc[7]
    path = fitted.sample(1, 20, x0=start, random_state=0)
    check_possible(path)
    np.testing.assert_array_equal(path.to_numpy()[0], start.to_numpy())


def test_shares_of_zeros_and_transitions_are_kept(fitted):
    """The error of 40 paths of 400 rows is about .01."""
    rain = fitted.sample(40, 400, output="array", random_state=0)[:, :, 0]
    truth = table(40_000, seed=1)["rain"].to_numpy()
    wet, real = rain > 0.0, truth > 0.0
    assert abs(wet.mean() - real.mean()) < 0.06
    assert abs(wet[:, 1:][wet[:, :-1]].mean() - real[1:][real[:-1]].mean()) < 0.06


def test_probabilities_of_a_count_add_up():
    x = np.random.RandomState(0).poisson(1.0, size=300)[:, np.newaxis] * 1.0
    generator = simple().fit(x)
    total = 0.0
    for value in range(15):
        total += np.exp(generator.score_samples(np.array([[1.0], [value]]))[1])
    assert total == pytest.approx(1.0, abs=0.02)  # by eight draws a cell


def test_the_density_of_a_censored_column_is_that_of_the_gaussian():
    """A Tobit model: the score is the likelihood of the truth, but for estimation."""
    rng = np.random.RandomState(0)
    z = rng.standard_normal(4000) + 0.3
    x = np.maximum(z, 0.0)[:, np.newaxis]
    generator = simple(support={0: Support(low=0.0, atoms=[0.0], power=1.0)})
    score = generator.fit(x[:2000]).score(x[2000:])
    truth = np.where(z > 0.0, norm.logpdf(z, 0.3), norm.logcdf(-0.3))[2000:].mean()
    assert abs(score - truth) < 0.02


def test_continuous_columns_are_untouched_to_the_bit():
    x = table()[["level"]]
    auto, none = simple().fit(x), simple(support=None).fit(x)
    assert auto.support_ == {}
    np.testing.assert_array_equal(auto.score_samples(x), none.score_samples(x))
    first, second = (g.sample(2, 50, random_state=0) for g in (auto, none))
    pd.testing.assert_frame_equal(first, second)


def test_positive_columns_have_no_cells():
    """One fit is enough, and simulated values are not moved to training ones."""
    x = np.random.RandomState(0).gamma(2.0, size=(300, 1))
    generator = simple().fit(x)
    assert list(generator.support_) == [0]
    paths = generator.sample(20, 300, random_state=0)
    assert paths.min() > 0.0
    assert len(np.unique(paths[:, 1:])) == paths[:, 1:].size
    assert np.isfinite(generator.score(x))


def test_the_score_is_the_same_every_time_and_after_pickling(fitted):
    rows = table(60, seed=2)
    score = fitted.score_samples(rows)
    assert np.isfinite(score[1:]).all()
    np.testing.assert_array_equal(score, fitted.score_samples(rows))
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(score, again.score_samples(rows))
    np.testing.assert_array_equal(score, clone(fitted).fit(table()).score_samples(rows))


def test_panels_and_gaps():
    rows = table()
    panel = [rows.iloc[:200].to_numpy(float), rows.iloc[200:].to_numpy(float)]
    generator = simple().fit(panel)
    assert len(generator.support_) == 3
    assert np.isfinite(generator.score_samples(panel)).all()
    check_possible(np.concatenate(generator.sample(4, 100, random_state=0)))
    holes = rows.astype(float)
    holes.iloc[100, 0] = np.nan
    broken = simple()
    broken.dynamics.set_params(missing="break")
    score = broken.fit(holes).score_samples(holes)
    assert np.isnan(score[[0, 100, 101]]).all()
    assert np.isfinite(score[102:]).all()


def test_values_outside_the_support_are_named(fitted):
    rows = table(60)
    rows.iloc[5, 0] = -1.0
    with pytest.raises(ValueError, match=r"-1 in column 'rain', row 5"):
        fitted.score_samples(rows)


def test_supports_that_the_parts_cannot_take():
    with pytest.raises(ValueError, match="no preprocessor"):
        simple(preprocessor=StandardScaler(), support={"rain": "positive"}).fit(table())
    assert simple(preprocessor=StandardScaler()).fit(table()).support_ == {}


def test_a_column_can_be_taken_as_it_is():
    generator = simple(support={"rain": "real", "count": "real"}).fit(table())
    assert list(generator.support_) == ["open"]
    assert (generator.sample(5, 200, random_state=0)["rain"] < 0.0).any()


def test_verbose_says_what_was_found(capsys, caplog):
    """One line for each kind of finding; nothing by default, but in the log."""
    frame = table()
    frame["visits"] = frame["count"].to_numpy()[::-1].copy()
    frame["double"] = 2.0 * frame["level"]
    frame["holiday"] = np.arange(len(frame)) % 7 == 0
    frame.iloc[5, 0] = np.nan
    generator = simple(exogenous=["holiday"], missing="draw", verbose=1).fit(frame)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "exogenous: holiday"
    assert "continuous from 0 on, often exactly 0: rain" in lines
    assert "multiples of 1 from 0 on: count, visits" in lines
    assert lines[-2].startswith("missing cells: 0.04% of 2400, drawn; most in rain")
    assert lines[-1] == generator.dynamics_.describe()
    with caplog.at_level("INFO", logger="skdiffts"):
        simple().fit(frame.drop(columns=["rain", "holiday"]))
    assert "dependent columns: double = 2 level" in caplog.messages
    assert capsys.readouterr().out == ""


def test_many_columns_of_one_kind_are_counted(capsys):
    counts = np.random.RandomState(0).poisson(1.0, size=(100, 11))
    simple(verbose=1).fit(counts)
    [line] = [s for s in capsys.readouterr().out.splitlines() if "multiples" in s]
    assert line == "multiples of 1 from 0 on: 0, 1, 2, 3, 4, 5, 6, 7 and 3 others"


def test_categories_as_columns_of_zero_and_one():
    """A Markov chain of three unordered states: one of them in each simulated row."""
    chain = np.array([[0.7, 0.2, 0.1], [0.3, 0.4, 0.3], [0.1, 0.5, 0.4]])
    rng, states = np.random.RandomState(0), [0]
    for _ in range(1999):
        states.append(rng.choice(3, p=chain[states[-1]]))
    kinds = pd.get_dummies(pd.Series(np.array(list("abc"))[states]), dtype=int)
    generator = simple().fit(kinds[:1500])
    assert str(generator.dependent_columns_) == "c = 1 - a - b"
    paths = generator.sample(20, 500, output="array", random_state=0)
    assert set(np.unique(paths)) == {0.0, 1.0}
    assert (paths.sum(axis=2) == 1.0).all()
    past, now = paths[:, :-1].reshape(-1, 3), paths[:, 1:].reshape(-1, 3)
    seen = kinds.to_numpy()[:1500]
    simulated = past.T @ now / past.sum(axis=0)[:, np.newaxis]
    real = seen[:-1].T @ seen[1:] / seen[:-1].sum(axis=0)[:, np.newaxis]
    assert np.abs(simulated - real).max() < 0.08
    truth = np.log(chain[states[:-1], states[1:]])[1499:].mean()
    # Latent rows in which two would be 1 do not count: a bound from below.
    assert truth - 0.15 < generator.score(kinds[1500:]) < truth + 0.05
