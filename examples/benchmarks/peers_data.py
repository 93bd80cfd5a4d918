"""Training, held-out and exact data of the peers benchmark."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from skdiffts.datasets import (
    load_us_market,
    make_double_well,
    make_stochastic_volatility,
    make_var_arch,
    make_var_mixture,
)

# Paths of the exact distribution that stand for it, and their rows.
N_REFERENCE, LENGTH = 400, 128
# Real series are cut into this many stretches; every third one is held out.
N_BLOCKS = 24
CONTEXT = 100
MIN_CONTEXT = 20


@dataclass(frozen=True, eq=False)
class Data:
    """One set: what a generator is shown, and what it is judged by.

    `train` and `test` are lists of paths of one length each, arrays or frames with dates.
    `distribution` simulates the truth, whose `states` on the held-out paths may have
    columns that nobody is shown.
    """

    name: str
    train: list
    test: list
    distribution: object = None
    states: np.ndarray | None = None
    variant: str | None = None
    start: str = "states"
    n_paths: int = 96
    length: int = LENGTH
    n_scored: int = 100

    @property
    def n_features(self):
        return self.train[0].shape[1]

    def cases(self, n_cases=500):
        """Held-out pasts, the rows that follow them, and where these are."""
        length = len(self.test[0])
        first = min(MIN_CONTEXT, length // 2)
        all_cases = [
            (p, i) for p in range(len(self.test)) for i in range(first, length)
        ]
        kept = np.linspace(0, len(all_cases) - 1, min(n_cases, len(all_cases)))
        where = [all_cases[j] for j in kept.round().astype(int)]
        pasts = [self.test[p][max(0, i - CONTEXT) : i] for p, i in where]
        rows = np.stack([np.asarray(self.test[p])[i] for p, i in where])
        return pasts, rows, where

    def oracle_paths(self, n_paths, length, seed):
        """Paths of the exact distribution."""
        paths = self.distribution.sample(n_paths, length, random_state=seed)
        return paths[:, :, : self.n_features]

    def oracle_forecasts(self, where, n_samples, seed):
        """Draws of the next row from the exact distribution, hidden states included."""
        x0 = np.stack([self.states[p, i - 1] for p, i in where])
        x0 = np.repeat(x0, n_samples, axis=0)
        rows = self.distribution.sample(len(x0), 2, x0=x0, random_state=seed)[:, 1]
        rows = rows[:, : self.n_features]
        return rows.reshape(len(where), n_samples, -1)


def simulated(name, make, n_features, variant, seed):
    """A training path of an exact distribution, and fresh paths of it."""
    X, distribution = make(random_state=seed)
    states = distribution.sample(N_REFERENCE, LENGTH, random_state=10_000 + seed)
    return Data(
        name,
        [X[:, :n_features]],
        list(states[:, :, :n_features]),
        distribution=distribution,
        states=states,
        variant=variant,
    )


def sines(seed, folder):
    """Windows of five sine waves of random frequency and phase.

    The recipe of the published table: frequency and phase uniform on (0, 0.1), scaled to
    (0, 1); J. Yoon, D. Jarrett and M. van der Schaar, Time-series generative adversarial
    networks, NeurIPS 2019, section 5.
    """
    rng = np.random.RandomState(seed)
    frequency, phase = rng.uniform(0.0, 0.1, size=(2, 1000, 1, 5))
    windows = (np.sin(frequency * np.arange(24)[:, np.newaxis] + phase) + 1.0) / 2.0
    return Data(
        "sines_24",
        list(windows[:500]),
        list(windows[500:]),
        variant="lags",
        start="smoothed",
        n_paths=500,
        length=24,
    )


def interleaved(name, X, *, variant=None, **options):
    """Every third stretch of a series, or of each series of a list, is held out.

    Seasons and regimes are then the same in both parts; nothing is learnt across a cut.
    """
    train, test = [], []
    for series in X if isinstance(X, list) else [X]:
        size = len(series) // N_BLOCKS
        for start in range(0, len(series) - 3 * size + 1, 3 * size):
            train.append(series[start : start + 2 * size])
            test.append(series[start + 2 * size : start + 3 * size])
    return Data(name, train, test, variant=variant, **options)


def log_returns(levels):
    """Percent log returns of a frame, as an array."""
    return 100.0 * np.diff(np.log(levels.to_numpy()), axis=0)


def us_market(seed, folder):
    return interleaved(
        "us_vix_market", log_returns(load_us_market()), variant="returns"
    )


def eu_markets(seed, folder):
    levels = read(folder, "eustockmarkets")
    return interleaved("eustockmarkets", log_returns(levels), variant="returns")


def sp500(seed, folder):
    """Twenty stocks; trained to the end of 2013, held out from there on."""
    prices = read(folder, "sp500_20_prices")
    returns, dates = log_returns(prices), prices.index[1:]
    after = dates > "2013-12-31"
    return Data(
        "sp500_20_prices",
        [returns[~after]],
        [returns[after]],
        variant="returns",
        n_scored=400,
    )


def demand(seed, folder):
    X = read(folder, "vic_elecdemand")[["Demand", "Temperature"]]
    return interleaved("vic_elecdemand", X, variant="calendar")


def new_york(seed, folder):
    columns = ["temp", "dewp", "humid", "wind_speed", "pressure"]
    panel = read(folder, "nyc_weather")[columns]
    stations = [
        station.droplevel(0).astype(float) for _, station in panel.groupby(level=0)
    ]
    length = min(map(len, stations))
    stations = [station.iloc[:length] for station in stations]
    return interleaved("nyc_weather", stations, variant="calendar")


def transformer(seed, folder):
    import pandas as pd

    X = pd.read_csv(folder / "ETTh1.csv.gz", index_col=0, parse_dates=True)
    # The first year: two years of it give every generator here the same again.
    return interleaved("ETTh1", X.iloc[: 365 * 24], variant="calendar")


def google(seed, folder):
    X = np.loadtxt(folder / "google_stock.csv", delimiter=",", skiprows=1)
    X = (X - X.min(axis=0)) / np.ptp(X, axis=0)  # the scale of the published table
    return interleaved("google_stock", X, variant="lags", n_paths=500, length=24)


def read(folder, name):
    import pandas as pd

    return pd.read_parquet(folder / f"{name}.parquet")


FAIL, LINEAR, REAL = "fail", "linear", "real"

# Exact distributions: recipe, columns that are shown, variant of ours.
DISTRIBUTIONS: dict[str, tuple[Callable, int, str | None]] = {
    "double_well_2": (partial(make_double_well, 2000, 2), 2, None),
    "double_well_20": (partial(make_double_well, 2000, 20), 20, None),
    "arch_5": (partial(make_var_arch, 2000, 5), 5, None),
    "arch_20": (partial(make_var_arch, 2000, 20), 20, None),
    "multimodal_20": (partial(make_var_mixture, 200, 20), 20, None),
    "volatility_3": (partial(make_stochastic_volatility, 2000, 3), 3, "returns"),
    "var_5": (partial(make_var_mixture, 1000, 5, n_components=1), 5, None),
    "var_20": (partial(make_var_mixture, 1000, 20), 20, None),
}
# Real series: recipe, and the file that it needs.
REAL_SETS: dict[str, tuple[Callable, str | None]] = {
    "sp500_20_prices": (sp500, "sp500_20_prices.parquet"),
    "us_vix_market": (us_market, None),
    "eustockmarkets": (eu_markets, "eustockmarkets.parquet"),
    "nyc_weather": (new_york, "nyc_weather.parquet"),
    "vic_elecdemand": (demand, "vic_elecdemand.parquet"),
    "ETTh1": (transformer, "ETTh1.csv.gz"),
    "google_stock": (google, "google_stock.csv"),
    "sines_24": (sines, None),
}
# The most telling first: a run that is stopped early has these.
GROUPS = {
    "double_well_2": FAIL,
    "double_well_20": FAIL,
    "var_20": LINEAR,
    "arch_5": FAIL,
    "arch_20": FAIL,
    "sp500_20_prices": REAL,
    "us_vix_market": REAL,
    "multimodal_20": FAIL,
    "volatility_3": FAIL,
    "var_5": LINEAR,
    "eustockmarkets": REAL,
    "nyc_weather": REAL,
    "vic_elecdemand": REAL,
    "ETTh1": REAL,
    "google_stock": REAL,
    "sines_24": REAL,
}


def load(name, seed, folder):
    """Load one set, or say in a line why it is not there."""
    if name in DISTRIBUTIONS:
        return simulated(name, *DISTRIBUTIONS[name], seed)
    make, file = REAL_SETS[name]
    if file is not None and (folder is None or not (Path(folder) / file).exists()):
        return f"{name}: {file} is not there; pass its folder as --data"
    return make(seed, None if folder is None else Path(folder))
