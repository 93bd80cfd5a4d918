"""Random subsample of the paths of a panel that does not fit in memory."""

from dataclasses import dataclass
from itertools import pairwise
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_scalar

__all__ = ["draw_paths"]

# Rows of a file that are held at a time.
BATCH_ROWS = 2**16


@dataclass(frozen=True, eq=False)
class Segment:
    """Rows of a source that are one path, or a window of one.

    Parameters
    ----------
    source : ndarray or Path
        Array of shape (n_rows, n_features), or a parquet file.
    first, stop : int
        Its first row, and the row after its last one.
    """

    source: Any
    first: int
    stop: int

    def windows(self, size):
        """Split into windows of one length, the rest left out."""
        if size is None or self.stop - self.first <= size:
            return [self]
        starts = range(self.first, self.stop - size + 1, size)
        return [Segment(self.source, start, start + size) for start in starts]


def draw_paths(
    sources, max_rows, *, window=None, path="path", time=None, random_state=None
):
    """Draw paths of a panel that is larger than memory, as a panel that is not.

    Which rows are drawn is decided from lengths alone, and only they are read: memory is
    ``max_rows`` rows and one batch of 65,536 rows, however large the panel is.

    Parameters
    ----------
    sources : sequence of arrays, or of paths of parquet files, or a directory of these
        Arrays of shape (n_rows, n_features) are one path each, of shape (n_paths, length,
        n_features) several, and may be memory-mapped (``numpy.load(..., mmap_mode="r")``).
        A file is one path, or has a column that tells paths apart, whose rows are next to
        each other, as :func:`sample_to_parquet` writes it.
    max_rows : int
        Most rows that are drawn. A path that would go beyond is left out.
    window : int, default=None
        Paths that are longer are cut to windows of so many rows, each of which is a path
        of its own. None keeps paths whole.
    path : str, default="path"
        Column of a file that tells paths apart; without it a file is one path.
    time : str, default=None
        Column of a file that becomes the index of its frames; None keeps the index that
        pandas has stored.
    random_state : int, RandomState instance or None, default=None
        Seed; None draws one from NumPy's global generator, as scikit-learn does.

    Returns
    -------
    list of ndarray of shape (n_rows, n_features), or of frames
        Paths in the order of the sources: what ``fit`` takes as a panel.

    Raises
    ------
    ValueError
        If no path has at most ``max_rows`` rows.

    Notes
    -----
    The dynamics are a nearest-neighbour regression, which needs its rows at hand, and
    whose error falls with the number of rows to the power of -2 / (4 + d) for d
    coordinates; the sampler sees at most 20,000 residuals. A uniform subsample of whole
    paths or of windows of contiguous rows has the same distribution as the panel, and a
    few hundred thousand rows are worth almost as much as all. Windows shorter than a
    season or than the memory of volatility hide both.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.integrations import draw_paths
    >>> panel = np.random.RandomState(0).standard_normal((1000, 50, 2)).cumsum(axis=1)
    >>> paths = draw_paths([panel], max_rows=600, random_state=0)
    >>> len(paths), paths[0].shape
    (12, (50, 2))
    """
    check_scalar(max_rows, "max_rows", Integral, min_val=1)
    if window is not None:
        check_scalar(window, "window", Integral, min_val=2)
    segments = [
        piece
        for source in _listed(sources)
        for segment in _segments(source, path)
        for piece in segment.windows(window)
    ]
    lengths = np.array([segment.stop - segment.first for segment in segments])
    order = check_random_state(random_state).permutation(len(segments))
    chosen, n_rows = [], 0
    for number in order:
        if n_rows + lengths[number] <= max_rows:
            chosen.append(number)
            n_rows += lengths[number]
    if not chosen:
        raise ValueError(
            f"max_rows={max_rows} is less than each of the {len(segments)} paths has; "
            "raise it, or pass window."
        )
    by_source: dict = {}
    for number in sorted(chosen):
        by_source.setdefault(id(segments[number].source), []).append(segments[number])
    return [
        drawn
        for wanted in by_source.values()
        for drawn in _read(wanted[0].source, wanted, path, time)
    ]


def _listed(sources):
    """List sources one by one."""
    if isinstance(sources, str | Path):
        return sorted(Path(sources).glob("*.parquet"))
    return list(sources)


def _segments(source, path):
    """Paths of one source."""
    if hasattr(source, "shape"):
        if source.ndim == 3:
            return [Segment(part, 0, len(part)) for part in source]
        if source.ndim != 2:
            raise ValueError(
                f"sources has an array of shape {source.shape}; pass (n_rows, n_features) "
                "or (n_paths, length, n_features)."
            )
        return [Segment(source, 0, len(source))]
    source, parquet = Path(source), _parquet(source)
    if path not in parquet.schema_arrow.names:
        return [Segment(source, 0, parquet.metadata.num_rows)]
    changes, last, row = [], None, 0
    for batch in parquet.iter_batches(BATCH_ROWS, columns=[path]):
        labels = batch.column(0).to_numpy(zero_copy_only=False)
        before = np.append(labels[:1] if last is None else last, labels[:-1])
        changes.append(row + np.flatnonzero(labels != before))
        last, row = labels[-1:], row + len(labels)
    bounds = [0, *np.concatenate(changes).tolist(), row]
    return [Segment(source, first, stop) for first, stop in pairwise(bounds)]


def _read(source, segments, path, time):
    """Rows of some paths of one source."""
    if hasattr(source, "shape"):
        return [np.array(source[s.first : s.stop], dtype=np.float64) for s in segments]
    import pyarrow as pa

    pieces: list = [[] for _ in segments]
    row = 0
    for batch in _parquet(source).iter_batches(BATCH_ROWS):
        for piece, segment in zip(pieces, segments, strict=True):
            first = max(segment.first - row, 0)
            stop = min(segment.stop - row, len(batch))
            if first < stop:
                # A slice would keep the whole batch in memory.
                rows = pa.array(np.arange(first, stop))
                piece.append(batch.take(rows))
        row += len(batch)
    frames = []
    for piece in pieces:
        frame = pa.Table.from_batches(piece).to_pandas()
        frame = frame.drop(columns=path, errors="ignore")
        frames.append(frame if time is None else frame.set_index(time))
    return frames


def _parquet(file):
    """Open a parquet file."""
    from pyarrow.parquet import ParquetFile

    return ParquetFile(file)
