"""What ``doctor`` asks: credentials, clocks, e-mails, and the channel of each setting."""

from __future__ import annotations

from collections.abc import Iterator

from okta_scim_setup import engine
from okta_scim_setup.engine import Snapshot
from okta_scim_setup.plan import Desired
from okta_scim_setup.results import Check


def credentials(apis: engine.Apis) -> Iterator[Check]:
    """Each provider's own questions: who the token is, whether the clocks agree."""
    for name in sorted(apis):
        yield from apis[name].examine()


def setting_up(snapshot: Snapshot) -> Iterator[Check]:
    """The way each declared setting will take, and e-mails that won't match."""
    for wanted in snapshot.all_desired():
        yield from _channels(snapshot, wanted)
    yield from _emails(snapshot)


def _channels(snapshot: Snapshot, wanted: Desired) -> Iterator[Check]:
    live = snapshot.live.get(wanted.address)
    ways: dict[str, list[str]] = {}
    for attribute in live.values if live else ():
        ways.setdefault(wanted.resource.channel(attribute, live), []).append(attribute)
    if not ways:
        ways = {"api": []}
    for way, attributes in ways.items():
        by = "by API"
        if way == "manual" and live:
            by = f"by a person: {wanted.resource.why_by_hand(live)}"
        which = f" ({', '.join(attributes)})" if len(ways) > 1 else ""
        yield Check(f"{wanted.address}{which}", "passed", by)


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
