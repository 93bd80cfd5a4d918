"""Values that columns can take, for rows that a continuous model has made."""

from dataclasses import dataclass, replace

import numpy as np

from skdiffts.columns._detection import find_support
from skdiffts.columns._quantiles import through_quantiles
from skdiffts.columns._support import read_supports

__all__ = ["PossibleValues"]


@dataclass(frozen=True, eq=False)
class PossibleValues:
    """Supports of columns, and the range of their training values.

    It takes the place of latent rows where a model is frozen and sees a preprocessor:
    each number is moved to the nearest value that the column can take, of columns with
    atoms or a grid after a map of its quantiles to the training rows', which keeps the
    shares of zeros.

    Parameters
    ----------
    supports : tuple of Support
        Support of each column.
    least, largest : ndarray of shape (n_features,)
        Training range, which ends a column at a bound that it does not reach.
    quantiles : tuple of ndarray of shape (2, n_rows) or None, default=()
        Quantiles of generated numbers and of training values, for each column.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.base import BaseEstimator
    >>> from skdiffts._paths import check_paths
    >>> from skdiffts.columns import PossibleValues
    >>> visits = np.random.RandomState(0).poisson(3.0, size=(200, 1))
    >>> paths = check_paths(BaseEstimator(), visits, reset=True)
    >>> PossibleValues.fit(paths).nearest(np.array([[-0.7], [2.6]]))
    array([[0.],
           [3.]])
    """

    supports: tuple
    least: np.ndarray
    largest: np.ndarray
    quantiles: tuple = ()

    @classmethod
    def fit(cls, paths, support="auto"):
        """Read or find the supports of the columns.

        Parameters
        ----------
        paths : Paths
            Training paths in the units of the data.
        support : "auto" or mapping, default="auto"
            Supports of columns by name or position.

        Returns
        -------
        PossibleValues
            Supports of these columns.
        """
        names = [paths.column_label(i) for i in range(paths.n_features)]
        increments = paths.values[paths.ends] - paths.values[paths.starts]
        columns = zip(paths.values.T, increments.T, strict=True)
        found = [
            find_support(*column) if given is None else given
            for given, column in zip(
                read_supports(support, names), columns, strict=True
            )
        ]
        return cls(tuple(found), paths.values.min(axis=0), paths.values.max(axis=0))

    def with_shares(self, generated, training):
        """Keep the shares of atoms and of values on a grid.

        Parameters
        ----------
        generated : ndarray of shape (n_generated, n_features)
            Rows that the model has made.
        training : ndarray of shape (n_rows, n_features)
            Training rows.

        Returns
        -------
        PossibleValues
            The same, which maps quantiles first.
        """
        levels = (np.arange(len(training)) + 0.5) / len(training)
        quantiles: list = []
        for support, x, wanted in zip(
            self.supports, generated.T, training.T, strict=True
        ):
            has_shares = support.unit is not None or len(support.atoms) > 0
            pair = np.quantile(x, levels, method="hazen"), np.sort(wanted)
            quantiles.append(np.stack(pair) if has_shares else None)
        return replace(self, quantiles=tuple(quantiles))

    def nearest(self, rows):
        """Move numbers to the nearest values that the columns can take.

        Parameters
        ----------
        rows : ndarray of shape (n_rows, n_features)
            Rows.

        Returns
        -------
        ndarray of shape (n_rows, n_features)
            Other rows; `rows` itself where all columns can take any number.
        """
        limited = [j for j, support in enumerate(self.supports) if not support.is_real]
        rows = rows.copy() if limited else rows
        for j in limited:
            support, x = self.supports[j], rows[:, j]
            if self.quantiles and self.quantiles[j] is not None:
                x = through_quantiles(x, *self.quantiles[j])
            if support.unit is not None:
                origin = support.low if np.isfinite(support.low) else 0.0
                x = origin + support.unit * np.round((x - origin) / support.unit)
            rows[:, j] = np.clip(x, *self._ends(j))
        return rows

    def _ends(self, column):
        """Find the ends of a column: bounds, or training values near bounds not taken."""
        support, ends = self.supports[column], []
        reached = self.least[column], self.largest[column]
        for bound, value in zip((support.low, support.high), reached, strict=True):
            is_taken = support.unit is not None or bound in support.atoms
            ends.append(bound if is_taken or np.isinf(bound) else value)
        return ends
