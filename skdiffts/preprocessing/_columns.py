"""Invertible transformers for some of the columns of a table."""

import numpy as np
from sklearn.base import OneToOneFeatureMixin, TransformerMixin, clone
from sklearn.utils.metaestimators import _BaseComposition
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from skdiffts.preprocessing._positions import positions_of

__all__ = ["InvertibleColumnTransformer"]


class InvertibleColumnTransformer(
    OneToOneFeatureMixin, TransformerMixin, _BaseComposition
):
    """Invertible transformers by column; all other columns stay as they are.

    It is :class:`sklearn.compose.ColumnTransformer` with an inverse: columns keep their
    places, and each transformer returns as many columns as it gets. It fits a generator
    of prices beside rates, say, whose prices are modelled by their logarithm.

    Parameters
    ----------
    transformers : list of (str, transformer, columns)
        Name, unfitted transformer with ``inverse_transform``, and its columns: a label
        or a position, or a list of these. Labels need a frame with string names.

    Attributes
    ----------
    transformers_ : list of (str, transformer, list of int)
        Fitted transformers and the positions of their columns.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of str
        Column names, when the training data had them.

    Raises
    ------
    TypeError
        In ``fit``, if a transformer has no inverse.
    ValueError
        In ``fit``, if a column does not exist or is named twice, or if a transformer
        returns another number of columns.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.preprocessing import FunctionTransformer
    >>> from skdiffts.preprocessing import InvertibleColumnTransformer
    >>> logarithm = FunctionTransformer(np.log, np.exp, check_inverse=False)
    >>> columns = InvertibleColumnTransformer([("price", logarithm, [0])])
    >>> X = np.array([[1.0, 0.02], [np.e, 0.03]])
    >>> columns.fit_transform(X)
    array([[0.  , 0.02],
           [1.  , 0.03]])
    >>> columns.inverse_transform(np.array([[0.0, 0.04]]))
    array([[1.  , 0.04]])
    """

    def __init__(self, transformers):
        self.transformers = transformers

    def get_params(self, deep=True):
        """Parameters, including the transformers' by their names.

        Parameters
        ----------
        deep : bool, default=True
            Whether the transformers and their parameters are included.

        Returns
        -------
        dict
            Values by name.
        """
        return self._get_params("_steps", deep=deep)

    def set_params(self, **params):
        """Set parameters, replace a transformer, or set parameters of a transformer.

        Parameters
        ----------
        **params : dict
            Values by name, such as ``price__func``.

        Returns
        -------
        InvertibleColumnTransformer
            The transformer itself.
        """
        self._set_params("_steps", **params)
        return self

    def fit(self, X, y=None):
        """Fit each transformer to its columns.

        Parameters
        ----------
        X : array-like or frame of shape (n_rows, n_features)
            Rows.
        y : None
            Ignored.

        Returns
        -------
        InvertibleColumnTransformer
            The fitted transformer itself.
        """
        values = validate_data(self, X, dtype=np.float64)
        fitted = []
        taken: dict[int, str] = {}
        for name, transformer, columns in self.transformers:
            if not hasattr(transformer, "inverse_transform"):
                raise TypeError(
                    f"transformers has ({name!r}, {transformer!r}), which has no "
                    "inverse_transform; pass an invertible transformer."
                )
            positions = positions_of(columns, self, f"transformers gives {name!r}")
            twice = [i for i in positions if i in taken]
            if twice:
                raise ValueError(
                    f"transformers gives column {twice[0]} to {taken[twice[0]]!r} and to "
                    f"{name!r}; name each column once, or pass a Pipeline."
                )
            taken.update(dict.fromkeys(positions, name))
            transformer = clone(transformer)
            made = np.asarray(transformer.fit_transform(values[:, positions]))
            if made.shape != (len(values), len(positions)):
                raise ValueError(
                    f"transformers has ({name!r}, {transformer!r}), which makes "
                    f"{made.shape[1:]} columns of {len(positions)}; pass a transformer "
                    "that keeps their number."
                )
            fitted.append((name, transformer, positions))
        self.transformers_ = fitted
        return self

    def transform(self, X):
        """Transform the columns.

        Parameters
        ----------
        X : array-like or frame of shape (n_rows, n_features)
            Rows.

        Returns
        -------
        ndarray of shape (n_rows, n_features)
            Rows with transformed columns, in their places.
        """
        check_is_fitted(self)
        values = validate_data(
            self, X, reset=False, dtype=np.float64, ensure_all_finite="allow-nan"
        )
        return self._replace(values, "transform")

    def inverse_transform(self, X):
        """Undo ``transform``.

        Parameters
        ----------
        X : array-like or frame of shape (n_rows, n_features)
            Transformed rows.

        Returns
        -------
        ndarray of shape (n_rows, n_features)
            Rows in the units of the data.
        """
        check_is_fitted(self)
        values = check_array(X, dtype=np.float64, ensure_all_finite=False)
        return self._replace(values, "inverse_transform")

    def __sklearn_is_fitted__(self):
        """Tell whether ``fit`` has come to its end: it sets attributes before."""
        return hasattr(self, "transformers_")

    @property
    def _steps(self):
        """Names and transformers without columns: the form of scikit-learn's helper."""
        return [(name, transformer) for name, transformer, _ in self.transformers]

    @_steps.setter
    def _steps(self, steps):
        self.transformers = [
            (name, transformer, columns)
            for (name, transformer), (*_, columns) in zip(
                steps, self.transformers, strict=True
            )
        ]

    def _replace(self, values, method):
        """Table with columns replaced by the output of a method of the transformers."""
        made = values.copy()
        for _, transformer, positions in self.transformers_:
            made[:, positions] = getattr(transformer, method)(values[:, positions])
        return made
