"""How long do the fits of README and guides take? Run it alone.

    python examples/benchmarks/fit_cost.py [--quick]

Wall and CPU seconds of one thread: README's fit (four columns of weather by defaults), the
tutorial's (its first three years), the season of `doc/guide/my_data.rst` without a network,
and one candidate of `doc/guide/search.rst` with the training that a real search has.
"""

import argparse
import time
import warnings

import numpy as np
import torch
from sklearn.mixture import GaussianMixture

from skdiffts import GenerativeTimeSeries
from skdiffts.datasets import load_seattle_weather, make_van_der_pol


def hourly_load(n_rows):
    """Series with a cycle of a day, as in the guide."""
    rng, hours, noise = np.random.RandomState(0), np.arange(n_rows), np.zeros(n_rows)
    for i in range(1, n_rows):
        noise[i] = 0.8 * noise[i - 1] + rng.normal()
    return (50.0 + 10.0 * np.sin(2.0 * np.pi * hours / 24.0) + noise)[:, np.newaxis]


def cases(is_quick):
    """Name, unfitted model and rows of each fit."""
    weather = load_seattle_weather()
    X, truth = make_van_der_pol(n_rows=450, random_state=0)
    candidate = GenerativeTimeSeries().set_params(
        dynamics__dt=truth.dt,
        dynamics__conditioning=None,
        dynamics__scale=None,
        sampler__score_model__base="gaussian",
        sampler__score_model__width=32,
        sampler__early_stopping=False,
        sampler__max_iter=20 if is_quick else 3000,
        sampler__random_state=0,
    )
    found = [
        ("README", GenerativeTimeSeries(), weather),
        ("tutorial", GenerativeTimeSeries(), weather.loc[:"2014"]),
        ("my data", GenerativeTimeSeries(sampler=GaussianMixture()), hourly_load(672)),
        ("one candidate of a search", candidate, X),
    ]
    return [(name, model, X[:80] if is_quick else X) for name, model, X in found]


def main():
    """Fit each and print its seconds."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    is_quick = parser.parse_args().quick
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    for name, model, X in cases(is_quick):
        wall, cpu = time.perf_counter(), time.process_time()
        model.fit(X)
        spent = time.perf_counter() - wall, time.process_time() - cpu
        print(
            f"{name:26}{len(X):5} x {X.shape[1]}: {spent[0]:5.1f} s, CPU {spent[1]:5.1f} s",
            flush=True,
        )


if __name__ == "__main__":
    main()
