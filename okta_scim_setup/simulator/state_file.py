"""Everything that is simulated, kept in a file of JSON from one run to the next."""

import json
import os
import typing
from collections import deque
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args, get_origin

from okta_scim_setup.simulator.clock import Clock
from okta_scim_setup.simulator.dbt_cloud.records import Account
from okta_scim_setup.simulator.ids import Ids
from okta_scim_setup.simulator.okta.records import Org
from okta_scim_setup.simulator.state import Tenant, World
from okta_scim_setup.simulator.switches import Switches

_VERSION = 2
_MODE = 0o600
# Locks and counts of the moment: they begin anew.
_USUAL_LENGTH = 10_000
_LONGEST = {"dpop_nonces": 100, "assertions": 10_000, "uses": 1000}
_NOT_KEPT = frozenset({"push_lock", "windows", "window", "admin_window", "under_way"})


class StateFileError(Exception):
    """A state file that can't be read."""


def save(world: World, path: Path) -> None:
    """Write a world to a file that only its owner may read: it has tokens in it.

    Raises:
        OSError: the file can't be written; what it held before is still there.

    """
    with world.lock:
        text = json.dumps(_world_to_json(world))
    draft = path.with_name(path.name + ".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _MODE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)


def load_if_there(path: Path) -> World | None:
    """Read a world from a file, if there is one; errors are those of `load`."""
    return load(path) if path.exists() else None


def load(path: Path) -> World:
    """Read a world from a file.

    Raises:
        StateFileError: it isn't one that `save` wrote.
        OSError: the file can't be read.

    """
    try:
        return _world_from_json(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise StateFileError(f"{path.name} is no state of this simulator: {error!r}") from error


def _world_to_json(world: World) -> dict[str, Any]:
    clock = world.clock.state()
    return {
        "version": _VERSION,
        "url": world.url,
        "switches": world.switches.values(),
        "clock": {"ahead": clock["ahead"], "speed": clock["speed"]},
        "ids": to_json(world.ids),
        "orgs": [to_json(org) for org in world.orgs],
        "accounts": [to_json(account) for account in world.accounts.values()],
        "account_of_token": {token: a.id for token, a in world.account_of_token.items()},
        "tenants": [
            {
                "name": tenant.name,
                "org": world.orgs.index(tenant.org),
                "label": tenant.label,
                "account": tenant.account.id,
                "groups": [group.id for group in tenant.groups],
            }
            for tenant in world.tenants
        ],
    }


def _world_from_json(given: dict[str, Any]) -> World:
    if given["version"] != _VERSION:
        raise ValueError(f"version {given['version']}")
    switches = Switches()
    switches.change(given["switches"])
    clock = Clock(given["clock"]["ahead"], given["clock"]["speed"])
    world = World(given["url"], relaxed=True, switches=switches, clock=clock)
    world.ids = from_json(Ids, given["ids"])
    world.orgs = [from_json(Org, org) for org in given["orgs"]]
    accounts = [from_json(Account, account) for account in given["accounts"]]
    world.accounts = {account.id: account for account in accounts}
    tokens = given["account_of_token"].items()
    world.account_of_token = {token: world.accounts[key] for token, key in tokens}
    world.tenants = [_tenant(world, each) for each in given["tenants"]]
    return world


def _tenant(world: World, given: dict[str, Any]) -> Tenant:
    org = world.orgs[given["org"]]
    # A group that was deleted since is only a name in the configuration.
    groups = tuple(org.groups[key] for key in given["groups"] if key in org.groups)
    return Tenant(given["name"], org, given["label"], world.accounts[given["account"]], groups)


def to_json(value: Any) -> Any:
    """A record as JSON: dictionaries whose keys aren't text become lists of pairs."""
    if is_dataclass(value):
        kept = (each.name for each in fields(value) if each.name not in _NOT_KEPT)
        return {name: to_json(getattr(value, name)) for name in kept}
    if isinstance(value, Mapping):
        if all(isinstance(key, str) for key in value):
            return {key: to_json(each) for key, each in value.items()}
        return [[to_json(key), to_json(each)] for key, each in value.items()]
    if isinstance(value, list | tuple | deque | frozenset | set):
        return [to_json(each) for each in value]
    return value


def from_json(kind: Any, value: Any) -> Any:
    """A value of a type, as `to_json` wrote it."""
    origin, arguments = get_origin(kind), get_args(kind)
    if value is None or kind is Any or kind in (str, int, float, bool, NoneType):
        return value
    if origin in (UnionType, typing.Union):
        return from_json(next(each for each in arguments if each is not NoneType), value)
    if is_dataclass(kind):
        return _record(kind, value)
    if origin is dict:
        pairs = value.items() if isinstance(value, dict) else value
        key_kind, value_kind = arguments
        return {_key(key_kind, key): from_json(value_kind, each) for key, each in pairs}
    if origin in (list, tuple, deque, frozenset):
        return origin(from_json(arguments[0], each) for each in value)
    raise TypeError(f"a value of type {kind} can't be read")


def _key(kind: Any, key: Any) -> Any:
    return tuple(key) if get_origin(kind) is tuple else kind(key)


def _record(kind: Any, value: dict[str, Any]) -> Any:
    hints = typing.get_type_hints(kind)
    made = kind(**{name: from_json(hints[name], each) for name, each in value.items()})
    for name in value:
        if get_origin(hints[name]) is deque:
            setattr(
                made, name, deque(getattr(made, name), maxlen=_LONGEST.get(name, _USUAL_LENGTH))
            )
    return made
