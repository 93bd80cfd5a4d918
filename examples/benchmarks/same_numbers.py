"""Whether two trees give the same numbers: a refactoring changes none but by rounding.

Each configuration is fitted to a small series; its residuals, scores and draws go into
one file. Store them on one tree, compare on the other:

    python examples/benchmarks/same_numbers.py --store /tmp/before.npz
    python examples/benchmarks/same_numbers.py --compare /tmp/before.npz

A line is printed for each configuration with the largest difference of each kind,
relative to the largest number; the exit status is 1 where one exceeds the tolerance.
"""

import argparse
import sys
import warnings

import numpy as np
from sklearn.preprocessing import StandardScaler

from skdiffts import (
    DiffusionResidualSampler,
    GenerativeTimeSeries,
    KernelDriftVolEstimator,
    conditioning,
)
from skdiffts.datasets import make_double_well, make_var_mixture
from skdiffts.losses import DenoisingScoreMatching, SlicedScoreMatching
from skdiffts.scores import EmpiricalScore, ScoreNetwork
from skdiffts.sde import COU, CVP, OU, VE, VP, SubVP
from skdiffts.solvers import (
    AnnealedLangevin,
    EulerMaruyama,
    ExponentialMultistep,
    PredictorCorrector,
    ProbabilityFlow,
)

# Rounding only: the same operations in another order, through a trained network.
TOLERANCE = 1e-5
N_ROWS = 400


def series(n_features=2, seed=0):
    """Double wells: nonlinear, so that no local fit is the global one."""
    return rows(make_double_well(N_ROWS, n_features, random_state=seed))


def rows(made):
    """Table of a simulated series, whatever else its maker returns."""
    return np.asarray(made[0] if isinstance(made, tuple) else made)


def tabulated(n_blend):
    """Choice of tabulated local models, by whichever name the tree has."""
    try:
        from skdiffts.kernel import Tabulated
    except ImportError:
        return {"evaluation": "tabulated", "n_blend": n_blend}
    return {"evaluation": Tabulated(n_blend=n_blend)}


def adaptive_flow():
    """Adaptive probability flow, by whichever name the tree has."""
    try:
        from skdiffts.solvers import AdaptiveProbabilityFlow
    except ImportError:
        return ProbabilityFlow(method="rk45")
    return AdaptiveProbabilityFlow()


def dated(X, seed=0):
    """Frame with irregular times."""
    import pandas as pd

    steps = np.random.RandomState(seed).randint(1, 5, size=len(X)).cumsum()
    index = pd.Timestamp("2020-01-01") + pd.to_timedelta(steps, unit="h")
    return pd.DataFrame(X, columns=[f"c{i}" for i in range(X.shape[1])], index=index)


def kernels():
    """Configurations of stage one, each with the data that it is fitted to."""
    X = series()
    panel = np.stack([series(seed=seed)[:120] for seed in range(4)])
    holes = X.copy()
    holes[50], holes[200, 1] = np.nan, np.nan
    lagged = conditioning.ConditioningUnion(
        parts=[
            ("state", conditioning.State()),
            ("moves", conditioning.LaggedIncrements(n_lags=2)),
        ]
    )
    volatility = conditioning.EWVolatility()
    season = conditioning.ConditioningUnion(
        parts=[
            ("state", conditioning.State()),
            ("season", conditioning.CalendarFeatures(periods=("day",))),
        ]
    )
    options = {
        "defaults": ({}, X),
        "degree 0": ({"n_neighbors": 40, "degree": 0, "shrinkage": 0.3}, X),
        "paper": (
            {
                "n_neighbors": 30,
                "degree": 0,
                "metric": "euclidean",
                "shrinkage": 0.0,
            },
            X,
        ),
        "all": ({"n_neighbors": "all"}, X),
        "lags": ({"conditioning": lagged}, X),
        "volatility": (
            {"n_neighbors": "all", "conditioning": volatility, "scale": volatility},
            X,
        ),
        "covariance": (
            {"n_neighbors": "all", "degree": 0, "scale": conditioning.EWCovariance()},
            X,
        ),
        "panel": ({}, panel),
        "list": ({"n_neighbors": 50}, [panel[0], panel[1][:60], panel[2]]),
        "past only": ({"past_only": True, "n_neighbors": 60}, X),
        "tabulated": ({"n_neighbors": 60, **tabulated(2)}, X),
        "recency": ({"n_neighbors": 60, "recency_halflife": 100.0}, X),
        "irregular": ({"conditioning": season, "dt": "index"}, dated(X)),
        "gaps": ({"missing": "break"}, holes),
        "twenty": (
            {},
            rows(make_var_mixture(N_ROWS, 20, random_state=0)),
        ),
    }
    return options


