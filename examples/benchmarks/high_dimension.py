"""Held-out log-likelihood and cost in 20 to 1,000 columns.

    python examples/benchmarks/high_dimension.py [SET ...] [--data FOLDER]
        [--models product core ridge factors series] [--paths] [--cost] [--growth]
        [--width]

The first 70 to 75 % of the rows (or paths) are trained on, columns are standardised by
them, and all later rows are scored one step ahead. For each model: mean and median of the
log-likelihood of a row in nats, CPU seconds of the fit, milliseconds of 100 scored rows.
Differences below .3 nats mean nothing. With --paths, moments of simulated paths and
forecasts of 12 and 24 steps instead; with --cost, seconds and memory of a fit to each
shape for which there is a bar; with --growth, exponents in columns and rows; with --width,
networks of two widths in 200 columns. Real sets are read from FOLDER (default: `data`
beside the repository's folder `shared`) and skipped where they are missing.
"""

import argparse
import time
from pathlib import Path

import numpy as np
from high_dimension_cost import cost, growth, widths
from high_dimension_data import BARS, REAL, SIMULATED, load
from high_dimension_paths import PATH_SETS, run_paths
from high_dimension_peers import (
    FactorAutoregression,
    RidgeAutoregression,
    SeriesAutoregression,
    pairs,
)

from skdiffts.linear import InnovationDistribution, RidgeDrift

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
N_LAGS = 3
# Rows before a held-out path that volatility is traced from.
MEMORY = 300
HALFLIVES, POWERS = (3, 6, 12, 24), (0.3, 0.6, 0.9)
# A squared residual above this many times its long run counts as so many.
LARGEST = 60.0


def own_lags(paths):
    """Present value and lags of each series, the first row repeated before the path."""
    parts = []
    for x in paths:
        padded = np.concatenate([np.repeat(x[:1], N_LAGS - 1, axis=0), x])
        lags = [padded[N_LAGS - 1 - k : len(padded) - k] for k in range(N_LAGS)]
        parts.append(np.stack(lags, axis=2)[:-1])
    return np.concatenate(parts)


def first_rows(paths):
    """Which transitions begin a path."""
    return np.concatenate([np.arange(len(x) - 1) == 0 for x in paths])


def smoothed_squares(residuals, long_run, first, halflife):
    """Exponentially weighted past squares of each series over their long run."""
    decay = 0.5 ** (1.0 / halflife)
    squares = np.minimum(residuals**2 / long_run, LARGEST)
    level, out = np.ones_like(long_run), np.empty_like(residuals)
    for i, row in enumerate(squares):
        level = np.ones_like(long_run) if first[i] else level
        out[i] = level
        level = decay * level + (1.0 - decay) * row
    return out


class Core:
    """skdiffts.linear by itself, with an exponentially weighted volatility where it pays."""

    def fit(self, split):
        Z, Y = pairs(split.train)
        groups = np.repeat(
            np.arange(len(split.train)), [len(x) - 1 for x in split.train]
        )
        self.drift = RidgeDrift.fit(Z, own_lags(split.train), Y - Z, groups=groups)
        residuals, first = self.drift.loo_residuals, first_rows(split.train)
        self.long_run = (residuals**2).mean(axis=0)
        self.halflife, self.power = self._choose_volatility(residuals, first)
        plain = InnovationDistribution.fit(residuals, groups=groups)
        log_scale = self._log_scale(residuals, first)
        moving = InnovationDistribution.fit(
            residuals / np.exp(log_scale), groups=groups
        )
        # In each series alone the size of a common factor looks like volatility.
        self.moves = moving.value - log_scale.sum(axis=1).mean() > plain.value + 0.1
        self.noise = moving if self.moves else plain
        return self

    def log_density(self, split):
        test = split.test
        if split.continues:
            test = [np.concatenate([split.train[0][-MEMORY:], test[0][1:]])]
        Z, Y = pairs(test)
        residuals = Y - Z - self.drift(Z, own_lags(test))
        log_scale = np.zeros_like(residuals)
        if self.moves:
            log_scale = self._log_scale(residuals, first_rows(test))
        values = self.noise.log_density(residuals / np.exp(log_scale))
        values -= log_scale.sum(axis=1)
        return values[-sum(len(x) - 1 for x in split.test) :]

    def __str__(self):
        plan, noise = self.drift.plan, self.noise
        words = [
            plan.geometry,
            f"{plan.n_own} own",
            "each" if plan.for_each else "common",
            *(["splines"] if self.drift.splines else []),
            f"halflife {self.halflife}" if self.moves else "constant volatility",
            noise.name,
            f"target {noise.scores.target} {noise.scores.shrinkage}",
        ]
        return ", ".join(words)

    def _choose_volatility(self, residuals, first):
        """Half-life and power that suit t margins with five degrees of freedom."""
        best = -np.inf, HALFLIVES[0], POWERS[0]
        for halflife in HALFLIVES:
            level = np.log(smoothed_squares(residuals, self.long_run, first, halflife))
            for power in POWERS:
                squares = residuals**2 / self.long_run * np.exp(-power * level)
                mean = squares.mean()
                heavy = 6.0 * np.log1p(squares / 5.0 / mean) + np.log(mean)
                best = max(best, (-(power * level + heavy).mean(), halflife, power))
        return best[1:]

    def _log_scale(self, residuals, first):
        squares = smoothed_squares(residuals, self.long_run, first, self.halflife)
        return 0.5 * self.power * np.log(squares)


