"""Docstrings of everything public, checked on the imported objects.

The static check (``numpydoc lint``) does not see the generated ``__init__`` of a
dataclass, so it cannot compare the parameters of a strategy with its fields.
"""

import dataclasses
import functools
import importlib
import inspect
import tomllib
from pathlib import Path

import pytest
from numpydoc.docscrape import get_doc_object
from numpydoc.validate import ERROR_MSGS, Validator, validate
from sklearn.base import BaseEstimator

ROOT = Path(__file__).parents[1]
PACKAGES = ["skdiffts"] + [
    f"skdiffts.{path.stem}"
    for path in sorted((ROOT / "skdiffts").iterdir())
    if not path.name.startswith("_")
    and (path.suffix == ".py" or (path / "__init__.py").exists())
]


def checks():
    config = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    listed = set(config["tool"]["numpydoc_validation"]["checks"])
    assert listed <= {"all", *ERROR_MSGS}
    return set(ERROR_MSGS) - listed if "all" in listed else listed


CHECKS = checks()


def is_ours(obj):
    return (getattr(obj, "__module__", None) or "").startswith("skdiffts")


def public_objects(package):
    """Public classes and functions of one package, by their name there."""
    module = importlib.import_module(package)
    objects = {name: getattr(module, name) for name in module.__all__}
    return {
        f"{package}.{name}": obj
        for name, obj in objects.items()
        if (inspect.isclass(obj) or inspect.isfunction(obj)) and is_ours(obj)
    }


def implementation(attribute):
    """Return the function behind a method or property, None if there is none.

    Methods that scikit-learn writes into a class (``set_fit_request``) have none.
    """
    if isinstance(attribute, property):
        return attribute.fget
    if isinstance(attribute, functools.cached_property):
        return attribute.func
    if isinstance(attribute, classmethod | staticmethod):
        return attribute.__func__
    if hasattr(attribute, "check") and hasattr(attribute, "fn"):  # available_if
        return attribute.fn
    return attribute if inspect.isfunction(attribute) else None


def members(cls):
    """Full names of the public methods and properties, with the class that gives each.

    What scikit-learn or the standard library defines is left out.
    """
    for owner in filter(is_ours, cls.__mro__):
        for name, attribute in vars(owner).items():
            if not name.startswith("_") and is_ours(implementation(attribute)):
                yield f"{owner.__module__}.{owner.__qualname__}.{name}", owner, name


def faults(name):
    return [
        f"{name}: {code} {text}"
        for code, text in validate(name)["errors"]
        if code in CHECKS
    ]


@pytest.mark.parametrize("package", PACKAGES)
def test_public_objects_are_documented(package):
    found = []
    for name, obj in public_objects(package).items():
        found += faults(name)
        if not obj.__doc__:
            found.append(f"{name}: no docstring")
        for member, owner, attribute in members(obj) if inspect.isclass(obj) else ():
            found += faults(member)
            if not inspect.getdoc(getattr(owner, attribute)):
                found.append(f"{member}: no docstring, not even an inherited one")
    assert not found, "\n" + "\n".join(dict.fromkeys(found))


@pytest.mark.parametrize("package", PACKAGES)
def test_parameters_of_a_strategy_are_its_fields(package):
    for name, obj in public_objects(package).items():
        if dataclasses.is_dataclass(obj) and issubclass(obj, BaseEstimator):
            fields = [field.name for field in dataclasses.fields(obj) if field.init]
            documented = Validator(get_doc_object(obj)).doc_all_parameters
            assert list(documented) == fields, name
