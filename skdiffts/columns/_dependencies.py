"""Dependent columns: constants, and exact affine functions of the columns before them."""

from dataclasses import dataclass

import numpy as np

from skdiffts._caller import warn_caller

__all__ = ["DependentColumns", "relative_rounding", "warn_of_dependent"]

# Rounding errors of a sum of terms, in units of the largest one, and their growth where
# rows are sums of the rows before.
ROUNDINGS = 4.0
ROUNDINGS_PER_ROOT_ROW = 0.25
# Most that rounding may be of the standard deviation of a column: where it is more,
# it cannot be told from noise.
MOST_ROUNDING = 1e-4
# Distance from the columns before, in standard deviations, that is looked at closely.
NEAR = 1e-5
# Most digits to which coefficients are rounded, where the relation holds as well then.
DIGITS = 9
# New rows hold a relation up to this share of the standard deviation of the column, or
# up to so many rounding errors.
SLACK = 1e-6
ROUNDINGS_OF_NEW_ROWS = 64.0


@dataclass(frozen=True, eq=False)
class DependentColumns:
    r"""Columns that are exact affine functions of others, up to rounding.

    .. math:: x_{\text{dependent}} = c + A\, x_{\text{free}}

    A constant has a row of zeros in A, a duplicate has one entry of one, a total has one
    for each of its parts, and the last of shares that add up to one is one less the
    others. Free are the first columns, in their order, that determine all others. A
    column with noise of its own, however small, is free.

    Parameters
    ----------
    labels : tuple of length n_features
        Names of all columns.
    free : ndarray of int of shape (n_free,)
        Positions of the free columns, in order.
    dependent : ndarray of int of shape (n_dependent,)
        Positions of the dependent columns, in order.
    coefficients : ndarray of shape (n_dependent, n_free)
        Matrix A.
    offset : ndarray of shape (n_dependent,)
        Vector c.
    slack : ndarray of shape (n_dependent,)
        Difference from the relation that is borne in new rows.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.columns import DependentColumns
    >>> parts = np.random.RandomState(0).standard_normal((50, 2))
    >>> X = np.column_stack([parts, parts.sum(axis=1), np.full(50, 7.0)])
    >>> columns = DependentColumns.fit(X, labels=["a", "b", "total", "level"])
    >>> print(columns)
    total = a + b, level = 7
    >>> columns.reduce(X).shape
    (50, 2)
    >>> float(np.abs(columns.restore(parts) - X).max())
    0.0
    """

    labels: tuple
    free: np.ndarray
    dependent: np.ndarray
    coefficients: np.ndarray
    offset: np.ndarray
    slack: np.ndarray

    @classmethod
    def none(cls, labels):
        """All columns are free.

        Parameters
        ----------
        labels : sequence of length n_features
            Names of the columns.

        Returns
        -------
        DependentColumns
            No dependent column.
        """
        d = len(labels)
        return cls(
            labels=tuple(labels),
            free=np.arange(d),
            dependent=np.arange(0),
            coefficients=np.empty((0, d)),
            offset=np.empty(0),
            slack=np.empty(0),
        )

    @classmethod
    def fit(cls, values, *, labels=None, rounding=None):
        """Find the dependent columns of a table.

        Columns that are near the span of those before them, by the triangular factor of
        the standardised table, are regressed on the free ones. They are dependent if all
        rows agree up to rounding. A relation of k columns counts only where there are
        2 (k + 1) rows or more: fewer are met by chance.

        Parameters
        ----------
        values : ndarray of shape (n_rows, n_features)
            Rows; those with NaN are left out.
        labels : sequence of length n_features, default=None
            Names of the columns; None numbers them.
        rounding : ndarray of shape (n_features,), default=None
            Rounding error of the numbers of each column; None takes float64.

        Returns
        -------
        DependentColumns
            The dependent columns; none where no column varies.
        """
        values = values[np.isfinite(values).all(axis=1)]
        labels = range(values.shape[1]) if labels is None else labels
        size = np.abs(values).max(axis=0, initial=0.0)
        if rounding is None:
            rounding = size * np.finfo(np.float64).eps
        none = cls.none(labels)
        if len(values) < 2:
            return none
        constant = np.abs(values - values[0]).max(axis=0) <= ROUNDINGS * rounding
        if constant.all():
            return none
        varying = np.flatnonzero(~constant)
        with np.errstate(all="ignore"):  # the smallest numbers have no inverse
            relations = _relations(values[:, varying], rounding[varying])
        by_position = {int(varying[i]): relation for i, relation in relations.items()}
        dependent = np.flatnonzero(constant | np.isin(none.free, list(by_position)))
        free = np.setdiff1d(none.free, dependent)
        coefficients = np.zeros((len(dependent), len(free)))
        offset = values[0, dependent]
        for i, column in enumerate(dependent.tolist()):
            if column in by_position:
                terms, offset[i] = by_position[column]
                coefficients[i] = terms[np.isin(varying, free)]
        slack = SLACK * values[:, dependent].std(axis=0)
        slack += ROUNDINGS_OF_NEW_ROWS * rounding[dependent]
        return cls(
            labels=tuple(labels),
            free=free,
            dependent=dependent,
            coefficients=coefficients,
            offset=offset,
            slack=slack,
        )

    @classmethod
    def of(cls, paths):
        """Find the dependent columns of paths.

        Parameters
        ----------
        paths : Paths
            Paths.

        Returns
        -------
        DependentColumns
            Relations that hold in all rows, as far as these have no NaN, with the names
            of the columns and up to the rounding of their types.
        """
        labels = [paths.column_label(i) for i in range(paths.n_features)]
        rounding = relative_rounding(paths) * np.fmax.reduce(np.abs(paths.values))
        found = cls.fit(paths.values, labels=labels, rounding=rounding)
        # Rows with NaN took no part in the search.
        return cls.none(labels) if found._broken(paths.values).any() else found

    @property
    def names(self):
        """Labels of the dependent columns."""
        return [self.labels[i] for i in self.dependent]

    def sums_to_one(self):
        """Find the shares: free columns that add up to one with a dependent column.

        Indicators of categories are an example: the last one of these columns of 0 and 1
        is one less the sum of the others.

        Returns
        -------
        list of ndarray of int
            For each such dependent column, the positions of the others among the free
            columns.
        """
        simple = np.isin(self.coefficients, (0.0, -1.0)).all(axis=1) & (
            self.offset == 1.0
        )
        return [np.flatnonzero(row) for row in self.coefficients[simple]]

    def reduce(self, rows):
        """Leave the dependent columns out.

        Parameters
        ----------
        rows : ndarray of shape (..., n_features)
            Rows.

        Returns
        -------
        ndarray of shape (..., n_free)
            Free columns; `rows` itself where all are.
        """
        return rows if not len(self.dependent) else rows[..., self.free]

    def restore(self, rows):
        """Put the dependent columns back.

        Parameters
        ----------
        rows : ndarray of shape (..., n_free)
            Free columns.

        Returns
        -------
        ndarray of shape (..., n_features)
            All columns; `rows` itself where all are free.
        """
        if not len(self.dependent):
            return rows
        whole = np.empty((*rows.shape[:-1], len(self.labels)))
        whole[..., self.free] = rows
        whole[..., self.dependent] = self._expected(rows)
        return whole

    def check(self, rows, name="X", relative=2.0**-52):
        """Raise if rows break a relation.

        Parameters
        ----------
        rows : ndarray of shape (n_rows, n_features)
            New rows; NaN is no error.
        name : str, default="X"
            Name of the rows in the error.
        relative : float, default=2**-52
            Relative rounding error of their numbers.

        Raises
        ------
        ValueError
            If the difference is more than rounding.
        """
        broken = self._broken(rows, relative)
        if not broken.any():
            return
        row = int(np.argmax(broken.any(axis=1)))
        formulas = self.formulas()
        which = np.flatnonzero(broken.any(axis=0)).tolist()
        raise ValueError(
            f"{name} breaks {', '.join(formulas[i] for i in which)}, which held in all "
            f"rows of the training data, first in row {row}: correct the column(s) "
            f"{[self.names[i] for i in which]}, or fit to data in which they are free."
        )

    def formulas(self):
        """Relations in words.

        Returns
        -------
        list of str
            One for each dependent column, such as "total = a + b".
        """
        sources = [self.labels[i] for i in self.free]
        if all(isinstance(label, int) for label in self.labels):
            sources = [f"x{label}" for label in sources]
        written = []
        for i, label in enumerate(self.names):
            terms = [(self.offset[i], None)] if self.offset[i] else []
            used = np.flatnonzero(self.coefficients[i])
            terms += [(self.coefficients[i, k], sources[k]) for k in used]
            terms.sort(key=lambda term: term[0] < 0.0)  # what is added comes first
            name = f"x{label}" if isinstance(label, int) else label
            written.append(f"{name} = {_sum(terms)}")
        return written

    def __str__(self):
        return ", ".join(self.formulas())

    def _broken(self, rows, relative=2.0**-52):
        """Tell which relations rows break by more than rounding."""
        if not len(self.dependent):
            return np.zeros((len(rows), 0), dtype=bool)
        free, found = rows[:, self.free], rows[:, self.dependent]
        size = np.abs(found) + np.abs(free) @ np.abs(self.coefficients).T
        allowed = self.slack + ROUNDINGS_OF_NEW_ROWS * relative * size
        return np.abs(found - self._expected(free)) > allowed

    def _expected(self, free):
        """Dependent columns by their relations."""
        # Term by term, so that a total is the sum of its parts in their order.
        expected = np.empty((*free.shape[:-1], len(self.dependent)))
        for i, coefficients in enumerate(self.coefficients):
            column = np.full(free.shape[:-1], self.offset[i])
            for k in np.flatnonzero(coefficients):
                column += coefficients[k] * free[..., k]
            expected[..., i] = column
        return expected


