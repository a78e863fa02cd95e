"""What resources are called, and how one refers to another. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import core_schema


@dataclass(frozen=True, order=True, slots=True)
class Address:
    """What a resource is called: ``okta.saml_app/dbt``, or ``dbt_cloud.scim_config`` alone."""

    kind: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}" if self.name else self.kind

    @property
    def provider(self) -> str:
        """The folder that the kind lives in."""
        return self.kind.partition(".")[0]

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read what ``str()`` gives."""
        kind, _, name = text.partition("/")
        return cls(kind, name)


@dataclass(frozen=True, slots=True)
class Ref:
    """``!ref kind/name.output``: a value that only a service will know."""

    address: Address
    output: str

    def __str__(self) -> str:
        return f"{self.address}.{self.output}"

    @classmethod
    def parse(cls, text: str) -> Ref:
        """Read ``kind/name.output``; a singleton's is ``kind.output``.

        Raises:
            ValueError: an output is missing.
        """
        before, _, output = text.rpartition(".")
        if "." not in before.partition("/")[0] or not output.isidentifier():
            raise ValueError(f'"{text}" isn\'t kind/name.output')
        return cls(Address.parse(before), output)

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """A field that may be a reference says so: ``str | Ref``."""
        return core_schema.is_instance_schema(cls)
