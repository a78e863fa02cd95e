"""The fields of the admin console by their labels, and the values that they take."""

from collections.abc import Callable
from typing import Any

from okta_scim_setup.simulator.okta.records import ACTIONS

HTTP_HEADER = "HTTP Header"
AUTH_MODES = ("Basic Auth", HTTP_HEADER, "OAuth 2")

People = bool | list[str]
"""Everyone who waits, or these logins."""


class ConsoleError(Exception):
    """The console didn't take a change; `labels` are those it knows."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def body(self) -> dict[str, Any]:
        """The error as `POST /_simulator/console` answers it."""
        return {"error": self.message, "labels": list(LABELS)}


def parse(fields: dict[str, Any]) -> dict[str, Any]:
    """The settings that labels and values mean, by the settings' names.

    Raises:
        ConsoleError: a label or a value isn't known.

    """
    found = {}
    for label, value in fields.items():
        known = _BY_LABEL.get(label.strip().lower())
        if known is None:
            raise ConsoleError(f"{label!r} is no label of these pages")
        name, read = known
        try:
            found[name] = read(value)
        except ValueError as error:
            raise ConsoleError(f"{label}: {error}") from error
    return found


def _box(value: Any) -> bool:
    text = str(value).strip().lower()
    if text in ("true", "yes", "tick", "ticked", "on", "enabled"):
        return True
    if text in ("false", "no", "untick", "unticked", "off", "disabled"):
        return False
    raise ValueError(f"{value!r} is neither ticked nor unticked")


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("a text is wanted")
    return value.strip()


def _base_url(value: Any) -> str:
    url = _text(value)
    if not url.startswith(("http://", "https://")):
        raise ValueError("a URL is wanted")
    if "_" in url:
        raise ValueError("a base URL may not contain an underscore")
    return url


def _token(value: Any) -> str:
    """A token; the field adds `Bearer`, so one who types it too sends it twice (specified)."""
    return _text(value)


def _actions(value: Any) -> tuple[str, ...]:
    names = value if isinstance(value, list) else str(value).split(",")
    known = {action.lower(): action for action in ACTIONS}
    wanted = [str(name).strip() for name in names if str(name).strip()]
    for name in wanted:
        if name.lower() not in known:
            raise ValueError(f"{name!r} is none of {', '.join(ACTIONS)}")
    return tuple(known[name.lower()] for name in wanted)


def _one_of(*choices: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        for choice in choices:
            if str(value).strip().lower() == choice.lower():
                return choice
        raise ValueError(f"{value!r} is none of {', '.join(choices)}")

    return read


def _people(value: Any) -> People:
    if isinstance(value, list):
        return [str(login) for login in value]
    return _box(value)


def _status(value: Any) -> str:
    return _one_of("Active", "Inactive")(value).upper()


_FIELDS: tuple[tuple[str, Callable[[Any], Any], tuple[str, ...]], ...] = (
    ("label", _text, ("Application label",)),
    ("status", _status, ("App status",)),
    ("username_format", _text, ("Application username format",)),
    ("ssoAcsUrl", _text, ("Single sign-on URL",)),
    ("audience", _text, ("Audience URI (SP Entity ID)",)),
    ("defaultRelayState", _text, ("Default RelayState",)),
    ("certificate", _box, ("Generate new certificate",)),
    ("scim", _box, ("Enable SCIM provisioning", "SCIM")),
    ("api_integration", _box, ("Enable API integration",)),
    ("base_url", _base_url, ("SCIM connector base URL", "SCIM base URL", "Base URL")),
    (
        "unique_identifier",
        _text,
        ("Unique identifier field for users", "Unique identifier field"),
    ),
    ("actions", _actions, ("Supported provisioning actions",)),
    (
        "auth_mode",
        _one_of(*AUTH_MODES),
        ("Authentication Mode",),
    ),
    (
        "token",
        _token,
        (
            "Authorization",
            "Bearer",
            "HTTP Header: Authorization Bearer",
            "HTTP Header",
            "API Token",
        ),
    ),
    ("test", _box, ("Test Connector Configuration", "Test API Credentials")),
    ("create_users", _box, ("Create Users",)),
    ("update_user_attributes", _box, ("Update User Attributes",)),
    ("deactivate_users", _box, ("Deactivate Users",)),
    ("provision", _people, ("Provision User",)),
)
LABELS = tuple(label for _, _, labels in _FIELDS for label in labels)
_BY_LABEL = {label.lower(): (name, read) for name, read, labels in _FIELDS for label in labels}
