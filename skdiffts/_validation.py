"""Private functions of scikit-learn that the package uses, in one place.

Parameter constraints and output configuration live in modules that have moved before,
and estimators keep some settings in private attributes; every other module imports them
from here.
"""

from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils._set_output import _get_output_config

__all__ = ["CONFIGURATION", "HasMethods", "Interval", "StrOptions", "transform_output"]

# Attributes of an estimator that hold what ``set_output``, ``set_fit_request`` and
# ``set_callbacks`` were told: no fit sets them, and ``clone`` copies them.
CONFIGURATION = ("_sklearn_output_config", "_metadata_request", "_skl_callbacks")


def transform_output(estimator):
    """Name of the container that ``estimator.transform`` was asked to return.

    Parameters
    ----------
    estimator : estimator
        A transformer that inherits ``set_output``.

    Returns
    -------
    str
        "default", "pandas" or "polars".
    """
    return _get_output_config("transform", estimator)["dense"]