def relative_rounding(paths):
    """Relative rounding error of each column as it came in.

    Parameters
    ----------
    paths : Paths
        Paths.

    Returns
    -------
    ndarray of shape (n_features,)
        Rounding error of float64, or of float32 where the numbers were stored so.
    """
    frame = paths.frames[0]
    names = [str(paths.dtype)] * paths.n_features
    if frame is not None:
        names = [kind.name for kind in frame.types]
    single = np.array([name in ("float16", "float32") for name in names])
    return np.where(single, np.finfo(np.float32).eps, np.finfo(np.float64).eps)


def warn_of_dependent(paths):
    """Warn of dependent columns, where they are neither left out nor restored.

    Parameters
    ----------
    paths : Paths
        Training paths.
    """
    columns = DependentColumns.of(paths)
    if len(columns.dependent):
        warn_caller(
            f"Columns {columns.names} of X are determined by others ({columns}), so that "
            "their innovations, and the score, are rounding errors: drop them, or use "
            "GenerativeTimeSeries, which leaves them out and restores them."
        )


def _relations(values, rounding):
    """Coefficients of all columns and offset, by number of the dependent column."""
    n, d = values.shape
    # Squares of small numbers are lost: each column in units of its largest number.
    unit = np.abs(values).max(axis=0)
    scaled = values / unit
    spread = scaled.std(axis=0)
    standardized = (scaled - scaled.mean(axis=0)) / spread
    spread = spread * unit
    distance = np.zeros(d)
    diagonal = np.diag(np.linalg.qr(standardized, mode="r"))
    distance[: len(diagonal)] = np.abs(diagonal) / np.sqrt(n)
    near = distance <= NEAR + ROUNDINGS * (rounding / spread).max()
    found: dict[int, tuple] = {}
    free = np.flatnonzero(~near).tolist()
    waiting = np.flatnonzero(near).tolist()
    while waiting:
        solved = np.linalg.lstsq(
            standardized[:, free], standardized[:, waiting], rcond=None
        )[0]
        kept = []
        for column, slopes in zip(waiting, solved.T, strict=True):
            terms = np.zeros(d)
            terms[free] = slopes * spread[column] / spread[free]
            # Columns are explained by those before them.
            relation = None
            if n >= 2 * (np.sum(np.array(free) < column) + 1):
                relation = _exact(values, column, terms, rounding, spread)
            if relation is not None:
                found[column] = relation
            else:
                kept.append(column)
        # The first one is free, and may explain the others.
        free, waiting = sorted(free + kept[:1]), kept[1:]
    return found


