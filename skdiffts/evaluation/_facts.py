"""Facts for the head of a report: model, data, dates and versions."""

import platform
from datetime import date
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from skdiffts._version import __version__

__all__ = ["facts"]

PACKAGES = ("numpy", "scipy", "scikit-learn", "torch")


def facts(generator, material, data_name):
    """Subject of a report, as a list of facts.

    Parameters
    ----------
    generator : estimator
        Fitted generator.
    material : Material
        Training and test data.
    data_name : str
        Name of the data, perhaps empty.

    Returns
    -------
    tuple of (str, str)
        Label and text of each fact.
    """
    # The text of an object that is no estimator holds its address.
    is_estimator = hasattr(generator, "get_params")
    model = repr(generator) if is_estimator else type(generator).__name__
    found = [("model", " ".join(model.split()))]
    if hasattr(generator, "describe"):
        found.append(("what the model found", generator.describe()))
    found += [("data", data_name)] if data_name else []
    found += [
        ("training data", _extent(material.train)),
        ("held-out data", _extent(material.test)),
        ("columns", ", ".join(material.names)),
    ]
    wandering = np.flatnonzero(material.wanders)
    if len(wandering):
        names = ", ".join(material.names[k] for k in wandering)
        found.append(("judged by their increments, since levels wander", names))
    found += [("date", date.today().isoformat()), ("versions", _versions())]
    return tuple(found)


def _extent(paths):
    """Write the numbers of rows and paths, and the first and last time of a clock."""
    text = f"{paths.n_rows:,} rows of {paths.n_features} columns"
    text += "" if paths.n_paths == 1 else f" in {paths.n_paths:,} paths"
    if paths.times is None:
        return text
    ends = paths.times.min(), paths.times.max()
    if paths.dated:
        times = [np.datetime64(int(end), "ns").astype("datetime64[s]") for end in ends]
        # Midnights say nothing.
        shown = [str(time).removesuffix("T00:00:00") for time in times]
    else:
        shown = [f"{end:g}" for end in ends]
    return f"{text}, from {shown[0]} to {shown[1]}"


def _versions():
    """Python and the packages that the numbers depend on."""
    texts = [f"skdiffts {__version__}", f"Python {platform.python_version()}"]
    for name in PACKAGES:
        try:
            texts.append(f"{name} {version(name)}")
        except PackageNotFoundError:  # no torch
            continue
    return ", ".join(texts)
