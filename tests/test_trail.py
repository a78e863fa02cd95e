"""Who and when: what the services' logs tell of a finding, within bounds, and what they don't."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tool import Tool

from okta_scim_setup import audit
from okta_scim_setup.address import Address
from okta_scim_setup.cli.audit import time_of
from okta_scim_setup.errors import UsageError
from okta_scim_setup.facts import Event, Log
from okta_scim_setup.plan import Plan
from okta_scim_setup.results import Evidence, Finding, Reading, Severity

Start = Callable[..., Tool]

NOW = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)
SINCE = NOW - timedelta(days=7)


def lead(*targets: str, settles: bool = False) -> audit.Lead:
    found = Finding("AUD201", Severity.HIGH, "acme", "okta.x", "a", "yes", "no", "means", "do")
    return audit.Lead(found, ("application.lifecycle.update",), frozenset(targets), settles)


def event(*targets: str, minutes: int = 60, who: str = "jane", **more: Any) -> Event:
    when = NOW - timedelta(minutes=minutes)
    return Event("application.lifecycle.update", when, who, targets=frozenset(targets), **more)


PLAN = Plan("acme", (), "basis", log_targets={Address("okta.saml_app", "dbt"): frozenset({"0oa1"})})


def told(found: audit.Lead, *logs: Log) -> list[str]:
    return [str(f.trail) for f in audit.traced(PLAN, [found], logs, SINCE, NOW)]


def test_the_last_event_about_it_tells_who_when_and_from_where() -> None:
    log = Log((event("0oa1", address="198.51.100.7"),), source="Okta System Log")

    said = told(lead("0oa1"), log)[0]
    assert said.startswith("jane from 198.51.100.7, 2026-11-25 03:00 UTC (Okta System Log: ")
    assert said.endswith("application.lifecycle.update)")


def test_an_event_about_a_person_and_this_app_counts_and_one_about_another_app_does_not() -> None:
    own, others = event("00u1", "0oa1"), event("00u1", "0oa9", who="kim", minutes=5)

    assert told(lead("00u1"), Log((others, own)))[0].startswith("jane")
    assert told(lead("00u1"), Log((others,)))[0].startswith("unknown")


def test_what_happened_before_all_was_well_did_not_bring_it_about() -> None:
    log = Log((event("0oa1", minutes=60),))
    later = replace(lead("0oa1"), well=NOW - timedelta(minutes=60, seconds=-10))
    earlier = replace(lead("0oa1"), well=NOW - timedelta(minutes=62))

    assert told(later, log)[0].startswith("unknown")
    assert told(earlier, log)[0].startswith("jane")


def test_of_several_the_last_is_named_and_that_there_were_others() -> None:
    log = Log((event("0oa1", minutes=9, who="kim"), event("0oa1")), source="Okta System Log")

    assert "kim, 2026-11-25 03:51 UTC" in told(lead("0oa1"), log)[0]
    assert "the last of 2 such events" in told(lead("0oa1"), log)[0]


@pytest.mark.parametrize(
    "other",
    [
        event("0oa2"),
        event("0oa1", "0oa2", failure="refused"),
        Event("user.session.start", NOW, "jane", targets=frozenset({"0oa1"})),
    ],
)
def test_what_is_about_something_else_or_failed_names_nobody(other: Event) -> None:
    log = Log((other,), source="Okta System Log")

    assert told(lead("0oa1"), log) == [
        "unknown: the Okta System Log has no event for it; looked at since 2026-11-18 04:00 UTC"
    ]


def test_a_log_that_does_not_reach_back_says_so() -> None:
    log = Log((), back_to=NOW - timedelta(days=1), source="Okta System Log")

    assert "the Okta System Log reaches back to 2026-11-24 04:00 UTC only" in told(lead(), log)[0]


def test_a_log_that_cannot_be_read_says_why() -> None:
    log = Log(source="okta", unread="Okta won't let us")

    assert told(lead(), log)[0].startswith(
        "unknown: the log of okta can't be read: Okta won't let us"
    )


def test_what_okta_is_about_to_push_is_no_finding_yet() -> None:
    fresh = Log((event("00u1", minutes=5),))
    old = Log((event("00u1", minutes=16),))

    assert told(lead("00u1", settles=True), fresh) == []
    assert len(told(lead("00u1", settles=True), old)) == 1


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("7d", SINCE),
        ("12h", NOW - timedelta(hours=12)),
        ("2026-11-22T02:00", datetime(2026, 11, 22, 2, 0, tzinfo=UTC)),
        ("2026-11-22T02:00:00+02:00", datetime(2026, 11, 22, 0, 0, tzinfo=UTC)),
    ],
)
def test_since_is_a_span_or_a_time(text: str, meant: datetime) -> None:
    assert time_of(text, NOW) == meant


@pytest.mark.parametrize("text", ["yesterday", "7w", "", "2026-13-01", "2027-01-01"])
def test_since_that_is_no_time_in_the_past_is_wrong_usage(text: str) -> None:
    with pytest.raises(UsageError):
        time_of(text, NOW)


def test_a_click_in_the_console_is_traced_to_whoever_made_it(set_up_already: Start) -> None:
    tool = set_up_already()
    tool.console({"Application username format": "Okta username"})

    found = tool.run("audit", "--output", "json").json["tenants"][0]["findings"][0]

    assert found["trail"]["who"] == "admin@console.example"
    assert found["trail"]["address"] == "127.0.0.1"
    assert found["trail"]["source"] == "Okta System Log"
    assert datetime.fromisoformat(found["trail"]["when"]) <= datetime.now(UTC)
    assert "who     admin@console.example from 127.0.0.1" in tool.run("audit").out


def test_what_happened_before_since_names_nobody(simulated: Start) -> None:
    tool = simulated()
    tool.simulator.clock.advance(-7200)
    tool.run("apply", "--yes")
    tool.console({"Application username format": "Okta username"})
    tool.simulator.clock.advance(7200)
    since = (datetime.now(UTC) - timedelta(minutes=30)).isoformat(timespec="seconds")

    audit = tool.run("audit", "--since", since)

    assert "AUD001" in audit.out
    assert "who     unknown: the Okta System Log has no event for it" in audit.out


def test_dbts_switches_have_no_event_and_that_is_said(set_up_already: Start) -> None:
    tool = set_up_already()
    body = {"enabled": True, "manual_updates_allowed": True}
    tool.dbt("POST", "/scim-config/", json=body)

    audit = tool.run("audit")

    assert "AUD103" in audit.out
    assert "who     unknown: no event of the logs tells of it" in audit.out


def test_the_logs_are_asked_in_a_bounded_number_of_requests(set_up_already: Start) -> None:
    tool = set_up_already()
    for number in range(30):  # far more events than one page of dbt's log holds
        tool.dbt("POST", "/groups/", json={"name": f"g{number}"})
        tool.dbt("POST", "/ip-restrictions-set/", json={"enabled": False})
    tool.console({"Application username format": "Okta username"})

    sent = tool.sent("audit")

    assert sum("/api/v1/logs" in r["path"] for r in sent) <= 5
    assert sum("/audit-logs/" in r["path"] for r in sent) <= 5


def test_a_clean_tenant_costs_one_question_of_the_logs(simulated: Start) -> None:
    tool = simulated(2, orgs=1)
    config = tool.config.read_text()
    tool.config.write_text(config.replace("okta-globex.token", "okta-acme.token"))
    tool.run("apply", "--yes")

    sent = tool.sent("audit")

    assert sum("/api/v1/logs" in r["path"] for r in sent) == 1  # for both tenants of the org
    assert not any("/audit-logs/" in r["path"] for r in sent)


def test_a_finding_names_the_requests_that_showed_it() -> None:
    readings = [Reading(f"GET /{n}", f"id{n}", NOW - timedelta(seconds=n)) for n in range(6)]

    evidence = Evidence.of([*readings, readings[0]], None)

    assert evidence.request == "id0 (GET /0), id1 (GET /1), id2 (GET /2), id3 (GET /3), 2 more"
    assert evidence.seen == NOW
