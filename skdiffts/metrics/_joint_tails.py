"""Tail dependence and stress correlation between the features of returns."""

from numbers import Real

import numpy as np
from scipy.stats import rankdata
from sklearn.utils import check_scalar

from skdiffts._panels import check_pairs, check_panel
from skdiffts.metrics._autocovariance import centre

__all__ = ["stress_correlation", "tail_dependence"]


def tail_dependence(paths, *, share=0.05):
    r"""Estimate the lower and upper tail dependence of pairs of features.

    .. math::
        \lambda_L = \frac{P(U \le q, V \le q)}{q}, \qquad
        \lambda_U = \frac{P(U > 1 - q, V > 1 - q)}{q}

    with U and V the ranks of two features over all rows of all paths, scaled to (0, 1].
    It is q for independent features and 1 for comonotone ones [1]_.

    Parameters
    ----------
    paths : array-like of shape (n_paths, length, n_features) or (length, n_features)
        Panel of returns of two features or more, or one path.
    share : float, default=0.05
        Share q of the rows in the tail, below 1/2.

    Returns
    -------
    dependence : ndarray of shape (2, n_pairs)
        Lower and upper tail dependence of the pairs of features (0, 1), (0, 2), ...

    References
    ----------
    .. [1] McNeil, A. J., Frey, R. and Embrechts, P. (2015). Quantitative risk
       management, section 7.2.4. Princeton University Press.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.metrics import tail_dependence
    >>> x = np.random.RandomState(0).standard_normal(1000)
    >>> tail_dependence(np.column_stack([x, x ** 3, -x]))
    array([[1., 0., 0.],
           [1., 0., 0.]])
    """
    rows = _rows(paths, share)
    ranks = rankdata(rows, axis=0)
    n = len(rows)
    k = max(1, int(share * n))
    first, second = np.triu_indices(rows.shape[1], 1)
    dependence = []
    for tail in (ranks <= k, ranks > n - k):
        joint = tail.T.astype(np.float64) @ tail
        dependence.append(joint[first, second] / k)
    return np.stack(dependence)


def stress_correlation(paths, *, share=0.1):
    r"""Estimate the correlations over the rows of largest movement.

    .. math::
        r_{kl} = \operatorname{corr}(x_k, x_l \mid m \ge q_{1-s}(m)), \qquad
        m = \frac1d \sum_k \frac{|x_k - \bar x_k|}{s_k}

    over the share s of all rows with the largest mean movement m. In markets
    correlations are higher in such rows.

    Parameters
    ----------
    paths : array-like of shape (n_paths, length, n_features) or (length, n_features)
        Panel of returns of two features or more, or one path.
    share : float, default=0.1
        Share s of the rows, below 1/2.

    Returns
    -------
    correlation : ndarray of shape (n_pairs,)
        Correlations of the pairs of features (0, 1), (0, 2), ...; NaN where one of them
        is constant over those rows.

    Examples
    --------
    >>> from skdiffts.metrics import stress_correlation
    >>> calm, stress = [[1.0, -1.0], [-1.0, 1.0]], [[9.0, 9.0], [-9.0, -9.0]]
    >>> stress_correlation(4 * calm + stress, share=0.2).round(3)
    array([1.])
    """
    rows = _rows(paths, share)
    centred = centre(rows[np.newaxis])[0]
    std = centred.std(axis=0)
    movement = np.abs(centred / np.where(std > 0, std, 1.0)).mean(axis=1)
    k = max(2, int(share * len(rows)))
    # A stable order: ties are broken by time.
    stress = rows[np.argsort(-movement, kind="stable")[:k]]
    stress = centre(stress[np.newaxis])[0]
    spread = np.sqrt((stress**2).mean(axis=0))
    spread = np.where(spread == 0, np.nan, spread)
    first, second = np.triu_indices(rows.shape[1], 1)
    covariance = stress.T @ stress / len(stress)
    return (covariance / np.outer(spread, spread))[first, second]


def _rows(paths, share):
    """Rows of all paths, of two features or more."""
    paths = check_panel(paths)
    check_scalar(
        share, "share", Real, min_val=0.0, max_val=0.5, include_boundaries="neither"
    )
    check_pairs(paths.shape[2], "paths")
    return paths.reshape(-1, paths.shape[2])
