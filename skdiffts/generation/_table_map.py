"""Map between the rows of a user's table and the rows that dynamics see, and its density."""

from dataclasses import dataclass, replace

import numpy as np
from sklearn.frozen import FrozenEstimator

from skdiffts._paths import Output
from skdiffts.columns import Coordinates
from skdiffts.generation._exogenous_columns import ExogenousColumns
from skdiffts.generation._latent_rows import LatentRows

__all__ = ["TableMap"]


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
    """

    exogenous: ExogenousColumns
    coordinates: Coordinates
    latent: LatentRows | None
    output: Output

    @classmethod
    def fit(cls, parameters, whole, dynamics, sampler):
        """Find what the columns are.

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
        paths = exogenous.roles.split(whole)
        given = parameters.preprocessor, paths, dynamics, sampler
        coordinates, latent = Coordinates.fit(*given), None
        if _takes_support(parameters, dynamics):
            coordinates = coordinates.with_support(parameters.support, paths)
        if coordinates.support is not None:
            latent = LatentRows(coordinates.support)
        output = Output.of(whole)
        return cls(
            exogenous=exogenous, coordinates=coordinates, latent=latent, output=output
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
        return self.coordinates.inputs(self.exogenous.roles.split(whole))

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
        Paths, array, frame or list
            Rows that were fitted, in the form that the dynamics take.
        """
        paths = self.exogenous.roles.split(whole)
        inputs = self.coordinates.inputs(paths)
        # A copy: starting rows must not change with the user's array.
        inputs = inputs.with_values(inputs.values.copy()).handed_to(dynamics)
        if self.latent is None:
            dynamics.fit(inputs, y)
            return inputs
        return self.latent.fit(dynamics, inputs, self.coordinates.free(paths).values, y)

    def calibrated(self, dynamics, draws, inputs, ratio):
        """Map whose simulated latent rows have the distribution of the training rows.

        Parameters
        ----------
        dynamics : estimator
            Fitted dynamics.
        draws : ResidualDraws
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
        paths = self.exogenous.roles.split(whole)
        inputs = self.coordinates.inputs(paths)
        if self.latent is not None:
            free = self.coordinates.free(paths).values
            inputs = self.latent.one_draw(dynamics, inputs, free)
        whitened = dynamics.whiten(inputs.handed_to(dynamics))
        residuals, log_jacobian = (paths.collapse(rows) for rows in whitened)
        change = self.coordinates.log_jacobian(inputs.values, paths.values)
        return residuals, log_jacobian + change

    def log_likelihood(self, dynamics, sampler, whole):
        """Conditional log-density of each row, NaN without a long enough history.

        Parameters
        ----------
        dynamics, sampler : estimator
            Fitted parts.
        whole : Paths
            Paths with all columns.

        Returns
        -------
        ndarray of shape (n_rows,)
            Log-densities of the free columns, in the units of the table.
        """
        if self.latent is not None:
            paths = self.exogenous.roles.split(whole)
            free = self.coordinates.free(paths).values
            inputs = self.coordinates.inputs(paths)
            return self.latent.log_likelihood(dynamics, sampler, inputs, free)
        residuals, result = self.whiten(dynamics, whole)
        known = np.isfinite(residuals).all(axis=1)
        if known.any():
            result[known] += sampler.score_samples(residuals[known])
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

    def describe(self):
        """Say what the columns are.

        Returns
        -------
        str
            Dependent columns and supports; "" where there are none.
        """
        relations = self.coordinates.describe()
        relations = f"dependent columns: {relations}" if relations else ""
        return "; ".join(filter(None, [relations, self.coordinates.describe_support()]))


def _takes_support(parameters, dynamics):
    """Tell whether supports are to be found; an error where they cannot be."""
    can_refit = hasattr(dynamics, "refit") and not isinstance(dynamics, FrozenEstimator)
    takes_support = parameters.preprocessor is None and can_refit
    support = parameters.support
    if support is None or takes_support or isinstance(support, str):
        return support is not None and takes_support
    raise ValueError(
        f"support={support!r} needs dynamics that can be fitted again, such as "
        "KernelDriftVolEstimator, and no preprocessor; pass these, or support=None."
    )
