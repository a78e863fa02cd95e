"""What nobody outside Okta and dbt knows for sure: each behaviour can be had either way."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints


@dataclass(slots=True)
class Switches:
    """What isn't known, and what differs between orgs; changed at any time."""

    connections_on_custom_apps: bool = False
    """Whether the connections API works on a custom SAML app once SCIM is on in the console."""
    features_follow: Literal["toggles", "actions"] = "toggles"
    """Whether an app's `features` follow the To App toggles or the supported actions."""
    put_wipes_scim: bool = True
    """Whether PUT of the app object wipes its SCIM settings (reported)."""
    edition: Literal["integrator", "one_app", "enterprise", "workforce"] = "workforce"
    """The org's edition, on which its rate limits hang (recorded for a workforce org)."""
    concurrency: int = 0
    """How many calls an org answers at once; 0: 75, or 35 of an integrator org (specified)."""
    last_used_delay: float = 0.0
    """Seconds until a use of a SCIM token shows in its `last_used`."""
    last_used_resolution: Literal["second fraction", "second", "minute", "hour", "day"] = (
        "second fraction"
    )
    """How exact `last_used` is."""
    scim_timeout: float = 60.0
    """Seconds that Okta waits for a SCIM endpoint (specified)."""
    scim_while_off: Literal[401, 403, 404] = 403
    """What dbt's SCIM endpoint answers while SCIM is off."""
    off_revokes_tokens: bool = False
    """Whether switching SCIM off in dbt revokes its tokens."""
    tokens_while_off: bool = True
    """Whether SCIM tokens can be made while SCIM is off."""
    token_names_unique: bool = False
    """Whether dbt refuses a second SCIM token of the same name."""
    existing_users_become_managed: bool = False
    """Whether everyone is SCIM-managed once SCIM is on, or only who is pushed."""
    put_without_licence: Literal["keeps", "resets"] = "keeps"
    """What PUT of a user without the licence extension does to the licence."""
    invites_must_be_accepted: bool = False
    """Whether a new user has no licence, and fails group pushes, until the invite is accepted."""
    licenses_list: Literal["allocations", "people"] = "allocations"
    """Whether dbt's list of licences has seats (specified) or a row for each person (reported)."""
    scim_config_needs: Literal["account_admin", "security_admin"] = "security_admin"
    """The least permission set that may change the SCIM configuration."""

    def change(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Change switches by name, all or none; return all of them.

        Raises:
            ValueError: a name or a value isn't known.

        """
        hints = get_type_hints(Switches)
        for name, value in values.items():
            if name not in hints:
                raise ValueError(f"there is no switch {name!r}; there are {', '.join(hints)}")
            if not _fits(hints[name], value):
                raise ValueError(f"{name}: {value!r} is not {_wanted(hints[name])}")
        for name, value in values.items():
            setattr(self, name, value)
        return self.values()

    def values(self) -> dict[str, Any]:
        """All switches by name."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


def _fits(kind: Any, value: Any) -> bool:
    if get_origin(kind) is Literal:
        return value in get_args(kind) and not isinstance(value, bool)
    if kind is bool or isinstance(value, bool):
        return kind is bool and isinstance(value, bool)
    if kind is float:
        return isinstance(value, int | float) and value >= 0
    return isinstance(value, int) and value >= 0


def _wanted(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return f"one of {', '.join(map(str, get_args(kind)))}"
    return {bool: "true or false", float: "a number from 0", int: "a whole number from 0"}[kind]
