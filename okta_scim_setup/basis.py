"""What a plan rests on, as a hash: equal hashes mean that nothing relevant has moved. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from okta_scim_setup.address import Address
from okta_scim_setup.live import Live, ShownOnce
from okta_scim_setup.plan import Desired


def basis(desired: Sequence[Desired], live: Mapping[Address, Live | None]) -> str:
    """The hash of rendered resources, references, ids and live values."""
    described = [
        {
            "address": str(wanted.address),
            "absent": wanted.absent,
            "declared": {k: _plain(v) for k, v in wanted.resource.attributes().items()},
            "refs": {k: str(v) for k, v in wanted.refs.items()},
            "live": _described(live.get(wanted.address)),
        }
        for wanted in desired
    ]
    text = json.dumps(described, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def mark(value: Any) -> str:
    """Eight hex digits by which the same declared value is known again; for no secret."""
    text = json.dumps(_plain(value), sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _described(here: Live | None) -> Any:
    if here is None:
        return None
    return {
        "values": {k: _plain(v) for k, v in here.values.items()},
        "outputs": {k: _plain(v) for k, v in here.outputs.items()},
        "superfluous": [old.id for old in here.superfluous],
    }


def _plain(value: Any) -> Any:
    """*value* as JSON has it; a time moves by itself, so only whether there is one counts."""
    match value:
        case None | bool() | int() | str():
            return value
        case ShownOnce():
            return [value.id, value.fingerprint, value.used is not None]
        case datetime():
            return "a time"
        case Mapping():
            return {str(k): _plain(v) for k, v in value.items()}
        case list() | tuple():
            return [_plain(v) for v in value]
        case set() | frozenset():
            return sorted(map(str, value))
        case _:
            return str(value)
