"""Evaluation of a generator by all metrics, on training and held-out data."""

from numbers import Integral

import numpy as np
from sklearn.preprocessing import StandardScaler
from sklearn.utils import check_random_state, check_scalar

from skdiffts._seeding import draw_seed
from skdiffts.evaluation._charts import forecast_charts, path_charts
from skdiffts.evaluation._evaluation import Evaluation
from skdiffts.evaluation._forecast_rows import forecast_rows, likelihood_rows
from skdiffts.evaluation._forecasts import forecast_cases, history_and_outcomes
from skdiffts.evaluation._path_rows import path_rows, sample_rows, stability_rows
from skdiffts.evaluation._windows import (
    as_windows,
    evenly,
    feature_names,
    read_paths,
    simulate,
)

__all__ = ["evaluate"]

# Paths of the long run: few, since each is long.
N_LONG_PATHS = 4
# Windows that the metrics of paths need, and pairs of rows that density and coverage,
# by their five nearest neighbours, need.
MIN_WINDOWS, MIN_PAIRS = 2, 6


def evaluate(
    generator,
    X_train,
    X_test,
    *,
    classifier=None,
    regressor=None,
    encoder=None,
    window=24,
    burn_in=100,
    start=None,
    n_samples=50,
    history=20,
    long_run=100,
    max_rows=1000,
    n_blocks=10,
    random_state=None,
):
    """Evaluate a generator on held-out data by all metrics of :mod:`skdiffts.metrics`.

    Long paths are cut into windows, and as many windows are generated as there are in
    the training data; a 3-D array is a panel that is compared path by path, from the
    first row on. All data are divided by the standard deviations of the training rows,
    not centred, so that no feature outweighs the others and returns keep their zero.
    The stylised facts are about returns: pass returns rather than prices. Each metric
    has its standard error and its floor, see :func:`compare` and
    :func:`compare_forecasts`, and stands beside the same metric with the training data
    in place of the generated data, or for forecasts with random training rows.
    Metrics that are undefined for repeated rows, such as counts, are NaN.

    Parameters
    ----------
    generator : estimator
        Fitted generator: anything with ``sample(n_paths, length, random_state)``.
        If it has ``forecast(X, horizon, n_samples, random_state)``, its forecasts are
        evaluated; if it has ``score(X)``, the held-out score is reported.
    X_train : array-like, frame, 3-D array or list of 2-D arrays
        Training data of the generator.
    X_test : array-like, frame, 3-D array or list of 2-D arrays
        Held-out path or panel of the same kind.
    classifier : classifier, default=None
        Estimator of :func:`skdiffts.metrics.classifier_accuracy` and
        :func:`skdiffts.metrics.discriminative_score`.
    regressor : regressor, default=None
        Estimator of :func:`skdiffts.metrics.predictive_score`.
    encoder : callable, default=None
        Encoder of panels for :func:`skdiffts.metrics.context_fid`; None omits that row.
    window : int, default=24
        Rows of a window.
    burn_in : int, default=100
        Rows simulated before each window and dropped; zero for a panel.
    start : str or array-like, default=None
        Passed to ``generator.sample`` as ``x0`` unless it is None, such as ``"states"``
        for series that are slow to reach stationarity.
    n_samples : int, default=50
        Forecasts of each row, three or more.
    history : int, default=20
        Rows before each forecast, see :func:`one_step_forecasts`.
    long_run : int, default=100
        Length of the paths for the stability metrics, in lengths of the longest
        training path; 0 omits these rows. Their simulation may dominate the time.
    max_rows : int, default=1000
        Largest number of rows, evenly spaced, for pairwise distances and forecasts.
    n_blocks : int, default=10
        Blocks behind the standard errors; at most the number of windows.
    random_state : int, RandomState instance or None, default=None
        Seed.

    Returns
    -------
    evaluation : Evaluation
        Table, with ``to_frame``, ``to_markdown`` and ``to_html``.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LinearRegression, LogisticRegression
    >>> from sklearn.neighbors import KernelDensity
    >>> from skdiffts import GenerativeTimeSeries
    >>> from skdiffts.evaluation import evaluate
    >>> X = np.random.RandomState(0).standard_normal((300, 1))
    >>> model = GenerativeTimeSeries(sampler=KernelDensity()).fit(X[:150])
    >>> table = evaluate(
    ...     model,
    ...     X[:150],
    ...     X[150:],
    ...     classifier=LogisticRegression(),
    ...     regressor=LinearRegression(),
    ...     long_run=1,
    ...     max_rows=60,
    ...     n_blocks=5,
    ...     random_state=0,
    ... )
    >>> table.rows[0].name
    'sliced Wasserstein distance'
    """
    _check_counts(
        n_blocks=(n_blocks, 2),
        window=(window, 2),
        burn_in=(burn_in, 0),
        long_run=(long_run, 0),
        n_samples=(n_samples, 3),
        history=(history, 1),
        max_rows=(max_rows, n_blocks),
    )
    rng = check_random_state(random_state)
    train_paths, test_paths = read_paths(X_train), read_paths(X_test)
    names = feature_names(train_paths)
    scale = StandardScaler().fit(train_paths.values).scale_
    panels = _real_panels(train_paths, test_paths, window, scale)
    _check_enough(panels, max_rows, n_blocks)
    panels["generated"] = _generated(
        generator, panels, test_paths, burn_in, start, scale, rng
    )
    options = {"n_blocks": n_blocks, "random_state": draw_seed(rng)}
    rows = sample_rows(panels, max_rows, classifier, options)
    rows += path_rows(panels, classifier, regressor, encoder, options)
    charts = path_charts(panels, names)
    if long_run:
        length = long_run * int(train_paths.lengths.max())
        long = simulate(generator, N_LONG_PATHS, length, 0, start, rng) / scale
        rows += stability_rows(panels, long, options)
    if hasattr(generator, "forecast"):
        forecasts, outcomes = _forecasts(
            generator, test_paths, n_samples, history, max_rows, scale, rng
        )
        drawn = rng.randint(train_paths.n_rows, size=forecasts.shape[:2])
        climate = train_paths.values[drawn] / scale
        rows += forecast_rows(forecasts, climate, outcomes, names, options)
        charts += forecast_charts(forecasts, outcomes)
    if hasattr(generator, "score"):
        rows += likelihood_rows(generator, X_test, test_paths, n_blocks)
    words = generator.describe() if hasattr(generator, "describe") else ""
    return Evaluation(rows=tuple(rows), charts=tuple(charts), description=words)


