"""Zeros, counts and caps: what simulated columns keep, and their likelihood.

Run ``python examples/benchmarks/columns_support.py --part rain --seeds 5``; the other parts
are lights, appliances, skewed, counts and atoms. All generators are ``GenerativeTimeSeries()`` with
default arguments; the last quarter of the rows is held out. Rain is Seattle's (in the
package); the columns of ``energy_appliances`` and shares, of which returns of exactly zero
are an atom, are read from ``--data`` where the files are there.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import gamma, genpareto, nbinom, poisson
from sklearn.linear_model import LogisticRegression
from sklearn.mixture import GaussianMixture
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts.columns import Support
from skdiffts.conditioning import EWVolatility, HARVolatility
from skdiffts.datasets import load_seattle_weather

LEVELS = (0.5, 0.75, 0.9, 0.99)
N_FORECASTS = 200


def grid_quantiles(x, unit):
    """Quantiles of a column on a grid, each value spread over its step.

    The quantiles themselves jump by a whole step where a share passes a level.
    """
    values, counts = np.unique(x, return_counts=True)
    ends = np.column_stack([values - unit / 2.0, values + unit / 2.0]).ravel()
    levels = np.concatenate([[0.0], counts.cumsum() / counts.sum()])
    levels = np.column_stack([levels[:-1], levels[1:]]).ravel()
    return np.interp(LEVELS, levels, ends)


def zero_statistics(x, zero=0.0, unit=None):
    """Share of zeros, transitions, mean length of spells, quantiles of the others."""
    wet = x > zero
    edges = np.flatnonzero(np.diff(np.concatenate([[True], ~wet == 0, [True]]) * 1))
    spells = np.diff(edges)[::2] if len(edges) > 1 else np.array([np.nan])
    row = {
        "zeros": np.mean(~wet),
        "wet to wet": np.mean(wet[1:][wet[:-1]]),
        "dry to wet": np.mean(wet[1:][~wet[:-1]]),
        "dry spell": spells.mean(),
    }
    row |= {f"q{level:g}": np.quantile(x[wet], level) for level in LEVELS}
    if unit is not None:
        pairs = zip(LEVELS, grid_quantiles(x[wet], unit), strict=True)
        row |= {f"spread q{level:g}": value for level, value in pairs}
    return row


def one_step_probability(generator, X, first):
    """Probability that the first column is above its minimum, one step ahead."""
    low = X.iloc[:first, 0].min()
    paths = [X.iloc[:row] for row in range(first, len(X))]
    share = []
    for start in range(0, len(paths), 50):
        block = paths[start : start + 50]
        draws = generator.forecast(
            block, 1, N_FORECASTS, output="array", random_state=0
        )
        share.append((draws[..., 0, 0] > low).mean(axis=1))
    return np.clip(np.concatenate(share), 0.5 / N_FORECASTS, 1 - 0.5 / N_FORECASTS)


def log_loss(probability, wet):
    """Mean log-loss."""
    return -np.mean(np.where(wet, np.log(probability), np.log1p(-probability)))


def logistic_probability(X, first, days):
    """Logistic regression on the same row, its zero, and the season."""
    rows = X.to_numpy(float)
    angle = 2.0 * np.pi * np.arange(len(X)) / days
    wet = rows[:, 0] > rows[:, 0].min()
    features = np.column_stack(
        [np.sqrt(rows[:, 0]), rows[:, 1:], wet, np.cos(angle), np.sin(angle)]
    )
    model = make_pipeline(StandardScaler(), LogisticRegression())
    model.fit(features[: first - 1], wet[1:first])
    return model.predict_proba(features[first - 1 : -1])[:, 1]


def chain_density(x, first):
    """Log-density of a two-state chain with gamma amounts, fitted to the first rows."""
    wet = x > 0.0
    past, now = wet[:-1], wet[1:]
    fitted = np.arange(1, len(x)) < first
    shape, _, scale = gamma.fit(x[:first][wet[:first]], floc=0.0)
    rate = np.array([now[fitted & (past == state)].mean() for state in (False, True)])
    p = rate[past.astype(int)]
    amount = gamma.logpdf(np.where(now, x[1:], 1.0), shape, scale=scale)
    return np.where(now, np.log(p) + amount, np.log1p(-p))[~fitted]


def report_zeros(name, X, seeds, days=None):
    """Print what is kept of the first column of a table, and its log-loss."""
    first = 3 * len(X) // 4
    generator = GenerativeTimeSeries().fit(X.iloc[:first])
    print(f"\n{name}: {generator.describe()}")
    values, low = X.iloc[:, 0].to_numpy(), X.iloc[:, 0].min()
    unit = getattr(generator.support_.get(X.columns[0]), "unit", None)
    rows = {"real": zero_statistics(values, low, unit)}
    rows["training"] = zero_statistics(values[:first], low, unit)
    rows["held out"] = zero_statistics(values[first:], low, unit)
    drawn = []
    for seed in range(seeds):
        path = generator.sample(4, len(X), output="array", random_state=seed)
        drawn.append([zero_statistics(p[:, 0], low, unit) for p in path])
        held = [X.columns.get_loc(name) for name in generator.support_]
        lows = [support.low for support in generator.support_.values()]
        outside = int((path[:, :, held] < lows).sum())
        print(f"seed {seed}: {outside} values below their bounds in {path.size}")
    flat = pd.DataFrame([row for rows in drawn for row in rows])
    rows["simulated"] = flat.mean()
    rows["error"] = flat.std() / np.sqrt(len(flat))
    print(pd.DataFrame(rows).T.round(3).to_string())
    if days:
        wet = X.iloc[first:, 0].to_numpy() > low
        ours = log_loss(one_step_probability(generator, X, first), wet)
        logistic = log_loss(logistic_probability(X, first, days), wet)
        print(f"log-loss of rain one day ahead: {ours:.3f}, logistic {logistic:.3f}")
    return generator


def century_level(excesses, threshold, n_rows, n_days):
    """Level that is passed once in so many days, by a generalized Pareto distribution."""
    shape, _, scale = genpareto.fit(excesses, floc=0.0)
    rate = n_days * len(excesses) / n_rows
    return threshold + genpareto.isf(1.0 / rate, shape, scale=scale)


def report_tail(generator, x, n_centuries=20, n_days=36_500):
    """Print largest values of simulated centuries, and what the data's tail says."""
    threshold = np.quantile(x[x > 0.0], 0.8)
    excesses, rng = x[x > threshold] - threshold, np.random.RandomState(0)
    level = century_level(excesses, threshold, len(x), n_days)
    again = [
        century_level(rng.choice(excesses, len(excesses)), threshold, len(x), n_days)
        for _ in range(200)
    ]
    low, high = np.quantile(again, [0.05, 0.95])
    print(f"largest day: {x.max():.1f} in {len(x)} days; once in {n_days} days by a")
    print(
        f"  generalized Pareto tail {level:.0f}, 90 % of bootstraps {low:.0f} to {high:.0f}"
    )
    paths = generator.sample(n_centuries, n_days, output="array", random_state=0)
    record = np.sort(paths[:, :, 0].max(axis=1))
    print(f"  largest days of {n_centuries} simulated centuries: {record.round(0)}")


