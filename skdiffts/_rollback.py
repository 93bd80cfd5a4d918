"""Fits that come to their end, or leave nothing behind."""

from functools import wraps

from skdiffts._validation import CONFIGURATION

__all__ = ["whole_or_nothing"]


def whole_or_nothing(fit):
    """Make a method that fits an estimator leave nothing half-fitted.

    An error is no interruption: whoever catches one must not find the old model in
    place of the new. Who presses Ctrl-C wants back what was there.

    Parameters
    ----------
    fit : callable
        Method ``fit(self, X, y=None)`` that sets fitted attributes, and changes none of
        an earlier fit in place.

    Returns
    -------
    callable
        The same method. After an error the estimator is unfitted, with its parameters;
        after an interruption (KeyboardInterrupt, SystemExit) it is as it was.

    Examples
    --------
    >>> from sklearn.base import BaseEstimator
    >>> from skdiffts._rollback import whole_or_nothing
    >>> class Model(BaseEstimator):
    ...     @whole_or_nothing
    ...     def fit(self, X, y=None):
    ...         self.n_samples_in_ = len(X)
    ...         self.mean_ = sum(X) / len(X)
    >>> model = Model()
    >>> model.fit([])
    Traceback (most recent call last):
        ...
    ZeroDivisionError: division by zero
    >>> vars(model)
    {}
    """

    @wraps(fit)
    def guarded(estimator, X, y=None):
        before = vars(estimator).copy()
        try:
            return fit(estimator, X, y)
        except Exception:
            # One assignment, which a second Ctrl-C cannot cut in half.
            estimator.__dict__ = _unfitted(estimator, before)
            raise
        except BaseException:
            estimator.__dict__ = before
            raise

    return guarded


def _unfitted(estimator, attributes):
    """Attributes without those that a fit has set: by convention, ``a_`` and ``_a``."""
    kept = {*estimator.get_params(deep=False), *CONFIGURATION}
    return {
        name: value
        for name, value in attributes.items()
        if name in kept or not (name.startswith("_") or name.endswith("_"))
    }
