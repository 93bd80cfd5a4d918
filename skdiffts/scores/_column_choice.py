"""Choice between columns as they are and t distributions of the columns."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from skdiffts.marginals import Identity, StudentNormal
from skdiffts.scores._base_distribution import base_candidates, held_out_densities
from skdiffts.scores._mixture import MixtureVelocity
from skdiffts.scores._student_velocity import structured_velocity

__all__ = ["likeliest_column_map"]

# With fewer rows nothing is known about tails; more than this the choice does not need.
FEWEST_ROWS = 100
MAX_ROWS = 2000
# Standard errors of the gain in held-out log-density from which columns are mapped.
SIGNIFICANT = 2.5


@dataclass(frozen=True, eq=False)
class Mapped:
    """Distribution of columns that are mapped first.

    Parameters
    ----------
    columns : FittedColumns
        Map of the columns.
    velocity : MixtureVelocity
        Distribution of the mapped rows.
    """

    columns: Any
    velocity: MixtureVelocity

    @classmethod
    def fit(cls, rows, candidate=None):
        """Fit a t distribution with structure after the t margins of the columns."""
        columns = StudentNormal().build(rows)
        velocity, _ = structured_velocity(columns.transform(rows), candidate)
        return cls(columns, velocity)

    def log_density(self, rows):
        """Log-density of rows."""
        value, _ = self.columns.log_slope(rows)
        mapped = self.columns.transform(rows)
        return self.velocity.log_density(mapped) + value.sum(axis=1)


def likeliest_column_map(rows):
    """Choose the map after which a classical distribution fits held-out rows best.

    Parameters
    ----------
    rows : ndarray of shape (n_samples, n_features)
        Rows.

    Returns
    -------
    BaseColumnMap
        :class:`StudentNormal` where it beats all distributions of the columns as they
        are by more than chance.
    """
    rows = rows[:: -(-len(rows) // MAX_ROWS)]
    deviation = rows.std(axis=0)
    if len(rows) < FEWEST_ROWS or not deviation.all() or rows.shape[1] == 1:
        return Identity()
    rows = (rows - rows.mean(axis=0)) / deviation
    _, candidate = structured_velocity(StudentNormal().build(rows).transform(rows))
    densities = held_out_densities(partial(Mapped.fit, candidate=candidate), rows)
    for fit in base_candidates(rows, 0):
        gains = densities - held_out_densities(fit, rows)
        if gains.mean() <= SIGNIFICANT * gains.std() / np.sqrt(len(gains)):
            return Identity()
    return StudentNormal()
