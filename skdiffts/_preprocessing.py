"""Invertible transformer of rows in front of a model, and its Jacobian."""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone

from skdiffts._chunks import slices

__all__ = ["Preprocessing"]

# Five-point differences at this step, in units of the transformed data's spread, are
# exact for affine maps and good to 1e-11 for smooth ones.
STEP = 1e-3
# Smallest share of a step beyond the training range: rows that have no inverse there are
# pulled back by halves as far as this, then onto the range.
LEAST_SHARE = 1e-12


@dataclass(frozen=True, eq=False)
class Preprocessing:
    """Fitted transformer with all that simulation and density need of it.

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
    """

    transformer: Any = None
    low: Any = None
    high: Any = None
    step: Any = None
    size: Any = None

    @classmethod
    def fit(cls, transformer, values):
        """Fit a clone of a transformer.

        Parameters
        ----------
        transformer : estimator or None
            Unfitted transformer with ``inverse_transform``.
        values : ndarray of shape (n_rows, n_features)
            Training rows.

        Returns
        -------
        Preprocessing
            The fitted transformer.

        Raises
        ------
        ValueError
            If the transformer changes the number of columns, gives numbers that are not
            finite, or does not give the training rows back.
        """
        if transformer is None:
            return cls()
        fitted = clone(transformer)
        transformed = np.asarray(fitted.fit_transform(values.copy()), dtype=float)
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
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            # A copy: some transformers write into what they are given.
            rows = self.transformer.transform(values.copy())
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
        return np.isclose(back, values, rtol=1e-6, atol=1e-6 * self.size).all(axis=1)

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
        inside = np.clip(transformed, self.low, self.high)
        share = 1.0
        while lost.any():
            share = share / 2.0 if share > LEAST_SHARE else 0.0
            pulled = inside[lost] + share * (transformed[lost] - inside[lost])
            rows[lost] = self._invert(pulled)
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
        n, d = transformed.shape
        if self.transformer is None:
            return np.zeros(n)
        chunks = [self._log_jacobian(transformed[rows]) for rows in slices(n, d * d)]
        recovered = self.is_recovered(transformed, values)
        return np.where(recovered, np.concatenate(chunks), -np.inf)

    def _log_jacobian(self, rows):
        n, d = rows.shape
        jacobian = np.empty((n, d, d))
        for j in range(d):
            shift = self.step[j] * np.eye(d)[j]
            near = self.inverse_transform(rows + shift)
            near = near - self.inverse_transform(rows - shift)
            far = self.inverse_transform(rows + 2.0 * shift)
            far = far - self.inverse_transform(rows - 2.0 * shift)
            jacobian[:, :, j] = (8.0 * near - far) / (12.0 * self.step[j])
        return -np.linalg.slogdet(jacobian)[1]

    def _invert(self, rows):
        with warnings.catch_warnings():
            # Rows without an inverse show as NaN and are dealt with.
            warnings.simplefilter("ignore", RuntimeWarning)
            rows = self.transformer.inverse_transform(rows.copy())
        return np.array(rows, dtype=np.float64)
