"""Types of the columns of frames, and numbers in these types."""

import re
from dataclasses import dataclass

import numpy as np

__all__ = ["ColumnType", "column_types"]


@dataclass(frozen=True)
class ColumnType:
    """Type of the numbers of a column.

    Parameters
    ----------
    name : str, default="float64"
        NumPy's name of it: a float, an integer or "bool".
    extension : str, default=""
        Name of the pandas type that stores them, where that is none of NumPy's.
    """

    name: str = "float64"
    extension: str = ""

    @classmethod
    def of(cls, dtype):
        """Type of a column.

        Parameters
        ----------
        dtype : numpy.dtype, or dtype of pandas or polars
            Type; categories and sparse columns stand for the type of their values.

        Returns
        -------
        ColumnType
            float64 for columns of other objects, such as decimals, that were read as
            numbers.
        """
        inner = getattr(getattr(dtype, "categories", None), "dtype", None)
        inner = getattr(dtype, "subtype", None) if inner is None else inner
        if inner is not None:
            return cls.of(inner)
        if isinstance(dtype, np.dtype):
            return cls(str(dtype)) if _is_number(dtype) else cls()
        stored = getattr(dtype, "numpy_dtype", None)
        if stored is not None:  # Int64 or int64[pyarrow]
            return cls(str(stored), str(dtype)) if _is_number(stored) else cls()
        name = str(dtype).lower()  # Int64 of polars
        if re.fullmatch(r"u?int(8|16|32|64)|float(16|32|64)", name):
            return cls(name)
        return cls("bool") if name == "boolean" else cls()

    @property
    def is_float(self):
        """Whether the numbers have decimals."""
        return np.dtype(self.name).kind == "f"

    def cast(self, numbers):
        """Numbers in this type.

        Parameters
        ----------
        numbers : ndarray of float64 of shape (n_rows,)
            Finite numbers.

        Returns
        -------
        ndarray of shape (n_rows,)
            Integers are rounded, half to even, and above a half is true. Where numbers
            do not fit, such as negative ones where unsigned integers were, the type is
            int64, else float64.
        """
        dtype = np.dtype(self.name)
        if dtype.kind == "b":
            return numbers > 0.5
        if dtype.kind == "f":
            largest = np.abs(numbers).max(initial=0.0)
            fits = largest <= np.finfo(dtype).max
            return numbers.astype(dtype if fits else np.float64, copy=False)
        whole = np.rint(numbers)
        low, high = whole.min(initial=0.0), whole.max(initial=0.0)
        for wide in (dtype, np.dtype(np.int64)):
            limits = np.iinfo(wide)
            # The largest int64 is no float: its successor is.
            if low >= limits.min and high < float(limits.max) + 1.0:
                return whole.astype(wide)
        return whole

    def stored(self, numbers):
        """Numbers in this type as pandas stores them.

        Parameters
        ----------
        numbers : ndarray of float64 of shape (n_rows,)
            Finite numbers.

        Returns
        -------
        ndarray or pandas extension array of shape (n_rows,)
            As `cast`, in the extension type if they fit.
        """
        numbers = self.cast(numbers)
        if not self.extension or str(numbers.dtype) != self.name:
            return numbers
        import pandas as pd

        return pd.array(numbers, dtype=self.extension)


def column_types(frame):
    """Types of the columns of a frame.

    Parameters
    ----------
    frame : pandas.DataFrame or polars.DataFrame
        Frame.

    Returns
    -------
    tuple of ColumnType
        One for each column.
    """
    return tuple(ColumnType.of(dtype) for dtype in frame.dtypes)


def _is_number(dtype):
    # Not the floats of 80 bits: the model computes with 64.
    return dtype.kind in "biuf" and dtype.itemsize <= 8
