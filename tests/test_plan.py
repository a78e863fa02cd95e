"""Scenarios in YAML, declared + live -> plan, and the properties that hold for every plan."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, ClassVar

import pytest
import yaml

from okta_scim_setup import registry
from okta_scim_setup.address import Address, Ref
from okta_scim_setup.basis import basis
from okta_scim_setup.comparison import compare
from okta_scim_setup.live import Live, Pending, ShownOnce, Superfluous, Unreadable
from okta_scim_setup.plan import Action, Change, Desired
from okta_scim_setup.resource import Mutability, Resource
from okta_scim_setup.wording import said

MADE = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


class Loader(yaml.SafeLoader):
    """YAML with the values that only a service gives."""


def _shown_once(loader: Loader, node: yaml.MappingNode) -> ShownOnce:
    given = loader.construct_mapping(node)
    used = MADE if given["used"] else None
    return ShownOnce(given["id"], MADE, used, given["fingerprint"])


Loader.add_constructor("!ref", lambda loader, node: Ref.parse(loader.construct_scalar(node)))
Loader.add_constructor(
    "!unreadable", lambda loader, node: Unreadable(loader.construct_scalar(node))
)
Loader.add_constructor("!pending", lambda loader, node: Pending(loader.construct_scalar(node)))
Loader.add_constructor("!shown_once", _shown_once)

SCENARIOS = yaml.load(
    (Path(__file__).parent / "scenarios" / "plan.yaml").read_text(),
    Loader,  # noqa: S506 -- a SafeLoader
)


def desired(declaration: dict[str, Any], live: dict[Address, Live | None]) -> Desired:
    given = dict(declaration)
    kind, absent = registry.kind(given.pop("kind")), given.pop("state", "present") == "absent"
    resource = kind.model_validate(given)
    refs = dict(resource.refs())
    known = {
        attribute: here.outputs[ref.output]
        for attribute, ref in refs.items()
        if (here := live.get(ref.address)) and ref.output in here.outputs
    }
    return Desired(resource.resolved(known), refs, absent=absent)


def live_of(described: dict[str, Any] | None) -> Live | None:
    if described is None:
        return None
    old = tuple(Superfluous(**entry) for entry in described.get("superfluous", ()))
    return Live(described["values"], described.get("outputs", {}), old)


def outcome(scenario: dict[str, Any]) -> tuple[Change, ...]:
    live = {Address.parse(a): live_of(d) for a, d in scenario["live"].items()}
    return compare([desired(d, live) for d in scenario["declared"]], live)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[s["title"] for s in SCENARIOS])
def test_scenario(scenario: dict[str, Any]) -> None:
    changes = outcome(scenario)

    found = [(c.action.value, str(c.address)) for c in changes]
    assert found == [(e["action"], e["address"]) for e in scenario["plan"]]
    for change, expected in zip(changes, scenario["plan"], strict=True):
        if "differences" in expected:
            shown = {d.attribute: [said(d.before), said(d.after)] for d in change.differences}
            wanted = {k: [said(v) for v in pair] for k, pair in expected["differences"].items()}
            assert shown == wanted
        if "clicks" in expected:
            assert [click.page for click in change.clicks] == expected["clicks"]
        assert expected.get("reason", change.reason) == change.reason


class Fixed(Resource):
    """A kind with an attribute that can't be redefined."""

    NAME: ClassVar[Any] = "required"
    size: Annotated[int, Mutability.IMMUTABLE] = 1
    of: str | Ref | None = None


def test_what_cannot_be_redefined_is_replaced_and_its_dependants_differ() -> None:
    parent = Desired(Fixed(name="parent", size=2))
    ref = Ref(parent.address, "id")
    child = Desired(Fixed(name="child", of="old-id"), refs={"of": ref})
    live = {
        parent.address: Live({"size": 1}, {"id": "old-id"}),
        child.address: Live({"size": 1, "of": "old-id"}),
    }

    changes = compare([parent, child], live)

    assert [c.action for c in changes] == [Action.REPLACE, Action.UPDATE]
    assert changes[1].differences[0].after == ref


def test_equal_declarations_and_values_rest_on_the_same_basis() -> None:
    wanted = [Desired(Fixed(name="a", size=1))]
    here = {wanted[0].address: Live({"size": 1}, {"id": 1})}

    assert basis(wanted, here) == basis(list(wanted), dict(here))


@pytest.mark.parametrize(
    "moved",
    [Live({"size": 2}, {"id": 1}), Live({"size": 1}, {"id": 2}), None],
    ids=["a value", "an id", "gone"],
)
def test_whatever_moves_changes_the_basis(moved: Live | None) -> None:
    wanted = [Desired(Fixed(name="a", size=1))]
    before = basis(wanted, {wanted[0].address: Live({"size": 1}, {"id": 1})})

    assert basis(wanted, {wanted[0].address: moved}) != before


def test_a_token_that_was_used_again_leaves_the_basis_alone() -> None:
    wanted = [Desired(Fixed(name="a"))]

    def with_use(used: datetime) -> str:
        token = ShownOnce(7, MADE, used, "abcdef01")
        return basis(wanted, {wanted[0].address: Live({"size": 1}, {"token": token})})

    assert with_use(MADE) == with_use(datetime(2026, 11, 21, tzinfo=UTC))
