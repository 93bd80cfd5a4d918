"""Small real series; their sources and licences are in data/LICENSES.md."""

import csv
import gzip
from importlib import resources

import numpy as np

__all__ = ["load_seattle_weather", "load_us_market"]


def load_seattle_weather():
    """Load the daily weather at Seattle, 2012 to 2015.

    Four series over 1461 consecutive days, without missing values. Precipitation
    is non-negative and zero on about half of the days.

    Returns
    -------
    frame : pandas.DataFrame
        Float64 columns on a daily DatetimeIndex called ``date``: ``precipitation``
        (mm), ``temp_max`` and ``temp_min`` (degrees Celsius), ``wind`` (mean speed,
        m/s).

    Raises
    ------
    ImportError
        If pandas is not installed.

    Notes
    -----
    Daily summaries of NOAA, public domain, as distributed by the package
    ``vega_datasets`` 0.9.0 (MIT licence).

    Examples
    --------
    >>> from skdiffts.datasets import load_seattle_weather
    >>> frame = load_seattle_weather()
    >>> frame.shape
    (1461, 4)
    >>> list(frame.columns)
    ['precipitation', 'temp_max', 'temp_min', 'wind']
    """
    return _load("seattle_weather.csv.gz", "load_seattle_weather")


def load_us_market():
    """Load daily levels of United States markets, 2014 to 2018.

    Four series over 1257 trading days, without missing values. They are levels:
    take logarithms before modelling. The VIX is positive and mean-reverting.

    Returns
    -------
    frame : pandas.DataFrame
        Float64 columns on a DatetimeIndex of trading days called ``date``: ``SP500``
        and ``NASDAQ`` (closing values, index points), ``VIX`` (implied volatility,
        annualised percent), ``WTI`` (crude oil, dollars per barrel).

    Raises
    ------
    ImportError
        If pandas is not installed.

    Notes
    -----
    Yahoo Finance and FRED series as distributed by the package ``arch`` 8.0.0 (NCSA
    licence). WTI repeats the last quote on four days on which it has none
    (2017-07-03, 2018-11-23, 2018-12-24, 2018-12-31).

    Examples
    --------
    >>> from skdiffts.datasets import load_us_market
    >>> frame = load_us_market()
    >>> frame.shape
    (1257, 4)
    >>> list(frame.columns)
    ['SP500', 'NASDAQ', 'VIX', 'WTI']
    """
    return _load("us_vix_market.csv.gz", "load_us_market")


def _load(filename, caller):
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError(
            f"{caller} returns a pandas DataFrame; run `pip install skdiffts[pandas]`."
        ) from error
    path = resources.files("skdiffts.datasets").joinpath("data", filename)
    with path.open("rb") as stream, gzip.open(stream, "rt", encoding="utf-8") as text:
        header, *rows = csv.reader(text)
    # Parsed here, because only some versions of pandas read every last digit.
    return pd.DataFrame(
        np.array([row[1:] for row in rows], dtype=np.float64),
        index=pd.DatetimeIndex([row[0] for row in rows], name=header[0]),
        columns=header[1:],
    )
