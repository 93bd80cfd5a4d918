"""
Main job: tune, fit and simulate two real series
================================================

Daily weather of Seattle, and the US market (returns of S&P 500, Nasdaq and oil, with the
log of the VIX). Both go in as they are, and the model finds seasons and volatility by
itself. For each: a small grid search on the first three quarters, what the model has
found in words, held-out log-likelihood on the last quarter (beside the classics where these have a
density), 60 generated paths with their stylised facts, and a figure in which 60 more go on after the
last day of training, beside the days that came. Everything lands in ``build/``.
"""

import resource
import textwrap
import time
import warnings
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.dates as mdates
import matplotlib.pyplot as plt
import numpy as np
import torch
from scipy.optimize import minimize_scalar
from scipy.stats import multivariate_normal, multivariate_t
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.neighbors import KernelDensity

from skdiffts import GenerativeTimeSeries
from skdiffts.datasets import load_seattle_weather, load_us_market
from skdiffts.metrics import stylized_facts

BUILD = Path(__file__).resolve().parent.parent / "build"
LAGS = (1, 5, 20)
N_PATHS, N_DAYS = 60, 365
# The dynamics find their own settings; each fit of the search finds them anew.
GRID = {"sampler__sde__beta_max": [10.0, 20.0]}

# %%
# The two series, as frames with dates. Weather is as it was measured: more than half of the
# days are exactly dry. Prices enter as returns in percent, the VIX as its logarithm.


def weather():
    """Daily rain, temperatures and wind."""
    names = ["rain (mm)", "highest (°C)", "lowest (°C)", "wind (m/s)"]
    return load_seattle_weather().set_axis(names, axis=1)


def market():
    """Daily returns in percent and the log of the VIX."""
    levels = load_us_market()
    frame = 100.0 * np.log(levels).diff()
    frame["VIX"] = np.log(levels["VIX"])
    names = ["S&P 500 (%)", "Nasdaq (%)", "log VIX", "WTI oil (%)"]
    return frame.set_axis(names, axis=1).iloc[1:]


# %%
# The classics, fitted to the same training rows. Each gives the log-density of a row,
# given the row before it where it looks at it.


def static_gaussian(train, test):
    """Rows as independent Gaussian draws."""
    return multivariate_normal(train.mean(axis=0), np.cov(train.T)).logpdf(test[1:])


def static_student(train, test):
    """Rows as independent Student-t draws, all parameters by maximum likelihood."""

    def fit(df):
        center, shape = train.mean(axis=0), np.cov(train.T)
        for _ in range(50):
            centered = train - center
            distance = np.einsum("nd,nd->n", centered @ np.linalg.inv(shape), centered)
            weight = (df + train.shape[1]) / (df + distance)
            center = weight @ train / weight.sum()
            centered = train - center
            shape = (weight[:, np.newaxis] * centered).T @ centered / len(train)
        return multivariate_t(center, shape, df)

    best = minimize_scalar(
        lambda log_df: -fit(np.exp(log_df)).logpdf(train).sum(),
        bounds=(np.log(1.5), np.log(200.0)),
        method="bounded",
    )
    return fit(np.exp(best.x)).logpdf(test[1:])


def var_residuals(train, test):
    """Residuals of a VAR(1) by least squares, in and out of sample."""
    design = np.column_stack([np.ones(len(train) - 1), train[:-1]])
    coef = np.linalg.lstsq(design, train[1:], rcond=None)[0]
    new = np.column_stack([np.ones(len(test) - 1), test[:-1]])
    return train[1:] - design @ coef, test[1:] - new @ coef


def var_gaussian(train, test):
    """VAR(1) with Gaussian residuals."""
    residuals, new = var_residuals(train, test)
    covariance = residuals.T @ residuals / len(residuals)
    return multivariate_normal(np.zeros(train.shape[1]), covariance).logpdf(new)


def var_kernel_density(train, test):
    """VAR(1) with a kernel density of its whitened residuals, bandwidth by CV."""
    residuals, new = var_residuals(train, test)
    factor = np.linalg.cholesky(residuals.T @ residuals / len(residuals))
    white, new = (
        np.linalg.solve(factor, residuals.T).T,
        np.linalg.solve(factor, new.T).T,
    )
    search = GridSearchCV(KernelDensity(), {"bandwidth": np.geomspace(0.1, 1.0, 10)})
    log_det = np.log(np.diagonal(factor)).sum()
    return search.fit(white).best_estimator_.score_samples(new) - log_det


