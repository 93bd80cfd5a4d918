"""Plan of a sample: starts and seeds of all paths, which are simulated block by block."""

from dataclasses import dataclass, replace
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, check_scalar

from skdiffts._paths import check_names, check_output
from skdiffts.generation._simulation import BLOCK_PATHS, block_seeds

__all__ = ["SamplingPlan"]


@dataclass(frozen=True, eq=False, kw_only=True)
class SamplingPlan:
    """Starts, exogenous columns and seeds of paths, drawn before any is simulated.

    ``sample`` simulates all of them at once. Blocks of them, simulated in any order and
    on any machine, are the same paths.

    Parameters
    ----------
    generator : GenerativeTimeSeries
        Fitted generator.
    history : History
        History of each path, its first row included.
    times : ndarray of shape (n_paths,)
        Times of the first rows.
    length : int
        Rows of each path.
    given : ndarray of shape (n_paths, length - 1, n_covariates) or None
        Exogenous columns of the rows after the first.
    seeds : ndarray of int
        Seed of each 256 paths.
    output : {"auto", "array", "pandas", "polars"}
        Container of the paths.
    first : int, default=0
        Number of the first path.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.neighbors import KernelDensity
    >>> from skdiffts import GenerativeTimeSeries
    >>> from skdiffts.generation import SamplingPlan
    >>> X = np.random.RandomState(0).standard_normal((100, 2)).cumsum(axis=0)
    >>> generator = GenerativeTimeSeries(sampler=KernelDensity(bandwidth=0.3)).fit(X)
    >>> plan = SamplingPlan.of(generator, 600, 5, random_state=0)
    >>> blocks = [block.paths() for block in plan.blocks(block_rows=1)]
    >>> [len(block) for block in blocks]
    [256, 256, 88]
    >>> whole = generator.sample(600, 5, random_state=0)
    >>> np.array_equal(np.concatenate(blocks), whole)
    True
    """

    generator: Any
    history: Any
    times: np.ndarray
    length: int
    given: Any
    seeds: np.ndarray
    output: str
    first: int = 0

    @classmethod
    def of(
        cls,
        generator,
        n_paths,
        length=None,
        *,
        x0=None,
        exogenous=None,
        output="auto",
        random_state=None,
    ):
        """Draw the starts and seeds of a sample.

        Parameters
        ----------
        generator : GenerativeTimeSeries
            Fitted generator.
        n_paths : int
            Number of paths.
        length : int, default=None
            Rows of each path, as in ``sample``.
        x0 : None, str, label, array-like, dict or frame, default=None
            Row 0, as in ``sample``.
        exogenous : frame, array-like, list or dict, default=None
            Exogenous columns of the rows after row 0, as in ``sample``.
        output : {"auto", "array", "pandas", "polars"}, default="auto"
            Container of the paths.
        random_state : int, RandomState instance or None, default=None
            Seed; None draws one from NumPy's global generator, as scikit-learn does.

        Returns
        -------
        SamplingPlan
            The plan.
        """
        check_is_fitted(generator)
        check_scalar(n_paths, "n_paths", Integral, min_val=1)
        starts, names = generator._starts, generator._table.output
        length = starts.longest if length is None else length
        check_scalar(length, "length", Integral, min_val=1)
        check_names(generator, x0, "x0")
        check_output(output)
        rng = check_random_state(random_state)
        if names.has_times(output) or starts.uses_clock:
            names.calendar.warn()
        history, times = starts.draw(x0, n_paths, rng)
        given = generator._table.exogenous.read(exogenous, history, length - 1)
        return cls(
            generator=generator,
            history=history,
            times=times,
            length=length,
            given=given,
            seeds=block_seeds(n_paths, rng),
            output=output,
        )

    def __len__(self):
        return len(self.history)

    def blocks(self, block_rows):
        """Plans of consecutive paths.

        Parameters
        ----------
        block_rows : int
            Rows that a block shall have, rounded up to whole groups of 256 paths.

        Returns
        -------
        list of SamplingPlan
            Plans, which pickle what they need.
        """
        size = -(-block_rows // (BLOCK_PATHS * self.length))
        blocks = []
        for number in range(0, len(self.seeds), size):
            first, last = number * BLOCK_PATHS, (number + size) * BLOCK_PATHS
            rows = slice(first, last)
            part = replace(
                self,
                history=self.history.take(rows),
                times=self.times[rows],
                given=None if self.given is None else self.given[rows],
                seeds=self.seeds[number : number + size],
                first=self.first + first,
            )
            blocks.append(part)
        return blocks

    def paths(self):
        """Simulate the paths.

        Returns
        -------
        ndarray of shape (n_paths, length, n_features), or frame
            Paths, as ``sample`` gives them.
        """
        generator, names = self.generator, self.generator._table.output
        is_shown = names.has_times(self.output)
        options = self.given, is_shown, generator.innovation_ratio_
        paths = generator._simulate(self.history, self.length, self.seeds, *options)
        return names.starting_at(paths, self.times, self.output, self.first)
