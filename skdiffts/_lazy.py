"""Public names that are imported on first use."""

from importlib import import_module

__all__ = ["attach"]


def attach(package, homes, eager=()):
    """Make the three attributes of a package whose names are imported on first use.

    Parameters
    ----------
    package : str
        Name of the package, ``__name__`` in its ``__init__``.
    homes : dict of str to tuple of str
        Public names by the module in which they live.
    eager : sequence of str, default=()
        Public names that the package has already.

    Returns
    -------
    getattr, dir : callable
        ``__getattr__`` and ``__dir__`` of the package.
    names : list of str
        ``__all__`` of the package, sorted.

    Examples
    --------
    >>> from skdiffts._lazy import attach
    >>> getattribute, _, names = attach("shop", {"math": ("pi",)})
    >>> names, round(getattribute("pi"), 2)
    (['pi'], 3.14)
    """
    module_of = {name: module for module, names in homes.items() for name in names}
    names = sorted({*module_of, *eager})

    def __getattr__(name):
        if name in module_of:
            return getattr(import_module(module_of[name]), name)
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    def __dir__():
        return names

    return __getattr__, __dir__, names
