"""Paths and queries of Okta's API, escaped."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from okta_scim_setup.errors import ConfigError

API = "/api/v1"


def path(*segments: str) -> str:
    """``/api/v1/`` and *segments*, each escaped.

    Raises:
        ConfigError: a segment would lead elsewhere.
    """
    for segment in segments:
        if not segment.strip(". "):
            raise ConfigError(f'"{segment}" can\'t be an id in Okta', ("do", "correct the id"))
    return "/".join((API, *(quote(segment, safe="") for segment in segments)))


def query(base: str, **parameters: str | int) -> str:
    """*base* with *parameters* behind it."""
    return f"{base}?{urlencode(parameters, quote_via=quote)}"


def escaped(value: str) -> str:
    """*value* as it stands between quotes in a search or filter expression."""
    return value.replace("\\", "\\\\").replace('"', '\\"')
