"""Evaluation of a generator by all metrics, on training and held-out data."""

from sklearn.utils import check_random_state

from skdiffts._panels import check_weights
from skdiffts.evaluation._evaluation import Evaluation
from skdiffts.evaluation._facts import facts
from skdiffts.evaluation._judge import Judge, Sizes
from skdiffts.evaluation._material import Material

__all__ = ["evaluate"]

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
    long_run="auto",
    max_rows=1000,
    n_blocks=10,
    increments="auto",
    weights=None,
    data_name="",
    verbose=1,
    random_state=None,
):
    """Evaluate a generator on held-out data by all metrics of :mod:`skdiffts.metrics`.

    Long paths are cut into windows, and as many windows are generated as there are in
    the training data; a 3-D array is a panel that is compared path by path, from the
    first row on. A column whose level wanders (unit root) is judged by its increments.
    All data are divided by the standard deviations of the training rows, not centred,
    so that no feature outweighs the others and returns keep their zero. The stylised
    facts and the strategies are about returns: pass returns or log prices. Each metric
    has its standard error and its floor, see :func:`compare` and
    :func:`compare_forecasts`, a verdict, and the same metric with the training data in
    place of the generated data, or for forecasts with random training rows. Metrics
    that are undefined for repeated rows, such as counts, are NaN.

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
    long_run : int or "auto", default="auto"
        Length of the paths for the stability metrics, in lengths of the longest
        training path; 0 omits these rows. "auto" is 100 lengths, but at most 20,000
        rows, since their simulation, row by row, dominates the time.
    max_rows : int, default=1000
        Largest number of rows, evenly spaced, for pairwise distances and forecasts.
    n_blocks : int, default=10
        Blocks behind the standard errors; at most the number of windows.
    increments : {"auto", "all", "none"}, default="auto"
        Columns that are judged by their differences between rows. "auto": those in
        which the test of Dickey and Fuller with four lags does not reject a unit root at
        1 % in the training paths. A 3-D array is a panel of whole paths, the levels of
        which are judged.
    weights : array-like of shape (n_features,), default=None
        Weights of the portfolio of the risk backtests, for the columns as they are
        judged, in the units of the data; None weighs all columns equally in units of
        their standard deviations.
    data_name : str, default=""
        Name of the data, for the report.
    verbose : int, default=1
        Progress: 0 is silent, 1 shows a bar, or a line at each tenth without tqdm.
    random_state : int, RandomState instance or None, default=None
        Seed.

    Returns
    -------
    evaluation : Evaluation
        Table, with ``verdict``, ``reasons``, ``to_frame``, ``to_markdown`` and
        ``to_html``.

    Notes
    -----
    The verdict of a row compares it with its floor, see the column ``verdict`` and
    :meth:`EvaluationRow.reason`. Distances: caution where the generated data are 2.5
    standard errors further from the ideal value than real data are, reject where they
    are 5 of them and twice as far. Proper scores: caution 2.5 standard errors above
    their expectation if the forecasts were right, reject 5 of them and worse than
    random training rows. Tests: caution at p < 0.01, reject at p < 0.001. Memorisation:
    caution and reject where the nearest-neighbour ratio is below 0.8 and 0.5, or the
    closest-record share above 0.6 and 0.75. Long run: caution and reject at a drift
    above 1 and 3 deviations; a path that explodes rejects. The rank correlation of
    strategies: caution 2.5 standard errors below the halves of the real data,
    reject 5 of them and negative.

    The verdict on the generator is "reject" if a row rejects, "caution" if more than a
    tenth of the judged rows are at caution, and "accept" else.

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
    ...     verbose=0,
    ...     random_state=0,
    ... )
    >>> table.rows[0].name
    'sliced Wasserstein distance'
    >>> table.verdict in ("accept", "caution", "reject")
    True
    """
    sizes = Sizes(window, burn_in, n_samples, history, long_run, max_rows, n_blocks)
    sizes.check()
    rng = check_random_state(random_state)
    material = Material.read(X_train, X_test, window, increments)
    weights = _scaled_weights(weights, material)
    _check_enough(material.panels, max_rows, n_blocks)
    judge = Judge(generator, material, sizes, start, weights, rng)
    judge.run(X_test, (classifier, regressor, encoder), verbose)
    return Evaluation(
        rows=tuple(judge.rows),
        charts=tuple(judge.charts),
        facts=facts(generator, material, data_name),
    )


def _scaled_weights(weights, material):
    """Weights of the portfolio for columns in units of their deviations."""
    shares = check_weights(weights, len(material.names), "column")
    return shares if weights is None else shares * material.scale


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
