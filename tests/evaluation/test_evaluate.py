"""Evaluation of a generator by all metrics."""

import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose

from skdiffts.evaluation import evaluate
from skdiffts.metrics import (
    CrossMoment,
    FirstExitTime,
    SquaredNorm,
)

# Families of rows that forecasts are judged by.
FORECASTS = ("forecasts, one step", "joint forecasts", "risk of the portfolio")


class Oracle:
    """AR(1) in two dimensions that can only draw."""

    def __init__(self, phi=0.6, shift=0.0):
        self.phi, self.shift = phi, shift

    def sample(self, n_paths, length, random_state=None):
        rng = np.random.RandomState(random_state)
        paths = np.zeros((n_paths, length, 2))
        noise = rng.standard_normal(paths.shape)
        for i in range(1, length):
            paths[:, i] = self.phi * paths[:, i - 1] + noise[:, i]
        return paths + self.shift


class Forecaster(Oracle):
    """The same, with forecasts and a density."""

    def forecast(self, X, horizon, n_samples, random_state=None):
        rng = np.random.RandomState(random_state)
        noise = rng.standard_normal((len(X), n_samples, horizon, 2))
        return self.phi * X[:, np.newaxis, -1:] + noise

    def score_samples(self, X):
        residuals = X[..., 1:, :] - self.phi * X[..., :-1, :]
        log_p = -0.5 * (residuals**2).sum(axis=-1) - np.log(2 * np.pi)
        return log_p.sum(axis=1) if X.ndim == 3 else np.append(np.nan, log_p)

    def score(self, X):
        scores = self.score_samples(X)
        return np.nanmean(scores) / (X.shape[1] - 1 if X.ndim == 3 else 1)


@pytest.fixture(scope="module")
def data():
    rows = Oracle().sample(1, 500, random_state=7)[0, 20:]
    return 3.0 * rows[:240], 3.0 * rows[240:]


@pytest.fixture(scope="module")
def unit_data(data):
    return data[0] / 3.0, data[1] / 3.0


@pytest.fixture(scope="module")
def table(unit_data, options):
    return evaluate(Forecaster(), *unit_data, random_state=0, **options)


def by_name(evaluation):
    return {row.name: row for row in evaluation.rows}


def test_rows(table):
    rows = by_name(table)
    assert len(rows) == len(table.rows)
    families = dict.fromkeys(row.family for row in table.rows)
    assert list(families) == [
        "pairs of rows",
        "paths",
        "functionals",
        "returns",
        "stability",
        "forecasts, one step",
        "joint forecasts",
        "risk of the portfolio",
    ]
    for name, row in rows.items():
        assert np.isfinite(row.result.value), name
        # A test has a p-value instead of a standard error.
        is_test = row.ideal == "p > 0.01"
        assert np.isfinite(row.result.standard_error) != is_test, name
        if name != "score":
            assert np.isfinite([row.result.floor, row.training]).all(), name
    assert rows["nearest-neighbour ratio to training"].training == 0.0
    assert rows["explosion rate"].result.value == 0.0
    # Forecasts that know the last row are better than rows drawn at random.
    assert rows["energy score"].training > rows["energy score"].result.value
    assert rows["coverage of 90% intervals"].ideal == "0.9"


