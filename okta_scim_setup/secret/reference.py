"""Where a secret is kept: ``!secret scheme:reference``. Checked offline; holds no value."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from okta_scim_setup.errors import ConfigError, Label, Place
from okta_scim_setup.secret import schemes
from okta_scim_setup.secret.schemes import plugins


@dataclass(frozen=True, slots=True)
class SecretReference:
    """A scheme, and what it is to look up."""

    scheme: str
    reference: str
    place: Place = field(compare=False)
    """Two that are written on different lines lead to the same secret all the same."""
    base: Path
    """The folder that a relative ``file:`` is looked up from: the config's."""

    def __str__(self) -> str:
        return f"{self.scheme}:{self.kind.shown(self.reference)}"

    @property
    def kind(self) -> schemes.Scheme:
        """How its scheme checks and fetches."""
        return known_scheme(self.scheme, self.place)

    @property
    def flag(self) -> str:
        """The option without which it isn't followed; empty if it needs none."""
        return self.kind.flag(self.reference, self.base)

    @classmethod
    def parse(cls, text: str, place: Place, base: Path) -> SecretReference:
        """Read ``scheme:reference``.

        Raises:
            ConfigError: there is no scheme, nobody knows it, or the form isn't the scheme's.
        """
        scheme, _, reference = text.partition(":")
        kind = known_scheme(scheme, place)
        if wrong := kind.wrong(reference.strip()) if reference.strip() else "names nothing":
            # What is wrong may be that a literal secret stands there, so it isn't repeated.
            raise ConfigError(
                f"the reference to a secret with {scheme}: {wrong}",
                ("from", str(place)),
                ("do", f"write !secret {kind.form}"),
            )
        return cls(scheme, reference.strip(), place, base)


def known_scheme(name: str, place: Place) -> schemes.Scheme:
    """The scheme called *name*.

    Raises:
        ConfigError: there is none; its name isn't repeated, as it may be part of a literal secret.
    """
    found = schemes.scheme(name)
    if found is None:
        known = (*schemes.BUILT_IN, *plugins.names())
        like = ", ".join(f'"{match}:"' for match in get_close_matches(name.casefold(), known))
        near: tuple[tuple[Label, str], ...] = (("near", like),) if like else ()
        raise ConfigError(
            "this isn't a reference to a secret store that we know",
            ("from", str(place)),
            *near,
            (
                "do",
                f"write !secret SCHEME:REFERENCE with one of {', '.join(f'{x}:' for x in known)}",
            ),
        )
    return found
