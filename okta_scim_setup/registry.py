"""The kind is the path: ``okta.saml_app`` is ``providers/okta/saml_app.py``."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import BaseModel

import okta_scim_setup as package
from okta_scim_setup import providers as providers_package
from okta_scim_setup.resource import Resource
from okta_scim_setup.results import Drift


@cache
def providers() -> tuple[str, ...]:
    """Every provider's name, in the order of the alphabet."""
    return tuple(
        sorted(m.name for m in pkgutil.iter_modules(providers_package.__path__) if m.ispkg)
    )


@cache
def kinds() -> tuple[str, ...]:
    """Every kind's name: the public modules of the providers' folders."""
    return tuple(
        f"{provider}.{module.name}"
        for provider in providers()
        for module in pkgutil.iter_modules(_package(provider).__path__)
        if not module.name.startswith("_")
    )


@cache
def kind(name: str) -> type[Resource]:
    """The class of a kind.

    Raises:
        KeyError: there is no such kind.
    """
    if name not in kinds():
        raise KeyError(name)
    module = import_module(f"{providers_package.__name__}.{name}")
    return next(
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Resource) and value.kind == name
    )


def documentation(name: str) -> str:
    """A kind's documentation: its module's docstring."""
    return (import_module(kind(name).__module__).__doc__ or "").strip()


@dataclass(frozen=True)
class Known:
    """A finding that an audit may come to."""

    drift: Drift
    kind: str = ""
    """The kind that it is about; empty where it is about no kind of its own."""
    attribute: str = ""
    about: str = ""
    """What there is to know besides."""


@cache
def findings() -> tuple[Known, ...]:
    """Every finding that there is, in the order of ids: the kinds' own, and the audit's."""
    found = [
        Known(drift, name, attribute)
        for name in kinds()
        for attribute, drift in kind(name).FINDINGS.items()
    ]
    for module in _audit_modules():
        found += [known for value in vars(module).values() for known in _known(module, value)]
    once = {(each.drift, each.kind, each.attribute): each for each in found}
    return tuple(sorted(once.values(), key=lambda each: (each.drift.id, each.kind)))


def _known(module: Any, value: Any) -> Iterator[Known]:
    """A finding by itself, or that of a control, which its module documents."""
    if isinstance(value, Drift):
        yield Known(value)
    elif isinstance(getattr(value, "drift", None), Drift):
        yield Known(value.drift, getattr(value, "kind", ""), about=(module.__doc__ or "").strip())


def _audit_modules() -> Iterator[Any]:
    """Every module of the audit: imported by name, as it is above this one."""
    for module in pkgutil.iter_modules(package.__path__):
        if module.name in {"audit", "findings", "flips"}:
            found = import_module(f"{package.__name__}.{module.name}")
            yield found
            inner = pkgutil.iter_modules(getattr(found, "__path__", ()), f"{found.__name__}.")
            yield from (import_module(each.name) for each in inner)


def rules() -> tuple[str, ...]:
    """The ids of lint's rules: a rule's module begins with its id."""
    folder = Path(__file__).parent / "lint" / "rules"
    names = (module.name for module in pkgutil.iter_modules([str(folder)]))
    return tuple(sorted(name.partition("_")[0].upper() for name in names))


def settings(provider: str) -> type[BaseModel]:
    """The model of a provider's section in config.yaml."""
    model: type[BaseModel] = _package(provider).Settings
    return model


def ambient(provider: str) -> dict[str, str]:
    """Fields of a provider's section that an environment variable may fill for a single tenant."""
    names: dict[str, str] = _package(provider).AMBIENT
    return names


def connect(provider: str, settings: BaseModel, **how: Any) -> Any:
    """The provider's connection; see each provider's ``connect``."""
    return _package(provider).connect(settings, **how)


def _package(provider: str) -> Any:
    return import_module(f"{providers_package.__name__}.{provider}")