def test_total_variation_and_functionals(unit_data, table):
    """Rows that are known by other functions of the package."""
    rows, (train, test) = by_name(table), unit_data
    windows = [
        X[: len(X) // 24 * 24].reshape(-1, 24, 2) / train.std(axis=0)
        for X in (train, test)
    ]
    train, test = windows
    radius = np.quantile(np.linalg.norm(train, axis=2), 0.95)
    for name, functional in (
        ("mean squared norm", SquaredNorm()),
        ("mean first exit time", FirstExitTime(threshold=radius)),
        ("mean cross moment, first two features", CrossMoment()),
    ):
        expected = functional(train).mean() - functional(test).mean()
        assert_allclose(rows[name].training, abs(expected), err_msg=name)
    bound, accuracy = rows["total variation, lower bound"], rows["classifier accuracy"]
    assert_allclose(bound.training, 2 * accuracy.training - 1)
    assert_allclose(
        bound.cells()[3:], 2 * np.array(accuracy.cells()[3:]) - [1, 0, 1, 1]
    )


def test_units_do_not_matter(data, table, options):
    model = Forecaster()
    model.sample = lambda *args, **kwargs: 3.0 * Oracle().sample(*args, **kwargs)
    other = evaluate(model, *data, random_state=0, **options)
    # Forecasts are made in the units of the data, and here the model has those.
    for row, expected in zip(other.rows, table.rows, strict=True):
        if row.family not in FORECASTS:
            assert_allclose(row.cells()[3:], expected.cells()[3:], rtol=1e-6)
        elif row.name != "score":
            assert_allclose(row.training, expected.training, rtol=1e-6)


def test_a_wrong_generator_stands_out(unit_data, table, options):
    right = by_name(table)
    model = Forecaster(-0.6, 1.0)
    wrong = by_name(evaluate(model, *unit_data, random_state=0, **options))
    for name in (
        "sliced Wasserstein distance",
        "Wasserstein distance",
        "energy distance",
        "maximum mean discrepancy, squared",
        "classifier accuracy",
        "marginal difference",
        "autocorrelation",
        "covariance at lag 1",
        "signature discrepancy",
        "predictive score",
        "energy score",
        "CRPS",
        "CRPS, feature 1",
        "CRPS of the sum",
    ):
        result = wrong[name].result
        assert result.value > result.floor, name
        assert result.value > right[name].result.value, name
    assert wrong["score"].result.value < right["score"].result.value


def test_verdicts_of_a_right_and_of_a_wrong_generator(unit_data, table, options):
    assert table.verdict != "reject", table.reasons()
    wrong = evaluate(Forecaster(-0.6, 1.0), *unit_data, random_state=0, **options)
    assert wrong.verdict == "reject"
    rejected = {row.family for row in wrong.rows if row.verdict == "reject"}
    assert {"paths", "joint forecasts", "risk of the portfolio"} <= rejected


def test_copies_are_rejected(unit_data, options):
    """A bootstrap of blocks has excellent distances, and no new rows."""
    train, test = unit_data

    class Bootstrap:
        def sample(self, n_paths, length, random_state=None):
            rng = np.random.RandomState(random_state)
            first = rng.randint(len(train) - length, size=n_paths)
            return train[first[:, np.newaxis] + np.arange(length)]

    brief = {**options, "long_run": 0, "burn_in": 0}
    rows = by_name(evaluate(Bootstrap(), train, test, random_state=0, **brief))
    assert rows["nearest-neighbour ratio to training"].verdict == "reject"
    assert rows["closest-record share of training"].verdict == "reject"
    assert rows["energy distance"].verdict == "accept"


def test_progress_is_shown(unit_data, options, capsys):
    loud = {**options, "verbose": 2}
    evaluate(Oracle(), *unit_data, random_state=0, **loud)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "evaluate: 1 of 6, paths"
    assert lines[-1] == "evaluate: 6 of 6, likelihood"


def test_default_long_run_is_bounded(unit_data, options):
    """A hundred lengths of the training path, and never more than 20,000 rows."""
    lengths = []

    class Counting(Oracle):
        def sample(self, n_paths, length, random_state=None):
            lengths.append(length)
            rng = np.random.RandomState(0)
            return rng.standard_normal((n_paths, length, 2))

    default = {key: value for key, value in options.items() if key != "long_run"}
    default["increments"] = "none"
    evaluate(Counting(), *unit_data, random_state=0, **default)
    assert lengths[-1] == 20_000
    lengths.clear()
    short = (unit_data[0][:120], unit_data[1][:120])
    evaluate(Counting(), *short, random_state=0, **{**default, "window": 12})
    assert lengths[-1] == 12_000


def test_likelihood_error(unit_data, table):
    model, X_test = Forecaster(), unit_data[1]
    scores = model.score_samples(X_test)[1:]
    means = [block.mean() for block in np.array_split(scores, 4)]
    result = by_name(table)["score"].result
    assert result.value == model.score(X_test)
    # Blocks differ by a row at most.
    assert_allclose(result.standard_error, np.std(means, ddof=1) / 2, rtol=0.1)
    assert np.isnan(result.floor)


def test_panel_is_compared_path_by_path(options):
    train, test = (Oracle().sample(16, 12, random_state=seed) for seed in (1, 2))
    brief = {**options, "long_run": 0}
    model, lengths = Forecaster(), []

    def sample(n_paths, length, random_state=None):
        lengths.append(length)
        return Oracle().sample(n_paths, length, random_state)

    model.sample = sample
    rows = by_name(evaluate(model, train, test, random_state=0, **brief))
    assert lengths == [12]  # no burn-in, no long run
    assert "explosion rate" not in rows
    # All paths start at zero, in the data and in what is generated.
    assert rows["marginal difference"].result.value < 0.4
    means = model.score_samples(test).reshape(4, 4).mean(axis=1) / 11
    error = rows["score"].result.standard_error
    assert_allclose(error, np.std(means, ddof=1) / 2)
    assert rows["energy score"].result.value > 0
    with pytest.raises(ValueError, match="X_train has paths of"):
        evaluate(Forecaster(), train, test[:, :10], random_state=0, **options)


def test_generator_that_only_draws_and_an_encoder(data, options):
    evaluation = evaluate(
        Oracle(),
        *data,
        encoder=lambda paths: paths.mean(axis=1),
        random_state=0,
        **options,
    )
    names = by_name(evaluation)
    assert "Context-FID" in names
    assert not {"energy score", "score"} & set(names)
    assert not any("transform" in chart.title for chart in evaluation.charts)


def test_frames_give_names(unit_data, options):
    pd = pytest.importorskip("pandas")

    class NoScore(Oracle):
        forecast = Forecaster.forecast

    frames = [pd.DataFrame(X, columns=["a", "b"]) for X in unit_data]
    brief = {**options, "long_run": 0}
    evaluation = evaluate(NoScore(), *frames, random_state=0, **brief)
    assert {"CRPS, a", "CRPS, b"} < set(by_name(evaluation))
    assert evaluation.charts[1].title == "Density, b"


def test_one_feature_has_no_pairs(data, options):
    class One:
        def sample(self, *args, **kwargs):
            return Oracle().sample(*args, **kwargs)[..., :1]

    names = by_name(evaluate(One(), *(X[:, :1] for X in data), **options))
    assert "leverage" in names
    assert not {"cross-correlation", "tail dependence"} & set(names)


def test_seed(unit_data, table, options):
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    again = evaluate(Forecaster(), *unit_data, random_state=0, **options)
    assert again.to_markdown() == table.to_markdown()
    assert again.to_html() == table.to_html()
    assert np.array_equal(np.random.get_state()[1], state)  # noqa: NPY002


def test_explosion_of_the_long_run(data, options):
    class Explosive(Oracle):
        def sample(self, n_paths, length, random_state=None):
            paths = super().sample(n_paths, length, random_state)
            if length > 200:
                paths[0, 200:] = np.inf
            return paths

    rows = by_name(evaluate(Explosive(), *data, random_state=0, **options))
    assert rows["explosion rate"].result.value == 0.25
    assert rows["drift over the long run"].result.value == np.inf


def test_paths_that_are_not_finite(data, options):
    class Broken(Oracle):
        def sample(self, n_paths, length, random_state=None):
            return np.full((n_paths, length, 2), np.nan)

    with pytest.raises(ValueError, match="NaN or infinity, which no distance"):
        evaluate(Broken(), *data, **options)


def test_frame(table):
    pytest.importorskip("pandas")
    frame = table.to_frame()
    assert frame.shape == (len(table.rows), 8)
    assert frame["value"].tolist() == [row.result.value for row in table.rows]
    assert frame["metric"][2] == "energy distance"


def test_no_pandas(table, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError):
        table.to_frame()


def test_markdown(table):
    lines = table.to_markdown().splitlines()
    assert len(lines) == len(table.rows) + 2
    assert {line.count("|") for line in lines} == {9}
    assert lines[-1].endswith("| - | - | - |")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_blocks": 11}, "n_blocks=11 needs 11 windows or paths of X_train.* has 10"),
        ({"max_rows": 11}, "n_blocks=4 needs 12 pairs of rows .* max_rows=11"),
        ({"window": 1}, "window"),
        ({"max_rows": 3}, "max_rows"),
        ({"long_run": -1}, "long_run"),
        ({"n_samples": 2}, "n_samples"),
        ({"history": 0}, "history"),
    ],
)
def test_errors(arguments, message, data, options):
    brief = {**options, "long_run": 0, **arguments}
    with pytest.raises(ValueError, match=message):
        evaluate(Forecaster(), *data, random_state=0, **brief)


class Idle(Oracle):
    def sample(self, n_paths, length, random_state=None):
        raise AssertionError("the data are too short: nothing is to be simulated")


@pytest.mark.parametrize("n_blocks", [2, 3, 4, 5, 10])
def test_short_data_are_refused_before_anything_is_simulated(
    n_blocks, unit_data, options
):
    """What passes the check also passes all metrics, at the shortest length."""
    brief = {**options, "long_run": 0, "n_blocks": n_blocks, "random_state": 0}
    n = next(n for n in range(1, 240) if _is_enough(unit_data, n, brief))
    train, test = unit_data[0][:n], unit_data[1][:n]
    evaluate(Oracle(), train, test, window=6, **brief)
    for data in ((train[: 6 * (n_blocks - 1)], test), (train, test[:-6])):
        with pytest.raises(ValueError, match=r"n_blocks=.* needs .*: pass fewer"):
            evaluate(Idle(), *data, window=6, **brief)


def _is_enough(data, n, options):
    try:
        evaluate(Idle(), data[0][:n], data[1][:n], window=6, **options)
    except AssertionError:
        return True
    except ValueError:
        return False
