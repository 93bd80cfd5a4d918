"""Generator behind a standardisation, for data of any level and scale."""

from sklearn.preprocessing import StandardScaler

from skdiffts.generation._generative import GenerativeTimeSeries

__all__ = ["standardized_generator"]


def standardized_generator():
    """Make a generator for data of any level and scale.

    Its dynamics work on columns with mean zero and unit variance. It is the default of
    :class:`skdiffts.augmentation.TimeSeriesAugmenter` and
    :class:`skdiffts.integrations.ReturnSampler`.

    Returns
    -------
    GenerativeTimeSeries
        Unfitted generator whose preprocessor is a
        :class:`sklearn.preprocessing.StandardScaler`.

    Examples
    --------
    >>> from skdiffts.generation import standardized_generator
    >>> standardized_generator()
    GenerativeTimeSeries(preprocessor=StandardScaler())
    """
    return GenerativeTimeSeries(preprocessor=StandardScaler())
