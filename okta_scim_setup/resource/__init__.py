"""What is wanted: the class that every kind extends. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from functools import cache
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict

from okta_scim_setup.address import Address, Ref
from okta_scim_setup.live import Live
from okta_scim_setup.resource.hand_over import HandOver
from okta_scim_setup.resource.observed import Observed
from okta_scim_setup.results import Check, Click, Drift

Channel = Literal["api", "manual"]
"""The way a setting takes into the service: a published API, or a person in the console."""


class Mutability(Enum):
    """When an attribute may be redefined: RFC 7643, section 7."""

    READ_WRITE = "readWrite"
    IMMUTABLE = "immutable"
    WRITE_ONLY = "writeOnly"
    """Never read back, so never compared; it differs when what it refers to is made anew."""


class Resource(HandOver, Observed, BaseModel):
    """One thing that is wanted. A kind extends this; its module's docstring is its documentation.

    Attributes say what is wanted, verbs say how to get it. *api* is the provider's connection.
    What few kinds need besides is in `HandOver` and `Observed`.
    """

    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", arbitrary_types_allowed=True
    )

    kind: ClassVar[str] = ""
    """Derived from the module, so that the path can't lie."""

    NAME: ClassVar[Literal["required", "optional", "never"]] = "required"
    """Whether it has a name: what there is one of per account never has, per app may have."""

    NAMED_BY: ClassVar[str] = ""
    """The attribute that it is called by where no name is written."""

    OUTPUTS: ClassVar[tuple[str, ...]] = ()
    """What others may refer to."""

    AFTER: ClassVar[tuple[str, ...]] = ()
    """Kinds whose declared resources come first, without being named in ``depends_on``."""

    SUPERSEDES: ClassVar[bool] = False
    """Whether a new one is made beside the old, which is retired later, instead of in its place."""

    MAKING: ClassVar[str] = ""
    """What making one means, where its name alone doesn't say; of one or several."""

    ADMITS: ClassVar[bool] = False
    """Whether it can give one person the application."""

    STANDS_ALONE: ClassVar[bool] = False
    """Whether it is found without knowing what it refers to."""

    TOUCHES_PEOPLE: ClassVar[bool] = False
    """Whether a change of it changes who may enter the account."""

    TOUCHES_LICENCES: ClassVar[bool] = True
    """Whether that may change their licences too, or only what they may do there."""

    MAKING_TOUCHES_PEOPLE: ClassVar[bool] = True
    """Whether that holds of one that is made as well: nobody may have it yet."""

    YIELDS_TO: ClassVar[tuple[str, ...]] = ()
    """Kinds of those in `AFTER` that it goes before where it changes nobody who is there."""

    EXCLUSIVE: ClassVar[tuple[str, ...]] = ()
    """Attributes that say which one is meant, where no two tenants may mean the same."""

    MOVES: ClassVar[Mapping[str, frozenset[str]]] = {}
    """Outputs that are others once an attribute is as declared, by attribute."""

    FINDINGS: ClassVar[Mapping[str, Drift]] = {}
    """What an audit says of each attribute that differs; "" stands for the whole resource."""

    EXAMPLE: ClassVar[str] = ""
    """A declaration that validates, for the documentation and the contract test."""

    ATTRIBUTES: ClassVar[tuple[str, ...]] = ()
    """The names of its attributes, its own name aside; told by their declarations."""

    name: str = ""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.kind = ".".join(cls.__module__.split(".")[-2:])

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        cls.ATTRIBUTES = tuple(key for key in cls.model_fields if key != "name")

    @property
    def address(self) -> Address:
        """What this resource is called."""
        return Address(self.kind, self.name)

    @classmethod
    @cache
    def mutability(cls, attribute: str) -> Mutability:
        """When *attribute* may be redefined."""
        metadata = cls.model_fields[attribute].metadata
        return next((m for m in metadata if isinstance(m, Mutability)), Mutability.READ_WRITE)

    def attributes(self) -> dict[str, Any]:
        """Every attribute with its declared value, the name aside."""
        return {key: getattr(self, key) for key in self.ATTRIBUTES}

    def refs(self) -> Iterator[tuple[str, Ref]]:
        """Each attribute that waits for another resource."""
        for attribute, value in self.attributes().items():
            if isinstance(value, Ref):
                yield attribute, value

    def resolved(self, values: Mapping[str, Any]) -> Self:
        """The same with *values* in place of its references."""
        return type(self).model_validate({"name": self.name, **self.attributes(), **values})

    def decides(self) -> frozenset[str]:
        """What resources of its kind decide on alone, so that another kind may not as well."""
        return frozenset()

    def expect(self, api: Any) -> None:
        """Say beforehand what `read` will look up, so that it can be read together."""

    def asked_for(self, api: Any, outputs: frozenset[str]) -> None:
        """Say beforehand which *outputs* others refer to, where some take a request more."""

    def check_named(self, api: Any) -> None:
        """See that what it names besides is there, though what it belongs to isn't made yet.

        Raises:
            ConfigError: it isn't there.
        """

    def read(self, api: Any) -> Live | None:
        """What is there; None if it isn't there at all."""
        raise NotImplementedError

    def left_over(self, api: Any) -> Live | None:
        """What is there of something that shall be absent; by default what `read` finds."""
        return self.read(api)

    def foreseen(self) -> Live | None:
        """What will be there once what it belongs to has been made; None: it is made itself."""
        return None

    def make(self, api: Any, fingerprint: str) -> Live:
        """Make it. *fingerprint* stands for the settings of whoever it is handed over to."""
        raise NotImplementedError

    def make_for_a_person(self, api: Any, fingerprint: str) -> Live:
        """Make it, where a person hands it over."""
        return self.make(api, fingerprint)

    def update(self, api: Any, live: Live, attributes: frozenset[str]) -> Live:
        """Set *attributes* as declared, in the API's channel, and read them back."""
        raise NotImplementedError

    def delete(self, api: Any, live: Live) -> str | None:
        """Remove it; not found is success. What there is to tell besides, if anything."""
        raise NotImplementedError

    def gone(self, live: Live) -> bool:
        """Whether what is there counts as absent: what an account always has may be off."""
        return False

    def farewell(self, live: Live) -> Iterable[Click]:
        """What a person does to remove it, where no API does."""
        return ()

    def objection(self, live: Live | None, attributes: frozenset[str]) -> str:
        """Why *attributes* may not be set so, whatever the operator names; empty: they may."""
        return ""

    def clings(self, live: Live) -> str:
        """Why it may not be removed as things stand, whatever the operator names; empty: it may."""
        return ""

    def channel(self, attribute: str, live: Live | None) -> Channel:
        """The way that *attribute* takes for what is there."""
        return "api"

    def why_by_hand(self, live: Live) -> str:
        """Why *clicks* are a person's."""
        return ""

    def why_by_api(self, live: Live | None) -> str:
        """Why no person has to; by default because there is an API for everybody."""
        return "a published API for every account"

    def clicks(self, live: Live, attributes: frozenset[str]) -> Iterable[Click]:
        """What a person does to set *attributes*, in the order of the console's pages."""
        return ()

    def verify(self, api: Any, live: Live) -> Iterator[Check]:
        """Evidence from outside that it works, gathered after whoever depends on it was set."""
        yield from ()

    def trial(self, api: Any) -> Iterator[Check]:
        """Try the connection with something made for it and removed again."""
        yield from ()

    def may_admit(self, api: Any, live: Live, login: str) -> None:
        """Refuse a person who can't be given the application and deprived of it again.

        Raises:
            SetupError: the person isn't there, or has it already.
        """

    def admit(self, api: Any, live: Live, login: str) -> None:
        """Give one person the application."""

    def dismiss(self, api: Any, live: Live, login: str) -> None:
        """Take the application away from that person again."""

    def headline(self, live: Live) -> str:
        """What a report's first line says of it."""
        return ""

    def done(self, live: Live) -> str:
        """What to say of it once it is made."""
        return "made; read back"
