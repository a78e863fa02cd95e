"""Every change of a converged tenant is found, by its right name; and of a tenant that nobody
touched, or where only life goes on, nothing is found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from coverage_page import page
from mutation import Mutation
from mutations import LIFE, MUTATIONS, NO_CHANGE, UNREAD, Life, Unread
from tenants import API, HAND, converge, running

from okta_scim_setup import registry

PAGE = Path(__file__).parents[1] / "docs" / "audit-coverage.md"

QUICK = tuple({(m.kind, m.attribute): m for m in MUTATIONS}.values())[::4]
"""A quarter of the changes, for every run of the tests; all of them are proven by the nightly."""


ADVICE = frozenset({"SCIM008"})
"""What lint has to say of tenants that declare every kind, a licence map beside SCIM's licences."""

UNDONE = "AUD920"
"""It stands beside a drift of what was set before."""


def without_advice(report: dict[str, Any]) -> list[dict[str, Any]]:
    """The findings; lint says of what is declared what it always says."""
    assert {f["id"] for f in report["findings"] if f["rule"]} == ADVICE
    return [f for f in report["findings"] if not f["rule"]]


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("converged")
    converge(folder)
    return folder


def prove(mutation: Mutation, kept: Path, folder: Path) -> None:
    with running(kept, folder, mutation.tenant) as tenants:
        tenants._kept["app"] = tenants.app["id"]
        mutation.make(tenants)
        tenants.simulator.clock.advance(mutation.wait)
        sent = len(tenants.simulator.requests())
        code, report = tenants.audit()
        asked = tenants.simulator.requests()[sent:]

    assert {r["method"] for r in asked if r["by"] == "client"} == {"GET"}
    drifts = without_advice(report)
    found = {(f["id"], f["attribute"]) for f in drifts if f["id"] != UNDONE}
    named = (mutation.named or mutation.attribute).strip()
    if mutation.found == "AUD910":
        assert code == 1
        assert {f["id"] for f in report["findings"]} == {"AUD910"}
        return
    assert code == 2, report
    assert (mutation.found, named) in found, found
    assert {identifier for identifier, _ in found} <= {mutation.found, *mutation.also}, found
    assert all(f["evidence"]["request"] for f in drifts)
    places = {(f["address"], f["attribute"]) for f in drifts if f["id"] != UNDONE}
    assert {(f["address"], f["attribute"]) for f in drifts if f["id"] == UNDONE} <= places
    trails = {(f["id"], f["attribute"]): f["trail"] for f in drifts}
    assert (trails[mutation.found, named]["who"] is not None) == mutation.traced


@pytest.mark.parametrize("mutation", QUICK, ids=lambda m: m.name)
def test_a_change_is_found(mutation: Mutation, kept: Path, tmp_path: Path) -> None:
    prove(mutation, kept, tmp_path)


@pytest.mark.nightly
@pytest.mark.parametrize("mutation", [m for m in MUTATIONS if m not in QUICK], ids=lambda m: m.name)
def test_every_other_change_is_found(mutation: Mutation, kept: Path, tmp_path: Path) -> None:
    prove(mutation, kept, tmp_path)


@pytest.mark.parametrize("life", LIFE, ids=lambda life: life.what)
@pytest.mark.parametrize("tenant", [API, HAND])
def test_what_is_no_drift_is_no_finding(
    life: Life, tenant: str, kept: Path, tmp_path: Path
) -> None:
    with running(kept, tmp_path, tenant) as tenants:
        life.make(tenants)
        tenants.simulator.clock.advance(3600)

        code, report = tenants.audit()

    assert without_advice(report) == []
    assert (code, report["state"]) == (0, "in-sync")


@pytest.mark.parametrize("unread", UNREAD, ids=lambda each: each.what)
def test_what_no_api_shows_is_found_by_what_stands_in_for_it_or_said_to_be_unseen(
    unread: Unread, kept: Path, tmp_path: Path
) -> None:
    with running(kept, tmp_path, HAND) as tenants:
        if unread.make:
            unread.make(tenants)
        tenants.simulator.clock.advance(3600)

        code, report = tenants.audit()

    if unread.found:
        assert unread.found in {f["id"] for f in report["findings"]}
    else:
        assert (code, without_advice(report)) == (0, [])
        assert unread.attribute in report["plan"]["unseen"]


def attributes() -> list[tuple[str, str]]:
    """Every attribute of every kind, from the models."""
    return [
        (kind, name)
        for kind in registry.kinds()
        for name in registry.kind(kind).model_fields
        if name != "name"
    ]


@pytest.mark.parametrize(("kind", "attribute"), attributes())
def test_every_attribute_of_every_kind_has_a_mutation_or_a_reason_why_not(
    kind: str, attribute: str
) -> None:
    changed = {(m.kind, m.attribute) for m in MUTATIONS}
    unread = {(each.kind, each.attribute) for each in UNREAD}

    assert (kind, attribute) in changed | unread | NO_CHANGE.keys()
    assert (kind, attribute) not in NO_CHANGE or (kind, attribute) not in changed


@pytest.mark.parametrize("kind", registry.kinds())
def test_every_kind_that_can_be_removed_is_removed_by_a_mutation(kind: str) -> None:
    removable = "" in registry.kind(kind).FINDINGS
    whole = {m.kind for m in MUTATIONS if not m.attribute}

    exempt = {"okta.scim_provisioning", "dbt_cloud.scim_licences"}  # switched off, never removed
    assert not removable or kind in whole or kind in exempt


def test_no_two_mutations_are_the_same() -> None:
    names: list[Any] = [m.name for m in MUTATIONS]

    assert len(names) == len(set(names))


def test_the_page_says_what_is_proven() -> None:
    assert PAGE.read_text() == page()
