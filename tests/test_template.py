"""Templates: types kept, nothing parsed twice, nothing escapes, and plain words when wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okta_scim_setup.address import Address, Ref
from okta_scim_setup.errors import ConfigError, Place, Problem
from okta_scim_setup.language.document import Node, Tagged, parse
from okta_scim_setup.language.template import fill, names
from okta_scim_setup.secret import SecretReference

CONTEXT: dict[str, Any] = {
    "tenant": "acme",
    "app": "dbt Cloud",
    "count": 3,
    "on": True,
    "nothing": None,
    "groups": [{"name": "a", "license": "it"}, {"name": "b"}],
    "of": {"items": "own key", "k": "v"},
    "sly": "{{ tenant }}",
}
PLACE = Place("play", 7)


def filled(text: str, context: dict[str, Any] | None = None) -> Any:
    return fill(Node(text, PLACE), CONTEXT if context is None else context).plain()


def wrong(node: Node | str) -> tuple[Problem, ...]:
    with pytest.raises(ConfigError) as caught:
        fill(Node(node, PLACE) if isinstance(node, str) else node, CONTEXT)
    return caught.value.problems


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{ count }}", 3),
        ("{{count}}", 3),
        ("{{- count -}}", 3),
        ("{{ -count }}", -3),
        ("{{ count }}\n", 3),
        ("{{ on }}", True),
        ("{{ not on }}", False),
        ("{{ nothing }}", None),
        ("{{ groups }}", [{"name": "a", "license": "it"}, {"name": "b"}]),
        ("{{ groups | map(attribute='name') }}", ["a", "b"]),
        ("{{ groups | selectattr('license', 'defined') }}", [{"name": "a", "license": "it"}]),
        ("{{ of.items }}", "own key"),
        ("{{ {'a': count} }}", {"a": 3}),
        ("{{ (1, 2) }}", [1, 2]),
        ("{{ range(3) }}", [0, 1, 2]),
        ("{{ of.k ~ 1 }}", "v1"),
        ("{{ missing | default([]) }}", []),
        ("{{ missing is defined }}", False),
        ("{{ '}}' }}", "}}"),
        ("{{ count }}{{ count }}", "33"),
        ("{{ count }} ", "3 "),
        (" {{ count }}", " 3"),
        ("dbt {{ tenant }}", "dbt acme"),
        ("is {{ on }}", "is true"),
        ("{% if on %}yes{% endif %}", "yes"),
        ("{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
        ("{# why #}", ""),
        ("a < b & {{ tenant }}", "a < b & acme"),
        ("{{ app | e }}<", "dbt Cloud<"),
        ("plain { text }", "plain { text }"),
    ],
)
def test_one_expression_keeps_its_type_and_anything_else_becomes_text(
    text: str, value: Any
) -> None:
    found = filled(text)

    assert found == value
    assert type(found) is type(value)


def test_what_was_filled_in_is_not_filled_in_again() -> None:
    assert filled("{{ sly }}") == "{{ tenant }}"
    assert filled("x {{ sly }}") == "x {{ tenant }}"


@settings(deadline=None)
@given(st.text(max_size=40))
def test_filled_text_is_never_read_again(value: str) -> None:
    """Whatever a variable holds, YAML or template, it arrives as it is and stays in its place."""
    root = parse('a: "{{ x }}"\nb: "<{{ x }}>"\nc: [1, "{{ x }}"]\n', "play", Path())

    assert fill(root, {"x": value}).plain() == {"a": value, "b": f"<{value}>", "c": [1, value]}


@settings(deadline=None)
@given(st.text(alphabet="{}%#'\"ab |.()[]-+~\n", max_size=30))
def test_no_template_raises_anything_but_a_config_error(text: str) -> None:
    problems: tuple[Problem, ...] = ()
    try:
        filled(text)
    except ConfigError as error:
        problems = error.problems

    assert all(p.title and ("from", "play:7") in p.notes for p in problems)


def test_keys_are_not_templates_and_lines_are_kept() -> None:
    root = parse('a:\n  "{{ x }}": "{{ count }}"\n', "play", Path())

    made = fill(root, CONTEXT)

    assert made.plain() == {"a": {"{{ x }}": 3}}
    assert made.place_of(("a", "{{ x }}")).line == 2


def test_what_has_no_template_is_the_same_object() -> None:
    root = parse('a: {b: [1, x]}\nc: "{{ count }}"\n', "play", Path())

    assert fill(root, CONTEXT).children["a"] is root.children["a"]


def test_references_are_read_after_filling_in() -> None:
    text = 'a: !ref "okta.group_push/{{ app }}/x.y.name"\nb: !secret "env:{{ tenant }}_T"\n'

    made = fill(parse(text, "play", Path("/base")), CONTEXT).plain()

    assert made["a"] == Ref(Address("okta.group_push", "dbt Cloud/x.y"), "name")
    assert made["b"] == SecretReference("env", "acme_T", Place("play", 2), Path("/base"))


def filled_reference(text: str, **values: str) -> str:
    """The reference that *text*, behind !secret, comes to."""
    node = parse(f"a: !secret {text}\n", "play", Path("/base"))
    found = fill(node, {**CONTEXT, **values}).plain()["a"]
    return f"{found.scheme}:{found.reference}"


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("'cmd:get {{ x }} -n'", "cmd:get 'a b' -n"),
        ("'cmd:get --for={{ x }}.{{ tenant }}'", "cmd:get '--for=a b.acme'"),
        ("""'cmd:get "{{ x }}" \\{{ tenant }}'""", "cmd:get 'a b' acme"),
        ("'cmd:get {{ x | upper }} {{ \"$(id)\" }}'", "cmd:get 'A B' '$(id)'"),
        ("'cmd:get {{ count }}'", "cmd:get 3"),
        ("'cmd:{{ tenant }} x'", "cmd:acme x"),
        ("'file:{{ x }}/token'", "file:a b/token"),
        ("'vault:kv/{{ tenant }}#token'", "vault:kv/acme#token"),
        ("'op://{{ x }}/{{ tenant }}/token'", "op://a b/acme/token"),
    ],
)
def test_a_template_in_a_reference_fills_its_place(text: str, filled: str) -> None:
    assert filled_reference(text, x="a b") == filled


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("'{{ x }}'", "env:HOME"),
        ("'{{ x }}:HOME'", "env"),
        ("'vault:{{ x }}#f'", "-format=json"),
        ("'vault:kv/{{ x }}#f'", "a#other"),
        ("'vault:kv/{{ x }}#f'", "../other"),
        ("'vault:kv/a#{{ x }}'", "b c"),
        ("'op://{{ x }}/b/c'", "/etc"),
        ("'env:{{ x }}'", "A B"),
        ("'cmd:get {{ x }}'", "-f"),
        ("'cmd:{{ x }} y'", "--help"),
        ("'cmd:get {{ x }}{{ x }}'", "--"),
        ("'cmd:get {% if x %}a{% endif %}'", "y"),
        ("'cmd:get {# x #}'", "y"),
        ("""'cmd:get "{{ x }}'""", "y"),
        ("'cmd:get {{ x'", "y"),
        ("'cmd:get {{ y }}'", "y"),
    ],
)
def test_what_is_filled_in_chooses_neither_scheme_nor_option_nor_another_field(
    text: str, value: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        filled_reference(text, x=value)

    assert ("from", "play:1") in caught.value.problems[0].notes


@pytest.mark.parametrize(
    ("text", "title", "near"),
    [
        ("{{ tenat }}", '"tenat"', "tenant"),
        ("{{ tenat | upper }}", '"tenat"', "tenant"),
        ("{{ [tenat] }}", '"tenat"', "tenant"),
        ("{{ {'a': [tenat]} }}", '"tenat"', "tenant"),
        ("x {{ tenat }}", '"tenat"', "tenant"),
        ("{{ tenat == 1 }}", '"tenat"', "tenant"),
        ("{% if tenat %}x{% endif %}", '"tenat"', "tenant"),
        ("{% for x in group %}x{% endfor %}", '"group"', "groups"),
        ("{{ groups | map(attribute='nme') | list }}", '"nme"', "name"),
        ("{{ groups | map(attribute='nme') | join }}", '"nme"', "name"),
        ("{{ groups[0].nam }}", '"nam"', "name"),
        ("{{ groups[1].license }}", '"license"', ""),
        ("{{ tenant | uper }}", "no filter", "upper"),
        ("{{ groups | map('uper') | list }}", "no filter", "upper"),
        ("{{ tenant is strin }}", "no test", "string"),
        ("{{ lipsum() }}", '"lipsum"', ""),
        ("{{ cycler }}", '"cycler"', ""),
        ("{{ [1] | random }}", "no filter", ""),
        ("{{ tenant | }}", "can't be read", ""),
        ("{{ tenant", "can't be read", ""),
        ("{% if on %}", "can't be read", ""),
        ("{{ 1 / 0 }}", "division by zero", ""),
        ("{{ count + tenant }}", "can't be filled in", ""),
        ("{{ [] | first }}", "can't be filled in", ""),
        ("{{ 1 if not on }}", "can't be filled in", ""),
        ("{{ tenant.upper }}", "function", ""),
        ("{{ range }}", "function", ""),
        ("{{ {1: 2} }}", "key", ""),
        ("x {{ nothing }}", "null stands inside text", ""),
        ("x {{ groups }}", "list stands inside text", ""),
        ("{% include 'x' %}", "can't be filled in", ""),
        ("{{ tenant.__class__ }}", "may not do this", ""),
        ("{{ ''.__class__.__mro__[1].__subclasses__() }}", "may not do this", ""),
        ("{{ groups.append(1) }}", "may not do this", ""),
        ("{{ 'x' * 1000000000 }}", "characters", ""),
        ("{{ [0] * 1000000000 }}", "items", ""),
        ("{{ 1000000000 * 'x' }}", "characters", ""),
        ("{{ 9 ** 9 ** 9 }}", "power", ""),
        ("{{ range(1000000) }}", "items", ""),
        ("{% for a in range(9999) %}{{ 'x' * 999 }}{% endfor %}", "characters", ""),
    ],
)
def test_a_template_that_fails_is_one_problem_that_says_why(
    text: str, title: str, near: str
) -> None:
    (problem,) = wrong(text)

    assert title in problem.title
    assert ("from", "play:7") in problem.notes
    assert [near in said for label, said in problem.notes if label == "near"] == [True] * bool(near)


def test_all_problems_are_told_at_once() -> None:
    root = parse(
        'a: "{{ x }}"\nb: [ok, "{{ y }}"]\nc: !ref nothing\nd: !secret nope\n', "p", Path()
    )

    found = wrong(root)

    assert [dict(p.notes)["from"] for p in found] == ["p:1", "p:2", "p:3", "p:4"]


@pytest.mark.parametrize(
    "text", ["hunter2-secret", "hunter2:secret", "{{ hunter2 }}", "{{ tenant }}hunter2", "a {{ b"]
)
def test_a_literal_behind_the_secret_tag_is_not_repeated(text: str) -> None:
    found = wrong(Node(Tagged("!secret", text, Path()), PLACE))

    if "hunter2:" not in text:  # what stands before the colon is read as a store's name
        assert "hunter2" not in repr(found)
    assert "secret" in found[0].title


def test_the_variables_that_a_node_reads_are_known() -> None:
    root = parse('a: "{{ x.y }} {{ z | upper }}"\nb: !ref "k.k/{{ n }}.id"\nc: "{{"\n', "p", Path())

    assert names(root) == {"x", "z", "n"}
