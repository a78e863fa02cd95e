"""OpenAPI 3.0 schemas as JSON Schema 2020-12, strict where the specifications are lax.

Three things a validator gets wrong when it takes them as they are: a base with a discriminator
doesn't lead to the schema of its kind, so those are rewritten; Okta sends null for what isn't
nullable, so null fits everywhere in an answer; and unknown properties are let pass, so each is
looked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

Schema = dict[str, Any]

REQUEST, ANSWER = "request", "answer"
_COPIED = (
    "pattern",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "uniqueItems",
    "const",
)
_FORMATS = FormatChecker(())


@_FORMATS.checks("date-time", raises=ValueError)
def _is_date_time(value: object) -> bool:
    if not isinstance(value, str):
        return True
    return datetime.fromisoformat(value).tzinfo is not None and "T" in value


@dataclass(frozen=True)
class Wrong:
    """What a schema doesn't allow: where, as a path such as `$.features[]`, and why."""

    where: str
    why: str


class Schemas:
    """The components of one specification, for requests or for answers."""

    def __init__(self, components: Mapping[str, Schema], use: str) -> None:
        self._components = components
        self._use = use
        self._registry: Registry[Any] = Registry().with_resources(self._resources())

    def wrong(self, value: Any, schema: Schema) -> list[Wrong]:
        """Everything in a value that the schema doesn't allow."""
        validator = Draft202012Validator(
            self._converted(schema), registry=self._registry, format_checker=_FORMATS
        )
        found = [_deepest(error) for error in validator.iter_errors(value)]
        wrong = [each for errors in found for each in errors]
        return [*wrong, *self._unknown(value, [schema], "$")]

    def _unknown(self, value: Any, schemas: list[Schema], where: str) -> Iterator[Wrong]:
        """The properties that no schema of their object names."""
        parts = [part for schema in schemas for part in self._parts(schema, value)]
        if isinstance(value, list):
            items = [part["items"] for part in parts if "items" in part]
            for each in value if items else ():
                yield from self._unknown(each, items, f"{where}[]")
        if not isinstance(value, dict):
            return
        is_open = any(map(_is_open, parts)) or not any("properties" in part for part in parts)
        more = [m for part in parts if isinstance(m := part.get("additionalProperties"), dict)]
        for name, each in value.items():
            known = [part["properties"][name] for part in parts if name in _properties(part)]
            if known or more or is_open:
                yield from self._unknown(each, known or more, f"{where}.{name}")
            else:
                yield Wrong(f"{where}.{name}", "is not specified")

    def _parts(self, schema: Schema, value: Any) -> Iterator[Schema]:
        """The schema and all that it is made of, of the kind that the value says it is."""
        if "$ref" in schema:
            yield from self._parts(self._components[schema["$ref"].rpartition("/")[2]], value)
            return
        yield schema
        kinds = _kinds(schema)
        if kinds and isinstance(value, dict):
            kind = kinds.get(str(value.get(schema["discriminator"]["propertyName"])))
            if kind:
                yield from self._extension(kind, schema, value)
        for key in ("allOf", "anyOf", "oneOf"):
            for part in schema.get(key, ()) if not (key == "oneOf" and kinds) else ():
                yield from self._parts(part, value)

    def _extension(self, kind: str, base: Schema, value: Any) -> Iterator[Schema]:
        """What a kind adds to its base."""
        extension = self._components[kind.rpartition("/")[2]]
        yield extension
        for part in extension.get("allOf", ()):
            name = part.get("$ref", "").rpartition("/")[2]
            if self._components.get(name) is not base:
                yield from self._parts(part, value)

    def _resources(self) -> Iterator[tuple[str, Resource[Any]]]:
        for name, schema in self._components.items():
            bases = self._bases_of(name)
            parts = {f"urn:{name}": self._with_kinds(name, schema, bases)}
            if _kinds(schema):
                parts[f"urn:{name}:own"] = self._converted(schema, bases=bases)
            for uri, contents in parts.items():
                yield uri, DRAFT202012.create_resource(contents)

    def _bases_of(self, name: str) -> frozenset[str]:
        """The bases whose discriminator leads to this schema: it extends their own part."""
        return frozenset(
            base
            for base, schema in self._components.items()
            if f"#/components/schemas/{name}" in _kinds(schema).values()
        )

    def _with_kinds(self, name: str, schema: Schema, bases: frozenset[str]) -> Schema:
        kinds = _kinds(schema)
        if not kinds:
            return self._converted(schema, bases=bases)
        key = schema["discriminator"]["propertyName"]
        chosen = [
            {
                "if": {"properties": {key: {"const": value}}, "required": [key]},
                "then": {"$ref": f"urn:{target.rpartition('/')[2]}"},
            }
            for value, target in kinds.items()
        ]
        return {"allOf": [{"$ref": f"urn:{name}:own"}, *chosen]}

    def _converted(self, schema: Schema, *, bases: frozenset[str] = frozenset()) -> Schema:
        """The schema as JSON Schema; of `bases` only their own part is meant."""
        new: Schema = {key: schema[key] for key in _COPIED if key in schema}
        if schema.get("format") == "date-time":
            new["format"] = "date-time"
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            new["$ref"] = f"urn:{name}:own" if name in bases else f"urn:{name}"
        for key in ("allOf", "anyOf", "oneOf"):
            if key in schema and not (key == "oneOf" and _kinds(schema)):
                parts = [self._converted(part, bases=bases) for part in schema[key]]
                # Null fits several branches, and some enums stand in two of them.
                new["anyOf" if key == "oneOf" else key] = parts
        self._add_type(schema, new)
        self._add_properties(schema, new)
        if "items" in schema:
            new["items"] = self._converted(schema["items"])
        return new

    def _add_type(self, schema: Schema, new: Schema) -> None:
        nullable = self._use == ANSWER or schema.get("nullable", False)
        if "type" in schema:
            new["type"] = [schema["type"], "null"] if nullable else schema["type"]
        if "enum" in schema:
            new["enum"] = [*schema["enum"], None] if nullable else schema["enum"]
        if nullable and "const" in new:
            new["enum"] = [new.pop("const"), None]

    def _add_properties(self, schema: Schema, new: Schema) -> None:
        properties = schema.get("properties", {})
        if properties:
            new["properties"] = {name: self._converted(part) for name, part in properties.items()}
        # A read-only property that is required is required of an answer only, and the reverse.
        hidden = "readOnly" if self._use == REQUEST else "writeOnly"
        required = [
            name for name in schema.get("required", []) if not properties.get(name, {}).get(hidden)
        ]
        if required:
            new["required"] = required
        more = schema.get("additionalProperties")
        if isinstance(more, dict):
            new["additionalProperties"] = self._converted(more)
        elif more is not None:
            new["additionalProperties"] = more


def _kinds(schema: Schema) -> dict[str, str]:
    """The mapping of a discriminator: its value, and the schema that it leads to."""
    found: dict[str, str] = schema.get("discriminator", {}).get("mapping", {})
    return found


def _properties(schema: Schema) -> Schema:
    found: Schema = schema.get("properties", {})
    return found


def _is_open(schema: Schema) -> bool:
    """Whether the schema says that any property may be there."""
    more = schema.get("additionalProperties")
    return more is True or more == {}


def _deepest(error: ValidationError) -> Iterator[Wrong]:
    """What is wrong; of the branches of an anyOf, what the best fitting one says."""
    if error.context:
        branches: dict[Any, list[ValidationError]] = {}
        for inner in error.context:
            branches.setdefault(inner.schema_path[0], []).append(inner)
        for inner in min(branches.values(), key=lambda found: (len(found), -len(found[0].path))):
            yield from _deepest(inner)
        return
    yield Wrong(_where(error), error.message)


def _where(error: ValidationError) -> str:
    parts = ("[]" if isinstance(part, int) else f".{part}" for part in error.absolute_path)
    return "$" + "".join(parts)
