"""JSON Schemas of config.yaml and of playbooks for editors, made from the models.

A schema can't see through a template or a tag, so wherever a value may be filled in, text passes;
``validate`` knows the rest. Editors see ``!ref`` and ``!secret`` as text once they are told of
the tags (docs/editors.md).
"""

from __future__ import annotations

import json
import types
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator
from pydantic_core import PydanticUndefined

from okta_scim_setup import registry
from okta_scim_setup.language.acceptance import Entry as AcceptEntry
from okta_scim_setup.language.draft import DIRECTIVES, OWNERS
from okta_scim_setup.language.tenant_keys import secret_paths, tenant_keys
from okta_scim_setup.report.kinds import field_docs
from okta_scim_setup.resource import Resource

DRAFT = "http://json-schema.org/draft-07/schema#"
"""What editors' YAML servers know best."""

NAMES = ("config", "playbook", "report")

Schema = dict[str, Any]

FILLED: Schema = {"type": "string", "pattern": r"\{\{"}
"""A value that a template fills in."""

SECRET: Schema = {
    "type": "string",
    "description": "A reference: !secret SCHEME:REFERENCE, such as !secret env:NAME.",
}


def config() -> Schema:
    """Of config.yaml, and of a file that it includes."""
    tenant = {"$ref": "#/definitions/tenant"}
    lists: Schema = {"anyOf": [{"type": "string"}, _list({"type": "string"})]}
    return {
        "$schema": DRAFT,
        "title": "config.yaml of okta-scim-setup",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "tenants": {"type": "object", "additionalProperties": tenant},
            "defaults": {**tenant, "description": "Lies under every tenant's own settings."},
            "include": {**lists, "description": "YAML and CSV files with more tenants."},
        },
        "definitions": {"tenant": _tenant()},
    }


def playbook() -> Schema:
    """Of a playbook."""
    names = registry.kinds()
    by_kind = [
        {
            "if": {"properties": {"kind": {"const": name}}},
            "then": {"$ref": f"#/definitions/{name}"},
        }
        for name in names
    ]
    resource: Schema = {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"enum": list(names)}},
        "allOf": by_kind,
    }
    return {
        "$schema": DRAFT,
        "title": "Playbook of okta-scim-setup",
        "type": "object",
        "additionalProperties": False,
        "required": ["resources"],
        "properties": {
            "variables": {
                "type": ["object", "null"],
                "description": "What a tenant may set; without a value: what it must set.",
                "propertyNames": {"pattern": "^[A-Za-z_][A-Za-z0-9_]*$"},
            },
            "resources": _list(resource),
        },
        "definitions": {name: _kind(registry.kind(name)) for name in names},
    }


def _tenant() -> Schema:
    own: dict[str, Schema] = {
        "playbook": {"type": "string", "description": "A shipped playbook's name, or a path."},
        "tags": {**_list({"type": "string"}), "description": "Words to select tenants by."},
        "terraform": {
            "type": "string",
            "description": "A file that terraform output -json wrote: {{ terraform.NAME }}.",
        },
        "variables": {"type": "object", "description": "What the playbook takes."},
        "accept": _accept(),
    }
    sections = {name: _section(name) for name in registry.providers()}
    known = {**own, **sections}
    nullable = {key: _or_null(known[key]) for key in tenant_keys()}
    return {"type": "object", "additionalProperties": False, "properties": nullable}


def _accept() -> Schema:
    """Entries that accept a finding."""
    properties = {
        name: _taking(field.annotation) for name, field in AcceptEntry.model_fields.items()
    }
    required = [name for name, field in AcceptEntry.model_fields.items() if field.is_required()]
    entry: Schema = {
        "type": "object",
        "additionalProperties": False,
        "required": required,
        "properties": _described(AcceptEntry, properties),
    }
    return {**_list(entry), "description": "Findings that somebody answers for, and until when."}


def _section(provider: str) -> Schema:
    """A provider's section; nothing is required: ``defaults:`` or the environment may have it."""
    model = registry.settings(provider)
    secrets = {name for section, name in secret_paths() if section == provider}
    properties = {
        name: SECRET if name in secrets else _taking(field.annotation)
        for name, field in model.model_fields.items()
    }
    return {
        "type": "object",
        "description": _first(model.__doc__),
        "additionalProperties": False,
        "properties": {
            name: _or_null(schema) for name, schema in _described(model, properties).items()
        },
    }


