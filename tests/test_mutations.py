"""Every change of a converged tenant is found, by its right name; and of a tenant that nobody
touched, or where only life goes on, nothing is found."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from coverage_page import page
from hands_okta import another_token_and_on
from mutation import Mutation
from mutations import LIFE, MUTATIONS, NO_CHANGE, UNREAD, Life, Unread
from tenants import API, HAND, converge, running

from okta_scim_setup import registry
from okta_scim_setup.findings import controls

PAGE = Path(__file__).parents[1] / "docs" / "audit-coverage.md"

CONTROLS = frozenset(control.id for control in controls())

QUICK = {
    *{m.found if m.found in CONTROLS else m.kind: m for m in MUTATIONS}.values(),
    *(m for m in MUTATIONS if m.make is another_token_and_on),
}
"""A change for each control, one of each kind, and what Okta's log alone shows, for every run.

The nightly proves the others.
"""


ADVICE = frozenset({"SCIM008"})
"""What lint has to say of tenants that declare every kind, a licence map beside SCIM's licences."""


def without_advice(
    report: dict[str, Any], also: frozenset[str] = frozenset()
) -> list[dict[str, Any]]:
    """The findings; lint says what it always says, and besides that at most *also*."""
    advice = {f["id"] for f in report["findings"] if f["rule"]}
    assert ADVICE <= advice <= ADVICE | also
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
    if mutation.found == "AUD910":
        assert code == 1
        assert {f["id"] for f in report["findings"]} == {"AUD910"}
        return
    drifts = without_advice(report, mutation.also)
    found = {(f["id"], f["attribute"]) for f in drifts}
    named = (mutation.named or mutation.attribute).strip()
    assert code == 2, report
    assert (mutation.found, named) in found, found
    assert {identifier for identifier, _ in found} <= {mutation.found, *mutation.also}, found
    assert all(f["evidence"]["request"] for f in drifts)
    trails = {(f["id"], f["attribute"]): f["trail"] for f in drifts}
    assert (trails[mutation.found, named]["who"] is not None) == mutation.traced


@pytest.mark.parametrize("mutation", [m for m in MUTATIONS if m in QUICK], ids=lambda m: m.name)
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
def test_every_kind_is_removed_or_switched_off_by_a_mutation(kind: str) -> None:
    whole = {m.kind for m in MUTATIONS if not m.attribute}

    # A switch that every account or app has is off, never removed: a mutation of its attribute.
    switches = {
        "okta.scim_provisioning": "enabled",
        "dbt_cloud.scim_config": "enabled",
        "dbt_cloud.scim_licences": "scim_controlled_license_type",
    }
    off = {(m.kind, m.attribute) for m in MUTATIONS}
    assert kind in whole or (kind, switches.get(kind)) in off


@pytest.mark.parametrize(("tenant", "missing"), [(API, {"dbt_cloud.auth_provider"}), (HAND, set())])
def test_what_shall_be_absent_and_is_there_is_found_of_every_kind(
    tenant: str, missing: set[str], kept: Path, tmp_path: Path
) -> None:
    with running(kept, tmp_path, tenant) as tenants:
        playbook = tmp_path / "everything.yaml"
        text = re.sub(r"- kind: ([\w.]+)", r"- kind: \1\n    state: absent", playbook.read_text())
        playbook.write_text(re.sub(r"\{kind: ([\w.]+)", r"{kind: \1, state: absent", text))

        code, report = tenants.audit()

    found = {(f["address"].partition("/")[0], f["id"]) for f in report["findings"]}
    kinds = set(registry.kinds()) - missing
    assert code == 2
    assert {(kind, registry.kind(kind).FINDINGS[""].id) for kind in kinds} <= found


def test_no_two_mutations_are_the_same() -> None:
    names: list[Any] = [m.name for m in MUTATIONS]

    assert len(names) == len(set(names))


def test_the_page_says_what_is_proven() -> None:
    assert PAGE.read_text() == page()