def part_rain(seeds, _):
    """Seattle's rain."""
    X = load_seattle_weather()
    generator = report_zeros("seattle rain", X, seeds, 365.25)
    report_tail(generator, X["precipitation"].to_numpy(float))
    rain = X[["precipitation"]]
    first = 3 * len(rain) // 4
    alone = GenerativeTimeSeries().fit(rain.iloc[:first])
    ours = alone.score_samples(rain)[first:]
    chain = chain_density(rain.to_numpy(float)[:, 0], first)
    gain = ours - chain
    error = gain.std() / np.sqrt(len(gain))
    print(f"rain alone, mixed density: {ours.mean():.3f}, chain {chain.mean():.3f},")
    print(f"  gain {gain.mean():.3f} +- {error:.3f}")


def part_energy(seeds, data, order):
    """Appliances and lights, multiples of ten with many zeros, one of them first."""
    file = data / "energy_appliances.parquet"
    if not file.exists():
        print(f"{file} is not there; pass --data")
        return
    table = pd.read_parquet(file)
    names = {name.lower(): name for name in table.columns}
    X = table[[names[name] for name in order]].iloc[:6000]
    report_zeros(f"{order[0]} of energy_appliances", X, seeds)


def part_lights(seeds, data):
    """Lights, of which two thirds of the rows are zero."""
    part_energy(seeds, data, ("lights", "appliances"))


def part_appliances(seeds, data):
    """Appliances, a count of tens with a long tail."""
    part_energy(seeds, data, ("appliances", "lights"))


def regimes(n, rng):
    """Load of a house in tens, with devices that are on for some rows."""
    is_on, z, x = False, 0.0, np.zeros(n)
    for i in range(n):
        is_on = rng.uniform() < (0.8 if is_on else 0.04)
        z = 0.6 * z + 0.8 * rng.normal()
        x[i] = 50.0 + 25.0 * z + (rng.gamma(2.0, 130.0) if is_on else 0.0)
    return 10.0 * np.maximum(np.round(x / 10.0), 1.0)


def shots(n, rng):
    """Whole numbers that jump now and then and decay."""
    level, x = 0.0, np.zeros(n)
    for i in range(n):
        level = 0.75 * level + (rng.exponential(8.0) if rng.uniform() < 0.15 else 0.0)
        x[i] = np.round(3.0 + level + rng.gamma(2.0, 0.7))
    return x


def lognormal(n, rng):
    """Multiples of five of a slow lognormal series."""
    z, x = 0.0, np.zeros(n)
    for i in range(n):
        z = 0.9 * z + np.sqrt(0.19) * rng.normal()
        x[i] = 5.0 * np.round(4.0 * np.exp(0.9 * z))
    return x


