"""The files in the package read back as documented."""

import subprocess
import sys

import numpy as np
import pytest

from skdiffts.datasets import load_seattle_weather, load_us_market

pd = pytest.importorskip("pandas")

LOADERS = [load_seattle_weather, load_us_market]


@pytest.mark.parametrize("loader", LOADERS)
def test_frame(loader):
    frame = loader()
    assert isinstance(frame.index, pd.DatetimeIndex)
    assert frame.index.name == "date"
    assert frame.index.is_monotonic_increasing
    assert frame.index.is_unique
    assert (frame.dtypes == np.float64).all()
    assert np.isfinite(frame.to_numpy()).all()
    assert frame is not loader()


def test_seattle_weather():
    frame = load_seattle_weather()
    assert frame.shape == (1461, 4)
    assert (np.diff(frame.index) == np.timedelta64(1, "D")).all()
    assert frame.loc["2012-01-02"].to_dict() == {
        "precipitation": 10.9,
        "temp_max": 10.6,
        "temp_min": 2.8,
        "wind": 4.5,
    }
    assert 0.4 < (frame["precipitation"] == 0).mean() < 0.65
    assert (frame["temp_max"] >= frame["temp_min"]).all()


def test_us_market():
    frame = load_us_market()
    assert frame.shape == (1257, 4)
    assert (frame > 0).all(axis=None)
    assert frame.loc["2014-01-03"].to_dict() == {
        "SP500": 1831.369995,
        "NASDAQ": 4131.910156,
        "VIX": 13.76,
        "WTI": 93.66,
    }
    assert frame.index[-1] == pd.Timestamp("2018-12-31")
    assert frame["WTI"].diff()["2017-07-03"] == 0


@pytest.mark.parametrize("loader", LOADERS)
def test_missing_pandas(loader, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    remedy = rf"{loader.__name__} .*pip install skdiffts\[pandas\]"
    with pytest.raises(ImportError, match=remedy):
        loader()


def test_import_needs_neither_pandas_nor_torch():
    # Scikit-learn and SciPy look for both by themselves, so they go first.
    code = (
        "import sys, scipy.linalg, sklearn.utils; "
        "sys.modules['pandas'] = None; "
        "import skdiffts.datasets, skdiffts.metrics; "
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