class Product:
    """Defaults of GenerativeTimeSeries: no argument depends on the set."""

    def fit(self, split):
        from skdiffts import GenerativeTimeSeries

        self.model = GenerativeTimeSeries().fit(split.train)
        return self

    def log_density(self, split):
        test = split.test
        if split.continues:
            test = [np.concatenate([split.train[0][-MEMORY:], test[0][1:]])]
        rows = [
            self.model.score_samples(x)[-(len(y) - 1) :]
            for x, y in zip(test, split.test, strict=True)
        ]
        values = np.concatenate(rows)
        # The first rows of a path have too short a history for lags.
        return values[np.isfinite(values)]

    def sample(self, split, n_paths, length, rng):
        """Simulate paths that begin at training rows."""
        return self.model.sample(n_paths, length, x0="states", random_state=rng)

    def forecast(self, pasts, n_steps, n_samples, rng):
        """Continue each past, shape (n_pasts, n_samples, n_steps, d)."""
        pasts = [x[-MEMORY:] for x in pasts]
        return self.model.forecast(pasts, n_steps, n_samples, random_state=rng)

    def __str__(self):
        return self.model.describe()


# "core" is skdiffts.linear by itself, "product" the whole package with its defaults.
MODELS = {
    "series": SeriesAutoregression,
    "ridge": RidgeAutoregression,
    "factors": FactorAutoregression,
    "core": Core,
    "product": Product,
}


def run(split, names):
    """Print one line for each model."""
    n_train = sum(len(x) - 1 for x in split.train)
    bar = BARS.get(split.name)
    print(f"\n{split.name}: d = {split.n_features}, n = {n_train}, bar {bar}")
    for name in names:
        start = time.process_time()
        model = MODELS[name]().fit(split)
        fitted = time.process_time()
        values = model.log_density(split)
        scored = (time.process_time() - fitted) / len(values) * 1e5
        line = f"  {name:8s} {values.mean():10.3f} ({np.median(values):9.3f})"
        line += f"  fit {fitted - start:6.1f} s  score {scored:6.1f} ms"
        print(line, f" {model}" if name in ("core", "product") else "", flush=True)


def main():
    """Parse the command line and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sets", nargs="*", metavar="SET")
    parser.add_argument("--data", type=Path, default=DATA, metavar="FOLDER")
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    for part in ("--paths", "--cost", "--growth", "--width"):
        parser.add_argument(part, action="store_true")
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.sets, arguments.models = ["factor100"], ["series", "ridge"]
    if arguments.cost:
        cost(arguments.sets)
    if arguments.growth:
        growth()
    if arguments.width:
        widths()
    if arguments.cost or arguments.growth or arguments.width:
        return
    every = PATH_SETS if arguments.paths else (*REAL, *SIMULATED)
    for name in arguments.sets or every:
        try:
            split = load(name, arguments.data)
        except (FileNotFoundError, ImportError) as error:
            print(f"\n{name}: skipped, {error}")
            continue
        if arguments.paths:
            models = {one: MODELS[one] for one in arguments.models if one != "core"}
            run_paths(split, models)
        else:
            run(split, arguments.models)


if __name__ == "__main__":
    main()