def _check_counts(**counts):
    """Raise unless each number is an integer and large enough."""
    for name, (value, least) in counts.items():
        check_scalar(value, name, Integral, min_val=least)


def _real_panels(train_paths, test_paths, window, scale):
    """Scaled windows of the training and of the test paths, of one length."""
    window = min(window, *train_paths.lengths, *test_paths.lengths)
    train, test = (as_windows(p, window) / scale for p in (train_paths, test_paths))
    if train.shape[1:] != test.shape[1:]:
        raise ValueError(
            f"X_train has paths of {train.shape[1:]} rows and features and X_test of "
            f"{test.shape[1:]}; pass paths of one kind."
        )
    return {"train": train, "test": test}


def _check_enough(panels, max_rows, n_blocks):
    """Raise, before anything is simulated, if blocks or their halves are too small."""
    half = n_blocks // 2
    # Least sizes of a sample whose blocks, and whose halves, all metrics take.
    windows = {
        "train": max(n_blocks, 4 if n_blocks == 2 else 0),
        "test": n_blocks * -(-MIN_WINDOWS // half),
    }
    n_pairs = n_blocks * -(-MIN_PAIRS // half)
    for name, needed in windows.items():
        n, length, _ = panels[name].shape
        if n < needed:
            raise ValueError(
                f"n_blocks={n_blocks} needs {needed} windows or paths of X_{name}, which "
                f"has {n} of {length} rows: pass fewer blocks, a shorter window, or more "
                "rows."
            )
        if min(n * (length - 1), max_rows) < n_pairs:
            raise ValueError(
                f"n_blocks={n_blocks} needs {n_pairs} pairs of rows of X_{name}, which "
                f"has {n * (length - 1)}, of which max_rows={max_rows} are used at most: "
                "pass fewer blocks, larger max_rows, or more rows."
            )


def _generated(generator, panels, test_paths, burn_in, start, scale, rng):
    """As many scaled windows of the generator as there are training windows."""
    if test_paths.container == "stack":
        burn_in = 0  # their first rows count
    n, length, _ = panels["train"].shape
    generated = simulate(generator, n, length, burn_in, start, rng) / scale
    if not np.isfinite(generated).all():
        raise ValueError(
            "generator.sample gives NaN or infinity, which no distance can judge; "
            "pass a generator whose paths are finite."
        )
    return generated


def _forecasts(generator, paths, n_samples, history, max_rows, scale, rng):
    """Scaled one-step forecasts (n_cases, n_samples, d) and outcomes (n_cases, d)."""
    cases, outcomes = history_and_outcomes(paths, history)
    some = evenly(len(outcomes), max_rows)
    seed = draw_seed(rng)
    forecasts = forecast_cases(generator, paths, cases[some], n_samples, seed)
    return forecasts / scale, outcomes[some] / scale
