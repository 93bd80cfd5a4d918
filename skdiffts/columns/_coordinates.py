"""Coordinates of a model: free columns behind a preprocessor, and the way back."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.frozen import FrozenEstimator

from skdiffts._preprocessing import Preprocessing, is_near, log_determinants
from skdiffts.columns._dependencies import DependentColumns, relative_rounding
from skdiffts.columns._support import read_supports
from skdiffts.columns._table_support import TableSupport

__all__ = ["Coordinates", "FittedCoordinates"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Coordinates:
    r"""Map of rows to the free columns behind a preprocessor, and its inverse.

    The preprocessor always sees all columns, so that it may ask for them by name. Where
    it treats the free columns apart from the dependent ones, as scalers and logarithms
    do, relations hold between the columns of the data, in their own units. Else, or
    where more columns depend on each other behind it, relations hold between the
    preprocessed columns, such as the logarithm of a product.

    Densities are densities of some columns in the units of the data, as many as there
    are free ones, which determine all others.

    Parameters
    ----------
    preprocessing : Preprocessing
        Fitted preprocessor of all columns.
    dependent : DependentColumns
        Relations of the columns.
    behind : bool
        Whether these are relations of the preprocessed columns.
    filler : ndarray of shape (n_features,)
        Preprocessed row that stands in for dependent columns on the way back, if the
        relations hold between columns of the data.
    measured : ndarray of int of shape (n_free,)
        Columns of which the density is.
    support : TableSupport, default=None
        Supports of the free columns; None where all can take any number.
    """

    preprocessing: Preprocessing
    dependent: DependentColumns
    behind: bool
    filler: Any
    measured: np.ndarray
    support: Any = None

    @classmethod
    def fit(cls, transformer, paths, *parts, dependent=None):
        """Fit a clone of a preprocessor, and find the dependent columns.

        Parameters
        ----------
        transformer : estimator or None
            Unfitted transformer with ``inverse_transform``; of `FittedCoordinates` a
            clone is not fitted: they are given back.
        paths : Paths
            Training paths.
        *parts : estimator
            Parts of the model. All columns are free if one of them is frozen and was
            fitted to all.
        dependent : DependentColumns, default=None
            Relations of the data in their own units; None searches for them.

        Returns
        -------
        Coordinates
            Fitted map.
        """
        if isinstance(transformer, FittedCoordinates):
            return transformer.coordinates
        preprocessing = Preprocessing.fit(transformer, paths.values, paths.frames[0])
        labels = [paths.column_label(i) for i in range(paths.n_features)]
        if any(_is_frozen(part, paths.n_features) for part in parts):
            dependent = DependentColumns.none(labels)
        if dependent is not None:
            return cls._of_data(preprocessing, paths, dependent)
        found = DependentColumns.of(paths)
        own = cls._of_data(preprocessing, paths, found)
        if transformer is None:
            return own
        mapped = preprocessing.transform(paths.values)
        rounding = _rounding_behind(preprocessing, paths, mapped)
        behind = DependentColumns.fit(mapped, labels=labels, rounding=rounding)
        n_own = len(found.dependent) if own.recovers(paths.values) else -1
        if n_own >= len(behind.dependent):
            return own
        same = len(found.free) == len(behind.free)
        return cls(
            preprocessing=preprocessing,
            dependent=behind,
            behind=True,
            filler=None,
            measured=found.free if same else behind.free,
        )

    @classmethod
    def _of_data(cls, preprocessing, paths, dependent):
        """Coordinates with relations of the data in their own units."""
        filler = None
        if preprocessing.transformer is not None:
            filler = preprocessing.transform(paths.values[:1])[0]
        return cls(
            preprocessing=preprocessing,
            dependent=dependent,
            behind=False,
            filler=filler,
            measured=dependent.free,
        )

    @property
    def transformer(self):
        """Fitted preprocessor, None without one."""
        return self.preprocessing.transformer

    def recovers(self, values):
        """Tell whether all rows come back from their coordinates.

        Parameters
        ----------
        values : ndarray of shape (n_rows, n_features)
            Rows in the units of the data.

        Returns
        -------
        bool
            False for a preprocessor that mixes free and dependent columns, if relations
            hold between columns of the data.
        """
        if self.transformer is None or not len(self.dependent.dependent):
            return True
        mapped = self.dependent.reduce(self.preprocessing.transform(values))
        back = self.inverse_transform(mapped)
        return bool(is_near(back, values, self.preprocessing.size).all())

    def transform(self, values, name="X", relative=2.0**-52):
        """Map rows to the coordinates of the model.

        Parameters
        ----------
        values : ndarray of shape (n_rows, n_features)
            Rows in the units of the data.
        name : str, default="X"
            How errors call them.
        relative : float or ndarray of shape (n_features,), default=2**-52
            Relative rounding error of their numbers.

        Returns
        -------
        ndarray of shape (n_rows, n_free)
            Rows; `values` itself where nothing is to be done.

        Raises
        ------
        ValueError
            If rows are outside the domain of the preprocessor, or break a relation.
        """
        relative = float(np.max(relative))
        if not self.behind:
            self.dependent.check(values, name, relative)
        mapped = self.preprocessing.transform(values)
        if self.behind:
            self.dependent.check(mapped, f"{name} behind the preprocessor", relative)
        free = self.dependent.reduce(mapped)
        return free if self.support is None else self._latent(free)

    def with_support(self, support, paths, find=None):
        """Find the supports of the free columns, which have no preprocessor.

        Parameters
        ----------
        support : "auto" or mapping
            Supports of columns by name or position.
        paths : Paths
            Training paths.
        find : callable, default=None
            Map of the supports of free columns, None where they are not given, and of
            the positions of these columns to all their supports; None finds them in the
            paths.

        Returns
        -------
        Coordinates
            The same with supports, where some free columns cannot take any number.
        """
        names = [paths.column_label(i) for i in range(paths.n_features)]
        supports = read_supports(support, names)
        chosen = [supports[int(i)] for i in self.dependent.free]
        chosen = chosen if find is None else find(chosen, self.dependent.free)
        sums = self.dependent.sums_to_one()
        found = TableSupport.fit(self.free(paths), chosen, sums)
        return replace(self, support=found) if found.is_latent.any() else self

    def supports(self):
        """Support of each free column that cannot take any number, by its name.

        Returns
        -------
        dict
            Empty where all can.
        """
        if self.support is None:
            return {}
        names = self._free_names()
        return {
            names[j]: self.support.coordinates[j].support
            for j in np.flatnonzero(self.support.is_latent)
        }

    def describe_support(self):
        """Describe the columns that cannot take any number.

        Returns
        -------
        str
            Names of the columns with the values that each takes; "" if there are none.
        """
        found = self.supports().items()
        return "; ".join(f"{name}: {support.describe()}" for name, support in found)

    def free(self, paths):
        """Free columns of paths, behind the preprocessor.

        Parameters
        ----------
        paths : Paths
            Paths in the units of the data.

        Returns
        -------
        Paths
            Paths of the free columns, in the same container.
        """
        plain = replace(self, support=None)
        rows = plain.transform(paths.values, relative=relative_rounding(paths))
        return paths.with_columns(rows, self.dependent.free)

    def _free_names(self):
        return [self.dependent.labels[int(i)] for i in self.dependent.free]

    def _latent(self, free):
        self.support.check(free, self._free_names())
        return self.support.transform(free)

    def inputs(self, paths):
        """Map paths to the coordinates of the model.

        Parameters
        ----------
        paths : Paths
            Paths in the units of the data.

        Returns
        -------
        Paths
            Paths of the free columns, in the same container.
        """
        free = self.free(paths)
        if self.support is None:
            return free
        return free.with_values(self._latent(free.values))

    def inverse_transform(self, rows):
        """Map rows back to the units of the data.

        Parameters
        ----------
        rows : ndarray of shape (n_rows, n_free)
            Rows in the coordinates of the model.

        Returns
        -------
        ndarray of shape (n_rows, n_features)
            Rows in the units of the data, with all columns.
        """
        if self.support is not None:
            rows = self.support.restore(rows)
        if self.behind:
            return self.preprocessing.inverse_transform(self.dependent.restore(rows))
        if self.transformer is None or not len(self.dependent.dependent):
            rows = self.preprocessing.inverse_transform(rows)
            return self.dependent.restore(rows)
        whole = np.tile(self.filler, (len(rows), 1))
        whole[:, self.dependent.free] = rows
        whole = self.preprocessing.inverse_transform(whole)
        return self.dependent.restore(self.dependent.reduce(whole))

    @property
    def has_relations(self):
        """Whether some columns are functions of others, in the units of the data."""
        return bool(len(self.dependent.dependent)) and not self.behind

    def related(self, rows):
        """Let dependent columns follow from the free ones.

        Parameters
        ----------
        rows : ndarray of shape (..., n_features)
            Rows in the units of the data, rounded for example.

        Returns
        -------
        ndarray of shape (..., n_features)
            Rows with the same free columns.
        """
        return self.dependent.restore(self.dependent.reduce(rows))

    def log_jacobian(self, rows, values):
        """Log of the absolute determinant of the derivative of free columns.

        Parameters
        ----------
        rows : ndarray of shape (n_rows, n_free)
            Rows in the coordinates of the model.
        values : ndarray of shape (n_rows, n_features)
            The same in the units of the data.

        Returns
        -------
        ndarray of shape (n_rows,)
            Log-determinants; minus infinity for rows outside the range of the inverse.
        """
        if self.support is not None:
            return self.support.log_slope(self.dependent.reduce(values))
        if self.transformer is None or not len(self.dependent.dependent):
            return self.preprocessing.log_jacobian(rows, values)
        step = self.preprocessing.step[self.dependent.free]

        def inverse(rows):
            return self.inverse_transform(rows)[:, self.measured]

        back = self.inverse_transform(rows)
        near = is_near(back, values, self.preprocessing.size).all(axis=1)
        return np.where(near, log_determinants(inverse, rows, step), -np.inf)

    def describe(self):
        """Say which columns depend on which.

        Returns
        -------
        str
            Relations, such as "total = a + b"; "" where there are none.
        """
        if self.behind:
            return f"{self.dependent} (behind the preprocessor)"
        return str(self.dependent)


class FittedCoordinates(BaseEstimator):
    """Preprocessor that maps rows to coordinates which are fitted already.

    A clone is the object itself and ``fit_transform`` fits nothing, so that the generator
    of a class uses the coordinates that its augmenter has fitted.

    Parameters
    ----------
    coordinates : Coordinates
        Fitted coordinates.
    """

    def __init__(self, coordinates):
        self.coordinates = coordinates

    def __sklearn_clone__(self):
        return self

    def fit_transform(self, X, y=None):
        """Map rows, without a fit.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows.
        y : None
            Ignored.

        Returns
        -------
        ndarray of shape (n_rows, n_free)
            Rows in the coordinates of the model.
        """
        return self.transform(X)

    def transform(self, X):
        """Map rows.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows.

        Returns
        -------
        ndarray of shape (n_rows, n_free)
            Rows in the coordinates of the model.
        """
        return self.coordinates.transform(np.asarray(X, dtype=np.float64))

    def inverse_transform(self, X):
        """Map rows back.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_free)
            Rows in the coordinates of the model.

        Returns
        -------
        ndarray of shape (n_rows, n_features)
            Rows in the units of the data.
        """
        return self.coordinates.inverse_transform(np.asarray(X, dtype=np.float64))


def _is_frozen(part, n_columns):
    """Tell whether a part was fitted to so many columns, for good."""
    frozen = isinstance(part, FrozenEstimator)
    return frozen and getattr(part, "n_features_in_", None) == n_columns


def _rounding_behind(preprocessing, paths, mapped):
    """Bound of the rounding errors of preprocessed numbers, with the data's own."""
    shifted = paths.values * (1.0 - relative_rounding(paths))
    try:
        error = np.abs(preprocessing.transform(shifted) - mapped).max(axis=0)
    except ValueError:  # numbers on the edge of the domain
        error = np.zeros(mapped.shape[1])
    return error + np.finfo(np.float64).eps * np.abs(mapped).max(axis=0)
