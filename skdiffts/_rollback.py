"""Rollback of fits that do not come to their end."""

from functools import wraps

from skdiffts._validation import CONFIGURATION

__all__ = ["whole_or_nothing"]

# Private attribute that names what fits have set; it is one of these names.
RECORD = "_set_by_fit"


def whole_or_nothing(fit):
    """Make a method that fits an estimator leave nothing half-fitted.

    After an exception the estimator is unfitted, so that a caller who catches it cannot
    mistake the old model for the new. After KeyboardInterrupt or SystemExit the previous
    state is restored.

    Parameters
    ----------
    fit : callable
        Method ``fit(self, X, y=None)`` that sets fitted attributes, and changes none of
        an earlier fit in place.

    Returns
    -------
    callable
        The same method, which also records the names of the attributes that it sets.
        After an error the attributes that it or an earlier fit has set are gone; all
        others stay, as parameters, settings and attributes of other owners: of a
        subclass, of the user, of a search of scikit-learn. After an interruption
        (KeyboardInterrupt, SystemExit) all are as they were.

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
    >>> model.note_ = "of the user"
    >>> model.fit([])
    Traceback (most recent call last):
        ...
    ZeroDivisionError: division by zero
    >>> vars(model)
    {'note_': 'of the user'}
    """

    @wraps(fit)
    def guarded(estimator, X, y=None):
        before = vars(estimator).copy()
        try:
            fitted = fit(estimator, X, y)
        except Exception:
            names = _fitted_names(estimator, before)
            # Values of before: an error changes no parameter. Attributes that others
            # have set meanwhile stay. One assignment, which a second Ctrl-C cannot cut
            # in half.
            estimator.__dict__ = {
                name: value
                for name, value in {**vars(estimator), **before}.items()
                if name not in names
            }
            raise
        except BaseException:
            estimator.__dict__ = before
            raise
        setattr(estimator, RECORD, sorted(_fitted_names(estimator, before)))
        return fitted

    return guarded


def _fitted_names(estimator, before):
    """Names set by earlier fits, and by the one that began with attributes `before`.

    By convention a fit sets ``a_`` and ``_a`` only, and scikit-learn keeps its
    settings (`CONFIGURATION`) in such names, too.
    """
    others = {*estimator.get_params(deep=False), *CONFIGURATION}
    new = {
        name
        for name, value in vars(estimator).items()
        if (name.startswith("_") or name.endswith("_"))
        and name not in others
        and (name not in before or before[name] is not value)
    }
    return {RECORD, *before.get(RECORD, ()), *new}
