"""Are simulated paths right by plain defaults, on data of the kinds that users bring?

    python examples/benchmarks/right_by_default.py [KIND ...] [--bands] [--seeds 20]

For each kind: one simulated series (temperatures are Seattle's, from the package) is given to
`GenerativeTimeSeries().fit` as a frame, and 20 paths of its length are drawn. Printed are what the
model says it found, and statistics of the series beside the mean over the paths. `--bands` prints how often
90 % bands of forecasts 1, 50 and 250 rows ahead cover what came, for random walks, autoregressions and an
autoregression on a trend (residuals are normal there, and the sampler is a Gaussian to save time).
"""

import argparse
import time

import numpy as np
import pandas as pd
from sklearn.mixture import GaussianMixture

from skdiffts import GenerativeTimeSeries
from skdiffts.datasets import load_seattle_weather

N_PATHS = 20
HORIZONS = (1, 50, 250)


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


def passengers(rng):
    """Logarithm of monthly passengers: a trend and a year."""
    index = pd.date_range("1949-01-31", periods=144, freq="ME")
    year = [-9, -11, 2, -1, -1, 11, 21, 20, 6, -8, -20, -10]
    season = np.array(year)[index.month - 1] / 100.0
    noise = autoregression(rng, 144, 0.7, 0.03)[:, 0]
    log = np.log(120.0) + 0.0095 * np.arange(144) + season + noise
    return pd.DataFrame({"log passengers": log}, index=index)


def web_visits(rng):
    """Logarithm of daily visits with a week."""
    index = pd.date_range("2023-01-01", periods=730, freq="D")
    week = np.log([0.95, 1.21, 1.15, 1.1, 1.05, 0.85, 0.61])
    noise = autoregression(rng, 730, 0.6, 0.08)[:, 0]
    log = np.log(800.0) + week[index.day_of_week] + noise
    return pd.DataFrame({"log visits": log}, index=index)


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


KINDS = {
    "temperatures": (temperatures, (1, 183, 365)),
    "hourly_load": (hourly_load, (24, 168)),
    "returns": (returns, (1,)),
    "log_prices": (log_prices, (1,)),
    "passengers": (passengers, (12,)),
    "web_visits": (web_visits, (1, 7)),
    "walking": (walking, (1, 13, 27)),
}


def autocorrelation(x, lag):
    """Autocorrelation of one series."""
    x = x - x.mean()
    return (x[lag:] * x[:-lag]).mean() / (x * x).mean()


def describe(X, paths, lags):
    """Print statistics of the series beside means over the paths."""
    for j, name in enumerate(X.columns):
        real, simulated = X.to_numpy()[:, j], paths[:, :, j]

        def both(statistic, real=real, simulated=simulated):
            mean = np.mean([statistic(path) for path in simulated])
            return f"{statistic(real):.2f} -> {mean:.2f}"

        line = [f"    {name}: deviation {both(np.std)}"]
        line.append(f"of steps {both(lambda x: np.diff(x).std())}")
        line.append(f"range {real.min():.1f} to {real.max():.1f} ->")
        line.append(f"{simulated.min():.1f} to {simulated.max():.1f}")
        line += [
            f"acf({lag}) {both(lambda x, lag=lag: autocorrelation(x, lag))}"
            for lag in lags
        ]
        line += [
            f"|step| acf({lag}) "
            + both(lambda x, lag=lag: autocorrelation(np.abs(np.diff(x)), lag))
            for lag in (1, 5, 20)
        ]
        print(" ".join(line))


def run(kind):
    """Fit by plain defaults, simulate and print."""
    make, lags = KINDS[kind]
    X = make(np.random.RandomState(0))
    start = time.process_time()
    generator = GenerativeTimeSeries().fit(X)
    fitted = time.process_time() - start
    shape = f"{X.shape[0]} x {X.shape[1]}"
    print(f"{kind}: {shape}, fit {fitted:.1f} CPU s\n    {generator.describe()}")
    paths = generator.sample(N_PATHS, output="array", random_state=0)
    describe(X, paths, lags)


def series_for_bands(kind, seed, n):
    """Two series of one kind."""
    rng = np.random.RandomState(seed)
    slope = {"walk": 1.0, "slope .9": 0.9, "slope .5": 0.5, "trend": 0.5}[kind]
    X = autoregression(rng, n, slope, d=2)
    return X + 0.02 * np.arange(n)[:, np.newaxis] if kind == "trend" else X


def bands(n_seeds, n=1000):
    """Print how often bands cover what came."""
    for kind in ("walk", "slope .9", "slope .5", "trend"):
        covered, words = np.zeros(len(HORIZONS)), []
        for seed in range(n_seeds):
            X = series_for_bands(kind, seed, n + HORIZONS[-1])
            generator = GenerativeTimeSeries(sampler=GaussianMixture()).fit(X[:n])
            words.append(generator.describe().split(", vol")[0])
            ahead = generator.forecast(X[:n], HORIZONS[-1], 300, random_state=0)
            low, high = np.quantile(ahead, [0.05, 0.95], axis=0)
            inside = (X[n:] >= low) & (X[n:] <= high)
            covered += inside[np.array(HORIZONS) - 1].mean(axis=1)
        counts = {word: words.count(word) for word in sorted(set(words))}
        print(f"{kind}: covered {dict(zip(HORIZONS, covered / n_seeds, strict=True))}")
        print(f"    {counts}", flush=True)


def main():
    """Read the command line and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kinds", nargs="*", default=list(KINDS), metavar="KIND")
    parser.add_argument("--bands", action="store_true")
    parser.add_argument("--seeds", type=int, default=20)
    arguments = parser.parse_args()
    for kind in arguments.kinds:
        run(kind)
    if arguments.bands:
        bands(arguments.seeds)


if __name__ == "__main__":
    main()
