"""``env:NAME``: a variable of the environment."""

from __future__ import annotations

import os
import re

from okta_scim_setup.errors import ConfigError
from okta_scim_setup.secret.schemes.scheme import Means, Scheme


def _wrong(name: str) -> str:
    return "" if re.fullmatch(r"[^\s=]+", name) else "isn't the name of a variable"


def _fetch(name: str, _means: Means) -> bytes:
    value = os.environ.get(name)
    if value is None:
        raise ConfigError("isn't set", ("do", f"export {name} and run again. Nothing was written."))
    return os.fsencode(value)


SCHEME = Scheme("env:NAME", _wrong, _fetch)
