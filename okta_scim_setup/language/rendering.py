"""Resources as the YAML of a playbook that needs no variables: what ``render`` shows."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import Any

import yaml

from okta_scim_setup import registry
from okta_scim_setup.address import Address, Ref
from okta_scim_setup.language.node import Node
from okta_scim_setup.secret import SecretReference

Written = tuple[Address, Node, AbstractSet[Address], bool]
"""An address, its attributes as they were filled in, what comes first, whether it is absent."""

RAW = "{% raw %}", "{% endraw %}"


class _Dumper(yaml.SafeDumper):
    """YAML with our tags; a list is set in below its key."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT001, FBT002 -- yaml's own
        super().increase_indent(flow, indentless=False)


def _ref(dumper: yaml.SafeDumper, ref: Ref) -> yaml.ScalarNode:
    text = str(ref)
    return dumper.represent_scalar("!ref", text, style='"' if " " in text else None)


def _secret(dumper: yaml.SafeDumper, secret: SecretReference) -> yaml.ScalarNode:
    return dumper.represent_scalar("!secret", str(secret), style='"')


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """Text; what looks like a template isn't one any more."""
    looks = any(mark in text for mark in ("{{", "{%", "{#"))
    said = f"{RAW[0]}{text}{RAW[1]}" if looks else text
    return dumper.represent_scalar("tag:yaml.org,2002:str", said, style='"' if looks else None)


_Dumper.add_representer(Ref, _ref)
_Dumper.add_representer(SecretReference, _secret)
_Dumper.add_representer(str, _text)


def rendered(resources: Iterable[Written]) -> str:
    """All *resources*, in the order given, which is that of work."""
    body = {"resources": [_resource(written) for written in resources]}
    return yaml.dump(
        body, Dumper=_Dumper, sort_keys=False, default_flow_style=False, allow_unicode=True
    )


def _resource(written: Written) -> dict[str, Any]:
    address, attributes, depends_on, absent = written
    shown: dict[str, Any] = {"kind": address.kind}
    if address.name:
        shown["name"] = address.name
    shown |= attributes.plain()
    referred = {leaf.value.address for _, leaf in attributes.walk() if isinstance(leaf.value, Ref)}
    implied = registry.kind(address.kind).AFTER
    named = sorted(a for a in depends_on - referred if a.kind not in implied)
    if named:
        shown["depends_on"] = [str(each) for each in named]
    if absent:
        shown["state"] = "absent"
    return shown
