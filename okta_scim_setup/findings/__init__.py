"""What an audit looks for besides differences of the plan: one module for each control. Pure.

A module's docstring is the documentation of its findings: the first line says what was found. A new
module is found by itself.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from okta_scim_setup.findings.control import Control, Seen

__all__ = ["Control", "Seen", "controls", "documentation"]


@cache
def controls() -> tuple[Control, ...]:
    """Every control, by its id."""
    return tuple(sorted(_modules().values(), key=lambda control: control.id))


def documentation(finding: str) -> str:
    """What there is to know of a finding of a control: its module's docstring.

    Raises:
        KeyError: no control has this id.
    """
    for name, control in _modules().items():
        if control.id == finding:
            return (import_module(name).__doc__ or "").strip()
    raise KeyError(finding)


@cache
def _modules() -> dict[str, Control]:
    names = (m.name for m in pkgutil.iter_modules(__path__, f"{__name__}."))
    found = {name: import_module(name) for name in names}
    return {name: module.CONTROL for name, module in found.items() if hasattr(module, "CONTROL")}
