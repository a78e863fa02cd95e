"""Shards, and their reports as one: what is missing is named, and what is no report is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from messages import Said, read
from results import content, drifted, unreadable
from tool import Came, Tool

from okta_scim_setup import cli
from okta_scim_setup.errors import UsageError
from okta_scim_setup.fleet import Shard
from okta_scim_setup.outcome import TenantResult
from okta_scim_setup.report import json as json_report
from okta_scim_setup.report import shape
from okta_scim_setup.report.merge import exit_code, merged

Start = Callable[..., Tool]


def test_every_org_is_in_one_shard_the_same_everywhere() -> None:
    orgs = [f"https://o{n}.okta.com" for n in range(200)]
    shards = [[org for org in orgs if Shard(n, 4).has(org)] for n in (1, 2, 3, 4)]
    assert sorted(org for shard in shards for org in shard) == sorted(orgs)
    assert all(30 < len(shard) < 70 for shard in shards)
    assert Shard(2, 4).has("https://acme.okta.com")  # a figure that must never change


def test_a_shard_without_tenants_is_done_at_once(simulated: Start) -> None:
    tool = simulated()
    codes = [tool.run("audit", "--shard", f"{n}/2", "--output", "json") for n in (1, 2)]
    assert sorted(len(came.json["tenants"]) for came in codes) == [0, 1]
    assert 0 in [came.code for came in codes]


@pytest.mark.parametrize("shard", ["0/2", "3/2", "1", "a/b", "1/0"])
def test_a_shard_that_cannot_be_is_wrong_usage(simulated: Start, shard: str) -> None:
    assert simulated().run("audit", "--shard", shard).code == 64


# -- a fleet in parts


class Parts:
    """A fleet whose parts were audited into files, and merge in their folder."""

    def __init__(self, tool: Tool, folder: Path) -> None:
        self.tool, self.folder = tool, folder

    def audit(self, shard: str, *more: str) -> str:
        """Audit a part; its file's name."""
        name = f"{shard.replace('/', '-of-')}{len(list(self.folder.iterdir()))}.json"
        self.tool.run("audit", "--shard", shard, *more, "--output", f"json={self.folder / name}")
        return name

    def merge(self, *arguments: str) -> Came:
        files = [a if a.startswith("-") else str(self.folder / a) for a in arguments]
        self.tool.capsys.readouterr()
        code = cli.run(["merge", *files])
        return Came(code, *self.tool.capsys.readouterr())

    def refused(self, *arguments: str) -> list[Said]:
        came = self.merge(*arguments)
        assert (came.code, came.out) == (64, ""), came
        return read(came.err)


@pytest.fixture
def parts(simulated: Start, tmp_path: Path) -> Parts:
    folder = tmp_path / "parts"
    folder.mkdir()
    return Parts(simulated(tenants=6, orgs=3), folder)


def test_the_shards_of_a_fleet_together_are_the_fleet(parts: Parts) -> None:
    whole = parts.tool.run("audit", "--output", "json")
    files = [parts.audit("1/2"), parts.audit("2/2")]

    came = parts.merge(*files)

    report = came.json
    assert came.code == report["exit_code"] == whole.code == 2
    assert report["counts"] == whole.json["counts"]
    assert report["fleet"] == whole.json["fleet"]
    assert report["shard"] is None
    assert {t["tenant"] for t in report["tenants"]} == {t["tenant"] for t in whole.json["tenants"]}
    assert len(report["tenants"]) == 6
    Draft202012Validator(shape.schema()).validate(report)


def test_a_part_says_which_one_it_is(parts: Parts) -> None:
    first, second = (
        json.loads((parts.folder / parts.audit(shard)).read_text()) for shard in ("1/2", "2/2")
    )
    assert [first["shard"], second["shard"]] == [
        {"number": 1, "of": 2},
        {"number": 2, "of": 2},
    ]
    assert first["fleet"] == second["fleet"]


@pytest.mark.parametrize(
    ("given", "title"),
    [
        (["2/3"], "parts 1, 3 of 3 are missing"),
        (["1/3", "2/3"], "part 3 of 3 is missing"),
        (["1/1000"], "parts 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13 and 987 more of 1000 are"),
    ],
)
def test_a_part_that_is_missing_is_named(parts: Parts, given: list[str], title: str) -> None:
    (said,) = parts.refused(*map(parts.audit, given))
    assert said.title.startswith(title)
    assert "--partial" in said.note("do")


def test_what_there_is_can_be_merged_if_it_is_said_so(parts: Parts) -> None:
    came = parts.merge(parts.audit("2/3"), "--partial")
    assert came.code == came.json["exit_code"]
    assert came.err == "warning: parts 1, 3 of 3 are missing\n"


def test_parts_of_different_fleets_are_not_merged(parts: Parts) -> None:
    files = [parts.audit("1/2"), parts.audit("2/2", "--exclude", "acme")]
    different, *missing = parts.refused(*files)
    assert different.title.startswith("the reports are parts of different fleets: 1 of 2 (")
    assert sorted(each.title for each in missing) == [
        "part 1 of 2 is missing",
        "part 2 of 2 is missing",
    ]


def test_parts_of_different_numbers_of_parts_are_not_merged(parts: Parts) -> None:
    files = [parts.audit("1/2"), parts.audit("2/3")]
    assert parts.refused(*files)[0].title.startswith("the reports are parts of different fleets")


def test_reports_without_a_shard_stand_for_themselves(parts: Parts) -> None:
    whole = parts.tool.run("plan", "--output", "json")
    files = [parts.folder / "a.json", parts.folder / "b.json"]
    parts.tool.run("plan", "--tenant", "acme", "--output", f"json={files[0]}")
    parts.tool.run("plan", "--exclude", "acme", "--output", f"json={files[1]}")

    came = parts.merge("a.json", "b.json")

    assert came.code == 0
    assert came.json["fleet"] == whole.json["fleet"]


