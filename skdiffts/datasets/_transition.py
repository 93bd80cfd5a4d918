r"""Exact transition distribution of a simulated series.

.. math::
    X_{j+1} = X_j + \mu(X_j) \, dt + \sqrt{dt} \, L(X_j) \varepsilon_j,
    \qquad L L^\top = a

The recursion itself is exact, not an approximation of a differential equation.
"""

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils import check_array, check_random_state, check_scalar

from skdiffts._chunks import map_chunks
from skdiffts._gaussian import log_det, whiten
from skdiffts.datasets._innovations import (
    GaussianMixtureLaw,
    StandardNormal,
    check_white,
)

__all__ = ["BaseTransitionLaw", "TransitionLaw", "burn_in_of", "shared"]

# Numbers drawn at once: another size would change the draws of a seed.
BLOCK = 2**17
MIN_BURN_IN = 1000
# Share of the start of a path that is left after the burn-in.
FORGOTTEN = 1e-10


class BaseTransitionLaw:
    """Simulation, residuals and density of a Markov series; a child gives the formulas.

    A child has ``dt``, ``innovation``, and ``drift`` and ``covariance``, functions of
    states per unit time, see :class:`TransitionLaw`.
    """

    dt: float
    drift: Callable
    covariance: Callable
    innovation: Any

    def __post_init__(self):
        if not (np.isfinite(self.dt) and self.dt > 0):
            raise ValueError(
                f"dt={self.dt} must be a positive number; "
                "pass the time between two rows."
            )
        if isinstance(self.innovation, GaussianMixtureLaw):
            check_white(self.innovation)

    @property
    def n_features(self):
        """Dimension d."""
        return self.innovation.n_features

    @property
    def stationary_covariance(self):
        """Covariance in stationarity; None where it is not known."""
        return None

    @property
    def lag1_autocovariance(self):
        """Covariance of the next row with this row; None where it is not known."""
        return None

    def sample(
        self, n_paths=1, length=100, *, x0=None, burn_in=None, random_state=None
    ):
        """Simulate paths.

        Parameters
        ----------
        n_paths : int, default=1
            Number of independent paths.
        length : int, default=100
            Number of rows of a path.
        x0 : array-like of shape (n_features,) or (n_paths, n_features), default=None
            State before the burn-in, hence row 0 when there is none.
            None starts at zero.
        burn_in : int, default=None
            Number of rows discarded before row 0. None means 0 where `x0` is given,
            else enough to forget the start: 1000, or more for an autoregression
            close to a unit root.
        random_state : int, RandomState instance or None, default=None
            Seed. The first rows do not depend on `length`.

        Returns
        -------
        paths : ndarray of shape (n_paths, length, n_features)
            Simulated paths.
        """
        check_scalar(n_paths, "n_paths", Integral, min_val=1)
        check_scalar(length, "length", Integral, min_val=1)
        if burn_in is None:
            burn_in = self._default_burn_in() if x0 is None else 0
        check_scalar(burn_in, "burn_in", Integral, min_val=0)
        rng = check_random_state(random_state)
        x = self._initial_states(x0, n_paths)
        paths = np.empty((n_paths, length, self.n_features))
        # Blocks of full size, so that a longer path begins with the shorter one.
        n_steps = max(1, BLOCK // x.size)
        for j in range(burn_in + length):
            if j > 0:
                step = (j - 1) % n_steps
                if step == 0:
                    eps = self.innovation.sample(n_steps * n_paths, rng).reshape(
                        n_steps, *x.shape
                    )
                x = self._next(x, eps[step])
            if j >= burn_in:
                paths[:, j - burn_in] = x
        return paths

    def residuals(self, X):
        r"""Whiten the increments of a path.

        .. math:: \varepsilon_j = L(x_j)^{-1} (x_{j+1} - x_j - \mu(x_j) dt) / \sqrt{dt}

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Path.

        Returns
        -------
        eps : ndarray of shape (n_rows - 1, n_features)
            Residual of each transition.
        """
        return self._whiten(X)[0]

    def score_samples(self, X):
        """Compute the exact conditional log-density of each row.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Path.

        Returns
        -------
        log_p : ndarray of shape (n_rows,)
            Log-density of each row given the row before; NaN in the first.
        """
        eps, log_dets = self._whiten(X)
        log_p = self.innovation.log_density(eps) - log_dets
        log_p -= 0.5 * self.n_features * np.log(self.dt)
        return np.concatenate([[np.nan], log_p])

    def score(self, X):
        """Compute the mean log-density of a transition.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Path.

        Returns
        -------
        score : float
            Mean of `score_samples` over the transitions.
        """
        return float(np.nanmean(self.score_samples(X)))

    def sample_residuals(self, n, random_state=None):
        """Draw innovations.

        Parameters
        ----------
        n : int
            Number of draws.
        random_state : int, RandomState instance or None, default=None
            Seed.

        Returns
        -------
        eps : ndarray of shape (n, n_features)
            Independent draws.
        """
        check_scalar(n, "n", Integral, min_val=1)
        return self.innovation.sample(n, check_random_state(random_state))

    def _default_burn_in(self):
        return MIN_BURN_IN

    def _initial_states(self, x0, n_paths):
        shape = (n_paths, self.n_features)
        if x0 is None:
            return np.zeros(shape)
        x0 = check_array(x0, dtype=np.float64, ensure_2d=False, input_name="x0")
        if x0.shape not in {shape, shape[1:]}:
            raise ValueError(
                f"x0 has shape {x0.shape}; pass shape {shape[1:]} or {shape}."
            )
        return np.broadcast_to(x0, shape).copy()

    def _factor(self, x):
        """Lower Cholesky factor, (1, d, d) where all states share one matrix."""
        a = self.covariance(x)
        return np.linalg.cholesky(a[:1] if a.strides[0] == 0 else a)

    def _next(self, x, eps):
        with np.errstate(over="ignore", invalid="ignore"):
            x_next = x + self.drift(x) * self.dt
            L = self._factor(x)
            noise = eps @ L[0].T if len(L) == 1 else np.einsum("nij,nj->ni", L, eps)
            x_next += np.sqrt(self.dt) * noise
        # At overflow the next factor would fail, with a message about something else.
        if not np.all(np.abs(x_next) < 1e100):
            raise ValueError(
                f"dt={self.dt} lets the path diverge under this drift; "
                "pass a smaller dt."
            )
        return x_next

    def _whiten(self, X):
        """Residuals (n_rows - 1, d) and log det L (n_rows - 1,) of a path."""
        X = check_array(X, dtype=np.float64, ensure_min_samples=2, input_name="X")
        d = self.n_features
        if X.shape[1] != d:
            raise ValueError(
                f"X has {X.shape[1]} features; "
                f"pass a path with the {d} features of the series."
            )
        starts, increments = X[:-1], np.diff(X, axis=0)

        def whitened(rows):
            x = starts[rows]
            r = (increments[rows] - self.drift(x) * self.dt) / np.sqrt(self.dt)
            L = self._factor(x)
            log_dets = np.broadcast_to(log_det(L), len(x))
            return whiten(L[0] if len(L) == 1 else L, r), log_dets

        return map_chunks(whitened, len(starts), d**2)


@dataclass(frozen=True, kw_only=True, eq=False)
class TransitionLaw(BaseTransitionLaw):
    r"""Markov series with known drift, covariance and innovations.

    .. math:: X_{j+1} = X_j + \mu(X_j) \, dt + \sqrt{dt} \, L(X_j) \varepsilon_j,

    where :math:`L` is the lower Cholesky factor of :math:`a = L L^\top` and the
    innovations have mean zero and unit covariance. The density of a transition is

    .. math::
        \log p(x_{j+1} \mid x_j)
        = \log p_\varepsilon(\varepsilon_j) - \log\det L(x_j) - \tfrac d2 \log dt.

    Parameters
    ----------
    dt : float
        Time between two rows.
    drift : callable
        Maps states (n, d) to :math:`\mu` (n, d), per unit time.
    covariance : callable
        Maps states (n, d) to :math:`a` (n, d, d), per unit time. One that does not
        depend on the state may be a broadcast view; it is then factored once.
    innovation : StandardNormal or GaussianMixtureLaw
        Distribution of :math:`\varepsilon`: any object with ``n_features``,
        ``sample(n, rng)`` and ``log_density(eps)``.

    Attributes
    ----------
    n_features : int
        Dimension d.
    stationary_covariance : ndarray of shape (n_features, n_features) or None
        Covariance in stationarity; None where it is not known in closed form.
    lag1_autocovariance : ndarray of shape (n_features, n_features) or None
        :math:`\mathrm{Cov}(X_{j+1}, X_j)` in stationarity; None where not known.

    Examples
    --------
    >>> from skdiffts.datasets import make_double_well
    >>> X, truth = make_double_well(n_rows=500, random_state=0)
    >>> truth.sample(n_paths=3, length=10, random_state=0).shape
    (3, 10, 1)
    >>> truth.residuals(X).shape
    (499, 1)
    >>> round(float(truth.residuals(X).std()), 1)
    1.0
    """

    dt: float
    drift: Callable
    covariance: Callable
    innovation: StandardNormal | GaussianMixtureLaw


def shared(matrix, x):
    """Give all states one covariance, as a read-only view.

    Parameters
    ----------
    matrix : ndarray of shape (n_features, n_features)
        Covariance.
    x : ndarray of shape (n, n_features)
        States.

    Returns
    -------
    ndarray of shape (n, n_features, n_features)
        The matrix for each state.
    """
    return np.broadcast_to(matrix, (len(x), *matrix.shape))


def burn_in_of(rate):
    """Rows after which a path has forgotten its start, at least 1000.

    Parameters
    ----------
    rate : float
        Share of the memory that a row passes on; 1 and more never forgets.

    Returns
    -------
    int
        Number of rows; 1000 where none would be enough.
    """
    if not 0.0 < rate < 1.0:
        return MIN_BURN_IN
    return max(MIN_BURN_IN, int(np.ceil(np.log(FORGOTTEN) / np.log(rate))))
