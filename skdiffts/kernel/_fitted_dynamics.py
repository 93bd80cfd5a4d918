"""Fit of the dynamics to training paths, given strategies and options."""

from dataclasses import dataclass, replace

import numpy as np
from sklearn.base import clone

from skdiffts.conditioning import NoScale, State
from skdiffts.kernel._additive_drift import LINEAR, takes_additive_drift
from skdiffts.kernel._bandwidth_selection import (
    RIDGES,
    BandwidthSelection,
    clip_neighbors,
    select,
)
from skdiffts.kernel._dynamics import Dynamics
from skdiffts.kernel._extrapolation import is_bounded, spectral_radius
from skdiffts.kernel._history import HistoryRules
from skdiffts.kernel._leave_one_out import innovation_ratio
from skdiffts.kernel._linear_model import LinearModel
from skdiffts.kernel._local_fit import Smoother
from skdiffts.kernel._local_model import LocalModel
from skdiffts.kernel._metric import Metric
from skdiffts.kernel._neighbors import GLOBAL, NeighborSearch
from skdiffts.kernel._past_only import PastOnlyResiduals
from skdiffts.kernel._regression import Regression
from skdiffts.kernel._residual_check import MAX_MARGIN_ROWS
from skdiffts.kernel._transitions import Transitions, first_rows

__all__ = ["FittedDynamics"]

# Residuals that the moments of innovations are measured on.
MAX_MOMENTS = 5000


@dataclass(frozen=True, eq=False)
class FittedDynamics:
    """Dynamics with the choices and the residuals of their fit.

    Parameters
    ----------
    model : Dynamics
        Fitted model.
    n_neighbors : int or "all"
        Number of neighbours in use.
    shrinkage, ridge : float
        Weight of the pooled or structured covariance, and penalty in use.
    spectral_radius : float
        Largest eigenvalue of the linear recursion, in modulus.
    loo_residuals : ndarray of shape (n_left_out, n_features)
        Leave-one-out residuals, or residuals from the past.
    innovation_ratio : float
        Ratio of the standard deviations of innovations and of these residuals.
    selection : BandwidthSelection or None
        Candidates for the bandwidth; None where there were none.
    n_conditioning, n_transitions : int
        Length of the conditioning vector, and number of transitions.
    loo_rows : ndarray of shape (n_left_out,)
        Rows of the training paths that the residuals lead to.
    innovations : ndarray of shape (n_drawn, n_features) or None, default=None
        Standardised innovations of some rows, in time order; None behind margins.
    """

    model: Dynamics
    n_neighbors: int | str
    shrinkage: float
    ridge: float
    spectral_radius: float
    loo_residuals: np.ndarray
    innovation_ratio: float
    selection: BandwidthSelection | None
    n_conditioning: int
    n_transitions: int
    loo_rows: np.ndarray
    innovations: np.ndarray | None = None

    @classmethod
    def fit(cls, options, paths, time):
        """Fit the strategies, then a line or a local regression.

        Parameters
        ----------
        options : KernelDriftVolEstimator
            Parameters, with a conditioning that is not "auto".
        paths : Paths
            Training paths.
        time : TimeAxis
            Their time axis.

        Returns
        -------
        FittedDynamics
            The fit.
        """
        draft, transitions, rows = cls._drafted(options, paths, time)
        return draft._with_moments(transitions, rows, paths)

    @classmethod
    def draft(cls, options, paths, time):
        """Fit what a density needs, without moments, which only simulation needs.

        Parameters
        ----------
        options, paths, time
            As in `fit`.

        Returns
        -------
        FittedDynamics
            The fit, whose simulated volatility may leave its long run.
        """
        return cls._drafted(options, paths, time)[0]

    @classmethod
    def _drafted(cls, options, paths, time):
        """Draft, transitions, and those among them that have a residual."""
        conditioning, scale = options.strategies()
        if _wants_core(options, scale):
            options = clone(options).set_params(additive_drift=LINEAR)
        is_linear = options.additive_drift == LINEAR
        by_default = options.degree == 1 and isinstance(conditioning, State)
        takes = takes_additive_drift(
            options.additive_drift, by_default, options.past_only
        )
        rules = HistoryRules.fit(
            conditioning, scale, paths, time.steps(paths), has_core=is_linear
        )
        has_additive = takes and not is_linear
        given = paths, rules, time, has_additive, options.recency_halflife
        transitions = Transitions.fit(*given)
        if is_linear and options.n_neighbors == GLOBAL:
            return cls._fit_line(paths, time, rules, transitions)
        return cls._fit_local(options, paths, time, rules, transitions)

    @classmethod
    def _fit_line(cls, paths, time, rules, transitions, selection=None):
        """Fit one covariance to the innovations of the linear drift."""
        d = paths.n_features
        radius = spectral_radius(
            rules, transitions, lambda z: np.zeros((len(z), d)), time.dt
        )
        rules = rules.bounded(not is_bounded(radius))
        model = LinearModel.fit(transitions, is_bounded(radius))
        inside = transitions.inside(rules, paths.targets)
        draft = cls(
            model=_dynamics(paths, time, rules, transitions, model),
            n_neighbors=GLOBAL,
            shrinkage=model.shrinkage,
            ridge=rules.core.penalty,
            spectral_radius=radius,
            loo_residuals=model.loo_residuals,
            innovation_ratio=model.innovation_ratio(transitions, inside),
            selection=selection,
            n_conditioning=transitions.states.shape[1],
            n_transitions=len(transitions.dt),
            loo_rows=transitions.ends[model.loo_rows],
        )
        return draft, transitions, model.loo_rows

    @classmethod
    def _fit_local(cls, options, paths, time, rules, transitions):
        """Choose bandwidth, shrinkage and penalty, and fit the local regression."""
        metric = Metric.read(options.metric, transitions.states.shape[1])
        smoother = _smoother(options, transitions, metric)
        n_neighbors = clip_neighbors(options.n_neighbors, smoother.n_transitions)
        smoother, selection = select(
            smoother, n_neighbors, options.shrinkage, options.ridge
        )
        n_neighbors, shrinkage = selection.best()
        if rules.core is not None and n_neighbors == GLOBAL:
            return cls._fit_line(paths, time, rules, transitions, selection)
        line = smoother.drift_along(smoother.outer_line(n_neighbors))
        radius = spectral_radius(rules, transitions, line, time.dt)
        rules = rules.bounded(not is_bounded(radius))
        given = smoother, n_neighbors, shrinkage, is_bounded(radius)
        model = LocalModel.fit(*given, options.evaluation)
        residuals, rows, past_only = model.loo_residuals, model.loo_rows, None
        if options.past_only:
            past_only = PastOnlyResiduals.fit(model, metric, transitions, paths)
            residuals, rows = past_only.known()
        draft = cls(
            model=_dynamics(paths, time, rules, transitions, model, past_only),
            n_neighbors=n_neighbors,
            shrinkage=shrinkage,
            ridge=selection.ridge,
            spectral_radius=radius,
            loo_residuals=residuals,
            innovation_ratio=innovation_ratio(model, residuals, rows),
            selection=selection,
            n_conditioning=transitions.states.shape[1],
            n_transitions=smoother.n_transitions,
            loo_rows=transitions.ends[rows],
        )
        return draft, transitions, rows

    def _with_moments(self, transitions, rows, paths):
        """Moments that keep a volatility of innovations at its long run."""
        drawn = np.random.RandomState(0).permutation(len(rows))[:MAX_MOMENTS]
        own = None
        if self.model.rules.core is not None and not self.model.is_global:
            # A local step has learnt from the row, whose left-out residual it would
            # carry far beyond what was seen.
            own = _innovations(self.model, transitions, paths)[rows[drawn]]
        model = self.model.with_moments(
            transitions.history.take(rows[drawn]),
            self.loo_residuals[drawn],
            transitions.importance[rows[drawn]],
            _wanted_moments(self.model, transitions, paths),
            own,
        )
        # Moments of innovations take the place of the ratio.
        is_given = model.moments is not None and model.matches_moments
        ratio = 1.0 if is_given else self.innovation_ratio
        innovations = None
        if not model.rules.scaling.has_margins:
            some = np.sort(drawn[:MAX_MARGIN_ROWS])
            innovations = model.standardized(
                transitions.history.take(rows[some]), self.loo_residuals[some]
            )
        return replace(
            self, model=model, innovation_ratio=ratio, innovations=innovations
        )


