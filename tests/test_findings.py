"""What an audit decides on facts alone: the controls, each by itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from mutations import MUTATIONS, NO_MUTATION, UNREAD

from okta_scim_setup import audit, findings, registry
from okta_scim_setup.address import Address
from okta_scim_setup.facts import (
    AccountGroup,
    Assigned,
    Facts,
    GroupOfApp,
    Invite,
    IpRules,
    Member,
    Push,
    Whereabouts,
)
from okta_scim_setup.live import Holding
from okta_scim_setup.providers.dbt_cloud._permissions import held

NOW = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)
DAY = timedelta(days=1)

OURS = Holding(1, "ours", ours=True, made=NOW - 9 * DAY, used=NOW - DAY, days=9, current=True)
JANE = Assigned("00u1", "jane@acme.com", external_id="7", changed=NOW - DAY, pushed=NOW - DAY)
MEMBER = Member("7", "jane@acme.com", "developer", groups=frozenset({"3"}))
PUSH = Push("gPm1", "00g1", "00g2", "ACTIVE", pushed=NOW - DAY, changed=NOW - DAY)

DECLARED: dict[Address, Mapping[str, Any]] = {
    Address("okta.scim_provisioning"): {},
    Address("dbt_cloud.scim_token", "okta"): {"max_age": None},
    Address("okta.group_push", "devs"): {"target": None},
    Address("okta.group_assignment", "devs"): {"profile": {"licenseType": "developer"}},
    Address("dbt_cloud.scim_licences"): {},
}

WELL = Facts(
    now=NOW,
    declared=DECLARED,
    assigned=(JANE,),
    app_groups=(GroupOfApp("00g1", "devs"),),
    pushes=(PUSH,),
    group_names={"00g1": "devs", "00g2": "devs"},
    group_members={"00g1": frozenset({"00u1"})},
    certificate_ends=(NOW + 900 * DAY,),
    members=(MEMBER,),
    managed={"7": True},
    groups=(AccountGroup("3", "devs", managed=True),),
    invites=(),
    ip_rules=IpRules(enabled=False),
    licence_maps=(),
    licences_by_scim=True,
    tokens=(OURS,),
    break_glass=frozenset(),
)
"""A tenant with which all is well."""


def found(facts: Facts) -> list[tuple[str, str]]:
    return [(c.id, seen.attribute) for c in findings.controls() for seen in c.seen(facts)]


def test_where_all_is_well_nothing_is_found() -> None:
    assert found(WELL) == []


TOKENS: list[tuple[str, list[Holding], list[tuple[str, str]]]] = [
    (
        "an older one of ours without a reason to stay but doubt",
        [OURS, replace(OURS, id=0, current=False, stays="nothing shows that Okta uses 1")],
        [("AUD502", "tokens")],
    ),
    (
        "one whose grace isn't over",
        [OURS, replace(OURS, id=0, current=False, stays="its grace", until=NOW + DAY)],
        [],
    ),
    (
        "one that the plan retires",
        [OURS, replace(OURS, id=0, current=False, evidence="Okta used 1")],
        [],
    ),
    (
        "one that was just made, by a run that is at work",
        [OURS, replace(OURS, id=0, current=False, made=NOW, stays="x")],
        [],
    ),
    ("one of a year", [replace(OURS, days=365)], [("AUD503", "max_age")]),
    ("one of a day less", [replace(OURS, days=364)], []),
    ("one that was never used", [replace(OURS, used=None)], [("AUD504", "token")]),
    ("one that was made today and isn't used yet", [replace(OURS, used=None, made=NOW)], []),
    (
        "one that wasn't used for long",
        [replace(OURS, used=NOW - 91 * DAY)],
        [("AUD505", "token"), ("AUD506", "token")],
    ),
    (
        "one that the last push didn't use",
        [replace(OURS, used=NOW - 3 * DAY)],
        [("AUD506", "token")],
    ),
    ("one whose use shows by the day", [replace(OURS, used=NOW - 2 * DAY)], []),
    ("one that was adopted", [replace(OURS, ours=False)], []),
    (
        "one of other people's beside ours",
        [OURS, replace(OURS, id=2, ours=False, current=False)],
        [("AUD501", "tokens")],
    ),
]


@pytest.mark.parametrize(("what", "tokens", "expected"), TOKENS, ids=[t[0] for t in TOKENS])
def test_tokens(what: str, tokens: list[Holding], expected: list[tuple[str, str]]) -> None:
    assert found(replace(WELL, tokens=tuple(tokens))) == expected


EVE = Member("8", "eve@acme.com")


@pytest.mark.parametrize(
    ("known", "finding"),
    [
        ({"eve@acme.com": Whereabouts("00u2", "DEPROVISIONED")}, "AUD401"),
        ({"eve@acme.com": Whereabouts("00u2", "ACTIVE")}, "AUD402"),
        ({"eve@acme.com": Whereabouts("00u2", "SUSPENDED")}, "AUD402"),
        ({}, "AUD402"),
        ({"eve@acme.com": None}, "AUD403"),
    ],
)
def test_somebody_who_has_not_the_app_is_found_by_what_okta_knows_of_them(
    known: dict[str, Whereabouts | None], finding: str
) -> None:
    facts = replace(WELL, members=(MEMBER, EVE), whereabouts=known)

    assert found(facts) == [(finding, "eve@acme.com")]


@pytest.mark.parametrize(
    "facts",
    [
        replace(WELL, members=(MEMBER, replace(EVE, active=False))),
        replace(WELL, members=(MEMBER, EVE), break_glass=frozenset({"Eve@acme.com"})),
        replace(WELL, members=(MEMBER, EVE), assigned=None),
        replace(WELL, members=None),
    ],
    ids=["inactive", "break-glass", "Okta wasn't read", "dbt wasn't read"],
)
def test_of_whom_it_is_said_that_they_may_or_of_whom_nothing_is_known_is_no_finding(
    facts: Facts,
) -> None:
    assert found(facts) == []


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        (replace(JANE, external_id=None), [("AUD411", "jane@acme.com")]),
        (replace(JANE, external_id=None, changed=NOW), []),
        (replace(JANE, external_id="9"), [("AUD412", "jane@acme.com")]),
        (replace(JANE, sync="ERROR"), [("AUD414", "jane@acme.com")]),
        (replace(JANE, user_name="Jane@acme.com"), [("AUD413", "Jane@acme.com")]),
        (replace(JANE, licence="it"), [("AUD306", "jane@acme.com"), ("AUD418", "jane@acme.com")]),
        (replace(JANE, licence="it", changed=NOW), []),
    ],
)
def test_people_who_have_the_app(person: Assigned, expected: list[tuple[str, str]]) -> None:
    assert found(replace(WELL, assigned=(person,))) == expected


def test_a_licence_is_not_judged_while_the_people_of_a_group_are_not_known() -> None:
    groups = (*(WELL.app_groups or ()), GroupOfApp("00g9", "unread"))
    facts = replace(WELL, app_groups=groups, assigned=(replace(JANE, licence="it"),))

    assert ("AUD306", "jane@acme.com") not in found(facts)


def test_a_person_whom_scim_does_not_manage_is_found_where_dbt_tells() -> None:
    assert found(replace(WELL, managed={"7": False})) == [("AUD419", "jane@acme.com")]
    assert found(replace(WELL, managed={})) == []


def test_a_group_that_scim_does_not_manage_is_found() -> None:
    groups = (AccountGroup("3", "devs", managed=False),)

    assert found(replace(WELL, groups=groups)) == [("AUD612", "target")]


def test_members_are_judged_once_a_change_of_the_group_has_had_time_to_arrive() -> None:
    strange = replace(WELL, group_members={"00g1": frozenset()})

    assert found(strange) == [("AUD613", "members")]
    assert found(replace(strange, group_changes={"00g1": NOW - timedelta(minutes=5)})) == []


def test_members_are_not_judged_where_dbt_does_not_tell_of_groups() -> None:
    assert found(replace(WELL, members=(replace(MEMBER, groups=None),))) == []


@pytest.mark.parametrize(("days", "expected"), [(31, []), (29, ["AUD701"]), (-1, ["AUD701"])])
def test_a_certificate_is_told_of_a_month_before(days: int, expected: list[str]) -> None:
    facts = replace(WELL, certificate_ends=(NOW + days * DAY,))

    assert [finding for finding, _ in found(facts)] == expected


def test_ip_restrictions_are_found_until_okta_was_seen_to_come_through() -> None:
    changed = NOW - 2 * DAY
    shut = replace(WELL, ip_rules=IpRules(enabled=True, names=("office",), changed=changed))
    unseen = replace(
        shut, tokens=(replace(OURS, used=changed - DAY),), assigned=(), members=(), pushes=()
    )

    assert found(shut) == []
    assert found(unseen) == [("AUD711", "ip_restrictions")]


def test_an_invitation_is_told_of_after_a_month() -> None:
    def invited(days: int, *, by_scim: bool = True) -> Facts:
        return replace(WELL, invites=(Invite("jane@acme.com", by_scim, NOW - days * DAY),))

    assert found(invited(29)) == []
    assert found(invited(31)) == [("AUD416", "jane@acme.com")]
    assert found(invited(31, by_scim=False)) == []  # she has the app


@pytest.mark.parametrize("part", sorted({part for c in findings.controls() for part in c.needs}))
def test_nothing_is_decided_on_a_part_that_was_not_read(part: str) -> None:
    bad = replace(
        WELL,
        members=(MEMBER, EVE),
        assigned=(replace(JANE, external_id=None),),
        tokens=(replace(OURS, used=None), replace(OURS, id=2, ours=False, current=False)),
    )

    needing = {c.id for c in findings.controls() if part in c.needs}

    assert not needing & {finding for finding, _ in found(replace(bad, **{part: None}))}


def test_findings_have_ids_of_their_own_and_are_documented() -> None:
    kinds = [d.id for name in registry.kinds() for d in registry.kind(name).FINDINGS.values()]
    own = [control.id for control in findings.controls()]
    others = [audit.UNNAMED, audit.UNREADABLE, audit.UNTRIED, audit.PART_UNREAD]
    every = [*kinds, *own, *(drift.id for drift in others)]

    assert len(every) == len(set(every))
    assert all(re.fullmatch(r"AUD\d{3}", finding) for finding in every)
    for control in findings.controls():
        first, _, rest = findings.documentation(control.id).partition("\n")
        assert first.endswith(".")
        assert len(first) <= 100
        assert rest.strip(), control.id
        assert control.kind in registry.kinds()


def test_every_control_is_proven_by_a_mutation_or_it_is_said_why_not() -> None:
    proven = {m.found for m in MUTATIONS} | {each.found for each in UNREAD}
    own = {control.id for control in findings.controls()}

    assert own - proven == NO_MUTATION.keys()


def test_an_unknown_finding_has_no_documentation() -> None:
    with pytest.raises(KeyError):
        findings.documentation("AUD000")


def test_a_permission_set_that_has_just_been_invented_does_not_stop_an_audit() -> None:
    group = {"group_permissions": [{"permission_set": "fusion2.admin", "all_projects": True}]}

    assert [str(permission) for permission in held(group, [])] == ["fusion2.admin"]
