"""Positions of columns that a user names by labels or by numbers."""

from numbers import Integral

__all__ = ["positions_of"]


def positions_of(columns, transformer, owner):
    """Positions of some columns of the training data.

    Parameters
    ----------
    columns : str, int or list of these
        Labels or positions; labels need a frame with string names.
    transformer : estimator
        Transformer that knows the number, and maybe the names, of its columns.
    owner : str
        Beginning of the error, such as "levels has".

    Returns
    -------
    list of int
        Positions from 0.

    Raises
    ------
    ValueError
        If there is no such column.
    """
    columns = [columns] if isinstance(columns, str | Integral) else list(columns)
    labels = list(getattr(transformer, "feature_names_in_", []))
    n_columns = transformer.n_features_in_
    positions = []
    for column in columns:
        if column in labels:
            positions.append(labels.index(column))
        elif isinstance(column, Integral) and -n_columns <= column < n_columns:
            positions.append(int(column) % n_columns)
        else:
            raise ValueError(
                f"{owner} the column {column!r}; X has {labels or n_columns} as "
                "columns: pass labels of these, or positions."
            )
    return positions
