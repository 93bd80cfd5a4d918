r"""Column maps: strategies that fit an increasing map to each column.

For an increasing map g of each column the density of a row x is

.. math:: p(x) = p_v(g(x)) \prod_j g_j'(x_j), \qquad
          \nabla \log p(x) = g'(x) \odot \nabla \log p_v(g(x)) + (\log g')'(x)
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

from skdiffts._strategy import Strategy

__all__ = [
    "BaseColumnMap",
    "BaseFittedColumn",
    "FittedColumns",
    "Identity",
    "Unchanged",
]


class BaseFittedColumn(ABC):
    """Increasing map g of one column, from the real line onto itself."""

    @abstractmethod
    def transform(self, x):
        """Values g(x).

        Parameters
        ----------
        x : ndarray of shape (n_samples,)
            Values of the column.

        Returns
        -------
        ndarray of shape (n_samples,)
            Mapped values.
        """

    @abstractmethod
    def inverse_transform(self, v):
        """Values x with g(x) = v.

        Parameters
        ----------
        v : ndarray of shape (n_samples,)
            Mapped values.

        Returns
        -------
        ndarray of shape (n_samples,)
            Values of the column.
        """

    @abstractmethod
    def log_slope(self, x):
        """Logarithm of g'(x), and its derivative.

        Parameters
        ----------
        x : ndarray of shape (n_samples,)
            Values of the column.

        Returns
        -------
        value : ndarray of shape (n_samples,)
            Log slope.
        derivative : ndarray of shape (n_samples,)
            Its derivative.
        """


class Unchanged(BaseFittedColumn):
    """Column that is left as it is."""

    def transform(self, x):
        return x

    def inverse_transform(self, v):
        return v

    def log_slope(self, x):
        return np.zeros(len(x)), np.zeros(len(x))


class FittedColumns:
    """Map of rows, column by column.

    Parameters
    ----------
    columns : list of BaseFittedColumn
        Map of each column.
    """

    def __init__(self, columns):
        self.columns = columns

    def transform(self, X):
        """Rows after the maps."""
        return self._stack(column.transform(x) for column, x in self._pairs(X))

    def inverse_transform(self, V):
        """Rows in the units of the data."""
        return self._stack(column.inverse_transform(v) for column, v in self._pairs(V))

    def log_slope(self, X):
        """Log slopes at rows, and their derivatives."""
        pairs = [column.log_slope(x) for column, x in self._pairs(X)]
        return tuple(self._stack(parts) for parts in zip(*pairs, strict=True))

    def _pairs(self, X):
        return zip(self.columns, X.T, strict=True)

    def _stack(self, columns):
        # C-contiguous like the input, so that sums round alike.
        return np.ascontiguousarray(np.stack(list(columns), axis=1))


@dataclass(kw_only=True, repr=False, eq=False)
class BaseColumnMap(Strategy, ABC):
    """Recipe for an increasing map of each column; a child fits one column."""

    def build(self, X):
        """Fit the maps to training rows.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_features)
            Training rows.

        Returns
        -------
        FittedColumns
            Map of rows, onto all real vectors.
        """
        return FittedColumns([self.build_column(x) for x in X.T])

    @abstractmethod
    def build_column(self, x):
        """Fit the map of one column.

        Parameters
        ----------
        x : ndarray of shape (n_samples,)
            Training values.

        Returns
        -------
        object
            Map with the methods ``transform``, ``inverse_transform`` and ``log_slope``.
        """


@dataclass(kw_only=True, repr=False, eq=False)
class Identity(BaseColumnMap):
    """Identity map: columns are left as they are.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.marginals import Identity
    >>> Identity().build(np.zeros((2, 1))).transform(np.ones((1, 1)))
    array([[1.]])
    """

    def build_column(self, x):
        return Unchanged()
