"""YAML as a person wrote it: lines kept, surprises refused, all problems at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okta_scim_setup.errors import ConfigError, Place, Problem
from okta_scim_setup.language import document
from okta_scim_setup.language.document import Node, Tagged, load, merge, parse


def read(text: str) -> Node:
    return parse(text, "config.yaml", Path("/base"))


def problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(ConfigError) as caught:
        read(text)
    return caught.value.problems


def said(problem: Problem, label: str) -> str:
    return "; ".join(text for key, text in problem.notes if key == label)


def test_every_value_knows_its_line() -> None:
    root = read("tenants:\n  acme:\n    okta:\n      org_url: x\n    tags:\n      - a\n      - b\n")

    assert root.place_of(("tenants", "acme", "okta", "org_url")) == Place("config.yaml", 4)
    assert root.place_of(("tenants", "acme", "tags", 1)).line == 7
    assert root.place_of(("tenants", "acme")).line == 2


def test_a_path_is_followed_as_far_as_it_goes() -> None:
    root = read("a:\n  b: 1\n")

    assert root.place_of(("a", "missing", "deeper")).line == 1
    assert root.place_of(("a", "b", "str")).line == 2
    assert root.follow(("a", "b", "str"))[0] == ("a", "b")


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True), ("False", False), ("null", None), ("~", None), ("", None),
        ("0", 0), ("70403103", 70403103), ("-3", -3), ("1.5", 1.5), ('"5"', "5"),
        ("'true'", "true"),
        ("yes", "yes"), ("No", "No"), ("on", "on"), ("off", "off"), ("007", "007"),
        ("1.10", "1.10"),
        ("1e3", "1e3"), ("0x1F", "0x1F"), ("1_000", "1_000"), ("12:30:45", "12:30:45"),
        ("2026-11-24", "2026-11-24"), ("=", "="), (".inf", ".inf"), ("9" * 30, "9" * 30),
        ("[a, 1]", ["a", 1]), ("{b: {c: d}}", {"b": {"c": "d"}}),
    ],
)  # fmt: skip
def test_only_what_cannot_surprise_is_read_as_something_else_than_text(
    written: str, value: Any
) -> None:
    found = read(f"a: {written}\n").plain()["a"]

    assert found == value
    assert type(found) is type(value)


def test_tags_are_kept_as_text_until_templates_are_filled_in() -> None:
    root = read('a: !ref okta.saml_app/dbt.id\nb: !secret "vault:x/{{ tenant }}#key"\n')

    assert root.children["a"].value == Tagged("!ref", "okta.saml_app/dbt.id", Path("/base"))
    assert root.children["b"].value == Tagged("!secret", "vault:x/{{ tenant }}#key", Path("/base"))


def test_an_alias_stands_for_what_its_anchor_marks() -> None:
    assert read("a: &x {k: 1}\nb: *x\n").plain() == {"a": {"k": 1}, "b": {"k": 1}}


@pytest.mark.parametrize(
    ("text", "line", "title", "do"),
    [
        ("a: !secret env: X\n", 1, "tag", "!secret env:NAME"),
        ("a:\n  !secret env: X\n", 2, "tag", "!secret env:NAME"),
        ("a: 1\nb: !ref okta.saml_app: id\n", 2, "tag", "without the space"),
        ("a: {{ x }}\n", 1, "template", "quotes"),
        ("b: 1\na: {{ x }}-y\n", 2, "template", "quotes"),
        ("a: [{{ x }}]\n", 1, "template", "quotes"),
        ("a: {b: {{ c }}, d: e}\n", 1, "template", "quotes"),
        ('a: "{{ x }}" y\n', 1, "template", "quotes"),
        ("a: {% if x %}y{% endif %}\n", 1, "template", "quotes"),
        ("a:\n\tb: 1\n", 2, "tab", "spaces"),
        ("a:\n  b: 1\n\tc: 2\n", 3, "tab", "spaces"),
        ("a: b: c\n", 1, "colon", "quotes"),
        ("a: x\n  b: c\n", 2, "colon", "indentation"),
        ("a: @x\n", 1, "quotes", "quotes"),
        ("a: 'x\nb: 1\n", 1, "quote", "close"),
        ("a: 1\nb: [1,\n  2\nc: 3\n", 2, "bracket", "mend"),
        ("a:\n  - b\n c: 1\n", 3, "indentation", "align"),
        ('a: "\\q"\n', 1, "backslash", "single quotes"),
        ("a: *x\n", 1, "alias", "anchor"),
        ("a: &x [*x]\n", 1, "alias", "anchor"),
        ("a: *\n", 1, "alias", "quotes"),
        ("a: !thing x\n", 1, "tag", "!secret or !ref"),
        ("a: !!str 5\n", 1, "tag", "!secret or !ref"),
        ("a: !x!y z\n", 1, "tag", "!secret or !ref"),
        ("a: !ref {b: c}\n", 1, "takes text", "one line"),
        ("x: 1\n<<: {a: 1}\n", 2, "merge key", "defaults:"),
        ("a: 1\n---\nb: 2\n", 2, "one document", "---"),
        ("- a\n", 1, "mapping", "KEY: VALUE"),
        ("just text\n", 1, "mapping", "KEY: VALUE"),
        ("1: a\n", 1, "key must be text", "quotes"),
        ("true: a\n", 1, "key must be text", "quotes"),
        ("? [a]\n: b\n", 1, "key must be text", "quotes"),
        ("a: x\x01y\n", 1, "character", "remove"),
        ("%YAML 9.9\n---\na: 1\n", 1, "YAML", "mend"),
    ],
)
def test_a_slip_is_one_problem_with_its_line_and_what_to_write(
    text: str, line: int, title: str, do: str
) -> None:
    (problem,) = problems(text)

    assert title in problem.title
    assert said(problem, "from") == f"config.yaml:{line}"
    assert do in said(problem, "do")


def test_all_duplicate_keys_are_told_with_both_lines() -> None:
    found = problems("a: 1\nb:\n  c: 1\n  c: 2\na: 2\n")

    assert [p.title for p in found] == [
        'the key "c" is there twice',
        'the key "a" is there twice',
    ]
    assert [said(p, "from") for p in found] == ["config.yaml:4", "config.yaml:5"]
    assert said(found[1], "but") == "it stands at config.yaml:1 already"


def test_what_was_found_before_the_parser_gave_up_is_told_too() -> None:
    assert len(problems("a: 1\na: 2\nb: [\n")) == 2


@pytest.mark.parametrize("text", ["", "# only a comment\n", "\n\n"])
def test_an_empty_file_is_a_problem(text: str) -> None:
    assert problems(text)[0].title == "config.yaml is empty"


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "[" * 100_000,
        "".join(f"{' ' * i}a:\n" for i in range(500)),
        "a: " + "{a: " * 5_000,
    ],
    ids=["brackets", "blocks", "braces"],
)
def test_endless_nesting_is_a_problem_and_no_crash(text: str) -> None:
    assert "too deeply" in problems(text)[0].title


def test_aliases_that_multiply_are_stopped() -> None:
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]

    assert "values" in problems("\n".join(lines))[0].title


@pytest.mark.parametrize(
    "text",
    [
        "token: hunter2-secret: x\n",
        "token: @hunter2-secret\n",
        "token: !hunter2-secret x\n",
        "token: *hunter2-secret\n",
        "token: 'hunter2-secret\n",
        "token: {{ hunter2-secret }}\n",
        "token: [hunter2-secret\n",
        "token: !secret env: hunter2-secret\n",
    ],
)
def test_no_message_repeats_what_may_be_a_secret(text: str) -> None:
    assert "hunter2" not in repr(problems(text))


def test_a_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no file") as caught:
        load(tmp_path / "config.yaml")

    assert caught.value.problems[0].notes


def test_a_folder_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can't be read"):
        load(tmp_path)


def test_what_is_not_utf_8_is_a_problem_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes(b"a: 1\nb: \xff\xfe\n")

    with pytest.raises(ConfigError, match="UTF-8") as caught:
        load(path, shown_as="config.yaml")

    assert said(caught.value.problems[0], "from") == "config.yaml:2"


def test_a_byte_order_mark_is_not_part_of_the_first_key(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\n")

    assert load(path).plain() == {"a": 1}


def test_the_slower_parser_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a: &x {b: [1, yes]}\nc: *x\nd: !secret env:X\n"
    quick = read(text)
    monkeypatch.delattr(document.yaml, "CSafeLoader", raising=False)

    assert read(text) == quick
    for wrong in ("a: b: c\n", "a: 'x\n", "a: [1\n", "a: @x\n", "a: *x\n", "a: {{ x }} y\n"):
        assert said(problems(wrong)[0], "from") == "config.yaml:1"


def test_mappings_merge_lists_and_scalars_replace_and_lines_are_kept() -> None:
    defaults = read("okta:\n  org_url: a\n  kid: k\ntags: [x, y]\nplaybook: p\n")
    tenant = parse("tags: [z]\nokta:\n  org_url: b\n", "globex.yaml", Path("/base"))

    merged = merge(defaults, tenant)

    assert merged.plain() == {
        "okta": {"org_url": "b", "kid": "k"}, "tags": ["z"], "playbook": "p",
    }  # fmt: skip
    assert str(merged.place_of(("okta", "org_url"))) == "globex.yaml:3"
    assert str(merged.place_of(("okta", "kid"))) == "config.yaml:3"
    assert str(merged.place_of(("playbook",))) == "config.yaml:5"


def nodes() -> st.SearchStrategy[Node]:
    place = Place("x", 1)
    leaves = st.one_of(st.none(), st.booleans(), st.integers(0, 3), st.sampled_from("ab"))
    return st.recursive(
        leaves.map(lambda value: Node(value, place)),
        lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3).map(
            lambda value: Node(value, place, dict.fromkeys(value, place))
        ),
        max_leaves=8,
    )


def mappings() -> st.SearchStrategy[Node]:
    return nodes().filter(lambda node: isinstance(node.value, dict))


@settings(deadline=None)
@given(mappings(), mappings(), mappings())
def test_merging_mappings_of_the_same_shape_is_associative(a: Node, b: Node, c: Node) -> None:
    """A scalar over a mapping forgets it; only where that doesn't happen the order is free."""
    if not (clash(a, b) or clash(b, c) or clash(a, c)):
        assert merge(merge(a, b), c).plain() == merge(a, merge(b, c)).plain()


@settings(deadline=None)
@given(mappings())
def test_merging_with_nothing_changes_nothing(a: Node) -> None:
    nothing = Node({}, a.place)

    assert merge(nothing, a).plain() == a.plain() == merge(a, nothing).plain()


def clash(one: Node, other: Node) -> bool:
    """Whether a mapping meets something else under the same key."""
    both = one.children.keys() & other.children.keys()
    return any(
        isinstance(one.children[k].value, dict) != isinstance(other.children[k].value, dict)
        or clash(one.children[k], other.children[k])
        for k in both
    )
