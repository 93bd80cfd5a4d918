"""Missing cells: what they cost in held-out score, and how well they are imputed.

Run ``python examples/benchmarks/columns_missing.py --table returns|weather --seeds 1``.
Cells of the first three quarters of the rows are removed at random; the last quarter is
complete and held out. Tables are read from ``--data``. ``--parts line`` takes a line in
the present row and a Gaussian mixture in place of the default parts, in a fraction of the
time; ``--parts independent`` takes rows that do not depend on the row before, which the
default search finds in returns, where a line has 400 slopes for nothing. Losses come with the standard error of the held-out rows, and beside them stand the
loss of stage one alone, and of complete fits to the last rows, as many as the share of
cells leaves: what so much less data costs.
"""

import argparse
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.impute import IterativeImputer
from sklearn.mixture import GaussianMixture

from skdiffts import GenerativeTimeSeries, KernelDriftVolEstimator
from skdiffts.conditioning import Independent

N_DRAWS = 99  # the 5th and the 95th in order are an interval of 90 %
N_ITERATIVE = 5


def returns(data, n_rows):
    """Daily returns of 20 shares, in percent."""
    prices = pd.read_parquet(data / "sp500_20_prices.parquet")
    return (100.0 * np.log(prices).diff()).iloc[-n_rows:]


def weather(data, n_rows):
    """Hourly weather of one airport of New York."""
    table = pd.read_parquet(data / "nyc_weather.parquet")
    return table.loc[table.index[-1][0]].iloc[-n_rows:]


def energy_score(draws, truth, missing, unit):
    """Mean energy score of the missing cells of a row, in standard deviations."""
    scores = []
    for row in np.flatnonzero(missing.any(axis=1)):
        cells = missing[row]
        z, x = draws[:, row, cells] / unit[cells], truth[row, cells] / unit[cells]
        score = np.linalg.norm(z - x, axis=1).mean()
        if len(z) > 1:
            pairs = np.linalg.norm(z[:, np.newaxis] - z, axis=2).sum()
            score -= 0.5 * pairs / (len(z) * (len(z) - 1))
        scores.append(score)
    return np.mean(scores)


def iterative(table):
    """Draws of scikit-learn's imputer."""
    drawn = []
    for seed in range(N_ITERATIVE):
        imputer = IterativeImputer(
            sample_posterior=True, max_iter=10, random_state=seed
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            drawn.append(imputer.fit_transform(table))
    return np.array(drawn)


def make(parts, **parameters):
    """Generator with default arguments, or with parts that are fitted in a second."""
    if parts == "default":
        return GenerativeTimeSeries(**parameters)
    conditioning = Independent() if parts == "independent" else None
    dynamics = KernelDriftVolEstimator(
        "all", conditioning=conditioning, additive_drift="linear"
    )
    # One start in twenty dimensions often ends with one component.
    mixture = GaussianMixture(2, reg_covar=0.1, n_init=10, random_state=0)
    return GenerativeTimeSeries(dynamics, mixture, **parameters)


def stage_one(generator, test):
    """Gaussian log-density of each row by the dynamics alone."""
    return generator.dynamics_.score_samples(generator.preprocess(test))


def loss(reference, density):
    """Mean loss of rows, and its standard error."""
    lost = (reference - density)[np.isfinite(reference) & np.isfinite(density)]
    return lost.mean(), lost.std() / np.sqrt(len(lost))


def one(table, share, seed, parts, complete, wanted):
    """Losses in nats a row against the complete fit, and scores of imputed cells."""
    first = 3 * len(table) // 4
    train, test = table.iloc[:first], table.iloc[first:]
    reference = complete.score_samples(test)
    missing = np.random.RandomState(seed).uniform(size=train.shape) < share
    holes = train.mask(missing)
    begun = time.perf_counter()
    fitted = make(parts, missing="draw").fit(holes)
    row = {"share": share, "seed": seed, "seconds": time.perf_counter() - begun}
    row["draw"], row["error"] = loss(reference, fitted.score_samples(test))
    row["stage one"], _ = loss(stage_one(complete, test), stage_one(fitted, test))
    rivals = {
        "fewer rows": (train.iloc[int(share * len(train)) :], {}),
        "mean": (holes.fillna(holes.mean()), {}),
        "break": (holes, {"dynamics__missing": "break"}),
    }
    for name in wanted:
        data, options = rivals[name]
        try:
            rival = make(parts).set_params(**options).fit(data)
            row[name], _ = loss(reference, rival.score_samples(test))
        except ValueError:  # no transitions are left
            row[name] = np.inf
    truth, unit = train.to_numpy(), train.to_numpy().std(axis=0)
    drawn = np.array(fitted.impute(holes, N_DRAWS, random_state=seed))
    ordered = np.sort(drawn[:, missing], axis=0)
    inside = (ordered[4] <= truth[missing]) & (truth[missing] <= ordered[94])
    line = holes.interpolate(limit_direction="both").to_numpy()[np.newaxis]
    row["es draw"] = energy_score(drawn, truth, missing, unit)
    row["es line"] = energy_score(line, truth, missing, unit)
    row["es iterative"] = energy_score(iterative(holes), truth, missing, unit)
    row["coverage"] = inside.mean()
    return row


def main():
    """Run one part."""
    parser = argparse.ArgumentParser(description=__doc__)
    tables = {"returns": returns, "weather": weather}
    parser.add_argument("--table", choices=list(tables), default="returns")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--shares", type=float, nargs="+", default=[0.05, 0.2, 0.5])
    parser.add_argument("--rows", type=int, default=1500)
    parts = ["default", "line", "independent"]
    parser.add_argument("--parts", choices=parts, default="default")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    rivals = ["fewer rows", "mean", "break"]
    parser.add_argument("--rivals", choices=rivals, nargs="*", default=rivals)
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    if given.quick:
        given.shares, given.rows, given.rivals = [0.05], 400, []
        given.parts = "independent"
    warnings.simplefilter("ignore", UserWarning)
    table = tables[given.table](given.data, given.rows)
    first = 3 * len(table) // 4
    complete = make(given.parts).fit(table.iloc[:first])
    score = complete.score(table.iloc[first:])
    print(f"{given.table}: {complete.describe()}; score {score:.3f}", flush=True)
    for share in given.shares:
        for seed in range(given.seeds):
            row = one(table, share, seed, given.parts, complete, given.rivals)
            print({key: round(float(v), 3) for key, v in row.items()}, flush=True)


if __name__ == "__main__":
    main()
