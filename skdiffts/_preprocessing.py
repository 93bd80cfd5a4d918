"""Invertible transformer of rows in front of a model, and its Jacobian."""

import warnings
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.base import clone

from skdiffts._chunks import slices

__all__ = ["Preprocessing", "is_near", "log_determinants"]

# Five-point differences at this step, in units of the transformed data's spread, are
# exact for affine maps and good to 1e-11 for smooth ones.
STEP = 1e-3
# Smallest share of a step beyond the training range: rows that have no inverse there are
# pulled back by halves as far as this, then onto the range.
LEAST_SHARE = 1e-12
# Rows around each row, in steps of one column, of which differences make its derivative.
STENCIL = np.array([1.0, -1.0, 2.0, -2.0])


@dataclass(frozen=True, eq=False)
class Preprocessing:
    """Fitted transformer with all that simulation and density need of it.

    A transformer that was fitted to a frame always gets frames, with the columns of the
    training data, so that it may select columns by name; otherwise it gets arrays.

    Parameters
    ----------
    transformer : estimator, default=None
        Fitted transformer with ``inverse_transform``; None changes nothing.
    low, high : ndarray of shape (n_features,), default=None
        Range of the transformed training rows.
    step : ndarray of shape (n_features,), default=None
        Step of the differences by which the Jacobian is computed.
    size : ndarray of shape (n_features,), default=None
        Largest magnitude of each column of the training rows.
    given, returned : Frame or None, default=None
        Shells, without an index, of the frames that ``transform`` and
        ``inverse_transform`` get; None for arrays.
    """

    transformer: Any = None
    low: Any = None
    high: Any = None
    step: Any = None
    size: Any = None
    given: Any = None
    returned: Any = None

    @classmethod
    def fit(cls, transformer, values, frame=None):
        """Fit a clone of a transformer.

        Parameters
        ----------
        transformer : estimator or None
            Unfitted transformer with ``inverse_transform``.
        values : ndarray of shape (n_rows, n_features)
            Training rows.
        frame : Frame, default=None
            Shell of the training data, with its library and its columns.

        Returns
        -------
        Preprocessing
            The fitted transformer.

        Raises
        ------
        ValueError
            If the transformer has no inverse, changes the number of columns, gives
            numbers that are not finite, or does not give the training rows back.
        """
        if transformer is None:
            return cls()
        if not hasattr(transformer, "inverse_transform"):
            raise ValueError(
                f"preprocessor={transformer!r} has no inverse_transform; pass an "
                "invertible transformer, for some of the columns "
                "skdiffts.preprocessing.InvertibleColumnTransformer in place of a "
                "ColumnTransformer."
            )
        fitted = clone(transformer)
        given = None if frame is None else replace(frame, index=None)
        made = fitted.fit_transform(_table(given, values))
        transformed = np.asarray(made, dtype=float)
        if transformed.shape != values.shape or not np.isfinite(transformed).all():
            raise ValueError(
                f"preprocessor={transformer!r} maps X of shape {values.shape} to "
                f"{transformed.shape} or to numbers that are not finite; pass an "
                "invertible transformer that suits the data."
            )
        spread = transformed.std(axis=0)
        preprocessing = cls(
            transformer=fitted,
            low=transformed.min(axis=0),
            high=transformed.max(axis=0),
            step=STEP * np.where(spread > 0.0, spread, 1.0),
            size=np.abs(values).max(axis=0),
            given=given,
            returned=_shell_of(made, given),
        )
        if not preprocessing.is_recovered(transformed, values).all():
            raise ValueError(
                f"preprocessor={transformer!r} does not give X back by its "
                "inverse_transform; pass an invertible transformer."
            )
        return preprocessing

    def transform(self, values):
        """Map rows to the coordinates of the model.

        Parameters
        ----------
        values : ndarray of shape (n_rows, n_features)
            Rows in the units of the data.

        Returns
        -------
        ndarray of shape (n_rows, n_features)
            Transformed rows; `values` itself without a transformer.

        Raises
        ------
        ValueError
            If some rows are outside the domain of the transformer.
        """
        if self.transformer is None:
            return values
        with _quiet():
            rows = self.transformer.transform(_table(self.given, values))
        rows = np.asarray(rows, dtype=np.float64)
        if not np.isfinite(rows).all():
            raise ValueError(
                f"preprocessor={self.transformer!r} maps rows of X to NaN or infinity; "
                "pass data in its domain, or another preprocessor."
            )
        return rows

    def is_recovered(self, transformed, values):
        """Tell whether the inverse gives rows back.

        Parameters
        ----------
        transformed, values : ndarray of shape (n_rows, n_features)
            Rows in the coordinates of the model, and in the units of the data.

        Returns
        -------
        ndarray of bool of shape (n_rows,)
            False for rows outside the range of the inverse, such as clipped ones.
        """
        if self.transformer is None:
            return np.ones(len(values), dtype=bool)
        back = self.inverse_transform(transformed)
        return is_near(back, values, self.size).all(axis=1)

    def inverse_transform(self, transformed):
        """Map rows back to the units of the data.

        A bounded transformer, such as Yeo-Johnson with a negative power, has no inverse
        beyond its bound: rows there are pulled towards the training range until they
        have one.

        Parameters
        ----------
        transformed : ndarray of shape (n_rows, n_features)
            Rows in the coordinates of the model.

        Returns
        -------
        ndarray of shape (n_rows, n_features)
            Rows in the units of the data; `transformed` itself without a transformer.
        """
        if self.transformer is None:
            return transformed
        rows = self._invert(transformed)
        lost = ~np.isfinite(rows).all(axis=1)
        share = 1.0
        while lost.any():
            share = share / 2.0 if share > LEAST_SHARE else 0.0
            inside = np.clip(transformed[lost], self.low, self.high)
            rows[lost] = self._invert(inside + share * (transformed[lost] - inside))
            lost = ~np.isfinite(rows).all(axis=1) & (share > 0.0)
        return rows

    def log_jacobian(self, transformed, values):
        """Log of the absolute determinant of the transformer's derivative.

        It is computed from the inverse, which is defined for all numbers.

        Parameters
        ----------
        transformed, values : ndarray of shape (n_rows, n_features)
            Rows in the coordinates of the model, and in the units of the data.

        Returns
        -------
        ndarray of shape (n_rows,)
            Log-determinants; minus infinity for rows outside the range of the inverse,
            which no simulation can give: their density is zero.
        """
        if self.transformer is None:
            return np.zeros(len(transformed))
        found = log_determinants(self.inverse_transform, transformed, self.step)
        recovered = self.is_recovered(transformed, values)
        return np.where(recovered, found, -np.inf)

    def _invert(self, rows):
        with _quiet():  # rows without an inverse show as NaN and are dealt with
            rows = self.transformer.inverse_transform(_table(self.returned, rows))
        return np.array(rows, dtype=np.float64)


