"""Outside evidence that a tenant's connection works: what ``test`` asks of the world."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from okta_scim_setup.engine import Snapshot
from okta_scim_setup.errors import Refused, SetupError
from okta_scim_setup.live import Live
from okta_scim_setup.plan import Desired
from okta_scim_setup.results import Check

PATIENCE = 120.0
"""Seconds to wait for one person to arrive, and to leave."""


def evidence(snapshot: Snapshot) -> Iterator[Check]:
    """What can be seen without writing anything."""
    for wanted in snapshot.all_desired():
        live = snapshot.live.get(wanted.address)
        if wanted.absent:
            continue
        if live is None:
            yield Check(f"{wanted.address} is there", "failed", "run plan to see what is missing")
            continue
        yield from wanted.resource.verify(snapshot.api(wanted.address), live)


def trial(snapshot: Snapshot) -> Iterator[Check]:
    """Try the endpoint with a token made for it, which is revoked afterwards."""
    for wanted in snapshot.all_desired():
        yield from wanted.resource.trial(snapshot.api(wanted.address))


def roundtrip(snapshot: Snapshot, login: str) -> Iterator[Check]:
    """Follow one person into the account and out again; the app is taken away whatever comes.

    Raises:
        SetupError: the person isn't there, has the app already, or nothing declared can tell.
    """
    if _is_in(snapshot, login):
        raise Refused(
            f"{login} is active in the account, and the test would deactivate this person",
            ("do", "name somebody who isn't: the test ends by taking the app away again"),
        )
    gate = _gate(snapshot)
    if gate is None:
        raise SetupError(
            "nothing in the playbook can give one person the app",
            ("do", "declare okta.scim_provisioning, or leave --roundtrip out"),
        )
    wanted, live = gate
    api = snapshot.api(wanted.address)
    wanted.resource.may_admit(api, live, login)
    try:
        wanted.resource.admit(api, live, login)
        arrived = _seen(
            snapshot, f"{login} arrives in the account", lambda: _is_in(snapshot, login)
        )
        yield arrived
    finally:
        wanted.resource.dismiss(api, live, login)
    if arrived.status == "passed":
        yield _seen(snapshot, f"{login} is deactivated there", lambda: not _is_in(snapshot, login))


def _gate(snapshot: Snapshot) -> tuple[Desired, Live] | None:
    """Whatever can give one person the app."""
    for wanted in snapshot.all_desired():
        live = snapshot.live.get(wanted.address)
        if live and wanted.resource.ADMITS:
            return wanted, live
    return None


def _is_in(snapshot: Snapshot, login: str) -> bool:
    return login in _members(snapshot)


def _members(snapshot: Snapshot) -> frozenset[str]:
    for api in snapshot.apis.values():
        api.forget()
    for wanted in snapshot.all_desired():
        population = wanted.resource.population(snapshot.api(wanted.address))
        if population is not None:
            return frozenset(population.members)
    return frozenset()


def _seen(snapshot: Snapshot, title: str, ask: Callable[[], bool]) -> Check:
    transport = next(iter(snapshot.apis.values())).transport
    seen = transport.wait_until(lambda: ask() or None, PATIENCE)
    return Check(
        title, "passed" if seen else "failed", "" if seen else f"not within {PATIENCE:.0f} s"
    )