def part_skewed(seeds, _):
    """Quantiles of long paths of positive, skewed columns on a grid.

    The training rows are one draw: the quantiles of the truth, of a long series, say how
    far off they are themselves.
    """
    for draw in (regimes, shots, lognormal):
        truth = np.quantile(draw(100_000, np.random.RandomState(1000)), LEVELS)
        for seed in range(seeds):
            x = draw(3000, np.random.RandomState(seed))
            fitted = GenerativeTimeSeries().fit(x[:, np.newaxis])
            paths = fitted.sample(50, 600, random_state=seed)
            own, found = np.quantile(x, LEVELS), np.quantile(paths, LEVELS)
            print(f"{draw.__name__}: truth {truth}, training {own}, simulated {found}")
            print(f"  over training {(found / own).round(2)}", flush=True)


def part_atoms(seeds, data):
    """Deviation of simulated returns, of which some are exactly zero, over training's.

    A volatility that remembers squared innovations sees the rows that can be.
    """
    file = data / "sp500_20_prices.parquet"
    if not file.exists():
        print(f"{file} is not there; pass --data")
        return
    prices = pd.read_parquet(file).iloc[-1500:, :3]
    returns = (100.0 * np.log(prices)).diff().iloc[1:]
    for share in (0.05, 0.3):
        for name, scale in (("EW", EWVolatility()), ("HAR", HARVolatility())):
            rows = []
            for seed in range(seeds):
                uniform = np.random.RandomState(seed).uniform(size=returns.shape)
                X = returns.mask(uniform < share, 0.0)
                dynamics = KernelDriftVolEstimator(
                    "all", conditioning=None, additive_drift="linear", scale=scale
                )
                mixture = GaussianMixture(2, reg_covar=0.05, random_state=0)
                support = dict.fromkeys(X.columns, Support(atoms=[0.0]))
                fitted = GenerativeTimeSeries(dynamics, mixture, support=support).fit(X)
                paths = fitted.sample(40, len(X), output="array", random_state=seed)
                deviation = paths.std(axis=(0, 1)) / X.std(ddof=0).to_numpy()
                zeros = (paths == 0.0).mean(axis=(0, 1)) - (X == 0.0).mean().to_numpy()
                rows.append([deviation, zeros])
            deviation, zeros = np.mean(rows, axis=0)
            print(
                f"{share:.0%} zeros, {name}: deviation {deviation.round(3)} of training,"
            )
            print(
                f"  {np.min(rows, axis=0)[0].round(3)} to {np.max(rows, axis=0)[0].round(3)};"
            )
            print(f"  share of zeros off by {zeros.round(3)}")


def counts(kind, mean, n, rng):
    """Autoregression of counts, and the log-probability of each under the truth."""
    slope, size = 0.5, 2.0
    x, log_p = np.zeros(n), np.zeros(n)
    x[0] = round(mean)
    for i in range(1, n):
        rate = mean * (1.0 - slope) + slope * x[i - 1]
        if kind == "poisson":
            x[i] = rng.poisson(rate)
            log_p[i] = poisson.logpmf(x[i], rate)
        else:
            p = size / (size + rate)
            x[i] = rng.negative_binomial(size, p)
            log_p[i] = nbinom.logpmf(x[i], size, p)
    return x, log_p


def count_statistics(x):
    """Mean, variance, share of zeros, first autocorrelation."""
    return np.array(
        [x.mean(), x.var(), (x == 0).mean(), np.corrcoef(x[1:], x[:-1])[0, 1]]
    )


def part_counts(seeds, _):
    """Poisson and negative binomial autoregressions."""
    for kind in ("poisson", "negative binomial"):
        for mean in (0.5, 25.0):
            behind, moments = [], []
            truth = counts(kind, mean, 200_000, np.random.RandomState(1000))[0]
            pieces = np.array([count_statistics(p) for p in np.split(truth, 100)])
            for seed in range(seeds):
                x, log_p = counts(kind, mean, 4000, np.random.RandomState(seed))
                fitted = GenerativeTimeSeries().fit(x[:2000, np.newaxis])
                score = fitted.score_samples(x[:, np.newaxis])[2000:]
                behind.append((log_p[2000:] - score).mean())
                paths = fitted.sample(5, 2000, random_state=seed)[:, :, 0]
                own = count_statistics(x[:2000])
                moments.append([count_statistics(p) - own for p in paths])
            gap = np.mean(moments, axis=(0, 1))
            with np.errstate(invalid="ignore"):
                z = gap / (pieces.std(axis=0) * np.sqrt(1.0 / seeds))
            print(f"{kind}, mean {mean}: behind the truth {np.mean(behind):.4f} nats;")
            print(f"  truth {count_statistics(truth).round(3)}, gap {gap.round(3)},")
            print(f"  in standard errors {z.round(1)} (mean, variance, zeros, acf 1)")


def main():
    """Run one part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parts = {
        "rain": part_rain,
        "lights": part_lights,
        "appliances": part_appliances,
        "skewed": part_skewed,
        "counts": part_counts,
        "atoms": part_atoms,
    }
    parser.add_argument("--part", choices=list(parts), default="rain")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    if given.quick:
        given.part, given.seeds = "atoms", 1
    parts[given.part](given.seeds, given.data)


if __name__ == "__main__":
    main()
