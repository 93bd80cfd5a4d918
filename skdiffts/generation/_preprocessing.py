"""An invertible transformer in front of the dynamics, and its Jacobian."""

import warnings
from typing import Any

import numpy as np
from sklearn.base import clone

__all__ = ["Preprocessing"]

# Five-point differences at this step, in units of the transformed data's spread, are
# exact for affine maps and good to 1e-11 for smooth ones.
STEP = 1e-3
# Numbers of the Jacobians that are held at a time (8 MiB).
CHUNK_NUMBERS = 2**20


class Preprocessing:
    """A fitted scikit-learn transformer with what a density needs of it.

    Parameters
    ----------
    transformer : estimator or None
        Unfitted transformer with ``inverse_transform``, which is cloned; None changes
        nothing.
    values : ndarray of shape (n_rows, n_features)
        Training rows.
    """

    def __init__(self, transformer, values):
        self.transformer: Any = None
        if transformer is None:
            return
        self.transformer = clone(transformer)
        transformed = np.asarray(
            self.transformer.fit_transform(values.copy()), dtype=float
        )
        if transformed.shape != values.shape or not np.isfinite(transformed).all():
            raise ValueError(
                f"preprocessor={transformer!r} maps X of shape {values.shape} to "
                f"{transformed.shape} or to numbers that are not finite; pass an "
                "invertible transformer that suits the data."
            )
        self.low, self.high = transformed.min(axis=0), transformed.max(axis=0)
        spread = transformed.std(axis=0)
        self.step = STEP * np.where(spread > 0.0, spread, 1.0)
        self.size = np.abs(values).max(axis=0)
        if not self.gives_back(transformed, values).all():
            raise ValueError(
                f"preprocessor={transformer!r} does not give X back by its "
                "inverse_transform; pass an invertible transformer."
            )

    def transform(self, values):
        """Map rows to the coordinates of the model."""
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

    def gives_back(self, transformed, values):
        """Whether the inverse gives rows back.

        Parameters
        ----------
        transformed, values : ndarray of shape (n_rows, n_features)
            Rows in the coordinates of the model, and in the units of the data.

        Returns
        -------
        ndarray of bool of shape (n_rows,)
            False for rows that were clipped, say.
        """
        if self.transformer is None:
            return np.ones(len(values), dtype=bool)
        back = self.inverse_transform(transformed)
        return np.isclose(back, values, rtol=1e-6, atol=1e-6 * self.size).all(axis=1)

    def inverse_transform(self, values):
        """Map rows back to the units of the data."""
        if self.transformer is None:
            return values
        rows = self._invert(values)
        lost = ~np.isfinite(rows).all(axis=1)
        # A bounded transformer (Yeo-Johnson with a negative power, say) has no inverse
        # beyond its bound: such rows are pulled to the training range by halves.
        inside = np.clip(values, self.low, self.high)
        share = 1.0
        while lost.any():
            share = share / 2.0 if share > 1e-12 else 0.0
            pulled = inside[lost] + share * (values[lost] - inside[lost])
            rows[lost] = self._invert(pulled)
            lost = ~np.isfinite(rows).all(axis=1) & (share > 0.0)
        return rows

    def _invert(self, values):
        with warnings.catch_warnings():
            # What the inverse cannot give shows as NaN and is dealt with.
            warnings.simplefilter("ignore", RuntimeWarning)
            rows = self.transformer.inverse_transform(values.copy())
        return np.array(rows, dtype=np.float64)

    def log_jacobian(self, values):
        """Log of the absolute determinant of the transformer's derivative.

        It is taken from the inverse, which is defined for all numbers.

        Parameters
        ----------
        values : ndarray of shape (n_rows, n_features)
            Transformed rows.

        Returns
        -------
        ndarray of shape (n_rows,)
            Log-determinants.
        """
        n, d = values.shape
        if self.transformer is None:
            return np.zeros(n)
        size = max(1, CHUNK_NUMBERS // d**2)
        chunks = [values[i : i + size] for i in range(0, n, size)]
        return np.concatenate([self._log_jacobian(chunk) for chunk in chunks])

    def _log_jacobian(self, values):
        n, d = values.shape
        jacobian = np.empty((n, d, d))
        for j in range(d):
            shift = self.step[j] * np.eye(d)[j]
            near = self.inverse_transform(values + shift)
            near = near - self.inverse_transform(values - shift)
            far = self.inverse_transform(values + 2.0 * shift)
            far = far - self.inverse_transform(values - 2.0 * shift)
            jacobian[:, :, j] = (8.0 * near - far) / (12.0 * self.step[j])
        return -np.linalg.slogdet(jacobian)[1]
