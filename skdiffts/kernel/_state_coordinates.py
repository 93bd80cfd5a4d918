"""Few coordinates of a history: seasons, level, last increment and covariates ahead."""

from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
from sklearn.base import clone

from skdiffts.conditioning import (
    BaseConditioning,
    CalendarFeatures,
    LaggedStates,
    Phase,
    State,
)

__all__ = ["StateCoordinates"]

# Circles of each season.
N_HARMONICS = 2


@dataclass(frozen=True, eq=False)
class StateCoordinates:
    """Coordinates of histories by groups, as far as the dynamics depend on such.

    Parameters
    ----------
    seasons : tuple of BaseConditioning
        Fitted seasons of drift and scale, each of them once.
    has_level : bool
        Whether the drift depends on the present row.
    conditioning : BaseConditioning
        Fitted conditioning of the dynamics.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts import KernelDriftVolEstimator
    >>> from skdiffts._paths import check_paths
    >>> from skdiffts.kernel import StateCoordinates
    >>> X = np.random.RandomState(0).standard_normal((50, 2))
    >>> dynamics = KernelDriftVolEstimator("all", conditioning=None).fit(X)
    >>> paths = check_paths(dynamics, X, reset=False)
    >>> coordinates = StateCoordinates.of(dynamics, paths)
    >>> list(coordinates.groups(dynamics.history(X)))
    ['level']
    """

    seasons: tuple
    has_level: bool
    conditioning: BaseConditioning

    @classmethod
    def of(cls, dynamics, paths):
        """Look up what fitted dynamics depend on.

        Parameters
        ----------
        dynamics : KernelDriftVolEstimator
            Fitted dynamics.
        paths : Paths
            Training paths, for the clock of the seasons.

        Returns
        -------
        StateCoordinates
            Coordinates, which may be none.
        """
        rules = dynamics.model_.rules
        found: dict[str, BaseConditioning] = {}
        strategies = list(chain(*map(_with_parts, (rules.conditioning, rules.scaling))))
        for strategy in strategies:
            if isinstance(strategy, CalendarFeatures | Phase):
                season = clone(strategy).set_params(n_harmonics=N_HARMONICS)
                found.setdefault(repr(season), season)
        dt = dynamics.model_.time.steps(paths)
        seasons = tuple(season.fit(paths, dt) for season in found.values())
        kinds = State | LaggedStates
        has_level = any(isinstance(p, kinds) for p in _with_parts(rules.conditioning))
        return cls(seasons, has_level, rules.conditioning)

    def of_covariates(self):
        """Coordinates that are given for the future, without those that are simulated.

        Returns
        -------
        StateCoordinates
            The same without seasons and level.
        """
        return replace(self, seasons=(), has_level=False)

    def groups(self, history):
        """Coordinates of each history.

        Parameters
        ----------
        history : History
            Histories of n paths.

        Returns
        -------
        dict of str to ndarray of shape (n, n_coordinates)
            "season" and "level", as far as the dynamics depend on them, and beside one
            of these "increment", where histories have it; "covariates" of the next row,
            or of the present one where nothing is known of the next.
        """
        groups = {}
        if self.seasons:
            points = [
                season.vector(None, history.states, history.clock)
                for season in self.seasons
            ]
            groups["season"] = np.hstack(points)
        if self.has_level:
            groups["level"] = history.states
        given = history.conditioning, history.states
        increments = self.conditioning.last_increments(*given)
        if groups and increments.shape[1]:
            groups["increment"] = increments
        if history.covariates is not None:
            present, ahead = history.covariates[:, 0], history.covariates[:, 1]
            groups["covariates"] = np.where(np.isnan(ahead), present, ahead)
        return groups


def _with_parts(strategy):
    """Strategy and all strategies in it."""
    return [strategy, *strategy.get_params().values()]