def samplers():
    """Configurations of stage two."""
    small = {"max_iter": 200, "random_state": 0}
    options = {
        f"sde {type(sde).__name__} {getattr(sde, 'schedule', '')}": {"sde": sde}
        for sde in (
            *(VP(schedule=name) for name in ("linear", "cosine", "geometric")),
            *(OU(), VE(), SubVP(), COU(), CVP()),
        )
    }
    options |= {
        f"solver {type(solver).__name__} {i}": {"solver": solver}
        for i, solver in enumerate(
            (
                EulerMaruyama(n_steps=60, grid="logsnr"),
                PredictorCorrector(n_steps=40),
                AnnealedLangevin(),
                ProbabilityFlow(),
                adaptive_flow(),
                ExponentialMultistep(order=3, gamma=0.0, n_steps=20),
            )
        )
    }
    options |= {f"prior {name}": {"prior": name} for name in ("standard", "empirical")}
    options["loss sliced"] = {"loss": SlicedScoreMatching()}
    options["loss weighted"] = {
        "loss": DenoisingScoreMatching(weighting=lambda t: 1.0 + t)
    }
    options["base gaussian"] = {"score_model": ScoreNetwork(base="gaussian")}
    options["empirical score"] = {"score_model": EmpiricalScore()}
    return {name: {**small, **params} for name, params in options.items()}


def kernel_numbers(params, X):
    """Residuals, likelihood and one simulated path of a fitted stage one."""
    estimator = KernelDriftVolEstimator(**{"conditioning": None, **params}).fit(X)
    generator = GenerativeTimeSeries(
        KernelDriftVolEstimator(**{"conditioning": None, **params}), GaussianResiduals()
    ).fit(X)
    drift, covariance = estimator.coefficients(X)
    return {
        "residuals": estimator.loo_residuals_,
        "whitened": np.vstack(
            [np.asarray(path) for path in as_paths(estimator.transform(X))]
        ),
        "likelihood": np.asarray(estimator.score_samples(X)),
        "drift": drift,
        "covariance": covariance,
        "draws": generator.sample(3, 50, output="array", random_state=0),
        "starts": generator.sample(3, 20, x0="states", output="array", random_state=1),
        "score": np.asarray(generator.score_samples(X)),
    }


def as_paths(values):
    """Rows of any container as a list of tables."""
    return (
        list(values) if isinstance(values, list) or np.ndim(values) == 3 else [values]
    )


def GaussianResiduals():
    """Cheap sampler, so that stage one is what is seen."""
    from sklearn.neighbors import KernelDensity

    return KernelDensity(bandwidth=0.3)


def sampler_numbers(params):
    """Draws, density and score of a fitted stage two."""
    rng = np.random.RandomState(0)
    rows = rng.standard_t(5, size=(300, 2)) @ np.array([[1.0, 0.4], [0.0, 0.6]])
    sampler = DiffusionResidualSampler(**params).fit(rows)
    return {
        "draws": sampler.sample(50, random_state=0),
        "density": sampler.score_samples(rows[:20]),
        "score": sampler.score_function(rows[:20], 0.3),
    }


def whole_numbers():
    """Defaults of the whole generator, with a preprocessor."""
    X = dated(series())
    generator = GenerativeTimeSeries(
        sampler=DiffusionResidualSampler(max_iter=300, random_state=0),
        preprocessor=StandardScaler(),
    ).fit(X)
    return {
        "draws": generator.sample(3, 50, output="array", random_state=0),
        "forecast": generator.forecast(X, 10, 5, output="array", random_state=0),
        "score": generator.score_samples(X[:60]),
        "whitened": generator.whiten(X)[0],
        "tv": np.asarray(generator.bounds(X, random_state=0).total_variation.total),
    }


def measure(quick=False):
    """All numbers, named by configuration and kind; `quick`: kernels alone."""
    found = {}

    def add(name, numbers):
        found.update({f"{name}/{kind}": value for kind, value in numbers.items()})

    for name, (params, X) in kernels().items():
        add(f"kernel {name}", kernel_numbers(params, X))
    if quick:
        return found
    for name, params in samplers().items():
        add(f"sampler {name}", sampler_numbers(params))
    add("whole", whole_numbers())
    return found


def compare(before, after):
    """Print the differences; give the number of those above the tolerance."""
    n_bad = 0
    for name in sorted({*before, *after}):
        if name not in before or name not in after:
            print(f"{name:45s} only {'before' if name in before else 'after'}")
            n_bad += 1
            continue
        old, new = np.asarray(before[name]), np.asarray(after[name])
        if old.shape != new.shape or (np.isnan(old) != np.isnan(new)).any():
            print(f"{name:45s} shapes {old.shape} {new.shape}, or other NaN")
            n_bad += 1
            continue
        unit = max(np.nanmax(np.abs(old)), 1e-300)
        difference = float(np.nanmax(np.abs(old - new)) / unit)
        bad = not difference <= TOLERANCE
        n_bad += bad
        print(f"{name:45s} {difference:.1e}{'  DIFFERENT' if bad else ''}")
    print(f"{len(after)} results, {n_bad} different")
    return n_bad


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--store")
    parser.add_argument("--compare")
    parser.add_argument("--quick", action="store_true", help="kernels alone")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    numbers = measure(options.quick)
    print(f"{len(numbers)} results")
    if options.store:
        np.savez(options.store, **numbers)
    if options.compare:
        sys.exit(bool(compare(dict(np.load(options.compare)), numbers)))
