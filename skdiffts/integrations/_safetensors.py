"""Numbers of a trained sampler in a safetensors file."""

import json
from numbers import Real

import numpy as np
import torch

from skdiffts._torch import to_tensor
from skdiffts._version import __version__
from skdiffts.diffusion import DiffusionResidualSampler

__all__ = ["save_safetensors"]


def save_safetensors(sampler, path):
    r"""Write the numbers of a trained sampler to a safetensors file.

    The names of the tensors begin with

    * ``module.``: the network, as in ``module_.state_dict()``, in its own precision;
    * ``whitening.``: :math:`u = (g(x) - \text{mean})\, \text{matrix}`, with ``inverse``,
      ``log_det`` and, under ``column_map``, the fitted parameters of the column maps g;
    * ``prior.``: distribution of the rows at the lowest signal-to-noise ratio; with
      ``prior="empirical"`` that is the training rows themselves.

    Parameters
    ----------
    sampler : DiffusionResidualSampler
        Fitted sampler.
    path : str or path-like
        File to write; one that is there is replaced.

    Raises
    ------
    TypeError
        If ``sampler`` is something else, or its network has state that is no tensor.
    ImportError
        If safetensors is not installed.

    Notes
    -----
    The metadata of the file has one entry, ``skdiffts``: JSON with the version of this
    package, the classes of sampler and network, ``n_features_in_``,
    ``feature_names_in_``, ``n_iter_``, the range of the log signal-to-noise ratio, and
    the parameters (objects by their repr).

    It is an export, and nothing here loads it: a file of numbers has no code, neither of a
    network nor of the column maps. The numbers go back into a module of the
    same class by ``load_state_dict``, as in the example. To store a sampler that draws
    again, take skops or pickle.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from safetensors.torch import load_file
    >>> from skdiffts import DiffusionResidualSampler
    >>> from skdiffts.integrations import save_safetensors
    >>> X = np.random.RandomState(0).standard_normal((50, 2))
    >>> sampler = DiffusionResidualSampler(max_iter=2, early_stopping=False).fit(X)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_safetensors(sampler, Path(folder) / "sampler.safetensors")
    ...     tensors = load_file(Path(folder) / "sampler.safetensors")
    >>> tensors["whitening.matrix"].shape
    torch.Size([2, 2])
    >>> weights = {
    ...     name.removeprefix("module."): tensor
    ...     for name, tensor in tensors.items()
    ...     if name.startswith("module.")
    ... }
    >>> sampler.module_.load_state_dict(weights)
    <All keys matched successfully>
    """
    try:
        from safetensors.torch import save_file
    except ImportError as error:
        raise ImportError(
            "save_safetensors needs the package safetensors; run "
            "`pip install skdiffts[safetensors]`."
        ) from error
    if not isinstance(sampler, DiffusionResidualSampler):
        raise TypeError(
            f"sampler={sampler!r} is no DiffusionResidualSampler; pass one, of a fitted "
            "generator its sampler_."
        )
    process = sampler.process()
    tensors = dict(_weights(process.module))
    for name in ("whitening", "prior"):
        tensors |= _numbers(getattr(process, name), name)
    save_file(
        tensors,
        path,
        {"skdiffts": json.dumps(_facts(sampler, process), default=_plain)},
    )


def _weights(module):
    """Tensors of a network, each in memory of its own, as safetensors wants them."""
    for name, value in module.state_dict().items():
        if not isinstance(value, torch.Tensor):
            raise TypeError(
                f"the network's state {name!r} is a {type(value).__name__}; a "
                "safetensors file holds tensors alone: register a buffer instead."
            )
        yield f"module.{name}", value.detach().cpu().clone().contiguous()


def _numbers(value, name):
    """Numbers within plain objects, by the attributes that lead to them."""
    if isinstance(value, np.ndarray | Real):
        return {name: to_tensor(value, None)}
    items = enumerate(value) if isinstance(value, list | tuple) else ()
    if hasattr(value, "__dict__"):
        items = vars(value).items()
    found: dict[str, torch.Tensor] = {}
    for key, item in items:
        found |= _numbers(item, f"{name}.{key}")
    return found


def _facts(sampler, process):
    """Facts about the sampler beside its arrays."""
    names = getattr(sampler, "feature_names_in_", None)
    kind = type(process.module)
    return {
        "version": __version__,
        "sampler": type(sampler).__name__,
        "module": f"{kind.__module__}.{kind.__qualname__}",
        "n_features_in": sampler.n_features_in_,
        "feature_names_in": names,
        "n_iter": sampler.n_iter_,
        "log_snr_range": process.log_snr_range,
        "parameters": sampler.get_params(),
    }


def _plain(value):
    """Stand-in for objects that JSON cannot hold."""
    if hasattr(value, "tolist"):  # arrays and numbers of NumPy
        return value.tolist()
    return getattr(value, "__qualname__", None) or repr(value)
