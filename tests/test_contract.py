"""What holds for every kind, found by the registry: a new kind is tested without a new test."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from tool import Tool

from okta_scim_setup import registry
from okta_scim_setup.address import Ref
from okta_scim_setup.guards import NEVER_REPLACED
from okta_scim_setup.report.kinds import document
from okta_scim_setup.resource import Mutability, Resource

KINDS = registry.kinds()

EVERYTHING = Path(__file__).parent / "scenarios" / "everything.yaml"
"""A playbook of all kinds: a new one belongs there."""

IDENTITY = {"app", "id", "label", "adopt", "create"}
"""Attributes that say which one is meant; they are looked up by, not compared."""


class Loader(yaml.SafeLoader):
    """YAML with references."""


Loader.add_constructor("!ref", lambda loader, node: Ref.parse(loader.construct_scalar(node)))


def example(kind: type[Resource]) -> dict[str, Any]:
    given = yaml.load(kind.EXAMPLE, Loader)  # noqa: S506 -- a SafeLoader
    assert given.pop("kind") == kind.kind
    return dict(given)


@pytest.mark.parametrize("name", KINDS)
def test_its_path_is_its_name_and_its_docstring_its_documentation(name: str) -> None:
    kind = registry.kind(name)

    assert kind.__module__ == f"okta_scim_setup.providers.{name}"
    first = registry.documentation(name).splitlines()[0]
    assert first.endswith((".", ":")) or len(first) > 20
    assert len(first) <= 100


@pytest.mark.parametrize("name", KINDS)
def test_every_attribute_is_documented(name: str) -> None:
    told = document(registry.kind(name), registry.documentation(name))

    for attribute in registry.kind(name).model_fields:
        if attribute != "name":
            assert re.search(rf"^  {attribute}  \(.*\)\n      \S", told, re.MULTILINE), attribute


@pytest.mark.parametrize("name", KINDS)
def test_its_example_validates(name: str) -> None:
    kind = registry.kind(name)

    assert kind.model_validate(example(kind)).address.kind == name


@pytest.mark.parametrize("name", KINDS)
def test_its_attributes_are_frozen_and_strict_and_no_other_is_taken(name: str) -> None:
    kind = registry.kind(name)

    assert kind.model_config["extra"] == "forbid"
    assert kind.model_config["frozen"]
    assert kind.model_config["strict"]


@pytest.mark.parametrize("name", KINDS)
def test_an_audit_has_a_finding_for_each_attribute_that_can_differ(name: str) -> None:
    kind = registry.kind(name)

    compared = {a for a in kind.model_fields if a not in {"name", *IDENTITY}}
    assert compared <= kind.FINDINGS.keys()


def test_findings_have_ids_of_their_own() -> None:
    ids = [drift.id for name in KINDS for drift in registry.kind(name).FINDINGS.values()]

    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"AUD\d{3}", found) for found in ids)


@pytest.mark.parametrize("name", KINDS)
def test_write_only_attributes_take_references(name: str) -> None:
    kind = registry.kind(name)

    for attribute, field in kind.model_fields.items():
        if kind.mutability(attribute) is Mutability.WRITE_ONLY:
            assert "Ref" in str(field.annotation)


@pytest.mark.parametrize("tenants", [1, 3])
def test_every_kind_is_made_and_needs_nothing_afterwards(
    simulated: Callable[..., Tool], tenants: int
) -> None:
    """Read, create, update, then an empty plan, on the simulator, for all kinds at once."""
    tool = simulated(tenants)
    (tool.config.parent / EVERYTHING.name).write_text(EVERYTHING.read_text())
    tool.config.write_text(
        tool.config.read_text().replace("dbt_cloud_scim", f"./{EVERYTHING.name}")
    )
    before = tool.run("plan", "--tenant", "acme", "--output", "json")
    changed = {c["address"].partition("/")[0] for c in _changes(before.json)}

    came = tool.run("apply", "--yes", "--tenant", "acme", "--allow", "downgrade=1")
    after = tool.run("plan", "--tenant", "acme", "--output", "json")

    assert changed == set(KINDS) - {"okta.saml_app"}
    assert came.code == 0, came.out
    assert _changes(after.json) == []


def test_no_kind_is_ever_replaced() -> None:
    """What can't be redefined is made beside the old, as tokens are, or is a person's to change."""
    replaced = {
        name
        for name in KINDS
        if not registry.kind(name).SUPERSEDES
        and any(
            registry.kind(name).mutability(attribute) is Mutability.IMMUTABLE
            for attribute in registry.kind(name).model_fields
        )
    }

    assert replaced == set()
    assert set(KINDS) > NEVER_REPLACED
    assert [name for name in KINDS if registry.kind(name).SUPERSEDES] == ["dbt_cloud.scim_token"]


def test_top_level_playbooks_are_those_of_the_package() -> None:
    root = Path(__file__).parents[1]

    top = {p.name: p.read_text() for p in (root / "playbooks").glob("*.yaml")}
    built_in = {p.name: p.read_text() for p in (root / "okta_scim_setup/playbooks").glob("*.yaml")}
    assert top == built_in
    assert top


def _changes(report: dict[str, Any]) -> list[dict[str, Any]]:
    return [c for tenant in report["tenants"] for c in tenant["plan"]["changes"]]
