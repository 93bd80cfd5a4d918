"""Frechet distance between encoded paths (Context-FID)."""

import numpy as np
from sklearn.utils import check_array

from skdiffts._panels import check_panels
from skdiffts.metrics._wasserstein import frechet_distance

__all__ = ["context_fid"]


def context_fid(X, Y, *, encoder):
    r"""Compute the Frechet distance between the encodings of two panels.

    .. math:: d_F(\{e(x_p)\}, \{e(y_q)\})

    with :func:`frechet_distance` :math:`d_F` and an encoder e of whole paths that was
    fitted to real data [1]_. The number depends on the encoder, its seed and the scale
    of the data: compare only distances with the same encoder.

    Parameters
    ----------
    X : array-like of shape (n_paths, length, n_features)
        Real panel.
    Y : array-like of shape (n_paths, length, n_features)
        Generated panel.
    encoder : callable
        Maps a panel to encodings (n_paths, n_encoding), such as a bound method of a
        fitted model.

    Returns
    -------
    distance : float
        Squared distance; zero for encodings of equal mean and covariance.

    References
    ----------
    .. [1] Jeha, P., Bohlke-Schneider, M., Mercado, P., Kapoor, S., Nirwan, R. S.,
       Flunkert, V., Gasthaus, J. and Januschowski, T. (2022). PSA-GAN: progressive self
       attention GANs for synthetic time series. International Conference on Learning
       Representations.

    Examples
    --------
    >>> import numpy as np
    >>> from skdiffts.metrics import context_fid
    >>> X = np.random.RandomState(0).standard_normal((100, 10, 2))
    >>> round(context_fid(X, X + 1, encoder=lambda paths: paths.mean(axis=1)), 3)
    2.0
    """
    codes = []
    for panel in check_panels(X, Y):
        code = check_array(encoder(panel), dtype=np.float64, input_name="encoder(X)")
        if len(code) != len(panel):
            raise ValueError(
                f"encoder gives {len(code)} rows for {len(panel)} paths; "
                "pass one that gives a row for each path."
            )
        codes.append(code)
    return frechet_distance(*codes)