CLASSICS = {
    "static Gaussian": static_gaussian,
    "static Student-t": static_student,
    "VAR(1), Gaussian": var_gaussian,
    "VAR(1), kernel density": var_kernel_density,
}


# %%
# One series from start to end.


def tune_and_fit(train):
    """Grid search with a short training, then a full fit of the best."""
    model = GenerativeTimeSeries().set_params(
        sampler__max_iter=200,
        sampler__random_state=0,
        sampler__score_model__base="gaussian",
    )
    search = GridSearchCV(
        model,
        GRID,
        cv=TimeSeriesSplit(2),
        refit=False,
        n_jobs=2,
        error_score="raise",
        verbose=1,
    )
    with warnings.catch_warnings():
        # Two hundred steps rank the candidates; they need not have converged.
        warnings.simplefilter("ignore", ConvergenceWarning)
        search.fit(train)
    print("fit of the best:", flush=True)
    best = model.set_params(
        **search.best_params_,
        sampler__max_iter=3000,
        sampler__score_model=None,
        sampler__verbose=1,
    )
    return best.fit(train), search


def print_scores(model, train, test):
    """Print held-out log-likelihoods and their differences from ours."""
    ours = model.score_samples(test)[1:]
    ours = np.asarray(ours)
    print("\nheld-out log-likelihood, nats a transition (difference +- standard error)")
    print(f"  {'skdiffts':26}{ours.mean():9.3f}")
    if any(len(support.atoms) for support in model.support_.values()):
        print("  exact zeros have a probability: no density of the classics compares")
        return
    for name, classic in CLASSICS.items():
        scores = classic(train.to_numpy(), test.to_numpy())
        gap = ours - scores
        error = gap.std(ddof=1) / np.sqrt(len(gap))
        print(
            f"  {name:26}{scores.mean():9.3f}   ours {gap.mean():+.3f} +- {error:.3f}"
        )


def print_facts(train, paths):
    """Print stylised facts of the real rows and of the generated paths."""
    real, generated = (
        stylized_facts(values, lags=LAGS) for values in (train.to_numpy(), paths)
    )
    print("\nstylised facts, real | generated")
    print(f"  {'':34}" + "".join(f"{name:>18}" for name in train.columns))

    def line(label, left, right):
        cells = (f"{a:.2f} | {b:.2f}" for a, b in zip(left, right, strict=True))
        print(f"  {label:34}" + "".join(f"{cell:>18}" for cell in cells))

    line("standard deviation", real.standard_deviation, generated.standard_deviation)
    line("excess kurtosis", real.excess_kurtosis, generated.excess_kurtosis)
    values = train.to_numpy(), paths.reshape(-1, paths.shape[2])
    low = values[0].min(axis=0)
    line(
        "share of rows at the lowest value", *((v <= low).mean(axis=0) for v in values)
    )
    for i, lag in enumerate(LAGS):
        line(
            f"autocorrelation, lag {lag}",
            real.autocorrelation[i],
            generated.autocorrelation[i],
        )
    for i, lag in enumerate(LAGS):
        line(
            f"autocorrelation of squares, lag {lag}",
            real.autocorrelation_of_squares[i],
            generated.autocorrelation_of_squares[i],
        )
    for i, name in enumerate(train.columns[:-1]):
        line(
            f"correlation with {name}",
            real.cross_correlation[i],
            generated.cross_correlation[i],
        )


