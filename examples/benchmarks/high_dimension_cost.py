"""Seconds, memory and growth of fit, sample and score in high dimension."""

import resource
import time
import warnings
from multiprocessing import get_context

import numpy as np
from high_dimension_data import factor_model

# Columns and rows; most seconds of the first stage, most MiB of it beyond the import.
SHAPES = {
    "20x6000": (20, 6000, 12.0, np.inf),
    "100x1000": (100, 1000, 5.0, np.inf),
    "207x1470": (207, 1470, 20.0, 250.0),
    "1000x1000": (1000, 1000, 60.0, np.inf),
}
# Most seconds of the whole fit beyond twice the first stage's.
WHOLE = 30.0
# Most seconds of 100 scored rows without a network, up to 207 columns.
SCORE = 0.1
# Columns, and most seconds of 100 rows scored with a network, and nats of their error.
NETWORKS = {4: 2.0, 50: 7.0, 200: 10.0}
NEAR = 0.02
N_ITERATIONS = 200
# Rows whose error is measured against 128 steps.
N_EXACT = 25
# Widths of the network that are compared, steps, and columns of what they learn.
WIDTHS, N_STEPS, WIDE = (128, 256), 2000, 200
GROWTH = ((50, 1000), (100, 1000), (200, 1000), (100, 2000), (100, 4000))


def rows_of(d, n):
    """Standardised rows of the factor model."""
    [x] = factor_model(d, n + 1)
    return (x - x.mean(axis=0)) / x.std(axis=0)


def peak_mib():
    """Largest memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def seconds_of(function, *arguments, **options):
    """Processor time of a call, and what it gives."""
    start = time.process_time()
    result = function(*arguments, **options)
    return time.process_time() - start, result


def first_stage(d, n):
    """Seconds and peak memory, beyond the import's, of the first stage's fit."""
    from skdiffts import KernelDriftVolEstimator

    warnings.simplefilter("ignore")
    x = rows_of(d, n)
    # What is imported on first use is no memory of a fit.
    KernelDriftVolEstimator().fit(x[:200, :5])
    before = peak_mib()
    seconds, _ = seconds_of(KernelDriftVolEstimator().fit, x)
    return seconds, peak_mib() - before


def whole(d, n):
    """Seconds of the whole fit, of 1000 simulated rows and of 100 scored ones."""
    from skdiffts import GenerativeTimeSeries

    warnings.simplefilter("ignore")
    x = rows_of(d, n)
    GenerativeTimeSeries().fit(x[:200, :5])
    fitted, model = seconds_of(GenerativeTimeSeries().fit, x)
    sampled, _ = seconds_of(model.sample, 10, 100, random_state=0)
    model.score_samples(x[:20])
    scored, _ = seconds_of(model.score_samples, x[:101])
    return fitted, sampled, scored


def network(d):
    """Seconds of 100 rows scored with a network, and largest and mean error in nats.

    Trained for long on few rows without a stop, it leads far from its base.
    """
    from skdiffts import DiffusionResidualSampler
    from skdiffts.process import FlowDensity

    warnings.simplefilter("ignore")
    x = rows_of(d, 1100)
    sampler = DiffusionResidualSampler(
        max_iter=N_ITERATIONS, early_stopping=False, random_state=0
    ).fit(x[:1000])
    sampler.score_samples(x[:10])
    seconds, values = seconds_of(sampler.score_samples, x[1000:1100])
    sampler.set_params(density=FlowDensity(n_steps=128, tol=1e9))
    exact = sampler.score_samples(x[1000 : 1000 + N_EXACT])
    errors = np.abs(values[:N_EXACT] - exact)
    return seconds, errors.max(), errors.mean()


def fresh(function, *arguments):
    """Result of a call in a process of its own, whose memory is its own."""
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(function, arguments)


def cost(names):
    """Print seconds and memory of some shapes, or of a network, beside their bars."""
    for name in names or (*SHAPES, "network"):
        if name == "network":
            network_cost()
            continue
        d, n, most, most_mib = SHAPES[name]
        seconds, mib = fresh(first_stage, d, n)
        fitted, sampled, scored = fresh(whole, d, n)
        print(
            f"d = {d}, n = {n}: first stage {seconds:.1f} s (bar {most:g}), {mib:.0f} MiB "
            f"(bar {most_mib:g}); whole fit {fitted:.1f} s (bar {2 * most + WHOLE:g}); "
            f"1000 rows simulated {sampled:.2f} s; 100 rows scored {scored:.3f} s (bar "
            f"{SCORE if d <= 207 else np.inf:g})",
            flush=True,
        )


def network_cost():
    """Print seconds and errors of densities with a network beside their bars."""
    for d, most in NETWORKS.items():
        seconds, largest, mean = fresh(network, d)
        print(
            f"d = {d}: 100 rows scored with a network {seconds:.1f} s (bar {most:g}), "
            f"error {largest:.4f} nats (bar {NEAR:g}), {mean:.4f} in the mean",
            flush=True,
        )


def rings(n, seed):
    """Pairs of columns on noisy circles: what a Gaussian or a t is far from."""
    rng = np.random.RandomState(seed)
    angle = rng.uniform(0.0, 2.0 * np.pi, (n, WIDE // 2))
    radius = 1.0 + 0.15 * rng.standard_normal(angle.shape)
    pair = radius * np.cos(angle), radius * np.sin(angle)
    return np.stack(pair, axis=2).reshape(n, WIDE)


def width(rows, held_out, n_wide):
    """Seconds of a fit with a network of some width, its log-likelihood and the base's."""
    from skdiffts import DiffusionResidualSampler
    from skdiffts.scores import ScoreNetwork

    warnings.simplefilter("ignore")
    sampler = DiffusionResidualSampler(
        score_model=ScoreNetwork(width=n_wide),
        max_iter=N_STEPS,
        n_iter_no_change=N_STEPS,
        random_state=0,
    )
    seconds, _ = seconds_of(sampler.fit, rows)
    scores = sampler.validation_scores_
    value = sampler.score_samples(held_out).mean()
    return seconds, 100 * int(np.argmax(scores)), max(scores) - scores[0], value


