"""Map between the rows of a user's table and the rows that dynamics see, and its density."""

from dataclasses import dataclass, replace
from functools import partial
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_scalar

from skdiffts._paths import Output
from skdiffts.columns import Coordinates, completed, relative_rounding
from skdiffts.generation._exogenous_columns import ExogenousColumns
from skdiffts.generation._filling import Holes, can_refit
from skdiffts.generation._latent_rows import LatentRows
from skdiffts.generation._logarithms import with_logarithms
from skdiffts.generation._partial_rows import PartialRows
from skdiffts.kernel import StateCoordinates

__all__ = ["TableMap", "dynamics_words"]

# Columns with one kind of support that are told by their names.
MAX_NAMES = 8


@dataclass(frozen=True, eq=False, kw_only=True)
class TableMap:
    """Exogenous columns, dependent columns, preprocessor and supports, in this order.

    Parameters
    ----------
    exogenous : ExogenousColumns
        Columns that are given, not simulated.
    coordinates : Coordinates
        Map of the simulated columns to the rows that dynamics see.
    latent : LatentRows or None
        Latent rows of columns that cannot take any number; None where all can.
    output : Output
        Names, types and times of the table.
    holes : Holes, default=None
        Training paths of which cells may be missing, until the dynamics are fitted.
    filling : Filling, default=None
        Filling of later paths with missing cells.
    """

    exogenous: ExogenousColumns
    coordinates: Coordinates
    latent: LatentRows | None
    output: Output
    holes: Any = None
    filling: Any = None

    @classmethod
    def fit(cls, parameters, whole, dynamics, sampler):
        """Find supports and dependencies of the columns.

        Parameters
        ----------
        parameters : GenerativeTimeSeries
            Parameters about columns.
        whole : Paths
            Training paths with all columns.
        dynamics, sampler : estimator
            Unfitted parts.

        Returns
        -------
        TableMap
            The map.

        Raises
        ------
        ValueError
            If a column is unknown, or a support is asked for that the parts cannot take.
        """
        exogenous = ExogenousColumns.find(parameters.exogenous, whole, dynamics)
        paths = exogenous.split(whole)
        holes, dependent, find = None, None, None
        if parameters.missing is not None:
            holes = Holes.find(paths, dynamics)
            paths, find = holes.complete(), holes.supports
            if holes.has_nan:
                dependent = holes.dependent
        given = parameters.preprocessor, paths, dynamics, sampler
        coordinates, latent = Coordinates.fit(*given, dependent=dependent), None
        if _takes_support(parameters, dynamics):
            is_whole = holes is None or not holes.has_nan
            if is_whole and getattr(dynamics, "conditioning", None) == "auto":
                find = partial(with_logarithms, paths=paths)
            coordinates = coordinates.with_support(parameters.support, paths, find)
        if coordinates.support is not None:
            latent = LatentRows(coordinates.support)
        output = Output.of(whole)
        return cls(
            exogenous=exogenous,
            coordinates=coordinates,
            latent=latent,
            output=output,
            holes=holes,
        )

    @property
    def snap(self):
        """Map of simulated rows to rows that can be; None where all can."""
        return None if self.latent is None else self.latent.snap

    def inputs(self, whole):
        """Rows that dynamics see.

        Parameters
        ----------
        whole : Paths
            Paths with all columns.

        Returns
        -------
        Paths
            Paths of the free columns.
        """
        paths = self.exogenous.split(whole)
        if self._is_partial(paths):
            return self.filling.inputs(self._completed(paths))
        return self.coordinates.inputs(paths)

    def fit_dynamics(self, dynamics, whole, y):
        """Fit dynamics to the rows that they see.

        Parameters
        ----------
        dynamics : estimator
            Unfitted dynamics.
        whole : Paths
            Training paths with all columns.
        y : None
            Passed on.

        Returns
        -------
        table : TableMap
            The map, which knows how later paths are filled.
        inputs : Paths, array, frame or list
            Rows that were fitted, in the form that the dynamics take.
        """
        paths = self.exogenous.split(whole)
        paths = paths if self.holes is None else self.holes.complete()
        inputs = self.coordinates.inputs(paths)
        # A copy: starting rows must not change with the user's array.
        inputs = inputs.with_values(inputs.values.copy()).handed_to(dynamics)
        filling = None
        if self.holes is not None and not self.coordinates.behind:
            partial = PartialRows.fit(self.coordinates, self.holes.reference)
            free = self.coordinates.dependent.reduce(paths.values)
            given = dynamics, inputs, free, partial, self.latent, y
            inputs, filling = self.holes.fit(*given)
        elif self.latent is None:
            dynamics.fit(inputs, y)
        else:
            free = self.coordinates.free(paths).values
            inputs = self.latent.fit(dynamics, inputs, free, y)
        return replace(self, holes=None, filling=filling), inputs

    def histories(self, dynamics, whole, last, n_samples, rng):
        """Histories after last rows, each as often as it is continued.

        Parameters
        ----------
        dynamics : estimator
            Fitted dynamics.
        whole : Paths
            Paths with all columns.
        last : ndarray of int of shape (n_last,)
            Last rows.
        n_samples : int
            Histories for each.
        rng : numpy.random.RandomState
            Source of randomness, for missing cells.

        Returns
        -------
        History
            Histories after the first of these rows, then after the second, and so on.
        """
        paths = self.exogenous.split(whole)
        if self._is_partial(paths):
            return self.filling.histories(self._completed(paths), last, n_samples, rng)
        history = dynamics.history(self.inputs(whole).handed_to(dynamics))
        return history.take(np.repeat(last, n_samples))

    def impute(self, whole, n_samples, random_state):
        """Draw complete tables.

        Parameters
        ----------
        whole : Paths
            Paths with all columns.
        n_samples : int
            Number of tables.
        random_state : int, RandomState instance or None
            Seed.

        Returns
        -------
        list of n_samples tables
            In the container of the paths.
        """
        check_scalar(n_samples, "n_samples", Integral, min_val=1)
        paths = self.exogenous.split(whole)
        if self._is_partial(paths):
            rng = check_random_state(random_state)
            drawn = self.filling.impute(self._completed(paths), n_samples, rng)
            join = self.exogenous.roles.join
            return [whole.restore(join(rows, paths.covariates)) for rows in drawn]
        if self.filling is None:
            raise ValueError(
                "impute needs a generator that knows missing cells; pass missing='draw' "
                "to set_params, and fit it."
            )
        return [whole.restore(whole.values) for _ in range(n_samples)]

    def calibrated(self, dynamics, draws, inputs, ratio):
        """Map whose simulated latent rows have the distribution of the training rows.

        Parameters
        ----------
        dynamics : estimator
            Fitted dynamics.
        draws : ResidualDraws or StateResiduals
            Source of the residuals.
        inputs : Paths
            Rows that were fitted.
        ratio : float
            Factor of the residuals.

        Returns
        -------
        TableMap
            The map itself where all columns can take any number.
        """
        if self.latent is None:
            return self
        return replace(
            self, latent=self.latent.calibrated(dynamics, draws, inputs, ratio)
        )

    def at_long_run(self, draws, starts, inputs, ratio):
        """Map whose long simulated paths have the distribution of the training rows.

        Parameters
        ----------
        draws : ResidualDraws or StateResiduals
            Source of the residuals.
        starts : StartingRows
            Training rows with their histories.
        inputs : Paths
            Rows that were fitted.
        ratio : float
            Factor of the residuals.

        Returns
        -------
        TableMap
            The map itself where all columns can take any number, and where the training
            rows need not have the distribution of long paths: in a panel, with a trend,
            without a level, and with exogenous columns.
        """
        if self.latent is None or starts.default != "states":
            return self
        if not StateCoordinates.of(starts.dynamics, inputs).has_level:
            return self
        history = starts.history.take(starts.rows["states"])
        given = starts.dynamics, draws, history, inputs, ratio
        return replace(self, latent=self.latent.at_long_run(*given))

    def whiten(self, dynamics, whole):
        """Residual and log-Jacobian of each row, NaN without a long enough history.

        Parameters
        ----------
        dynamics : estimator
            Fitted dynamics.
        whole : Paths
            Paths with all columns.

        Returns
        -------
        residuals : ndarray of shape (n_rows, n_free)
            Residuals.
        log_jacobian : ndarray of shape (n_rows,)
            Log-Jacobians, in the units of the table.
        """
        paths = self.exogenous.split(whole)
        if self._is_partial(paths):
            return self.filling.one_draw(self._completed(paths))
        inputs = self.coordinates.inputs(paths)
        if self.latent is not None:
            free = self.coordinates.free(paths).values
            inputs = self.latent.one_draw(dynamics, inputs, free)
        whitened = dynamics.whiten(inputs.handed_to(dynamics))
        residuals, log_jacobian = (paths.collapse(rows) for rows in whitened)
        change = self.coordinates.log_jacobian(inputs.values, paths.values)
        return residuals, log_jacobian + change

    def log_likelihood(self, dynamics, draws, whole):
        """Conditional log-density of each row, NaN without a long enough history.

        Parameters
        ----------
        dynamics : estimator
            Fitted dynamics.
        draws : ResidualDraws or StateResiduals
            Distribution of the residuals.
        whole : Paths
            Paths with all columns.

        Returns
        -------
        ndarray of shape (n_rows,)
            Log-densities of the free columns, in the units of the table.
        """
        paths = self.exogenous.split(whole)
        if self._is_partial(paths):
            return self.filling.log_likelihood(draws, self._completed(paths))
        if self.latent is not None:
            free = self.coordinates.free(paths).values
            inputs = self.coordinates.inputs(paths)
            return self.latent.log_likelihood(dynamics, draws, inputs, free)
        residuals, result = self.whiten(dynamics, whole)
        known, history = np.isfinite(residuals).all(axis=1), None
        if draws.knows_state:
            inputs = self.inputs(whole).handed_to(dynamics)
            history = dynamics.history(inputs).take(np.flatnonzero(known) - 1)
        if known.any():
            result[known] += draws.log_density(residuals[known], history)
        return result

    def restore(self, simulated, history, covariates, is_shown):
        """Rows of the table.

        Parameters
        ----------
        simulated : ndarray of shape (n_paths, length, n_free)
            Simulated rows of the dynamics.
        history : History
            Histories at the first rows.
        covariates : ndarray of shape (n_paths, length - 1, n_covariates) or None
            Exogenous columns of the other rows.
        is_shown : bool
            Whether the rows are rounded to the types of the table afterwards, so that
            relations must hold between rounded numbers.

        Returns
        -------
        ndarray of shape (n_paths, length, n_columns)
            Paths with all columns.
        """
        n_paths, length, n_free = simulated.shape
        rows = self.coordinates.inverse_transform(simulated.reshape(-1, n_free))
        rows = rows.reshape(n_paths, length, -1)
        rows = self.exogenous.join(rows, history, covariates)
        if not (is_shown and self.coordinates.has_relations):
            return rows
        rounded, simulated = self.output.rounded(rows), self.exogenous.roles.simulated
        rounded[..., simulated] = self.coordinates.related(rounded[..., simulated])
        return rounded

    def _is_partial(self, paths):
        """Tell whether cells are missing, which only ``missing="draw"`` lets through."""
        if not np.isnan(paths.values).any():
            return False
        if self.filling is None:
            raise ValueError(
                "X has NaN, and the training data had dependent columns "
                f"({self.coordinates.describe()}): fill it, or leave these columns out."
            )
        return True

    def _completed(self, paths):
        """Paths with the missing cells that relations determine."""
        dependent = self.coordinates.dependent
        dependent.check(paths.values, "X", float(np.max(relative_rounding(paths))))
        return paths.with_values(completed(dependent, paths.values))

    def findings(self):
        """Say what was found about the columns, before the dynamics are fitted.

        Returns
        -------
        list of str
            A line for exogenous and for dependent columns and for missing cells, and one
            for each kind of support; empty where all columns can take any number.
        """
        lines, relations = [self.exogenous.describe()], self.coordinates.describe()
        if relations:
            lines.append(f"dependent columns: {relations}")
        by_kind: dict[str, list] = {}
        for name, support in self.coordinates.supports().items():
            by_kind.setdefault(support.describe(), []).append(str(name))
        lines += [f"{words}: {_listed(names)}" for words, names in by_kind.items()]
        if self.holes is not None and self.holes.has_nan:
            lines.append(self.holes.describe())
        return [line for line in lines if line]

    def describe(self, dynamics):
        """Say on what the dynamics depend, and what the columns are.

        Parameters
        ----------
        dynamics : estimator
            Fitted dynamics.

        Returns
        -------
        str
            Words of the dynamics, exogenous columns, dependent columns and supports.
        """
        words = [dynamics_words(dynamics), self.exogenous.describe()]
        parts = [", ".join(filter(None, words)), self.describe_columns()]
        return "; ".join(filter(None, parts))

    def describe_columns(self):
        """Say what the columns are.

        Returns
        -------
        str
            Dependent columns and supports; "" where there are none.
        """
        relations = self.coordinates.describe()
        relations = f"dependent columns: {relations}" if relations else ""
        return "; ".join(filter(None, [relations, self.coordinates.describe_support()]))


def dynamics_words(dynamics):
    """Words of dynamics about themselves, or their representation.

    Parameters
    ----------
    dynamics : estimator
        Fitted dynamics.

    Returns
    -------
    str
        One line for :class:`skdiffts.KernelDriftVolEstimator`.
    """
    return getattr(dynamics, "describe", dynamics.__repr__)()


def _listed(names):
    """Names, of which only the first are told."""
    told, others = names[:MAX_NAMES], len(names) - MAX_NAMES
    return ", ".join(told) + (f" and {others} others" if others > 0 else "")


def _takes_support(parameters, dynamics):
    """Tell whether supports are to be found; an error where they cannot be."""
    takes_support = parameters.preprocessor is None and can_refit(dynamics)
    support = parameters.support
    if support is None or takes_support or isinstance(support, str):
        return support is not None and takes_support
    raise ValueError(
        f"support={support!r} needs dynamics that can be fitted again, such as "
        "KernelDriftVolEstimator, and no preprocessor; pass these, or support=None."
    )