def draw(title, model, train, test, ahead, paths, file):
    """Draw each feature: what goes on after training, distributions, and memory."""
    d = train.shape[1]
    dates = ahead.index.get_level_values(-1)[:N_DAYS]
    fans = ahead.to_numpy().reshape(N_PATHS, N_DAYS, d)
    lags = np.arange(1, 41)
    facts = [stylized_facts(x, lags=tuple(lags)) for x in (train.to_numpy(), paths)]
    figure, axes = plt.subplots(
        d, 3, figsize=(13, 2.3 * d), width_ratios=[3, 1, 1.2], layout="constrained"
    )
    for j, (name, (left, middle, right)) in enumerate(
        zip(train.columns, axes, strict=True)
    ):
        for low, high, alpha in ((5, 95, 0.25), (25, 75, 0.45)):
            band = np.percentile(fans[:, :, j], [low, high], axis=0)
            label = f"{low}-{high} %"
            left.fill_between(
                dates, *band, color="#0072B2", alpha=alpha, lw=0, label=label
            )
        left.plot(dates, fans[0, :, j], color="#0072B2", lw=0.7, label="one path")
        came = test.iloc[: N_DAYS - 1, j]
        left.plot(came.index, came, color="#D55E00", lw=0.7, label="what came")
        left.set(ylabel=name, xlim=(dates[0], dates[-1]))
        locator = mdates.AutoDateLocator()
        left.xaxis.set_major_locator(locator)
        left.xaxis.set_major_formatter(mdates.ConciseDateFormatter(locator))
        both = np.concatenate([train.iloc[:, j], paths[:, :, j].ravel()])
        edges = np.linspace(*np.percentile(both, [0.1, 99.9]), 41)
        style = {"bins": edges, "density": True, "orientation": "horizontal"}
        middle.hist(train.iloc[:, j], **style, color="#D55E00", alpha=0.6, label="real")
        middle.hist(
            paths[:, :, j].ravel(),
            **style,
            histtype="step",
            lw=1.5,
            color="#0072B2",
            label="generated",
        )
        for fact, color in zip(facts, ("#D55E00", "#0072B2"), strict=True):
            right.plot(lags, fact.autocorrelation_of_squares[:, j], color=color)
        right.axhline(0.0, color="0.7", lw=0.7)
    axes[0, 0].legend(ncols=4, fontsize=8, loc="upper right")
    axes[0, 0].set_title("after the last day of training", fontsize=10)
    axes[0, 1].set_title("distribution", fontsize=10)
    axes[0, 1].legend(fontsize=8)
    axes[0, 2].set_title("autocorrelation of squares", fontsize=10)
    axes[-1, 1].set_xlabel("density")
    axes[-1, 2].set_xlabel("lag (days)")
    found = textwrap.fill(model.describe(), 150)
    figure.suptitle(f"{title}\n{found}", fontsize=9)
    figure.savefig(file, dpi=110)
    plt.close(figure)


def run(name, title, frame):
    """Tune, fit, score, simulate and save one series."""
    start = time.perf_counter()
    split = int(0.75 * len(frame))
    train, test = frame.iloc[:split], frame.iloc[split:]
    print(f"\n=== {title}: {len(train)} days to train, {len(test)} to test", flush=True)
    model, search = tune_and_fit(train)
    tuned = time.perf_counter()
    print(f"best of {len(search.cv_results_['params'])}: {search.best_params_}")
    print("what the model has found:")
    print(
        textwrap.fill(model.describe(), 88, initial_indent="  ", subsequent_indent="  ")
    )
    print_scores(model, train, test)
    # From random days of training, and as long as the real series: facts of a few hundred
    # days differ by their length alone.
    paths = model.sample(N_PATHS, len(train), output="array", random_state=0)
    print_facts(train, paths)
    ahead = model.sample(N_PATHS, N_DAYS, x0="last", random_state=0)
    ahead.to_parquet(BUILD / f"{name}_paths.parquet")
    draw(title, model, train, test, ahead, paths, BUILD / f"{name}.png")
    end = time.perf_counter()
    print(f"\n{tuned - start:.0f} s tuning and fitting, {end - tuned:.0f} s the rest")


def main():
    """Run both series."""
    start = time.perf_counter()
    torch.set_num_threads(1)  # the networks are small: more threads wait for each other
    BUILD.mkdir(exist_ok=True)
    run("weather", "Seattle weather", weather())
    run("market", "US market", market())
    peak = max(
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    seconds = time.perf_counter() - start
    print(f"\ntotal {seconds:.0f} s, peak memory of a process {peak / 2**20:.2f} GiB")
    print(f"figures and paths: {BUILD}")


if __name__ == "__main__":
    main()