def widths():
    """Print whether a wider network learns more of two distributions in many columns."""
    from skdiffts import KernelDriftVolEstimator

    warnings.simplefilter("ignore")
    x = rows_of(WIDE, 1369)
    stage_one = KernelDriftVolEstimator().fit(x[:1000])
    sets = {
        "residuals of the factor model": (
            stage_one.loo_residuals_,
            stage_one.transform(x)[1000:1100],
        ),
        "rings": (rings(3000, 0), rings(100, 1)),
    }
    for name, (rows, held_out) in sets.items():
        for n_wide in WIDTHS:
            seconds, best, gain, value = fresh(width, rows, held_out, n_wide)
            print(
                f"{name}, d = {WIDE}, {len(rows)} rows, width {n_wide}: fit {seconds:.1f} "
                f"s, best step {best} of {N_STEPS}, validation loss minus the base's "
                f"{-gain:.4f}, held-out log-likelihood {value:.3f}",
                flush=True,
            )


def growth():
    """Print exponents of fit, sample and score in columns and in rows."""
    times = {}
    for d, n in GROWTH:
        times[d, n] = np.array(fresh(whole, d, n))
        fitted, sampled, scored = times[d, n]
        print(
            f"  d = {d}, n = {n}: fit {fitted:.2f} s, sample {sampled:.3f} s, score "
            f"{scored:.3f} s",
            flush=True,
        )
    columns = np.log(times[200, 1000] / times[50, 1000]) / np.log(4.0)
    rows = np.log(times[100, 4000] / times[100, 1000]) / np.log(4.0)
    for name, in_d, in_n in zip(("fit", "sample", "score"), columns, rows, strict=True):
        print(f"growth of {name}: d^{in_d:.2f}, n^{in_n:.2f}")
