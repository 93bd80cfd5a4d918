"""A user's transformer of the past as the conditioning vector."""

from dataclasses import dataclass
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from sklearn.base import clone

from skdiffts._validation import HasMethods, Interval
from skdiffts.conditioning._base import BaseConditioning

__all__ = ["PastTransformer"]

# Rows on which whole-path and windowed output are compared.
N_CHECKED = 20


@dataclass(kw_only=True, repr=False, eq=False)
class PastTransformer(BaseConditioning):
    r"""Features that a scikit-learn transformer makes of the last rows.

    .. math:: z_i = T(x_{i-c+1}, \dots, x_i)_{\text{last row}}

    Parameters
    ----------
    transformer : transformer
        Turns the rows of a path, (n_rows, n_features), into as many rows of features,
        each from its row and the ones before. It is cloned, and fitted to all training
        rows.
    window : int, default=1
        Number c of rows that a feature depends on, its own included. In simulation the
        transformer is called on windows of this length, one for each path; with 1, on
        the rows of all paths at once.

    Attributes
    ----------
    transformer_ : transformer
        Fitted transformer.

    Raises
    ------
    ValueError
        In ``fit``, if the output on whole paths differs from that on windows: the
        transformer looks at the future or at more than ``window`` rows.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.decomposition import PCA
    >>> from skdiffts import KernelDriftVolEstimator
    >>> from skdiffts.conditioning import PastTransformer
    >>> X = np.random.RandomState(0).standard_normal((100, 3)).cumsum(axis=0)
    >>> leading = PastTransformer(transformer=PCA(1))
    >>> KernelDriftVolEstimator(conditioning=leading).fit(X).n_conditioning_
    1
    """

    transformer: Any
    window: int = 1

    _parameter_constraints: ClassVar[dict] = {
        "transformer": [HasMethods(["fit", "transform"])],
        "window": [Interval(Integral, 1, None, closed="left")],
    }

    @property
    def n_history(self):
        """Number of rows that a vector is made of, the present one included."""
        return self.window

    def fit(self, paths, dt):
        self.transformer_ = clone(self.transformer).fit(paths.values)
        longest = paths.split(paths.values)[np.argmax(paths.lengths)]
        whole = self._transform(longest)
        n_windows = len(longest) - self.window + 1
        for first in np.unique(np.linspace(0, n_windows - 1, N_CHECKED).astype(int)):
            last = first + self.window
            alone = self._transform(longest[first:last])[-1]
            if first >= 0 and not np.allclose(alone, whole[last - 1], rtol=1e-6):
                raise ValueError(
                    f"transformer={self.transformer!r} gives row {last - 1} of a path "
                    f"other features than its window of window={self.window} rows "
                    "alone; raise window, or pass a transformer that looks back only."
                )
        return self

    def start(self, states):
        return np.tile(states, (1, self.window))

    def update(self, history, step):
        d = step.states.shape[1]
        return np.hstack([history[:, d:], step.states])

    def vector(self, history, states, clock):
        if self.window == 1:
            return self._transform(states)
        windows = history.reshape(len(states), self.window, states.shape[1])
        return np.stack([self._transform(window)[-1] for window in windows])

    def _transform(self, rows):
        features = np.asarray(self.transformer_.transform(rows), dtype=np.float64)
        if features.ndim != 2 or len(features) != len(rows):
            raise ValueError(
                f"transformer={self.transformer!r} turns {rows.shape} into "
                f"{features.shape}; pass one that gives a row of features for each row."
            )
        return features
