"""A kind's reference: documentation, attributes, outputs, an example."""

from __future__ import annotations

import ast
import inspect
import textwrap
from typing import Any

from pydantic import BaseModel

from okta_scim_setup.resource import Mutability, Resource


def document(kind: type[Resource], documentation: str) -> str:
    """All about a kind, as text."""
    lines = [kind.kind, "", documentation, "", "Attributes:"]
    said = field_docs(kind)
    for name, field in kind.model_fields.items():
        if name == "name":
            continue
        default = "required" if field.is_required() else f"default {_shown(field.default)}"
        mutability = kind.mutability(name)
        extra = "" if mutability is Mutability.READ_WRITE else f", {mutability.value}"
        lines.append(f"  {name}  ({default}{extra})")
        if name in said:
            lines.append(f"      {said[name]}")
    if kind.OUTPUTS:
        lines += ["", f"Outputs: {', '.join(kind.OUTPUTS)}"]
    lines += ["", "Example:", f"  - {kind.EXAMPLE}"]
    return "\n".join(lines)


def field_docs(kind: type[BaseModel]) -> dict[str, str]:
    """The string under each attribute."""
    body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    said: dict[str, str] = {}
    if not isinstance(body, ast.ClassDef):
        return said
    for statement, after in zip(body.body, body.body[1:], strict=False):
        if (
            isinstance(statement, ast.AnnAssign)
            and isinstance(statement.target, ast.Name)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
        ):
            said[statement.target.id] = " ".join(str(after.value.value).split())
    return said


def _shown(default: Any) -> str:
    match default:
        case True | False:
            return "yes" if default else "no"
        case tuple():
            return ", ".join(map(str, default))
        case _:
            return str(default)
