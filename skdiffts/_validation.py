"""The one door to scikit-learn's parameter constraints and output configuration.

Both live in private modules of scikit-learn that have moved before; every other
module imports them from here.
"""

from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils._set_output import _get_output_config

__all__ = ["HasMethods", "Interval", "StrOptions", "transform_output"]


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