def is_near(back, values, size):
    """Tell which numbers an inverse has given back.

    Parameters
    ----------
    back, values : ndarray of shape (n_rows, n_features)
        Numbers from the inverse, and the expected ones.
    size : ndarray of shape (n_features,)
        Magnitude of each column.

    Returns
    -------
    ndarray of bool of shape (n_rows, n_features)
        False beyond a millionth.
    """
    return np.isclose(back, values, rtol=1e-6, atol=1e-6 * size)


def log_determinants(inverse, rows, step):
    """Log of the absolute determinant of the derivative of a map, from its inverse.

    Parameters
    ----------
    inverse : callable
        Inverse of the map, of rows of n_columns numbers to as many.
    rows : ndarray of shape (n_rows, n_columns)
        Images of the map.
    step : ndarray of shape (n_columns,)
        Step of the differences.

    Returns
    -------
    ndarray of shape (n_rows,)
        Log-determinants.
    """
    n, d = rows.shape
    # All in one call: a transformer spends more on the checks of a table than on its
    # numbers.
    shifts = STENCIL[:, np.newaxis, np.newaxis] * np.diag(step)
    chunks = []
    for chunk in slices(n, len(STENCIL) * d * d):
        around = rows[chunk, np.newaxis, np.newaxis] + shifts
        found = inverse(around.reshape(-1, d)).reshape(-1, len(STENCIL), d, d)
        near, far = found[:, 0] - found[:, 1], found[:, 2] - found[:, 3]
        derivatives = (8.0 * near - far) / (12.0 * step[:, np.newaxis])
        chunks.append(-np.linalg.slogdet(derivatives.swapaxes(1, 2))[1])
    return np.concatenate(chunks)


def _table(shell, rows):
    """Rows as a transformer gets them; a copy, since some write into what they get."""
    rows = rows.copy()
    return rows if shell is None else shell.fill(rows)


def _shell_of(made, given):
    """Shell of the frames that the inverse gets: those that ``transform`` returns."""
    if given is None or not hasattr(made, "columns"):
        return given
    polars = type(made).__module__.startswith("polars.")
    library = "polars" if polars else "pandas"
    return replace(given, library=library, columns=made.columns)


@contextmanager
def _quiet():
    """Ignore warnings about rows outside the domain, and about names of columns.

    The last step of a pipeline was fitted to what the step before it returned, with
    other names or none.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        warnings.filterwarnings("ignore", r"X (has|does not have valid) feature names")
        yield
