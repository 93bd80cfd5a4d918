"""Row labels that can be read as dates: objects, strings, categories, integers."""

from typing import Any

import numpy as np

__all__ = ["is_temporal", "read_labels"]

# Year first, so that no label can be read in two ways: 2024-05-17, 2024/5/17 09:30,
# 2024-05, 20240517. Years that nanoseconds can hold.
YEAR = r"(?:1[6-9]|2[0-2])\d\d"
ISO = rf"{YEAR}(?:-\d\d|([-/.])\d\d?\1\d\d?(?:[T ]\d.*)?)"
QUARTER = rf"{YEAR}-?Q[1-4]"
# Day and month can be confused.
UNCLEAR = r"\d\d?([-/.])\d\d?\1(?:\d\d|\d{4})(?:[T ].*)?"
# Integers whose digits are a date, with the range in which they are taken for one.
DIGITS = {"%Y%m%d": (19000101, 21001231), "%Y%m": (190001, 210012)}


def is_temporal(dtype):
    """Tell whether a dtype is one of dates, durations or periods.

    Parameters
    ----------
    dtype : numpy.dtype, dtype of pandas, pyarrow or polars, or None
        Type of a column or of an index.

    Returns
    -------
    bool
        The names of such types agree between the libraries.
    """
    return str(dtype).lower().startswith(("date", "time", "duration", "period"))


def read_labels(index):
    """Read the labels of rows as dates, durations or numbers, where they are such.

    Read are objects (``datetime.date``, timestamps, numbers), strings that begin with
    the year (ISO 8601, quarters as "2024Q1"), categories of any of these, and integers
    that are dates in digits, YYYYMMDD or YYYYMM.

    Parameters
    ----------
    index : pandas.Index of length n_rows
        Labels, of one level.

    Returns
    -------
    pandas.Index of length n_rows
        Dates, durations, periods or numbers; other labels as they are.

    Raises
    ------
    ValueError
        If the labels are dates that can be read in two ways, such as "03/04/2024".
    """
    if is_temporal(index.dtype) or hasattr(index, "step"):  # a RangeIndex counts
        return index
    if hasattr(index, "categories"):
        index = index.astype("object").infer_objects()
    kind = getattr(index.dtype, "kind", "O")
    if kind in "iu":
        return _read_digits(index)
    if kind in "fb" or len(index) == 0:
        return index
    return _read_objects(index)


def _read_objects(index):
    known = index[~np.array(index.isna())]
    kind = known.inferred_type
    if kind in ("date", "datetime", "datetime64"):
        return _dates(index)
    if kind != "string":  # numbers, durations and periods as objects
        return index.infer_objects()
    if known.str.fullmatch(ISO).all():
        return _dates(index, format="ISO8601")
    if known.str.fullmatch(QUARTER).all():
        import pandas as pd

        return pd.PeriodIndex(index, freq="Q")
    if known.str.fullmatch(UNCLEAR).all():
        raise ValueError(
            f"the index of X holds dates, such as {known[0]!r}, in which day and month "
            "can be confused: use X.set_axis(pd.to_datetime(X.index, dayfirst=True)), "
            "or dayfirst=False."
        )
    return _read_digits(index) if known.str.fullmatch(r"\d{6}|\d{8}").all() else index


def _read_digits(index):
    """Read dates in digits; all labels must be dates of the same length."""
    if len(index) == 0 or index.hasnans:
        return index
    numbers = index.to_numpy().astype(np.int64)
    for pattern, (first, last) in DIGITS.items():
        if first <= numbers.min() and numbers.max() <= last:
            return _dates(index, numbers.astype(str), format=pattern)
    return index


def _dates(index, labels=None, **options: Any):
    """Dates of labels; the index as it is where one of them is none."""
    import pandas as pd

    labels = index if labels is None else labels
    for utc in (False, True):  # labels with several offsets have UTC in common
        try:
            dates = pd.DatetimeIndex(pd.to_datetime(labels, utc=utc, **options))
            return dates.rename(index.name)
        except ValueError:
            continue
    return index
