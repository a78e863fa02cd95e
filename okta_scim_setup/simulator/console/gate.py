"""Who may use the console: only a person at this machine, through the console's own pages.

Nobody signs in. What another site's page in the same browser can do is send a form here, which is
refused for want of the form token; or resolve a name of its own to loopback, to read that token,
which is refused by the name.
"""

import hmac
import ipaddress
from http import HTTPStatus
from urllib.parse import urlsplit

from okta_scim_setup.simulator.message import Request
from okta_scim_setup.simulator.okta.records import Org


def refusal(request: Request, org: Org) -> tuple[HTTPStatus, str] | None:
    """Why a request isn't answered by this host, if it isn't (RFC 9110, 15.5.20)."""
    if _is_known(request.headers.get("host", ""), org):
        return None
    return HTTPStatus.MISDIRECTED_REQUEST, "This host is not the simulator's: use a loopback one."


def is_own_form(given: str, form_token: str) -> bool:
    """Whether a form comes from one of these pages."""
    return hmac.compare_digest(given.encode(), form_token.encode())


def _is_known(host: str, org: Org) -> bool:
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return name in ("localhost", urlsplit(org.url).hostname) or _is_loopback(name)


def _is_loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