def _wants_core(options, scale):
    """Whether "auto" is a linear drift, so that a scale remembers innovations."""
    is_open = options.additive_drift == "auto" and not options.past_only
    return is_open and options.degree == 1 and not isinstance(scale, NoScale)


def _wanted_moments(model, transitions, paths):
    """Mean zero and variance one; those in the sample where no volatility sees them."""
    mean, deviation = np.zeros(paths.n_features), np.ones(paths.n_features)
    latent = (paths.targets != paths.values).any(axis=0)
    if model.matches_moments and not model.feeds_back:
        latent[:] = True
    if latent.any() and model.rules.core is not None:
        innovations = _innovations(model, transitions, paths)
        u = innovations / np.sqrt(model.rules.scale(transitions.history).variance)
        mean = np.where(
            latent, np.average(u, axis=0, weights=transitions.importance), 0
        )
        deviation = np.where(latent, u.std(axis=0), 1.0)
    return mean, deviation


def _innovations(model, transitions, paths):
    """Innovations of the line per root of time."""
    root, history = np.sqrt(transitions.dt)[:, np.newaxis], transitions.history
    increments = paths.targets[transitions.ends] - history.states
    return increments / root - model.rules.drift(history) * root


def _dynamics(paths, time, rules, transitions, model, past_only=None):
    """Dynamics that know the first rows of the training paths."""
    first = first_rows(paths, rules.n_history)
    return Dynamics(rules, time, model, transitions.additive_drift, first, past_only)


def _smoother(options, transitions, metric):
    """Local regression on the transitions, with the first candidate for "auto"."""
    ridge = RIDGES[0] if options.ridge == "auto" else options.ridge
    is_flat = options.additive_drift == LINEAR
    regression = Regression.fit(transitions, options.degree, ridge, is_flat)
    states, jobs = transitions.states, options.n_jobs
    search = NeighborSearch(states, options.neighbors, jobs, metric.matrix(states))
    return Smoother(regression, search, options.kernel, jobs)
