"""Relations of columns in rows of which some cells are missing."""

import numpy as np

__all__ = ["completed", "reconciled"]

# Share of the size of a column up to which a relation holds, from rounding.
ROUNDING = 1e-9


def completed(dependent, rows):
    """Fill each missing cell that a relation determines.

    A relation of which one cell is missing gives that cell, which may complete another
    relation in turn.

    Parameters
    ----------
    dependent : DependentColumns
        Relations.
    rows : ndarray of shape (n_rows, n_features)
        Rows with NaN.

    Returns
    -------
    ndarray of shape (n_rows, n_features)
        Rows with less NaN; `rows` itself without relations.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.columns import DependentColumns, completed
    >>> parts = np.random.RandomState(0).standard_normal((50, 2))
    >>> X = np.column_stack([parts, parts.sum(axis=1)])
    >>> completed(DependentColumns.fit(X), np.array([[1.0, np.nan, 3.0]]))
    array([[1., 2., 3.]])
    """
    if not len(dependent.dependent) or not np.isnan(rows).any():
        return rows
    rows, weights = rows.copy(), _weights(dependent)
    found = True
    while found:
        found = False
        for weight, offset in zip(weights, dependent.offset, strict=True):
            used = np.flatnonzero(weight)
            holes = np.isnan(rows[:, used])
            chosen = np.flatnonzero(holes.sum(axis=1) == 1)
            if not len(chosen):
                continue
            found = True
            which = used[np.argmax(holes[chosen], axis=1)]
            rest = offset + np.nansum(rows[np.ix_(chosen, used)] * weight[used], axis=1)
            rows[chosen, which] = -rest / weight[which]
    return rows


def reconciled(dependent, rows, drawn, variance):
    r"""Move drawn cells so that the relations of seen dependent columns hold.

    .. math:: \delta = S A' (A S A')^{-1} (x_{\text{dependent}} - c - A x_{\text{free}})

    with the variances S of the drawn cells of a row, zero for cells that must stay.

    Parameters
    ----------
    dependent : DependentColumns
        Relations.
    rows : ndarray of shape (n_rows, n_features)
        Rows with NaN.
    drawn : ndarray of shape (n_rows, n_features)
        Complete rows, in which all relations hold.
    variance : ndarray of shape (n_free,)
        Variances of free columns; zero where a drawn cell must stay.

    Returns
    -------
    ndarray of shape (n_rows, n_features)
        Complete rows with the cells that were seen.

    Raises
    ------
    ValueError
        If no cell can be moved.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.columns import DependentColumns, reconciled
    >>> parts = np.random.RandomState(0).standard_normal((50, 2))
    >>> dependent = DependentColumns.fit(np.column_stack([parts, parts.sum(axis=1)]))
    >>> seen, drawn = np.array([[np.nan, np.nan, 5.0]]), np.array([[1.0, 2.0, 3.0]])
    >>> reconciled(dependent, seen, drawn, np.array([1.0, 3.0]))
    array([[1.5, 3.5, 5. ]])
    """
    whole = np.where(np.isnan(rows), drawn, rows)
    if not len(dependent.dependent):
        return whole
    free, size = dependent.reduce(whole), np.abs(drawn).max(axis=0)
    gaps = (
        whole[:, dependent.dependent] - dependent.restore(free)[:, dependent.dependent]
    )
    broken = np.abs(gaps) > ROUNDING * size[dependent.dependent]
    for row in np.flatnonzero(broken.any(axis=1)):
        at = ~np.isnan(rows[row, dependent.dependent])
        can_move = variance * np.isnan(dependent.reduce(rows[row]))
        A, gap = dependent.coefficients[at], gaps[row, at]
        inverse = np.linalg.pinv((A * can_move) @ A.T, hermitian=True)
        free[row] += can_move * (A.T @ (inverse @ gap))
        rest = gap - A @ (can_move * (A.T @ (inverse @ gap)))
        if (np.abs(rest) > ROUNDING * size[dependent.dependent[at]]).any():
            names = [dependent.labels[i] for i in dependent.dependent[at]]
            raise ValueError(
                f"X has {names} in row {row} without their parts, which cannot take any "
                "number and are drawn apart: fill these parts, or leave the total(s) out."
            )
    return np.where(np.isnan(rows), dependent.restore(free), rows)


def _weights(dependent):
    """Weights of all columns in each relation, whose sum with the offset is zero."""
    n, d = len(dependent.dependent), len(dependent.labels)
    weights = np.zeros((n, d))
    weights[:, dependent.free] = dependent.coefficients
    weights[np.arange(n), dependent.dependent] = -1.0
    return weights
