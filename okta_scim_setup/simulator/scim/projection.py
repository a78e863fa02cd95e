"""`attributes` and `excludedAttributes` of a GET (RFC 7644, section 3.9; assumed for dbt)."""

from collections.abc import Mapping
from typing import Any

_ALWAYS = frozenset({"schemas", "id"})
_CORE = (
    "urn:ietf:params:scim:schemas:core:2.0:user",
    "urn:ietf:params:scim:schemas:core:2.0:group",
)


def projected(body: dict[str, Any], query: Mapping[str, str]) -> dict[str, Any]:
    """The body, a resource or a list of them, with the attributes that were asked for."""
    wanted, unwanted = _names(query, "attributes"), _names(query, "excludedAttributes")
    if not wanted and not unwanted:
        return body
    if "Resources" in body:
        return body | {"Resources": [_only(each, wanted, unwanted) for each in body["Resources"]]}
    return _only(body, wanted, unwanted)


def _names(query: Mapping[str, str], parameter: str) -> frozenset[str]:
    """Top-level attributes: of `name.givenName` the whole name is given."""
    given = (name.strip().lower() for name in query.get(parameter, "").split(","))
    return frozenset(_top_level(name) for name in given if name)


def _top_level(name: str) -> str:
    for prefix in _CORE:
        name = name.removeprefix(f"{prefix}:")
    if name.startswith("urn:"):
        return name if name.endswith(":user") else name.rpartition(":")[0]
    return name.partition(".")[0]


def _only(
    resource: dict[str, Any], wanted: frozenset[str], unwanted: frozenset[str]
) -> dict[str, Any]:
    return {
        name: value
        for name, value in resource.items()
        if name in _ALWAYS or (name.lower() in wanted if wanted else name.lower() not in unwanted)
    }
