"""Simulated paths as a parquet dataset, written block by block."""

from copy import copy
from dataclasses import replace
from numbers import Integral
from pathlib import Path

from joblib import Parallel, delayed
from sklearn.utils.validation import check_scalar

from skdiffts._progress import Progress
from skdiffts.generation import SamplingPlan

__all__ = ["sample_to_parquet"]


def sample_to_parquet(
    generator,
    directory,
    n_paths,
    length=None,
    *,
    block_rows=2**20,
    x0=None,
    exogenous=None,
    random_state=None,
    verbose=0,
):
    """Simulate paths into a parquet dataset, with the memory of one block a worker.

    Parameters
    ----------
    generator : GenerativeTimeSeries
        Fitted generator. Its ``n_jobs``, and joblib's backend, are over the blocks: the
        workers of a cluster write their files themselves, so that all need to reach the
        directory by its path.
    directory : str or Path
        Directory of the dataset, which is made; it must be empty.
    n_paths : int
        Number of paths.
    length : int, default=None
        Rows of each path, as in ``sample``.
    block_rows : int, default=1048576
        Rows of one file, rounded up to whole groups of 256 paths.
    x0 : None, str, label, array-like, dict or frame, default=None
        Row 0, as in ``sample``.
    exogenous : frame, array-like, list or dict, default=None
        Exogenous columns of the rows after row 0, as in ``sample``.
    random_state : int, RandomState instance or None, default=None
        Seed; None draws one from NumPy's global generator, as scikit-learn does.
    verbose : int, default=0
        0 shows nothing, 1 a bar of the blocks, 2 a line for each.

    Returns
    -------
    list of Path
        Files, in the order of the paths. Together they are the frame that
        ``generator.sample(..., output="pandas")`` gives, with the levels "path" and time
        as columns and the names of all columns as strings; neither the size of the
        blocks nor the number of jobs changes a number.

    Raises
    ------
    ValueError
        If the directory holds files.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> import pandas as pd
    >>> from sklearn.neighbors import KernelDensity
    >>> from skdiffts import GenerativeTimeSeries
    >>> from skdiffts.integrations import sample_to_parquet
    >>> X = pd.DataFrame({"load": np.random.RandomState(0).standard_normal(200)})
    >>> generator = GenerativeTimeSeries(sampler=KernelDensity()).fit(X)
    >>> with tempfile.TemporaryDirectory() as directory:
    ...     files = sample_to_parquet(
    ...         generator, directory, 600, 10, block_rows=1, random_state=0
    ...     )
    ...     frame = pd.read_parquet(directory)
    >>> len(files), frame.shape, list(frame.columns)
    (3, (6000, 3), ['path', 'time', 'load'])
    """
    check_scalar(block_rows, "block_rows", Integral, min_val=1)
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    if any(directory.iterdir()):
        raise ValueError(
            f"directory={str(directory)!r} holds files; pass an empty one, or one that "
            "does not exist."
        )
    options = {"x0": x0, "exogenous": exogenous, "random_state": random_state}
    plan = SamplingPlan.of(generator, n_paths, length, output="pandas", **options)
    n_jobs = getattr(generator, "n_jobs", None)
    alone = copy(plan.generator)
    alone.n_jobs = None  # the jobs are over the blocks
    blocks = replace(plan, generator=alone).blocks(block_rows)
    jobs = (
        delayed(_write)(block, directory / f"part-{number:06d}.parquet")
        for number, block in enumerate(blocks)
    )
    files = []
    with Progress("sample_to_parquet", len(blocks), verbose) as progress:
        for file in Parallel(n_jobs=n_jobs, return_as="generator")(jobs):
            files.append(file)
            progress.advance(1, file.name)
    return files


def _write(plan, file):
    """Simulate one block and write it, under its name once it is whole."""
    frame = plan.paths().reset_index()
    frame.columns = [
        " ".join(map(str, name)).strip() if isinstance(name, tuple) else str(name)
        for name in frame.columns
    ]
    unfinished = file.with_suffix(".unfinished")
    frame.to_parquet(unfinished, index=False)
    unfinished.rename(file)
    return file
