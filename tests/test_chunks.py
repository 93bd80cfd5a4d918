"""Slices of bounded memory."""

from hypothesis import given
from hypothesis import strategies as st

from skdiffts._chunks import CHUNK_NUMBERS, slices


@given(st.integers(0, 10**5), st.integers(0, 2 * CHUNK_NUMBERS))
def test_slices_cover_the_rows_once_within_the_memory(n_rows, numbers):
    # Rows of which one alone is too large still come one by one.
    n_rows = min(n_rows, 2000) if numbers > CHUNK_NUMBERS // 64 else n_rows
    chunks = slices(n_rows, numbers)
    covered = [i for chunk in chunks for i in range(chunk.start, chunk.stop)]
    assert covered == list(range(n_rows))
    sizes = [chunk.stop - chunk.start for chunk in chunks]
    assert all(size == 1 or size * numbers <= CHUNK_NUMBERS for size in sizes)