def _exact(values, column, terms, rounding, spread):
    """Coefficients and offset of a relation without an error, None if it has one."""
    n = len(values)
    # Share of a column that rounding takes, and digits of a coefficient that it leaves.
    known = (
        10.0**-DIGITS
        + ROUNDINGS * (rounding[column] + np.abs(terms) @ rounding) / (spread[column])
    )
    if not np.isfinite(known):
        return None
    needed = np.abs(terms) * spread > known * spread[column]
    digits = int(np.clip(-np.log10(known), 0, DIGITS))
    for coefficients in (_to_digits(np.where(needed, terms, 0.0), digits), terms):
        rest = values[:, column] - values @ coefficients
        scale = rounding[column] + np.abs(coefficients) @ rounding
        # Rounding errors add up where rows do.
        allowed = (ROUNDINGS + ROUNDINGS_PER_ROOT_ROW * np.sqrt(n)) * scale
        allowed = min(allowed, MOST_ROUNDING * spread[column])
        offset = rest.mean()
        simple = 0.0 if np.abs(offset) <= allowed else float(_to_digits(offset, digits))
        for candidate in (simple, offset):
            if np.abs(rest - candidate).max() <= allowed:
                return coefficients, candidate
    return None


def _to_digits(numbers, digits):
    """Round numbers to some digits, such as 1 + 1e-15 to 1."""
    rounded = [float(f"{x:.{digits}e}") for x in np.ravel(numbers).tolist()]
    return np.reshape(rounded, np.shape(numbers))


def _sum(terms):
    """Write a sum of products with names; None stands for a number alone."""
    text = ""
    for number, name in terms:
        sign = " - " if number < 0.0 else " + "
        size = f"{abs(number):.6g}"
        word = size if name is None else str(name) if size == "1" else f"{size} {name}"
        text += (sign if text else sign.strip(" +")) + word
    return text or "0"
