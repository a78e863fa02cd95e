"""What the services' specifications say of one request and its answer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from conformance.schemas import ANSWER, REQUEST, Schema, Schemas, Wrong

SPECIFICATIONS = Path(__file__).parents[3] / "shared" / "specs"
OKTA, DBT_V2, DBT_V3 = (
    "okta-management-2026.06.3.json",
    "dbt-platform-v2.json",
    "dbt-platform-v3.json",
)
_METHODS = ("get", "put", "post", "patch", "delete")
_SCIM = "/scim/v2/"


@dataclass(frozen=True)
class Exchange:
    """A request and its answer, as they were on the wire; `service` is okta, dbt or scim."""

    service: str
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    agent: str
    request: bytes
    status: int
    media_type: str
    answer: bytes

    @property
    def is_partial(self) -> bool:
        """Whether only some attributes were asked for (RFC 7644 section 3.9)."""
        return any(name in ("attributes", "excludedAttributes") for name, _ in self.query)


@dataclass(frozen=True)
class Finding:
    """A difference: of which operation, in which part of the exchange, where in it, and why."""

    operation: str
    part: str
    wrong: Wrong

    def __str__(self) -> str:
        return f"{self.operation}: {self.part}: {self.wrong.where}: {self.wrong.why}"


class Operation:
    """One method of one path of a specification."""

    def __init__(self, specification: Specification, method: str, path: str, found: Schema) -> None:
        self.name = f"{method} {path}"
        self.method = method
        self.path = path
        self.pattern = re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)))
        self.literals = sum("{" not in part for part in path.split("/"))
        self._specification = specification
        self._found = found

    def request_findings(self, exchange: Exchange) -> Iterator[Finding]:
        """What is wrong with the request: its query, and its body."""
        yield from (Finding(self.name, "query", wrong) for wrong in self._wrong_query(exchange))
        body = self._specification.resolved(self._found.get("requestBody", {}))
        schema = _schema_of(body.get("content", {}))
        if schema is None or not exchange.request:
            if schema is not None and body.get("required"):
                yield Finding(self.name, "request", Wrong("$", "a body is required"))
            return
        for wrong in self._specification.wrong(REQUEST, exchange.request, schema):
            yield Finding(self.name, "request", wrong)

    def answer_findings(self, exchange: Exchange) -> Iterator[Finding]:
        """What is wrong with the answer: its status, its media type, and its body."""
        part = f"answer {exchange.status}"
        declared = self._found["responses"].get(str(exchange.status))
        if declared is None:
            yield Finding(self.name, part, Wrong("status", "is not specified"))
            return
        content = self._specification.resolved(declared).get("content", {})
        if content and exchange.media_type.partition(";")[0] not in content:
            yield Finding(self.name, part, Wrong("Content-Type", exchange.media_type or "none"))
        schema = _schema_of(content)
        if schema is None:
            if exchange.answer and not content:
                yield Finding(self.name, part, Wrong("$", "a body, where none is specified"))
            return
        schema = self._specification.unwrapped(self.path, schema)
        for wrong in self._specification.wrong(ANSWER, exchange.answer, schema):
            if not (exchange.is_partial and wrong.why.endswith("is a required property")):
                yield Finding(self.name, part, wrong)

    def _wrong_query(self, exchange: Exchange) -> Iterator[Wrong]:
        given = dict(exchange.query)
        parameters = {
            parameter["name"]: parameter
            for parameter in map(self._specification.resolved, self._found.get("parameters", []))
            if parameter["in"] == "query"
        }
        for name, parameter in parameters.items():
            if parameter.get("required") and name not in given:
                yield Wrong(name, "is required")
        for name, value in given.items():
            if name not in parameters:
                yield Wrong(name, "is not specified")
                continue
            schema = parameters[name].get("schema", {})
            for wrong in self._specification.wrong_value(_typed(value, schema), schema):
                yield Wrong(name, wrong.why)


class Specification:
    """One OpenAPI file of ../shared/specs."""

    def __init__(self, name: str) -> None:
        self._document = json.loads((SPECIFICATIONS / name).read_text())
        components = self._document["components"]["schemas"]
        self._schemas = {use: Schemas(components, use) for use in (REQUEST, ANSWER)}
        self.operations = [
            Operation(self, method.upper(), path, item[method] | _shared(item, method))
            for path, item in self._document["paths"].items()
            for method in _METHODS
            if method in item
        ]

    def resolved(self, found: Schema) -> Schema:
        """What a reference stands for."""
        if "$ref" not in found:
            return found
        place = self._document
        for part in found["$ref"].removeprefix("#/").split("/"):
            place = place[part]
        return self.resolved(place)

    def wrong(self, use: str, body: bytes, schema: Schema) -> list[Wrong]:
        """What is wrong with a body."""
        try:
            value = json.loads(body) if body else None
        except ValueError:
            if self.resolved(schema).get("type") == "string":
                return []  # XML, such as SAML metadata
            return [Wrong("$", "is no JSON")]
        if value is None:
            return [Wrong("$", "no body, where one is specified")]
        return self._schemas[use].wrong(value, schema)

    def wrong_value(self, value: Any, schema: Schema) -> list[Wrong]:
        """What is wrong with a parameter's value."""
        return self._schemas[REQUEST].wrong(value, schema)

    def unwrapped(self, path: str, schema: Schema) -> Schema:
        """A SCIM answer's schema without the envelope that dbt's generator put around it.

        Okta could read no such answer (RFC 7644 section 3.4.2; facts/dbt.md 3.1, Cautions).
        """
        if _SCIM not in path:
            return schema
        data: Schema = self.resolved(schema)["properties"]["data"]
        if data.get("type") != "array":
            return data
        resources = {"type": "object", "properties": {"Resources": data}}
        return {"allOf": [{"$ref": "#/components/schemas/SCIMList"}, resources]}


@cache
def specification(name: str) -> Specification:
    """A specification, read once."""
    return Specification(name)


def operation_of(exchange: Exchange) -> Operation | None:
    """The operation that a request is for; literal path segments go before parameters."""
    names = (OKTA,) if exchange.service == "okta" else (DBT_V2, DBT_V3)
    found = [
        operation
        for name in names
        for operation in specification(name).operations
        if operation.method == exchange.method and operation.pattern.fullmatch(exchange.path)
    ]
    return max(found, key=lambda operation: operation.literals, default=None)


def _schema_of(content: Schema) -> Schema | None:
    return next((each["schema"] for each in content.values() if "schema" in each), None)


def _shared(item: Schema, method: str) -> Schema:
    """The parameters of an operation with those of its path."""
    return {"parameters": [*item.get("parameters", []), *item[method].get("parameters", [])]}


def _typed(value: str, schema: Schema) -> Any:
    kind = schema.get("type")
    if kind == "integer" and value.lstrip("-").isdigit():
        return int(value)
    if kind == "boolean" and value in ("true", "false"):
        return value == "true"
    return value
