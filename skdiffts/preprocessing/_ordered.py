"""Invertible map of columns that keep an order, such as low, close and high."""

from numbers import Real

import numpy as np
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from skdiffts._validation import Interval
from skdiffts.preprocessing._positions import positions_of

__all__ = ["OrderedColumns"]


class OrderedColumns(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    r"""Logarithms of gaps in place of columns that keep an order.

    Levels are one column or several; no column of a level is below a column of the
    level before. The level with the most columns (the first of these) is the base and
    stays. Above it, a column x over the largest one m of the level below becomes, and
    below it a column x under the smallest one m of the level above,

    .. math:: y = \log(x - m + \tau), \qquad y = \log(m - x + \tau)

    with the tick :math:`\tau`; the inverse has :math:`\max(e^y - \tau, 0)` for the gap.
    Whatever a model draws, the order holds. With ``positive=True`` all are logarithms
    before, so that gaps are ratios: bars of prices become
    :math:`\log o, \log c, \log(\log(h / \max(o, c)) + \tau)` and so on. Other columns
    stay as they are.

    Parameters
    ----------
    levels : list of (str, int or list of these)
        Columns from low to high, such as ``["low", ["open", "close"], "high"]``: labels
        or positions. Labels need a frame with string names.
    positive : bool, default=False
        Whether the columns are positive, so that gaps are gaps of logarithms.
    tick : float, default=0.0
        Number :math:`\tau`, in the units of the gaps. Where columns of two levels may be
        equal it must be positive, such as the smallest move of a price; then draws below
        its logarithm are equal as well. Ties are single values, to which the density
        gives the density of their neighbourhood.

    Attributes
    ----------
    levels_ : list of list of int
        Positions of the columns, from low to high.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of str
        Column names, when the training data had them.

    Raises
    ------
    ValueError
        In ``fit`` and ``transform``, if rows are not in order, or not positive.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.preprocessing import OrderedColumns
    >>> bars = np.array([[9.0, 10.0, 11.0, 11.5], [10.0, 10.5, 10.2, 12.0]])
    >>> ordered = OrderedColumns([0, [1, 2], 3]).fit(bars)
    >>> ordered.transform(bars).round(2)
    array([[ 0.  , 10.  , 11.  , -0.69],
           [-1.61, 10.5 , 10.2 ,  0.41]])
    >>> ordered.inverse_transform(np.array([[0.0, 5.0, 4.0, 0.0]]))
    array([[3., 5., 4., 6.]])
    """

    _parameter_constraints = {
        "levels": [list, tuple],
        "positive": ["boolean"],
        "tick": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(self, levels, *, positive=False, tick=0.0):
        self.levels = levels
        self.positive = positive
        self.tick = tick

    def fit(self, X, y=None):
        """Find the columns, and check that they are in order.

        Parameters
        ----------
        X : array-like or frame of shape (n_rows, n_features)
            Rows.
        y : None
            Ignored.

        Returns
        -------
        OrderedColumns
            The fitted transformer itself.
        """
        self._validate_params()
        values = validate_data(self, X, dtype=np.float64)
        levels = [positions_of(level, self, "levels has") for level in self.levels]
        used = _all_of(levels)
        if len(levels) < 2 or not all(levels) or len(set(used)) < len(used):
            raise ValueError(
                f"levels={self.levels!r} has less than two levels, an empty one, or a "
                "column twice; pass the columns from low to high, each once."
            )
        self._gaps(values, levels)
        self.levels_ = levels
        return self

    def transform(self, X):
        """Replace columns beside the base by logarithms of gaps.

        Parameters
        ----------
        X : array-like or frame of shape (n_rows, n_features)
            Rows.

        Returns
        -------
        ndarray of shape (n_rows, n_features)
            Rows, columns in their places.
        """
        check_is_fitted(self)
        values = validate_data(self, X, reset=False, dtype=np.float64)
        return self._gaps(values, self.levels_)

    def inverse_transform(self, X):
        """Undo ``transform``.

        Parameters
        ----------
        X : array-like or frame of shape (n_rows, n_features)
            Transformed rows.

        Returns
        -------
        ndarray of shape (n_rows, n_features)
            Rows in the units of the data, in order.
        """
        check_is_fitted(self)
        values = check_array(X, dtype=np.float64, ensure_all_finite=False).copy()
        with np.errstate(over="ignore", invalid="ignore"):
            for columns, edge, sign in _steps(self.levels_):
                gaps = np.maximum(np.exp(values[:, columns]) - self.tick, 0.0)
                values[:, columns] = _edge(values, edge, sign) + sign * gaps
            if self.positive:
                used = _all_of(self.levels_)
                values[:, used] = np.exp(values[:, used])
        return values

    def __sklearn_is_fitted__(self):
        """Tell whether ``fit`` has come to its end."""
        return hasattr(self, "levels_")

    def _gaps(self, values, levels):
        """Rows with logarithms of gaps."""
        made, used = values.copy(), _all_of(levels)
        if self.positive:
            _refuse(values[:, used] <= 0.0, "zero or negative values", "positive=False")
            made[:, used] = np.log(values[:, used])
        found = made.copy()
        for columns, edge, sign in _steps(levels):
            gaps = sign * (made[:, columns] - _edge(made, edge, sign))
            _refuse(gaps < 0.0, "columns out of order", "the levels from low to high")
            gaps = gaps + self.tick
            _refuse(gaps == 0.0, "equal columns", "a tick, the smallest gap")
            found[:, columns] = np.log(gaps)
        return found


def _all_of(levels):
    """Columns of all levels."""
    return [column for level in levels for column in level]


def _steps(levels):
    """Columns, columns of the level nearer to the base, and direction, from the base."""
    widths = [len(level) for level in levels]
    base = widths.index(max(widths))
    above = [(levels[i], levels[i - 1], 1.0) for i in range(base + 1, len(levels))]
    below = [(levels[i], levels[i + 1], -1.0) for i in range(base - 1, -1, -1)]
    return above + below


def _edge(values, columns, sign):
    """Largest of some columns, or smallest of them for sign -1, as a column."""
    return sign * (sign * values[:, columns]).max(axis=1, keepdims=True)


def _refuse(wrong, what, remedy):
    """Raise if some rows cannot be mapped."""
    rows = np.flatnonzero(wrong.any(axis=1))
    if len(rows):
        raise ValueError(
            f"X has {what} of levels in {len(rows)} row(s), first in row {rows[0]}; "
            f"pass {remedy}, or leave these rows out."
        )
