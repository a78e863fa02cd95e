"""Outside evidence that a tenant's connection works: what ``test`` asks of the world."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from okta_scim_setup.engine import Snapshot
from okta_scim_setup.errors import SetupError
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
    before = _members(snapshot)
    gate = _admit(snapshot, login)
    if gate is None:
        raise SetupError(
            "nothing in the playbook can give one person the app",
            ("do", "declare okta.scim_provisioning, or leave --roundtrip out"),
        )
    wanted, live = gate
    try:
        yield _seen(snapshot, f"{login} arrives in the account", lambda: _is_in(snapshot, login))
    finally:
        wanted.resource.dismiss(snapshot.api(wanted.address), live, login)
    yield _seen(snapshot, f"{login} is deactivated there", lambda: not _is_in(snapshot, login))
    if login in before:
        yield Check(
            f"{login} was active in the account before",
            "warned",
            "SCIM manages, and has now deactivated, this person: assign or reactivate",
        )


def _admit(snapshot: Snapshot, login: str) -> tuple[Desired, Live] | None:
    for wanted in snapshot.all_desired():
        live = snapshot.live.get(wanted.address)
        if live and wanted.resource.admit(snapshot.api(wanted.address), live, login):
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
