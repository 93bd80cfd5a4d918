r"""Score models of the noised distribution: networks, formulas, samples.

At log signal-to-noise ratio :math:`\lambda` the angle :math:`\theta =
\arctan e^{-\lambda}` turns signal :math:`x_0` into noise :math:`\xi`,

.. math:: z_\theta = \cos\theta\, x_0 + \sin\theta\, \xi,

and a score model is the velocity :math:`v(z, \theta) = E[\cos\theta\, \xi -
\sin\theta\, x_0 | z_\theta = z]` of the probability flow :math:`dz / d\theta = v`.
Denoised value, noise and score follow from it without division:

.. math:: E[x_0 | z] = \cos\theta\, z - \sin\theta\, v, \qquad
          E[\xi | z] = \sin\theta\, z + \cos\theta\, v, \qquad
          \nabla \log p_\theta(z) = -E[\xi | z] / \sin\theta

For data of unit variance the target has unit variance at every level (this is the
"preconditioning" of Karras et al. 2022 and the v-prediction of Salimans and Ho 2022),
and v = 0 is exact for the standard normal distribution.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from skdiffts._strategy import Strategy
from skdiffts.marginals import Identity

__all__ = ["BaseScoreModel"]


@dataclass(kw_only=True, repr=False, eq=False)
class BaseScoreModel(Strategy, ABC):
    """Recipe for the module that maps (z, log_snr) to the velocity."""

    # Whether there is anything to train; if not, no rows are held out.
    is_trained = True

    def column_map(self, rows):
        """Choose the map of columns before which the model is trained.

        Parameters
        ----------
        rows : ndarray of shape (n_samples, n_features)
            Training rows in the units of the data.

        Returns
        -------
        BaseColumnMap
            Recipe of the map, used where the sampler has no ``column_map`` of its own; the
            identity unless a child chooses.
        """
        return Identity()

    def candidates(self, data, generator):
        """Make the modules among which the validation loss decides.

        Parameters
        ----------
        data : torch.Tensor of shape (n_samples, n_features)
            Whitened training data.
        generator : torch.Generator
            Source of the initial weights.

        Returns
        -------
        list of torch.nn.Module
            One or more modules; without validation data the first is taken.
        """
        return [self.build(data, generator)]

    @abstractmethod
    def build(self, data, generator):
        """Make the module for given data.

        Parameters
        ----------
        data : torch.Tensor of shape (n_samples, n_features)
            Whitened training data.
        generator : torch.Generator
            Source of the initial weights.

        Returns
        -------
        torch.nn.Module
            Its call ``module(z, log_snr)`` takes tensors of shapes
            (n_samples, n_features) and (n_samples, 1) or (1, 1), and returns the
            velocity, of the shape of z.
        """
