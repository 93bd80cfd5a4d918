"""Stylised facts of a panel, and the difference of a fact between two panels."""

from dataclasses import dataclass

import numpy as np

from skdiffts._panels import check_panel, check_panels
from skdiffts.metrics._autocovariance import autocorrelation, autocovariance, centre

__all__ = ["StylizedFacts", "fact_difference", "stylized_facts"]


@dataclass(frozen=True, eq=False)
class StylizedFacts:
    """Stylised facts of a panel, all paths pooled; result of :func:`stylized_facts`.

    Parameters
    ----------
    lags : tuple of int
        Lags of the autocorrelations, in rows.
    standard_deviation : ndarray of shape (n_features,)
        Standard deviation.
    excess_kurtosis : ndarray of shape (n_features,)
        Fourth standardised moment minus 3: 0 for a Gaussian, positive for heavy tails.
    autocorrelation : ndarray of shape (n_lags, n_features)
        Autocorrelation of the values.
    autocorrelation_of_squares : ndarray of shape (n_lags, n_features)
        Autocorrelation of the squares of the centred values: volatility clustering.
    cross_correlation : ndarray of shape (n_features, n_features)
        Correlation between the features in one row.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.metrics import stylized_facts
    >>> facts = stylized_facts(np.random.RandomState(0).standard_normal((200, 50, 2)))
    >>> facts.lags
    (1, 5, 10, 20)
    >>> facts.autocorrelation_of_squares.shape
    (4, 2)
    """

    lags: tuple
    standard_deviation: np.ndarray
    excess_kurtosis: np.ndarray
    autocorrelation: np.ndarray
    autocorrelation_of_squares: np.ndarray
    cross_correlation: np.ndarray


def stylized_facts(paths, *, lags=(1, 5, 10, 20)):
    r"""Estimate standard deviation, kurtosis, autocorrelation and correlation.

    With :math:`c = x - \bar x` and the mean over all rows of all paths,

    .. math::
        s_k = \overline{c_k^2}^{1/2}, \qquad
        \kappa_k = \overline{c_k^4} / s_k^4 - 3, \qquad
        r_{kl} = \overline{c_k c_l} / (s_k s_l),

    and the autocorrelations of values and squares of :func:`autocorrelation`. They
    are the first of the stylised facts of Cont [1]_; pass returns, not prices.

    Parameters
    ----------
    paths : array-like of shape (n_paths, length, n_features) or (length, n_features)
        Panel, or one path.
    lags : tuple of int, default=(1, 5, 10, 20)
        Lags of the autocorrelations, each less than the length.

    Returns
    -------
    facts : StylizedFacts
        Facts of each feature; correlations and kurtosis are NaN for a constant feature.

    References
    ----------
    .. [1] Cont, R. (2001). Empirical properties of asset returns: stylized facts and
       statistical issues. Quantitative Finance, 1(2), 223-236.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.metrics import stylized_facts
    >>> facts = stylized_facts(np.random.RandomState(0).standard_normal((200, 50, 2)))
    >>> facts.standard_deviation.round(1)
    array([1., 1.])
    >>> (np.abs(facts.excess_kurtosis) < 0.2).all()
    np.True_
    """
    paths = check_panel(paths)
    values = centre(paths)
    covariance = autocovariance(paths)
    std = np.sqrt(np.diag(covariance))
    scale = np.where(std == 0, np.nan, std)
    return StylizedFacts(
        lags=tuple(int(h) for h in lags),
        standard_deviation=std,
        excess_kurtosis=np.mean((values / scale) ** 4, axis=(0, 1)) - 3,
        autocorrelation=autocorrelation(paths, lags),
        autocorrelation_of_squares=autocorrelation(paths, lags, power=2),
        cross_correlation=covariance / np.outer(scale, scale),
    )


def fact_difference(X, Y, *, fact):
    r"""Measure the difference of a stylised fact between two panels.

    .. math:: \operatorname{mean}_k \frac{|f_k(Y) - f_k(X)|}{\max(1, |f_k(X)|)}

    over the entries of f: the absolute error of entries up to one, such as
    correlations, and the relative error of larger entries.

    Parameters
    ----------
    X : array-like of shape (n_paths, length, n_features) or (length, n_features)
        Real panel.
    Y : array-like of shape (n_paths, length, n_features) or (length, n_features)
        Generated panel.
    fact : callable
        Maps a panel to an array, such as :func:`hill_index` or :func:`leverage`.

    Returns
    -------
    difference : float
        Mean over the entries, without entries that are NaN for one of the panels, such
        as correlations of constant features.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.metrics import fact_difference, gain_loss_asymmetry
    >>> X = np.random.RandomState(0).exponential(size=(1000, 1)) - 1
    >>> fact_difference(X, X, fact=gain_loss_asymmetry)
    0.0
    >>> round(fact_difference(X, -X, fact=gain_loss_asymmetry), 2)
    1.03
    """
    values_X, values_Y = (
        np.asarray(fact(panel), dtype=np.float64) for panel in check_panels(X, Y)
    )
    error = np.abs(values_Y - values_X) / np.maximum(1.0, np.abs(values_X))
    defined = error[~np.isnan(error)]
    return float(defined.mean()) if defined.size else np.nan
