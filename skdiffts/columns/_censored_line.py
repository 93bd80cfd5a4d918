"""Normal line of a latent number in the row before, when cells of it are known."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from skdiffts.columns._cells import LOG_ROOT_2_PI, log_mass

__all__ = ["CensoredLine"]

# Transitions that a line is fitted to.
MAX_ROWS = 2000
# Columns beside its own, the most correlated ones, that a line sees.
MAX_OTHERS = 8


@dataclass(frozen=True, eq=False)
class CensoredLine:
    r"""Normal distribution whose mean is a line, fitted by the likelihood of cells.

    .. math:: z_{i+1} \sim N(a + b\, z_i + c' x_i,\ \sigma^2)

    with the latent number z of a column and the other columns x of the row before.

    Parameters
    ----------
    others : ndarray of int of shape (n_others,)
        Other columns in use.
    center, size : ndarray of shape (1 + n_others,)
        Means and standard deviations of the regressors.
    slopes : ndarray of shape (2 + n_others,)
        Intercept and slopes.
    deviation : float
        Standard deviation.
    log_likelihood : ndarray of shape (n_transitions,)
        Log-likelihood of the transitions in use, in the units of the column.
    """

    others: np.ndarray
    center: np.ndarray
    size: np.ndarray
    slopes: np.ndarray
    deviation: float
    log_likelihood: np.ndarray

    @classmethod
    def fit(cls, coordinate, column, paths):
        """Maximise the likelihood of the cells.

        Parameters
        ----------
        coordinate : Coordinate
            Map of the column.
        column : int
            Its number.
        paths : Paths
            Training paths.

        Returns
        -------
        CensoredLine
            The line.
        """
        starts, ends = paths.starts, paths.ends
        if len(ends) > MAX_ROWS:
            drawn = np.random.RandomState(0).permutation(len(ends))[:MAX_ROWS]
            starts, ends = starts[drawn], ends[drawn]
        values = paths.values[:, column]
        now = coordinate.transform(values[ends])
        center, unit = now.mean(), _positive(now.std())
        low, high = ((end - center) / unit for end in coordinate.cells(values[ends]))
        others = _others(now, column, paths.values[starts])
        past = coordinate.transform(values[starts])
        columns = np.column_stack([past, paths.values[starts][:, others]])
        middle, size = columns.mean(axis=0), _positive(columns.std(axis=0))
        regressors = np.column_stack([np.ones(len(past)), (columns - middle) / size])
        is_point = low == high

        def densities(parameters):
            deviation = np.exp(parameters[-1])
            mean = regressors @ parameters[:-1]
            a, b = (low - mean) / deviation, (high - mean) / deviation
            density = -0.5 * a**2 - LOG_ROOT_2_PI - parameters[-1]
            return np.where(is_point, density, log_mass(a, b))

        start = np.zeros(regressors.shape[1] + 1)
        with np.errstate(over="ignore", invalid="ignore"):
            found = minimize(lambda x: -densities(x).mean(), start, method="L-BFGS-B").x
            likelihood = densities(found) - is_point * np.log(unit)
        likelihood += coordinate.log_slope(values[ends])
        slopes = unit * found[:-1]
        slopes[0] += center
        deviation = unit * float(np.exp(found[-1]))
        return cls(others, middle, size, slopes, deviation, likelihood)

    def mean(self, latent, rows):
        """Mean of the next latent number.

        Parameters
        ----------
        latent : ndarray of shape (n_rows,)
            Latent numbers that stand for the present values.
        rows : ndarray of shape (n_rows, n_features)
            Present rows of the table.

        Returns
        -------
        ndarray of shape (n_rows,)
            Means.
        """
        columns = np.column_stack([latent, rows[:, self.others]])
        return self.slopes[0] + (columns - self.center) / self.size @ self.slopes[1:]


def _others(now, column, rows):
    """Other columns that are most correlated with the next value of a column."""
    centred = rows - rows.mean(axis=0)
    size = _positive(centred.std(axis=0))
    correlation = np.abs((now - now.mean()) @ centred / size)
    correlation[column] = -1.0
    chosen = np.argsort(-correlation, kind="stable")[:MAX_OTHERS]
    return np.sort(chosen[chosen != column])


def _positive(size):
    """Sizes, one where they vanish."""
    return np.where(size > 0.0, size, 1.0)