def test_a_tenant_that_changed_its_part_between_two_runs_is_missed(parts: Parts) -> None:
    files = [parts.audit("1/2"), parts.audit("2/2")]
    for file in map(parts.folder.joinpath, files):
        report = json.loads(file.read_text())
        if len(report["tenants"]) > 2:
            file.write_text(json.dumps(report | {"tenants": report["tenants"][1:]}))
    (said,) = parts.refused(*files)
    assert said.title == "the 2 parts aren't all tenants that were selected"


# -- what belongs together


def report(*names: str, **other: Any) -> dict[str, Any]:
    made = json_report.document(content([TenantResult(name) for name in names]))
    return {**json.loads(made), **other}


@pytest.mark.parametrize(
    ("second", "wrong"),
    [
        (report("b", verb="plan"), "differ in verb: audit, plan"),
        (report("b", fail_on="high"), "differ in fail_on: high, low"),
        (report("b", version=1), "2.json isn't a report of okta-scim-setup"),
        (report("a"), "a came out in two reports"),
    ],
)
def test_reports_that_do_not_belong_together_are_not_merged(
    second: dict[str, Any], wrong: str
) -> None:
    with pytest.raises(UsageError, match=wrong):
        merged([report("a"), second], ["1.json", "2.json"])


@pytest.mark.parametrize(
    ("codes", "code"), [([0, 2], 2), ([2, 3], 3), ([3, 1], 1), ([1, 4], 4), ([4, 70], 70), ([], 0)]
)
def test_the_exit_code_of_all_is_the_first_that_applies(codes: list[int], code: int) -> None:
    assert exit_code(codes) == code


# -- what is no report


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("[]", "the whole is a list, not an object"),
        ("null", "the whole is null, not an object"),
        ("{}", "version is missing"),
        ('{"version": 1, "verb": "audit"}', "it is of version 1, this is 2"),
        ('{"version": [2]}', "it is of version [2], this is 2"),
        ('{"version": 2}', "verb is missing"),
        (report("a", tenants=["acme"]), "tenants.0 is a text, not an object"),
        (report("a", tenants={"acme": {}}), "tenants is an object, not a list"),
        (report("a", tenants=[{"tenant": "acme"}]), "tenants.0.state is missing"),
        (report("a", counts=[1]), "counts is a list, not an object"),
        (report("a", counts=report("a")["counts"] | {"new": "1"}), "counts.new is a text, not a"),
        (report("a", counts=report("a")["counts"] | {"new": -1}), "counts.new is -1, less than 0"),
        (report("a", counts=report("a")["counts"] | {"odd": 1}), "counts.odd isn't known"),
        (report("a", made="today"), 'made is "today", no date-time'),
        (report("a", exit_code=99), "exit_code is 99, none of 0, 1,"),
        (report("a", exit_code=True), "exit_code is true, none of 0, 1,"),
        (report("a", shard={"number": 0, "of": 1}), "shard.number is 0, less than 1"),
    ],
)
def test_what_is_no_report_is_told_by_what_is_wrong_with_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], written: Any, why: str
) -> None:
    file = tmp_path / "given.json"
    file.write_text(written if isinstance(written, str) else json.dumps(written))

    code = cli.run(["merge", str(file)])

    out, err = capsys.readouterr()
    (said,) = read(err)
    assert (code, out) == (64, "")
    assert said.title == f"{file} isn't a report of okta-scim-setup"
    assert said.note("but").startswith(why)
    assert "--output json=FILE" in said.note("do")


@pytest.mark.parametrize("written", ["{", "", "[" * 100_000])
def test_what_is_no_json_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], written: str
) -> None:
    file = tmp_path / "given.json"
    file.write_text(written)
    assert cli.run(["merge", str(file)]) == 64
    assert "isn't JSON" in capsys.readouterr().err


def spoilt(value: Any) -> list[Any]:
    """*value*, a report, once for each of its places with something odd in it."""
    found: list[Any] = []

    def visit(here: Any, path: list[Any]) -> None:
        inside = here.items() if isinstance(here, dict) else enumerate(here)
        for key, each in list(inside):
            for odd in (None, [], {}, "", -1, True, 1.5):
                changed = deepcopy(value)
                at = changed
                for step in path:
                    at = at[step]
                at[key] = odd
                found.append(changed)
            if isinstance(each, dict | list):
                visit(each, [*path, key])

    visit(value, [])
    return found


def test_what_the_schema_says_is_what_is_checked() -> None:
    """Of each place of a report, odd values pass here if and only if they pass jsonschema."""
    results = [drifted("acme"), unreadable("globex")]
    whole = json.loads(json_report.document(content(results)))
    judge = Draft202012Validator(shape.schema(), format_checker=FormatChecker(["date"]))

    assert shape.misfit(whole) == ""
    for each in spoilt(whole):
        fits = judge.is_valid(each) and not shape.misfit(each).endswith(", no date-time")
        assert (shape.misfit(each) == "") == fits, shape.misfit(each)


def test_every_keyword_of_the_schema_is_known() -> None:
    used: set[str] = set()

    def visit(each: Any) -> None:
        if isinstance(each, bool):
            return
        used.update(each)
        for key in ("properties", "$defs"):
            for inner in each.get(key, {}).values():
                visit(inner)
        for key in ("items", "additionalProperties"):
            visit(each.get(key, True))
        for inner in each.get("anyOf", ()):
            visit(inner)

    visit(shape.schema())
    assert used <= shape.KEYWORDS.keys() | shape.NOTED
