"""The whole table about a generator, from training and held-out data."""

from dataclasses import dataclass
from numbers import Integral

import numpy as np
from sklearn.utils import check_random_state, check_scalar

from skdiffts.metrics._autocovariance import deviation
from skdiffts.metrics._chart import Chart
from skdiffts.metrics._evaluation_charts import forecast_charts, path_charts
from skdiffts.metrics._evaluation_row import EvaluationRow
from skdiffts.metrics._evaluation_rows import (
    forecast_rows,
    likelihood_rows,
    path_rows,
    sample_rows,
    stability_rows,
)
from skdiffts.metrics._report import html_page
from skdiffts.metrics._scorers import forecast_cases, history_and_outcomes
from skdiffts.metrics._windows import (
    as_windows,
    evenly,
    feature_names,
    read_paths,
    simulate,
)

# Paths of the long run: few, since each is long.
N_LONG_PATHS = 4

COLUMNS = ("family", "metric", "ideal", "value", "standard error", "floor", "training")


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Table about a generator; the result of :func:`evaluate`.

    Parameters
    ----------
    rows : tuple of EvaluationRow
        Rows of the table.
    charts : tuple of Chart
        Curves of the HTML report.

    Examples
    --------
    >>> from skdiffts.metrics import Evaluation, EvaluationRow, MetricResult
    >>> result = MetricResult(value=0.1, standard_error=0.02, floor=0.05)
    >>> row = EvaluationRow("samples", "energy distance", "0", result, training=0.04)
    >>> print(Evaluation(rows=(row,), charts=()).to_markdown())
    | family | metric | ideal | value | standard error | floor | training |
    |---|---|---|---|---|---|---|
    | samples | energy distance | 0 | 0.1 | 0.02 | 0.05 | 0.04 |
    """

    rows: tuple[EvaluationRow, ...]
    charts: tuple[Chart, ...]

    def to_frame(self):
        """Turn the table into a pandas frame.

        Returns
        -------
        pandas.DataFrame
            One row for each metric, numbers as they are.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError as error:
            raise ImportError(
                "to_frame makes a pandas frame; run `pip install skdiffts[pandas]`."
            ) from error
        return pd.DataFrame([row.cells() for row in self.rows], columns=list(COLUMNS))

    def to_markdown(self):
        """Write the table in Markdown.

        Returns
        -------
        str
            Table with numbers of three digits.
        """
        lines = [COLUMNS, *(row.texts() for row in self.rows)]
        table = ["| " + " | ".join(cells) + " |" for cells in lines]
        table.insert(1, "|" + "---|" * len(COLUMNS))
        return "\n".join(table)

    def to_html(self):
        """Write a report of one page, with table and charts, that needs no network.

        Returns
        -------
        str
            HTML document; write it to a file, with UTF-8.
        """
        return html_page(COLUMNS, [row.texts() for row in self.rows], self.charts)


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
    """Judge a generator on held-out data by all metrics of this package.

    Long paths are cut into windows, and as many windows are generated as there are in
    the training data; a 3-D array is a panel that is compared path by path, from the
    first row on. All data are divided by the standard deviations of the training rows,
    not centred, so that no feature outweighs the others and returns keep their zero.
    Pass returns rather than prices, if the stylised facts of returns are to mean
    something. Each metric has its standard error and its floor, see :func:`compare` and
    :func:`compare_forecasts`, and stands beside the same metric with the training
    data in place of the generated, or for forecasts with training rows drawn at random.
    What rows that repeat, such as counts, leave without a meaning is NaN.

    Parameters
    ----------
    generator : estimator
        Fitted generator: anything with ``sample(n_paths, length, random_state)``.
        Where it has ``forecast(X, horizon, n_samples, random_state)`` its forecasts are
        judged, where it has ``score(X)`` its held-out score is shown.
    X_train : array-like, frame, 3-D array or list of 2-D arrays
        What it was fitted to.
    X_test : array-like, frame, 3-D array or list of 2-D arrays
        Held-out path or panel of the same kind.
    classifier : classifier, default=None
        Estimator of :func:`classifier_accuracy` and :func:`discriminative_score`.
    regressor : regressor, default=None
        Estimator of :func:`predictive_score`.
    encoder : callable, default=None
        Encoder of panels for :func:`context_fid`; None leaves that row out.
    window : int, default=24
        Rows of a window.
    burn_in : int, default=100
        Rows that are simulated and dropped before a window; a panel has none.
    start : str or array-like, default=None
        Passed to ``generator.sample`` as ``x0`` unless it is None, such as ``"states"``
        for series that forget their start slowly.
    n_samples : int, default=50
        Forecasts of each row, three or more.
    history : int, default=20
        Rows of the past that a forecast is shown, see :func:`one_step_forecasts`.
    long_run : int, default=100
        Length of the paths that stability is judged on, in lengths of the longest
        training path; 0 leaves those rows out. Simulating them may take longest.
    max_rows : int, default=1000
        Most rows, evenly spaced, that are compared pair by pair or forecast.
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
    >>> from skdiffts.metrics import evaluate
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
    for name, value, least in (
        ("window", window, 2),
        ("burn_in", burn_in, 0),
        ("long_run", long_run, 0),
        ("n_samples", n_samples, 3),
        ("history", history, 1),
        ("n_blocks", n_blocks, 2),
        ("max_rows", max_rows, n_blocks),
    ):
        check_scalar(value, name, Integral, min_val=least)
    rng = check_random_state(random_state)
    train_paths, test_paths = read_paths(X_train), read_paths(X_test)
    scale = deviation(train_paths.values, axis=0)
    window = min(window, *train_paths.lengths, *test_paths.lengths)
    train, test = (as_windows(p, window) / scale for p in (train_paths, test_paths))
    if train.shape[1:] != test.shape[1:]:
        raise ValueError(
            f"X_train has paths of {train.shape[1:]} rows and features and X_test of "
            f"{test.shape[1:]}; pass paths of one kind."
        )
    if test_paths.container == "stack":
        burn_in = 0  # their first rows count
    generated = simulate(generator, len(train), test.shape[1], burn_in, start, rng)
    generated = generated / scale
    if not np.isfinite(generated).all():
        raise ValueError(
            "generator.sample gives NaN or infinity, which no distance can judge; "
            "pass a generator whose paths are finite."
        )
    options = {"n_blocks": n_blocks, "random_state": rng.randint(2**31 - 1)}
    panels = {"train": train, "test": test, "generated": generated}
    rows = sample_rows(panels, max_rows, classifier, options)
    rows += path_rows(panels, classifier, regressor, encoder, options)
    names = feature_names(train_paths)
    charts = path_charts(panels, names)
    if long_run:
        length = long_run * int(train_paths.lengths.max())
        long = simulate(generator, N_LONG_PATHS, length, 0, start, rng) / scale
        rows += stability_rows(panels, long, options)
    if hasattr(generator, "forecast"):
        past, outcomes = history_and_outcomes(test_paths, history)
        some = evenly(len(outcomes), max_rows)
        seed = rng.randint(2**31 - 1)
        forecasts = forecast_cases(generator, test_paths, past[some], n_samples, seed)
        forecasts = forecasts / scale
        drawn = rng.randint(train_paths.n_rows, size=forecasts.shape[:2])
        climate = train_paths.values[drawn] / scale
        judged = (forecasts, climate, outcomes[some] / scale)
        rows += forecast_rows(*judged, names, options)
        charts += forecast_charts(forecasts, outcomes[some] / scale)
    if hasattr(generator, "score"):
        rows += likelihood_rows(generator, X_test, test_paths, n_blocks)
    return Evaluation(rows=tuple(rows), charts=tuple(charts))
