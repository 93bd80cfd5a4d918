"""Times in UTC on the wall clock of a time zone, and back."""

import numpy as np

__all__ = ["from_wall", "to_wall"]

MICROSECONDS_PER_DAY = 86_400_000_000
# From 1 January 2400 on, zones are read as many 400 years earlier as it takes: after so
# many days the calendar repeats, and Python's dates end in 9999.
LAST_DAY, DAYS = 157_054, 146_097


def to_wall(times, zone):
    """Microseconds on the wall clock.

    Parameters
    ----------
    times : ndarray of int64 of shape (n_times,)
        Microseconds in UTC since 1970.
    zone : str or tzinfo
        Time zone.

    Returns
    -------
    ndarray of int64 of shape (n_times,)
        Microseconds since 1970 as clocks on walls show them.
    """
    import pandas as pd

    dates = pd.DatetimeIndex(times.view("M8[us]")).tz_localize("UTC").tz_convert(zone)
    return dates.tz_localize(None).to_numpy(dtype="M8[us]").astype(np.int64)


def from_wall(times, zone):
    """Microseconds in UTC.

    Parameters
    ----------
    times : ndarray of int64 of shape (n_times,)
        Microseconds on the wall clock. A time that is there twice is the first one; one
        that is skipped is the first time after.
    zone : str or tzinfo
        Time zone.

    Returns
    -------
    ndarray of int64 of shape (n_times,)
        Microseconds in UTC since 1970.
    """
    import pandas as pd

    beyond = times - LAST_DAY * MICROSECONDS_PER_DAY
    period = DAYS * MICROSECONDS_PER_DAY
    shift = np.where(beyond >= 0, (beyond // period + 1) * period, 0)
    dates = pd.DatetimeIndex((times - shift).view("M8[us]")).tz_localize(
        zone, ambiguous=np.ones(len(times), dtype=bool), nonexistent="shift_forward"
    )
    utc = dates.tz_convert("UTC").tz_localize(None)
    return utc.to_numpy(dtype="M8[us]").astype(np.int64) + shift
