"""Choice of the history by forward likelihood: a line, a local fit, or the present row."""

import warnings
from dataclasses import dataclass, replace

import numpy as np
from sklearn.base import clone

from skdiffts._student import fit_student, squared_distances, unit_student
from skdiffts.conditioning import Constant, NoScale
from skdiffts.kernel._additive_drift import LINEAR
from skdiffts.kernel._extrapolation import is_bounded
from skdiffts.kernel._fitted_dynamics import FittedDynamics
from skdiffts.kernel._neighbors import GLOBAL
from skdiffts.selection import (
    SelectedHistory,
    block_error,
    forward_folds,
    select_history,
    spread_repeated,
)

__all__ = ["AUTO", "HistoryChoice", "choose_history"]

AUTO = "auto"
# Columns above which no state has near neighbours, and a local fit is not tried.
MAX_LOCAL = 16
# A local fit must gain so many standard errors, and so many nats a row.
HURDLE, LEAST_GAIN = 2.0, 0.01
# Standard errors where a unit root was found: the present row seems to return to the mean
# of its rows, and leads forecasts back.
ROOT_HURDLE = 3.0
# Share of each path that is fitted, and up to which rows are scored.
SPLIT = (0.7, 1.0)


@dataclass(frozen=True, eq=False)
class HistoryChoice:
    """History that was found, and how the regression uses it.

    Parameters
    ----------
    selected : SelectedHistory
        Result of the search among linear models.
    name : {"line", "present row", "local covariance", "local"}
        Choice: the linear drift alone, the local regression on the present row,
        or a local regression of what the line leaves, without or with the volatility
        that was found.
    parameters : dict
        Parameters of the estimator.
    values : dict of str to float
        Mean forward log-likelihood a row of each candidate.
    """

    selected: SelectedHistory
    name: str
    parameters: dict
    values: dict

    def table(self):
        """Candidates of the search as columns, which ``pandas.DataFrame`` takes."""
        return self.selected.table()

    def describe(self):
        """Describe the choice in words."""
        if self.name == "present row":
            return "level: the present row, by local regression; volatility: by state"
        has_scale = self.parameters.get("scale") is not None
        words = self.selected.specification.describe(has_scale)
        words += "" if self.name == "line" else ", corrected by a local regression"
        is_by_state = self.name == "local covariance"
        return words + ("; volatility: by state" if is_by_state else "")


def choose_history(estimator, paths, time):
    """Search for a history, then compare a local fit and the present row with the line.

    Series that often repeat a value are compared with a little noise.

    Parameters
    ----------
    estimator : KernelDriftVolEstimator
        Parameters; those that are not "auto" are kept.
    paths : Paths
        Training paths.
    time : TimeAxis
        Their time axis.

    Returns
    -------
    HistoryChoice
        The choice.

    Raises
    ------
    ValueError
        If no column changes along its path.
    """
    if not (paths.values[paths.ends] != paths.values[paths.starts]).any():
        raise ValueError(
            f"X has {paths.n_features} column(s), none of which changes along its path, so "
            "that there is nothing to learn; pass at least one that does."
        )
    paths = spread_repeated(paths)
    selected = select_history(paths, time.steps(paths), n_jobs=estimator.n_jobs)
    selected = _without_growth(estimator, selected, paths, time)
    n_covariates = 0 if paths.covariates is None else paths.covariates.shape[1]
    n_columns = paths.n_features + 2 * n_covariates
    candidates = _candidates(estimator, selected, n_columns)
    if len(candidates) == 1:
        [(name, parameters)] = candidates.items()
        return HistoryChoice(selected, name, parameters, {})
    folds = forward_folds(paths, (SPLIT,))
    n_history = selected.specification.n_history
    values = {
        name: _forward_values(
            clone(estimator).set_params(**parameters), paths, time, folds, n_history
        )
        for name, parameters in candidates.items()
    }
    values = {name: rows for name, rows in values.items() if rows is not None}
    best = "line"
    is_root = selected.specification.n_lags == 0
    hurdle = ROOT_HURDLE if is_root else HURDLE
    for name in values:
        gain = values[name] - values[best]
        if gain.mean() > max(hurdle * block_error(gain), LEAST_GAIN):
            best = name
    means = {name: float(rows.mean()) for name, rows in values.items()}
    return HistoryChoice(selected, best, candidates[best], means)


def _without_growth(estimator, selected, paths, time):
    """Drop seasons times the level whose slopes, one after another, lead away.

    At hours when a series never moves, such as solar power at night, its slope is what the
    other hours make of it; a step ahead that does not matter.
    """
    specification = selected.specification
    if not specification.seasonal_levels or estimator.conditioning != AUTO:
        return selected
    line = clone(estimator).set_params(
        conditioning=selected.conditioning,
        scale=NoScale(),
        additive_drift=LINEAR,
        n_neighbors=GLOBAL,
    )
    if is_bounded(FittedDynamics.draft(line, paths, time).spectral_radius):
        return selected
    return replace(selected, specification=replace(specification, seasonal_levels=()))


def _candidates(estimator, selected, n_columns):
    """Parameters of the candidates."""
    found = {}
    if estimator.conditioning == AUTO:
        found["conditioning"] = selected.conditioning
    if estimator.scale == AUTO:
        found["scale"] = selected.scale
    if estimator.additive_drift == AUTO:
        found["additive_drift"] = False if estimator.past_only else LINEAR
    if estimator.n_neighbors != AUTO:
        return {"line": found}
    candidates = {"line": {**found, "n_neighbors": GLOBAL}}
    if n_columns <= MAX_LOCAL:
        # The simpler one first: the other must gain beside it.
        if {"conditioning", "scale"} <= set(found):
            candidates["present row"] = {"conditioning": None, "scale": None}
        if not isinstance(found.get("conditioning"), Constant):
            # Volatility that remembers what a local covariance multiplies feeds on it.
            if not isinstance(found.get("scale", NoScale()), NoScale):
                candidates["local covariance"] = {**found, "scale": None}
            candidates["local"] = found
    return candidates


def _forward_values(estimator, paths, time, folds, n_history):
    """Log-density of the scored rows of all folds; None where a fold cannot be fitted."""
    values, d = [], paths.n_features
    deep = paths.positions[paths.starts] >= n_history - 1
    for fold in folds:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                fitted = FittedDynamics.draft(estimator, fold.paths, time)
        except ValueError:
            return None
        location, shape, degrees = fit_student(fitted.loo_residuals)
        residuals, log_jacobian = fitted.model.whiten_transitions(
            paths, fold.scored & deep
        )
        squares = squared_distances(residuals, location, shape)
        covariance = degrees / (degrees - 2.0)
        density = unit_student(squares / covariance, degrees, d)[0]
        size = np.linalg.slogdet(shape * covariance)[1]
        values.append(density - 0.5 * size + log_jacobian)
    return np.concatenate(values)
