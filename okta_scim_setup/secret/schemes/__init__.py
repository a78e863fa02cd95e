"""Where secrets are kept: each scheme says which references it takes, and fetches what they name.

Those of other packages are entry points of the group `GROUP`; they are loaded when they are used.
"""

from __future__ import annotations

from okta_scim_setup.secret.schemes import commands, environment, files
from okta_scim_setup.secret.schemes.plugins import GROUP, plugin
from okta_scim_setup.secret.schemes.scheme import Means, Scheme

__all__ = ["BUILT_IN", "GROUP", "Means", "Scheme", "scheme"]

BUILT_IN = {
    "env": environment.SCHEME,
    "file": files.SCHEME,
    "cmd": commands.COMMAND,
    "vault": commands.VAULT,
    "op": commands.ONE_PASSWORD,
}
"""The schemes that come with the tool."""


def scheme(name: str) -> Scheme | None:
    """The scheme of that name; None if nobody knows it."""
    return BUILT_IN.get(name) or plugin(name)