def _kind(kind: type[Resource]) -> Schema:
    fields = {name: field for name, field in kind.model_fields.items() if name != "name"}
    properties = {name: _taking(field.annotation) for name, field in fields.items()}
    required = [name for name, field in fields.items() if field.is_required()]
    required += ["name"] if kind.NAME == "required" else []
    return {
        "type": "object",
        "description": registry.documentation(kind.kind).splitlines()[0],
        "additionalProperties": False,
        "required": ["kind", *required],
        "properties": {**_directives(kind), **_described(kind, properties)},
    }


def _directives(kind: type[Resource]) -> dict[str, Schema]:
    """What a resource may say besides its attributes."""
    state = {"enum": ["present", "absent"]}
    known: dict[str, Schema] = {
        "kind": {"const": kind.kind},
        "name": {"type": "string", "description": "What it is called."},
        "for_each": {"type": ["string", "array", "object"], "description": "Once for each item."},
        "when": {"type": ["string", "boolean"], "description": "Only where this is true."},
        "depends_on": {**_list({"type": "string"}), "description": "Addresses that come first."},
        "state": {"anyOf": [state, FILLED]},
        "owner": {
            "anyOf": [{"enum": [*OWNERS]}, FILLED],
            "description": "Who writes it, where we don't.",
        },
        "protect": {
            "anyOf": [{"type": "boolean"}, FILLED],
            "description": "Whether it is never removed.",
        },
    }
    left_out = {"name"} if kind.NAME == "never" else set()
    return {name: known[name] for name in DIRECTIVES if name not in left_out}


def _taking(annotation: Any) -> Schema:
    """What a field takes where it is written: its own values, a template, or a reference."""
    taken = _values(annotation)
    unique = [schema for n, schema in enumerate(taken) if schema not in taken[:n]]
    if {"type": "string"} in unique:  # which a template is as well
        unique = [s for s in unique if s.get("type") != "string"] + [{"type": "string"}]
    else:
        unique.append(FILLED)
    return unique[0] if len(unique) == 1 else {"anyOf": unique}


def _values(annotation: Any) -> list[Schema]:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        written = [m.json_schema_input_type for m in inner[1:] if isinstance(m, BeforeValidator)]
        said = [each for each in written if each is not PydanticUndefined]
        return _values(said[0] if said else inner[0])
    if origin in (Union, types.UnionType):
        return [schema for each in inner for schema in _values(each)]
    if origin is Literal:
        return [{"enum": list(inner)}]
    if origin in (tuple, list, frozenset):
        return [_list(_taking(inner[0]))]
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return [{"type": "object", "additionalProperties": _taking(inner[1])}]
    return [_SIMPLE.get(annotation, _of_class(annotation))]


_SIMPLE: dict[Any, Schema] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    type(None): {"type": "null"},
    Any: {},
}


def _of_class(annotation: Any) -> Schema:
    """A model's own fields; of anything else, what a tag's text is to an editor."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        fields = annotation.model_fields.items()
        properties = {name: _taking(field.annotation) for name, field in fields}
        described = _described(annotation, properties)
        return {"type": "object", "additionalProperties": False, "properties": described}
    return {"type": "string"}


def _described(model: type[BaseModel], properties: dict[str, Schema]) -> dict[str, Schema]:
    """The same, each with the string under the field and its default."""
    said = field_docs(model)
    described: dict[str, Schema] = {}
    for name, schema in properties.items():
        extra: Schema = {"description": said[name]} if name in said else {}
        default = model.model_fields[name].default
        if isinstance(default, bool | int | str):
            extra["default"] = default
        described[name] = {**schema, **extra}
    return described


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _or_null(schema: Schema) -> Schema:
    outside: Schema = {key: schema[key] for key in ("description", "default") if key in schema}
    inside = {key: value for key, value in schema.items() if key not in outside}
    return {**outside, "anyOf": [inside, {"type": "null"}]}


def text(name: str) -> str:
    """A schema as it is written to a file: ``config``, ``playbook``, or ``report`` as it is kept.

    Args:
        name: one of `NAMES`.
    """
    made = {"config": config, "playbook": playbook}
    if name in made:
        return json.dumps(made[name](), indent=2) + "\n"
    kept = files("okta_scim_setup") / "schemas" / f"{name}.schema.json"
    return kept.read_text(encoding="utf-8")


def modeline(name: str) -> str:
    """The line by which the YAML language server finds a schema, as it is installed here.

    Args:
        name: one of `NAMES`.
    """
    kept = Path(str(files("okta_scim_setup") / "schemas" / f"{name}.schema.json"))
    return f"# yaml-language-server: $schema={kept.resolve().as_uri()}"


def _first(text: str | None) -> str:
    return (text or "").strip().partition("\n")[0]
