"""Playbooks: filled in for a tenant, validated, in order; all problems at once, with lines."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from okta_scim_setup import registry
from okta_scim_setup.address import Address, Ref
from okta_scim_setup.config import Tenant
from okta_scim_setup.errors import ConfigError, Place, Problem
from okta_scim_setup.language.document import Node, parse
from okta_scim_setup.playbook import Declaration, Declared, declare, load_playbook, shipped

APP = "resources:\n  - kind: okta.saml_app\n    name: dbt\n    label: dbt\n"


def tenant(variables: str = "", name: str = "acme") -> Tenant:
    place = Place("config.yaml", 2)
    node = parse(f"{variables}\n", "config.yaml", Path()) if variables else Node({}, place)
    return Tenant(name, place, "play.yaml", Path(), (), node, {}, Node({}, place))


@pytest.fixture
def fill_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Declared]:
    """Declare what a playbook in a file comes to."""
    monkeypatch.chdir(tmp_path)

    def declared(text: str, variables: str = "") -> Declared:
        (tmp_path / "play.yaml").write_text(text)
        return declare(load_playbook("play.yaml", Path()), tenant(variables))

    return declared


FillIn = Callable[..., Declared]


@pytest.fixture
def wrong(fill_in: FillIn) -> Callable[..., tuple[Problem, ...]]:
    def problems(text: str, variables: str = "") -> tuple[Problem, ...]:
        with pytest.raises(ConfigError) as caught:
            fill_in(text, variables)
        return caught.value.problems

    return problems


Wrong = Callable[..., tuple[Problem, ...]]


def said(problem: Problem, label: str) -> str:
    return "; ".join(text for key, text in problem.notes if key == label)


def addresses(declared: Declared) -> list[str]:
    return [str(d.resource.address) for d in declared.resources]


def by_address(declared: Declared, address: str) -> Declaration:
    return next(d for d in declared.resources if str(d.resource.address) == address)


def values(declared: Declared, address: str) -> dict[str, Any]:
    return by_address(declared, address).resource.attributes()


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_playbook_is_valid_and_its_lines_go_by_its_name(name: str) -> None:
    playbook = load_playbook(name, Path("/nowhere"))
    required = [n for n, node in playbook.variables.children.items() if node.value is None]

    declared = declare(playbook, tenant("\n".join(f"{n}: x" for n in required)))

    assert declared.resources
    assert {d.place.file for d in declared.resources} == {name}


def test_the_default_playbook_puts_resources_in_the_order_of_the_guide() -> None:
    groups = "app: dbt Cloud\ngroups: [{name: a, assign: true}, {name: b c/d.e}]"

    declared = declare(load_playbook("dbt_cloud_scim", Path()), tenant(groups))

    assert addresses(declared) == [
        "okta.saml_app/dbt", "dbt_cloud.scim_config", "dbt_cloud.scim_token/okta",
        "okta.scim_provisioning", "okta.provisioning_features", "okta.group_assignment/a",
        "okta.group_push/a", "okta.group_push/b c/d.e",
    ]  # fmt: skip
    push = by_address(declared, "okta.group_push/b c/d.e")
    assert push.depends_on == {
        Address("okta.saml_app", "dbt"),
        Address("okta.scim_provisioning"),
        Address("okta.provisioning_features"),
        Address("okta.group_assignment", "a"),
    }


def test_a_resource_tells_where_it_and_the_variables_in_it_were_written() -> None:
    variables = "\n\napp: dbt Cloud\ngroups:\n  - name: a\n  - name: b"
    declared = declare(load_playbook("dbt_cloud_scim", Path()), tenant(variables))

    app = by_address(declared, "okta.saml_app/dbt")
    push = by_address(declared, "okta.group_push/b")
    account = by_address(declared, "dbt_cloud.scim_config")
    where = "config.yaml:3 variables.app, used in "
    assert declared.where(app) == f"{where}{app.place} okta.saml_app/dbt"
    assert declared.where(push).startswith("config.yaml:6 variables.groups[1], used in dbt_cloud_")
    assert declared.where(account) == f"{account.place} dbt_cloud.scim_config"


def test_a_variable_is_the_tenants_or_else_the_default(fill_in: FillIn) -> None:
    text = "variables:\n  app: 'dbt {{ tenant }}'\n" + APP.replace(
        "label: dbt", "label: '{{ app }}'"
    )

    assert values(fill_in(text), "okta.saml_app/dbt")["label"] == "dbt acme"
    assert values(fill_in(text, "app: mine"), "okta.saml_app/dbt")["label"] == "mine"
    assert values(fill_in(text, "app: null"), "okta.saml_app/dbt")["label"] == "dbt acme"


def test_for_each_repeats_over_lists_and_mappings(fill_in: FillIn) -> None:
    text = (
        "variables: {groups: []}\nresources:\n  - kind: okta.group_assignment\n"
        '    for_each: "{{ groups }}"\n    name: "{{ item.key }}-{{ item.value }}"\n'
        '    app: x\n    priority: "{{ index }}"\n'
    )

    listed = fill_in(text, "groups: [{key: a, value: 1}, {key: b, value: 2}]")
    mapped = fill_in(text, "groups: {a: 1, b: 2}")

    assert addresses(listed) == addresses(mapped)
    assert addresses(listed) == ["okta.group_assignment/a-1", "okta.group_assignment/b-2"]
    assert [d.resource.attributes()["priority"] for d in listed.resources] == [0, 1]
    assert fill_in(text).resources == ()


def test_what_when_leaves_out_is_not_filled_in(fill_in: FillIn) -> None:
    text = (
        "resources:\n  - kind: okta.group_push\n    for_each: [{name: a}, {}]\n"
        '    when: "{{ item.name is defined }}"\n    name: "{{ item.name }}"\n    app: x\n'
    )

    assert addresses(fill_in(text)) == ["okta.group_push/a"]
    assert fill_in(APP + "    when: false\n").resources == ()


def test_types_are_kept_and_references_are_read(fill_in: FillIn) -> None:
    text = (
        APP + "  - kind: dbt_cloud.scim_config\n    enabled: '{{ on }}'\n"
        "  - kind: okta.group_push\n    name: a\n    app: !ref 'okta.saml_app/{{ \"dbt\" }}.id'\n"
    )

    declared = fill_in("variables: {on: true}\n" + text, "on: false")

    assert values(declared, "dbt_cloud.scim_config")["enabled"] is False
    assert values(declared, "okta.group_push/a")["app"] == Ref(
        Address("okta.saml_app", "dbt"), "id"
    )
    assert by_address(declared, "okta.group_push/a").places.place_of(("app",)).line == 10


def test_order_is_by_need_and_otherwise_as_written(fill_in: FillIn) -> None:
    def app(name: str, more: str = "") -> str:
        return f"  - {{kind: okta.saml_app, name: {name}, label: x{more}}}\n"

    text = (
        "resources:\n"
        + app("d", ", depends_on: [okta.saml_app/b]")
        + app("c")
        + app("b")
        + app("a")
    )

    assert [a[-1] for a in addresses(fill_in(text))] == ["c", "b", "d", "a"]


def test_depends_on_takes_an_address_or_a_whole_kind(fill_in: FillIn) -> None:
    text = (
        "resources:\n  - kind: dbt_cloud.scim_config\n    depends_on: [okta.saml_app]\n"
        "  - {kind: okta.saml_app, name: a, label: x}\n"
        "  - {kind: okta.saml_app, name: b, label: x, depends_on: ['okta.saml_app/{{ \"a\" }}']}\n"
    )

    declared = fill_in(text)

    assert addresses(declared) == ["okta.saml_app/a", "okta.saml_app/b", "dbt_cloud.scim_config"]
    assert len(by_address(declared, "dbt_cloud.scim_config").depends_on) == 2


def test_absent_is_asked_for(fill_in: FillIn) -> None:
    text = "resources:\n  - {kind: okta.group_push, name: a, app: x, state: absent}\n"

    assert by_address(fill_in(text), "okta.group_push/a").absent
    assert not by_address(fill_in(text.replace("absent", "present")), "okta.group_push/a").absent


def test_a_playbook_may_come_to_nothing(fill_in: FillIn) -> None:
    assert fill_in("resources: []\n").resources == ()


PUSH = "resources:\n  - kind: okta.group_push\n    name: a\n    app: x\n"


@pytest.mark.parametrize(
    ("text", "title", "place", "more"),
    [
        (APP + "colour: red\n", 'unknown key "colour"', "play.yaml:5", "resources"),
        ("variables: {a: 1}\n", "resources: must be a list", "play.yaml:1", ""),
        ("resources: {a: b}\n", "resources: must be a list", "play.yaml:1", ""),
        ("resources: [a]\n", "a resource must be a mapping", "play.yaml:1", ""),
        ("variables: [a]\n" + APP, "variables: must be a mapping", "play.yaml:1", ""),
        ("variables: {item: 1}\n" + APP, '"item" has a meaning', "play.yaml:1", ""),
        ("variables: {a-b: 1}\n" + APP, "\"a-b\" can't be a name", "play.yaml:1", ""),
        ("variables: {a: !secret env:X}\n" + APP, "!secret has no place", "play.yaml:1", ""),
        ("variables: {a: '{{ b }}'}\n" + APP, '"b"', "play.yaml:1", ""),
        ("resources:\n  - name: x\n", "needs a kind", "play.yaml:2", ""),
        (APP.replace("saml_app", "sam_app"), 'no kind is called "okta.sam_app"', "play.yaml:2",
         "okta.saml_app"),
        (APP + "    lable: x\n", 'okta.saml_app: no attribute "lable"', "play.yaml:5", "label"),
        (APP + "    for_eech: x\n", 'no attribute "for_eech"', "play.yaml:5", "for_each"),
        (APP.replace("label:", "labl:"), 'okta.saml_app: no attribute "labl"', "play.yaml:4",
         "label"),
        (APP.replace("label: dbt", "label: 5"), "okta.saml_app/dbt: label: must be text",
         "play.yaml:4", ""),
        (APP.replace("    label: dbt\n", ""), "okta.saml_app/dbt: a label or an id is required",
         "play.yaml:2", ""),
        (PUSH.replace("    app: x\n", ""), "okta.group_push/a: app is required", "play.yaml:2", ""),
        (PUSH.replace("app: x", "app: 5"), "app: must be text or a reference (!ref)",
         "play.yaml:4", ""),
        (APP + "    username_format: emial\n", 'username_format: must be "email"', "play.yaml:5",
         ""),
        ("resources:\n  - kind: dbt_cloud.scim_config\n    enabled: yes\n",
         "enabled: must be true or false", "play.yaml:3", ""),
        (APP.replace("    name: dbt\n", ""), "okta.saml_app needs a name", "play.yaml:2", ""),
        (APP.replace("name: dbt", "name: 5"), "name: must be text", "play.yaml:3", "quotes"),
        (APP.replace("name: dbt", "name: ' '"), "name: must be text", "play.yaml:3", ""),
        (APP.replace("name: dbt", "name: null"), "name: must be text", "play.yaml:3", ""),
        ("resources:\n  - kind: dbt_cloud.scim_config\n    name: x\n", "has no name",
         "play.yaml:3", "per account"),
        (APP + "    for_each: 5\n", "for_each: must be a list", "play.yaml:5", ""),
        (APP + "    for_each: !ref okta.saml_app/dbt.id\n", "for_each: must be a list",
         "play.yaml:5", ""),
        (APP + "    when: 1\n", "when: must be true or false", "play.yaml:5", ""),
        (APP + "    when: yes\n", "when: must be true or false", "play.yaml:5", ""),
        (APP + "    when: '{{ nope }}'\n", '"nope"', "play.yaml:5", ""),
        (APP + "    state: gone\n", "state: must be present or absent", "play.yaml:5", ""),
        (APP + "    depends_on: okta.saml_app\n", "depends_on: must be a list", "play.yaml:5", ""),
        (APP + "    depends_on: [5]\n", "depends_on: must be a list", "play.yaml:5", ""),
        (APP + "    depends_on: [okta.saml_app/dbtt]\n", "okta.saml_app/dbtt isn't declared",
         "play.yaml:5", "okta.saml_app/dbt"),
        (APP + "    depends_on: [okta.nope]\n", "okta.nope isn't declared", "play.yaml:5", ""),
        (APP.replace("label: dbt", "label: !secret env:X"), "label: a secret has no place",
         "play.yaml:4", ""),
        (APP.replace("label: dbt", "label: !ref okta.saml_app"), "isn't kind/name.output",
         "play.yaml:4", "!ref kind/name.output"),
        (APP + PUSH[11:].replace("app: x", "app: !ref okta.saml_app/dbtt.id"),
         "a reference to nothing: okta.saml_app/dbtt", "play.yaml:7", "okta.saml_app/dbt"),
        (APP + PUSH[11:].replace("app: x", "app: !ref okta.saml_app/dbt.ident"),
         'okta.saml_app/dbt gives no "ident"', "play.yaml:7", "id"),
        (APP + PUSH[11:].replace("app: x", "app: !ref okta.nope/x.id"),
         "a reference to nothing: okta.nope/x", "play.yaml:7", ""),
        (APP.replace("label: dbt", "label: '{{ lable }}'"), '"lable"', "play.yaml:4", ""),
        ("a: 1\na: 2\n", '"a" is there twice', "play.yaml:2", ""),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line(
    wrong: Wrong, text: str, title: str, place: str, more: str
) -> None:
    problem = next(p for p in wrong(text) if title in p.title)

    assert said(problem, "from") == place
    assert more in said(problem, "near") + said(problem, "do")


@pytest.mark.parametrize(
    "text",
    [
        APP.replace("label:", "labl:"),
        PUSH.replace("app:", "ap:"),
        APP.replace("label: dbt", "label: '{{ nope }}'"),
        APP.replace("label: dbt", "label: !secret env:X"),
        APP.replace("okta.saml_app", "okta.samlapp") + PUSH[11:].replace("app: x", "app: !ref "
        "okta.samlapp/dbt.id"),
        APP.replace("name: dbt", "name: '{{ nope }}'") + PUSH[11:].replace("app: x", "app: !ref "
        "okta.saml_app/dbt.id"),
    ],
)  # fmt: skip
def test_one_mistake_is_not_told_twice(wrong: Wrong, text: str) -> None:
    assert len(wrong(text)) == 1


def test_all_mistakes_are_told_at_once_and_said_of_the_tenant(wrong: Wrong) -> None:
    found = wrong(
        "variables: {need: null}\n" + APP + "    lable: x\n"
        "  - kind: okta.grup_push\n"
        "  - {kind: okta.group_push, name: a, app: !ref okta.saml_app/x.id}\n"
        "  - {kind: dbt_cloud.scim_config, enabled: 1, name: x}\n",
        "unknown_one: 1",
    )

    assert len(found) == 6
    assert {p.tenant for p in found} == {"acme"}


def test_a_mistake_in_each_of_many_items_is_told_once(wrong: Wrong) -> None:
    text = PUSH.replace("name: a", "name: '{{ item }}'").replace("app: x", "app: 5")

    assert len(wrong(text + "    for_each: [a, b, c, d]\n")) == 1


def test_what_is_wrong_with_a_variable_is_told_from_where_it_was_set(wrong: Wrong) -> None:
    text = "variables: {app: null, groups: []}\n" + APP.replace("label: dbt", "label: '{{ app }}'")
    text += (
        "  - kind: okta.group_push\n    for_each: '{{ groups }}'\n"
        "    name: '{{ item.name }}'\n    app: x\n"
    )

    label, name = wrong(text, "app: 5\ngroups:\n  - name: a\n  - nam: b\n")

    assert said(name, "from") == "config.yaml:4 variables.groups[1], used in play.yaml:8"
    assert said(name, "near") == '"nam"'
    assert said(label, "from") == "config.yaml:1 variables.app, used in play.yaml:5"


def test_a_variable_that_the_playbook_lacks_is_told_with_its_line_and_its_like(
    wrong: Wrong,
) -> None:
    (problem,) = wrong("variables: {groups: []}\n" + APP, "group: [a]\n")

    assert problem.title == 'play.yaml has no variable "group"'
    assert said(problem, "from") == "config.yaml:1 variables.group"
    assert said(problem, "near") == '"groups"'


def test_a_variable_that_must_be_set_is_told_with_both_places(wrong: Wrong) -> None:
    text = "variables:\n  app:\n" + APP.replace("label: dbt", "label: '{{ app }}'")

    (problem,) = wrong(text)

    assert problem.title == "variables.app must be set"
    assert said(problem, "from") == "config.yaml:2 acme, declared at play.yaml:2"


@pytest.mark.parametrize(
    ("default", "value"),
    [("[]", "x"), ("{}", "5"), ("[a]", "true"), ("true", "'yes'"), ("false", "0")],
)
def test_a_variable_of_another_sort_than_its_default_is_told(
    wrong: Wrong, default: str, value: str
) -> None:
    (problem,) = wrong(f"variables:\n  v: {default}\n{APP}", f"v: {value}\n")

    assert problem.title.startswith("variables.v: must be")
    assert said(problem, "from") == "config.yaml:1"
    assert "play.yaml:2" in said(problem, "but")


def test_the_same_address_twice_is_told_with_both_lines(wrong: Wrong) -> None:
    (problem,) = wrong(APP + APP[11:])

    assert problem.title == "okta.saml_app/dbt is declared twice"
    assert said(problem, "from") == "play.yaml:2; play.yaml:5"


def test_a_circle_is_shown_with_its_lines(wrong: Wrong) -> None:
    def app(name: str, needs: str) -> str:
        needed = f"depends_on: [okta.saml_app/{needs}]"
        return f"  - {{kind: okta.saml_app, name: {name}, label: x, {needed}}}\n"

    (problem,) = wrong("resources:\n" + app("a", "b") + app("b", "c") + app("c", "a"))

    shown = problem.title.partition(": ")[2].split(" -> ")
    assert shown[0] == shown[-1]
    after = {"a": "b", "b": "c", "c": "a"}
    assert all(after[one[-1]] == other[-1] for one, other in pairwise(shown))
    assert sorted(said(problem, "from").split("; ")) == [
        f"play.yaml:{i + 2} okta.saml_app/{n}" for i, n in enumerate("abc")
    ]


def test_a_resource_that_waits_for_itself_is_a_circle(wrong: Wrong) -> None:
    (problem,) = wrong(APP + "    depends_on: [okta.saml_app/dbt]\n")

    assert "okta.saml_app/dbt -> okta.saml_app/dbt" in problem.title


def test_a_reference_to_what_shall_be_absent_is_told(wrong: Wrong) -> None:
    text = PUSH + "    state: absent\n" + PUSH[11:].replace("name: a", "name: b")

    (problem,) = wrong(text.replace("app: x\n", "app: !ref okta.group_push/a.id\n").replace(
        "app: !ref okta.group_push/a.id", "app: x", 1
    ))  # fmt: skip

    assert "which shall be absent" in problem.title
    assert said(problem, "from") == "play.yaml:8; play.yaml:2"


def test_what_when_left_out_is_not_there_to_refer_to(wrong: Wrong) -> None:
    text = APP + "    when: false\n" + PUSH[11:].replace("app: x", "app: !ref okta.saml_app/dbt.id")

    (problem,) = wrong(text)

    assert "a reference to nothing" in problem.title


def test_an_unknown_playbook_is_told_with_the_known_ones() -> None:
    with pytest.raises(ConfigError) as caught:
        load_playbook("dbt_cloud_scm", Path())

    (problem,) = caught.value.problems
    assert "dbt_cloud_scim" in said(problem, "near")
    assert "dbt_cloud_scim" in said(problem, "do")


def test_a_playbook_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no playbook"):
        load_playbook("./nope.yaml", tmp_path)


def test_a_changed_playbook_is_read_anew(fill_in: FillIn) -> None:
    assert addresses(fill_in(APP)) == ["okta.saml_app/dbt"]
    assert addresses(fill_in(APP.replace("name: dbt", "name: other"))) == ["okta.saml_app/other"]


@pytest.mark.parametrize("name", registry.kinds())
def test_every_kinds_example_can_be_declared(fill_in: FillIn, name: str) -> None:
    """With what it refers to beside it, an example is a playbook."""
    example = registry.kind(name).EXAMPLE
    others = [
        registry.kind(kind).EXAMPLE
        for kind in ("okta.saml_app", "dbt_cloud.scim_config", "dbt_cloud.scim_token")
        if kind != name
    ]

    declared = fill_in("resources:\n" + "".join(f"  - {e}\n" for e in (example, *others)))

    assert any(d.resource.kind == name for d in declared.resources)
