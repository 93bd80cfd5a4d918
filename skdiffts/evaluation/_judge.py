"""Stages of an evaluation: simulations, forecasts, and the rows and charts of each."""

from dataclasses import dataclass, field
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils import check_scalar

from skdiffts._progress import Progress
from skdiffts._seeding import draw_seed
from skdiffts.evaluation._charts import forecast_charts, path_charts, risk_charts
from skdiffts.evaluation._forecast_rows import forecast_rows, likelihood_rows
from skdiffts.evaluation._forecasts import forecast_cases, history_and_outcomes
from skdiffts.evaluation._material import Material
from skdiffts.evaluation._path_rows import path_rows, sample_rows, stability_rows
from skdiffts.evaluation._risk_rows import joint_rows, risk_rows
from skdiffts.evaluation._windows import evenly, simulate

__all__ = ["Judge", "Sizes"]

# Paths of the long run: few, since each is long.
N_LONG_PATHS = 4
# Lengths of the training paths, and rows, of which "auto" takes the fewer.
LONG_RUN, MAX_LONG_ROWS = 100, 20_000
# Members of an ensemble of which four are beyond the value at risk at 1 %, and numbers
# that all ensembles together may hold (320 MB).
RISK_SAMPLES, MAX_FORECAST_NUMBERS = 400, 4 * 10**7


@dataclass(frozen=True)
class Sizes:
    """Numbers of an evaluation, as in :func:`evaluate`."""

    window: int
    burn_in: int
    n_samples: int
    history: int
    long_run: int | str
    max_rows: int
    n_blocks: int

    def check(self):
        """Raise unless each number is an integer and large enough."""
        check_scalar(self.n_blocks, "n_blocks", Integral, min_val=2)
        check_scalar(self.window, "window", Integral, min_val=2)
        check_scalar(self.burn_in, "burn_in", Integral, min_val=0)
        if self.long_run != "auto":
            check_scalar(self.long_run, "long_run", Integral, min_val=0)
        check_scalar(self.n_samples, "n_samples", Integral, min_val=3)
        check_scalar(self.history, "history", Integral, min_val=1)
        check_scalar(self.max_rows, "max_rows", Integral, min_val=self.n_blocks)

    def long_rows(self, longest):
        """Rows of the paths of the long run.

        Parameters
        ----------
        longest : int
            Length of the longest training path.

        Returns
        -------
        int
            Number of rows; 0 for no long run.
        """
        if self.long_run == "auto":
            return max(min(LONG_RUN * longest, MAX_LONG_ROWS), longest)
        return int(self.long_run) * longest


@dataclass(eq=False)
class Judge:
    """Rows and charts of a generator, stage by stage."""

    generator: Any
    material: Material
    sizes: Sizes
    start: Any
    weights: np.ndarray
    rng: np.random.RandomState
    rows: list = field(default_factory=list)
    charts: list = field(default_factory=list)
    panels: dict = field(default_factory=dict)
    options: dict = field(default_factory=dict)

    def run(self, X_test, models, verbose):
        """Go through all stages, with progress.

        Parameters
        ----------
        X_test : array-like, frame, 3-D array or list of 2-D arrays
            Held-out data, as the generator takes them.
        models : tuple of (classifier, regressor, encoder)
            Models of some metrics, or None.
        verbose : int
            Whether progress is shown.
        """
        stages = [
            ("paths", self._paths),
            ("pairs of rows", lambda: self._pair_rows(models[0])),
            ("windows", lambda: self._window_rows(models)),
            ("long run", self._long_run_rows),
            ("forecasts", self._forecast_rows),
            ("likelihood", lambda: self._likelihood_rows(X_test)),
        ]
        with Progress("evaluate", len(stages), verbose) as progress:
            for name, stage in stages:
                stage()
                progress.advance(1, name)

    def _paths(self):
        """Simulate as many windows as there are training windows."""
        self.panels = {**self.material.panels, "generated": self._generated()}
        seed = draw_seed(self.rng)
        self.options = {"n_blocks": self.sizes.n_blocks, "random_state": seed}
        self.charts += path_charts(self.panels, self.material.titles)

    def _pair_rows(self, classifier):
        max_rows = self.sizes.max_rows
        self.rows += sample_rows(self.panels, max_rows, classifier, self.options)

    def _window_rows(self, models):
        classifier, regressor, encoder = models
        self.rows += path_rows(
            self.panels, classifier, regressor, encoder, self.options
        )

    def _long_run_rows(self):
        length = self.sizes.long_rows(int(self.material.train.lengths.max()))
        if length:
            paths = self._simulate(N_LONG_PATHS, length, 0)
            self.rows += stability_rows(self.panels, paths, self.options)

    def _forecast_rows(self):
        """Judge one-step forecasts, if the generator makes them."""
        if not hasattr(self.generator, "forecast"):
            return
        forecasts, outcomes = self._forecasts()
        known, n = self.material.judged_rows(), self.sizes.n_samples
        climate = known[self.rng.randint(len(known), size=forecasts.shape[:2])]
        self.rows += forecast_rows(
            forecasts[:, :n],
            climate[:, :n],
            outcomes,
            self.material.names,
            self.options,
        )
        self.rows += joint_rows(forecasts, climate, outcomes)
        self.rows += risk_rows(forecasts, climate, outcomes, self.weights)
        self.charts += forecast_charts(forecasts[:, :n], outcomes)
        self.charts += risk_charts(forecasts, outcomes, self.weights)

    def _likelihood_rows(self, X_test):
        """Report the held-out score, if the generator has one."""
        if hasattr(self.generator, "score"):
            paths, n_blocks = self.material.test, self.sizes.n_blocks
            self.rows += likelihood_rows(self.generator, X_test, paths, n_blocks)

    def _simulate(self, n_paths, length, burn_in):
        """Paths of the generator as they are judged, of `length` rows."""
        n_rows = length + self.material.n_extra
        paths = simulate(self.generator, n_paths, n_rows, burn_in, self.start, self.rng)
        with np.errstate(invalid="ignore", over="ignore"):
            return self.material.judge(paths)

    def _generated(self):
        """As many windows of the generator as there are training windows."""
        # The first rows of whole paths count.
        whole = self.material.test.container == "stack"
        burn_in = 0 if whole else self.sizes.burn_in
        n, length, _ = self.material.panels["train"].shape
        generated = self._simulate(n, length, burn_in)
        if not np.isfinite(generated).all():
            raise ValueError(
                "generator.sample gives NaN or infinity, which no distance can judge; "
                "pass a generator whose paths are finite."
            )
        return generated

    def _forecasts(self):
        """One-step forecasts (n_cases, n_members, d) and outcomes (n_cases, d)."""
        paths = self.material.test
        cases, outcomes = history_and_outcomes(paths, self.sizes.history)
        some = evenly(len(outcomes), self.sizes.max_rows)
        affordable = MAX_FORECAST_NUMBERS // outcomes[some].size
        n_members = max(self.sizes.n_samples, min(RISK_SAMPLES, affordable))
        seed = draw_seed(self.rng)
        forecasts = forecast_cases(self.generator, paths, cases[some], n_members, seed)
        before = paths.values[cases[some, -1]]
        return (
            self.material.changes(forecasts, before[:, np.newaxis]),
            self.material.changes(outcomes[some], before),
        )
