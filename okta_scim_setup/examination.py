"""What ``doctor`` asks: credentials, clocks, e-mails, tokens, and the channel of each setting."""

from __future__ import annotations

from collections.abc import Iterator

from okta_scim_setup import engine
from okta_scim_setup.engine import Snapshot
from okta_scim_setup.errors import ConfigError
from okta_scim_setup.evidence import Exchange
from okta_scim_setup.live import Holding
from okta_scim_setup.plan import Desired
from okta_scim_setup.resource import Mutability
from okta_scim_setup.results import Check

IDENTITY = frozenset({"app", "id", "label", "adopt"})
"""Attributes that say which one is meant, and take no way anywhere."""


def credentials(apis: engine.Apis) -> Iterator[Check]:
    """Each provider's own questions: who the token is, whether the clocks agree."""
    for name in sorted(apis):
        yield from apis[name].examine()


def setting_up(snapshot: Snapshot) -> Iterator[Check]:
    """The way each declared setting will take, tokens of ours, e-mails that won't match."""
    for wanted in snapshot.all_desired():
        yield from _channels(snapshot, wanted)
        yield from _tokens(snapshot, wanted)
    yield from _emails(snapshot)


def evidence(snapshot: Snapshot) -> list[Exchange]:
    """What Okta answers about the one app that SCIM is set up on.

    Raises:
        ConfigError: there is none, or more than one.
        SetupError: Okta can't be reached.
    """
    resources = (wanted.resource for wanted in snapshot.all_desired())
    named = {getattr(r, "app", None) for r in resources if r.kind == "okta.scim_provisioning"}
    apps = sorted(app for app in named if isinstance(app, str))
    if len(apps) != 1:
        raise ConfigError(
            f"{len(apps)} apps have SCIM declared, and evidence is of one",
            ("do", "name a tenant whose playbook declares one okta.scim_provisioning"),
        )
    return list(snapshot.apis["okta"].evidence(apps[0]))


def _channels(snapshot: Snapshot, wanted: Desired) -> Iterator[Check]:
    """Each way, the attributes that take it, and why."""
    live = snapshot.live.get(wanted.address)
    ways: dict[str, list[str]] = {}
    for attribute in wanted.resource.attributes():
        write_only = type(wanted.resource).mutability(attribute) is Mutability.WRITE_ONLY
        known = live is None or attribute in live.values or write_only
        if known and attribute not in IDENTITY:
            ways.setdefault(wanted.resource.channel(attribute, live), []).append(attribute)
    for way, attributes in (ways or {"api": []}).items():
        by = f"by API: {wanted.resource.why_by_api(live)}"
        if way == "manual" and live:
            by = f"by a person: {wanted.resource.why_by_hand(live)}"
        if wanted.owner:
            by = f"by {wanted.owner.capitalize()}, its owner: it is only read here"
        which = f" ({', '.join(attributes)})" if len(ways) > 1 else ""
        yield Check(f"{wanted.address}{which}", "passed", by)


def _tokens(snapshot: Snapshot, wanted: Desired) -> Iterator[Check]:
    """The live tokens of a resource that makes some: age, and last use."""
    held = wanted.resource.holdings(snapshot.api(wanted.address))
    ours = [_said(each) for each in held if each.ours or each.current]
    if ours:
        yield Check(f"{wanted.address}: live tokens of ours", "passed", "; ".join(ours))


def _said(held: Holding) -> str:
    age = "made today" if held.days < 1 else f"{held.days} days old"
    used = f"last used {held.used:%Y-%m-%d %H:%M} UTC" if held.used else "never used"
    return f"{held.id} {age}, {used}{', current' if held.current else ''}"


def _emails(snapshot: Snapshot) -> Iterator[Check]:
    counted = engine.count_people(snapshot, snapshot.all_desired())
    if counted is None:
        return
    odd = [login for login in counted.new if "@" not in login]
    for login, email in counted.by_case:
        yield Check(
            "user names match e-mails exactly",
            "warned",
            f"{login} in Okta is {email} in dbt; dbt tells them apart",
        )
    for login in odd:
        yield Check("user names are e-mails", "failed", f"{login} isn't one; dbt refuses it")
    if not odd and not counted.by_case:
        yield Check("user names match e-mails exactly", "passed", f"{counted.assigned} assigned")
