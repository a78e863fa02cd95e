"""Which hosts may see a secret: the services' own domains, loopback, and what the operator allowed.

A pull request can change a URL in config.yaml, but not where a token goes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from okta_scim_setup.errors import ConfigError

DEFAULT_PORTS = {"https": 443, "http": 80}

_AUTHORITY = re.compile(
    r"(?P<host>[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?)*"
    r"|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?",
    re.IGNORECASE,
)
"""``host[:port]`` and nothing else: what two parsers could read differently is no host to us."""


def origin(url: str) -> str:
    """``scheme://host[:port]`` of *url*, in lower case and without the scheme's own port.

    Raises:
        ValueError: it has no scheme, or something else than a host and a port in its place; the
            message doesn't repeat what may be a password.
    """
    scheme, colon, rest = url.strip().partition("://")
    scheme = scheme.lower()
    if not colon:
        raise ValueError("must begin with https://")
    if scheme not in DEFAULT_PORTS:
        raise ValueError("must be an https address")
    return _origin(scheme, re.split(r"[/?#]", rest, maxsplit=1)[0])


@lru_cache(maxsize=1024)
def _origin(scheme: str, authority: str) -> str:
    if "@" in authority:
        raise ValueError("must not hold a user name or a password")
    match = _AUTHORITY.fullmatch(authority)
    port = int(match["port"] or DEFAULT_PORTS[scheme]) if match else 0
    if match is None or not 0 < port < 1 << 16:
        raise ValueError("must name a host, as in https://HOST")
    shown = "" if port == DEFAULT_PORTS[scheme] else f":{port}"
    return f"{scheme}://{match['host'].lower()}{shown}"


def secure_origin(url: str) -> str:
    """`origin`, of https; of http only on loopback, where nobody listens in.

    Raises:
        ValueError: as `origin`, or it is http to another machine.
    """
    found = origin(url)
    if found.startswith("http:") and not is_loopback(found.removeprefix("http://")):
        raise ValueError("must be https; http goes to this machine only")
    return found


def bare_origin(url: str, *, paths: Iterable[str] = ()) -> str:
    """`secure_origin` of an address that stands for a whole site.

    Args:
        url: the address.
        paths: paths that people copy along and that say nothing, such as ``/api``.

    Raises:
        ValueError: as `secure_origin`, or it has another path, or a query.
    """
    found = secure_origin(url)
    parts = urlsplit(url.strip())
    path = parts.path.rstrip("/")
    if (path and path not in paths) or parts.query or parts.fragment:
        raise ValueError(f"must be the address alone: {found}")
    return found


def host_of(url: str) -> str:
    """``host`` of *url*, or ``host:port`` where the port isn't the scheme's own.

    Raises:
        ValueError: *url* names no host, or more than a host.
    """
    return origin(url).partition("://")[2]


@lru_cache(maxsize=1024)
def is_loopback(host: str) -> bool:
    """Whether *host*, with or without a port, is this machine: 127.0.0.0/8, ::1 or localhost."""
    name = host.rpartition(":")[0] if re.search(r":\d+$", host) and host[-1] != "]" else host
    name = name.strip("[]")
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def allowed(host: str, domains: Iterable[str], extra: Iterable[str] = ()) -> bool:
    """Whether a secret may be sent to *host*.

    Args:
        host: ``host`` or ``host:port``.
        domains: the service's own; a subdomain counts, another port doesn't.
        extra: what the operator allowed: a host, with its port or for every port.
    """
    name = host.rpartition(":")[0] if re.search(r":\d+$", host) and host[-1] != "]" else host
    own = any(host == domain or host.endswith(f".{domain}") for domain in domains)
    return own or is_loopback(host) or bool({host, name} & {x.strip().lower() for x in extra})


def check(url: str, domains: Iterable[str], extra: Iterable[str] = ()) -> str:
    """The host of *url*, if a secret may be sent there.

    Raises:
        ConfigError: it may not.
    """
    known = tuple(domains)
    try:
        host = secure_origin(url).partition("://")[2]
    except ValueError as error:
        raise ConfigError(
            f"an address {error}", ("do", "correct the address. Nothing was sent.")
        ) from None
    if not allowed(host, known, extra):
        raise ConfigError(
            f"the host {host} isn't allowed",
            ("but", f"these are: {', '.join(known)}, each with what is below it, and this machine"),
            ("do", f"correct the address, or run with --allow-host {host}. Nothing was sent."),
        )
    return host
