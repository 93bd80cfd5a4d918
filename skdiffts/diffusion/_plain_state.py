"""Plain state: a sampler's attributes without torch objects, for storage."""

import importlib
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn

from skdiffts._torch import to_tensor

__all__ = ["freeze_state", "thaw_state"]

CONTAINERS = (dict, OrderedDict, list, tuple)
# Integers that hold the bits of numbers which NumPy does not have.
BITS = {
    torch.bfloat16: torch.int16,
    torch.float8_e4m3fn: torch.int8,
    torch.float8_e5m2: torch.int8,
}


def freeze_state(state):
    """Turn the network in the state of a sampler into plain data.

    Parameters
    ----------
    state : dict
        Attributes of a sampler, fitted or not.

    Returns
    -------
    dict
        The same with a :class:`Frozen` for the network: arrays and plain data, whatever
        the device. A network of the user's own class is stored with a reference to
        that class, as pickle does; torch's layers in it are stored by name.
    """
    return _with_network(state, _freeze)


# Tensors made in inference mode could not be differentiated later.
@torch.inference_mode(mode=False)
def thaw_state(state):
    """Undo :func:`freeze_state`; tensors are made on the CPU.

    Parameters
    ----------
    state : dict
        State that :func:`freeze_state` has returned.

    Returns
    -------
    dict
        Attributes of a sampler.
    """
    return _with_network(state, _thaw)


def _with_network(state, convert):
    """State with its network converted."""
    if "_process" not in state:
        return state
    process = state["_process"]
    return {**state, "_process": replace(process, module=convert(process.module, {}))}


@dataclass(frozen=True, eq=False)
class Frozen:
    """Module, tensor or generator as plain data.

    Parameters
    ----------
    kind : type or str
        Class of a module; a name within torch of one of its modules; or "tensor",
        "parameter" or "generator".
    content : dict or ndarray
        Attributes of a module in which they differ from an empty module's; numbers
        of a tensor; state of a generator.
    requires_grad : bool
        Whether a tensor asks for a gradient.
    bits : str or None
        Name of torch's type of numbers whose bits the content is, if NumPy has none.
    """

    kind: Any
    content: Any
    requires_grad: bool = False
    bits: str | None = None


def _freeze(value, memo):
    """Plain form of a value; one that is met again, by id, has the same one again."""
    if type(value) in CONTAINERS:
        return _each(value, _freeze, memo)
    if id(value) in memo:
        return memo[id(value)]
    if isinstance(value, nn.Module):
        kind = type(value)
        package, _, name = f"{kind.__module__}.{kind.__qualname__}".partition(".")
        frozen = memo[id(value)] = Frozen(name if package == "torch" else kind, {})
        empty = vars(nn.Module())
        for name, item in value.__getstate__().items():
            if name not in empty or item != empty[name]:
                frozen.content[name] = _freeze(item, memo)
    elif isinstance(value, torch.Tensor):
        name = "parameter" if isinstance(value, nn.Parameter) else "tensor"
        numbers, bits = value.detach().cpu(), None
        if numbers.dtype in BITS:  # NumPy has no such numbers
            bits, numbers = str(numbers.dtype)[6:], numbers.view(BITS[numbers.dtype])
        frozen = Frozen(name, numbers.numpy(), value.requires_grad, bits)
        memo[id(value)] = frozen
    elif isinstance(value, torch.Generator):
        frozen = memo[id(value)] = Frozen("generator", value.get_state().numpy())
    else:
        return value
    return frozen


def _thaw(value, memo):
    """Undo :func:`_freeze`."""
    if type(value) in CONTAINERS:
        return _each(value, _thaw, memo)
    if not isinstance(value, Frozen):
        return value
    if id(value) in memo:
        return memo[id(value)]
    thawed: Any
    if value.kind == "generator":
        thawed = torch.Generator()
        thawed.set_state(to_tensor(value.content, torch.uint8))
    elif value.kind in ("tensor", "parameter"):
        thawed = to_tensor(value.content, None)
        if value.bits is not None:
            thawed = thawed.view(getattr(torch, value.bits))
        thawed = thawed.requires_grad_(value.requires_grad)
        if value.kind == "parameter":
            thawed = nn.Parameter(thawed, value.requires_grad)
    else:
        kind = value.kind
        if isinstance(kind, str):
            module_name, _, name = f"torch.{kind}".rpartition(".")
            kind = getattr(importlib.import_module(module_name), name)
        thawed = memo[id(value)] = kind.__new__(kind)
        nn.Module.__init__(thawed)
        thawed.__setstate__(_thaw(value.content, memo))
    memo[id(value)] = thawed
    return thawed


def _each(container, convert, memo):
    if isinstance(container, dict):
        pairs = ((name, convert(item, memo)) for name, item in container.items())
        return type(container)(pairs)
    return type(container)(convert(item, memo) for item in container)
