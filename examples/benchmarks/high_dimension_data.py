"""Sets of the benchmark of high dimension: real ones from a folder, simulated ones."""

from dataclasses import dataclass
from functools import partial

import numpy as np

# Share of the rows, or paths, that are trained on.
TRAINED, TRAINED_SPARSE = 0.73, 0.7
BURN_IN = 200
# Rows of a simulated path whose moments stand for the truth.
N_LONG = 100_000


@dataclass(frozen=True, eq=False)
class Split:
    """Training and held-out paths, with columns standardised by the training rows.

    A held-out path that goes on where the only training path ends begins with its last
    row; otherwise it is a path of its own.
    """

    name: str
    train: list
    test: list
    continues: bool
    center: np.ndarray
    scale: np.ndarray

    @classmethod
    def of(cls, name, paths, share):
        """The first rows of one path, or the first of many paths, are trained on."""
        if len(paths) == 1:
            [x], k = paths, int(share * len(paths[0]))
            train, test = [x[:k]], [x[k - 1 :]]
        else:
            k = int(share * len(paths) + 0.5)
            train, test = paths[:k], paths[k:]
        rows = np.concatenate(train)
        center, scale = rows.mean(axis=0), rows.std(axis=0)
        train, test = ([(x - center) / scale for x in part] for part in (train, test))
        return cls(name, train, test, len(paths) == 1, center, scale)

    @property
    def n_features(self):
        return self.train[0].shape[1]


def factor_model(d, n, seed=0, n_factors=4, degrees=5):
    """Factors with a pull beyond 1.5 and a common volatility; autoregressive rests."""
    rng = np.random.RandomState(seed)
    unit = 0.5 / np.sqrt(degrees / (degrees - 2.0))
    loadings = rng.standard_normal((d, n_factors)) / np.sqrt(n_factors)
    persistence = rng.uniform(0.2, 0.9, d)
    factors, rest, volatility, rows = np.zeros(n_factors), np.zeros(d), 0.0, []
    for _ in range(n + BURN_IN):
        volatility = 0.95 * volatility + 0.25 * rng.standard_normal()
        shock = np.exp(0.5 * volatility) * unit * rng.standard_t(degrees, n_factors)
        factors = (0.9 - 0.4 * (np.abs(factors) > 1.5)) * factors + shock
        rest = persistence * rest + unit * rng.standard_t(degrees, d)
        rows.append(loadings @ factors + rest)
    return [np.array(rows[BURN_IN:])]


def sparse_var(d, n, seed=0):
    """Autoregression in which two others, on average, move a series; white noise."""
    rng = np.random.RandomState(seed)
    matrix = np.diag(rng.uniform(0.2, 0.8, d))
    matrix += (rng.random_sample((d, d)) < 2.0 / d) * rng.uniform(-0.4, 0.4, (d, d))
    matrix *= 0.95 / max(0.95, np.abs(np.linalg.eigvals(matrix)).max())
    x, rows = np.zeros(d), []
    for _ in range(n + BURN_IN):
        x = matrix @ x + rng.standard_normal(d)
        rows.append(x)
    return [np.array(rows[BURN_IN:])]


def fred(folder):
    """Monthly macro series to February 2020, each transformed as its publishers advise.

    NONBORRES, which fell by 450 standard deviations in 2008, is left out.
    """
    import pandas as pd

    levels = pd.read_parquet(folder / "fred_md.parquet")
    table = pd.read_csv(folder / "fred_md_transformations.csv")
    codes = table.set_index("variable")["fred_md"].astype(str).reindex(levels.columns)
    series = {}
    for name, code in codes.items():
        column = np.log(levels[name]) if "log" in str(code) else levels[name]
        if "pct" in str(code):
            column = column.pct_change().diff()
        elif "diff" in str(code):
            column = column.diff().diff() if "2" in str(code) else column.diff()
        series[name] = column
    complete = pd.DataFrame(series).iloc[2:].dropna(axis=1).iloc[:731]
    return [complete.drop(columns="NONBORRES").to_numpy()]


def returns(folder):
    """Daily log returns of twenty shares."""
    import pandas as pd

    prices = pd.read_parquet(folder / "sp500_20_prices.parquet").ffill().dropna(axis=1)
    return [np.log(prices).diff().dropna().to_numpy()]


def table(folder, file, n_rows=None, n_columns=None):
    """Numbers of a parquet file."""
    import pandas as pd

    X = pd.read_parquet(folder / file).to_numpy(dtype=float)
    return [X[:n_rows, :n_columns]]


def fmri(folder):
    """Simulated brain signals of fifty subjects."""
    series = np.load(folder / "fmri_sim4.npz")["ts"].astype(float)
    return list(series.reshape(50, 200, 50))


# Name to (what makes the paths, share trained on). Entries of `REAL` take the data folder.
REAL = {
    "fred": (fred, TRAINED),
    "los207": (partial(table, file="los_speed.parquet"), TRAINED),
    "sp20": (returns, TRAINED),
    "fmri50": (fmri, TRAINED),
    "energy26": (
        partial(table, file="energy_appliances.parquet", n_rows=6000, n_columns=26),
        TRAINED,
    ),
}
SIMULATED = {
    "factor100": (partial(factor_model, 100, 1000), TRAINED),
    "svar100": (partial(sparse_var, 100, 1000), TRAINED_SPARSE),
    "factor200": (partial(factor_model, 200, 1370), TRAINED),
    "factor400": (partial(factor_model, 400, 1370), TRAINED),
    "factor1000": (partial(factor_model, 1000, 1370), TRAINED),
}
# Least mean log-likelihood of a held-out row that the default must reach.
BARS = {
    "fred": -66.0,
    "los207": -82.0,
    "sp20": -16.7,
    "fmri50": -64.0,
    "factor100": -76.5,
    "svar100": -109.0,
    "factor200": -142.0,
    "factor400": -282.0,
    "factor1000": -715.0,
}


def long_path(split):
    """Rows whose moments stand for the truth: of a long simulated path, or held out."""
    if split.name not in SIMULATED:
        return split.test[0][1:]
    make, _ = SIMULATED[split.name]
    [x] = make.func(split.n_features, N_LONG)
    return (x - split.center) / split.scale


def load(name, folder):
    """Read or simulate a set; a missing file raises FileNotFoundError."""
    if name in SIMULATED:
        make, share = SIMULATED[name]
        return Split.of(name, make(), share)
    make, share = REAL[name]
    return Split.of(name, make(folder), share)
