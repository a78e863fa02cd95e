"""What people get wrong in files and on the command line: one clear message, and nothing is sent.

Every mistake is made through the real command line, against a simulator that must not notice.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from messages import Said, read
from mistakes import CONFIG, GLOBEX, IN_CONFIG, IN_PLAYBOOK, LITERAL, PLAYBOOK, Mistake, of_line
from tool import Came, Tool

from okta_scim_setup import cli
from okta_scim_setup.simulator import Simulator


@dataclass
class Desk:
    """A folder with a config, and the command line in it."""

    simulator: Simulator
    capsys: pytest.CaptureFixture[str]
    folder: Path

    def write(self, name: str, text: str) -> None:
        org, account = self.simulator.summary()["okta"][0], self.simulator.summary()["dbt_cloud"][0]
        text = text.replace("ORG", org["org_url"]).replace("DBT", account["access_url"])
        (self.folder / name).write_text(text, encoding="utf-8")

    def run(self, *arguments: str) -> Came:
        return Tool(self.simulator, Path("config.yaml"), self.capsys).run(*arguments)

    def wrong(self, *arguments: str, code: int = 1) -> list[Said]:
        """All that is said of what is wrong; nothing was sent, and nothing is ugly."""
        before = len(self.simulator.requests())
        came = self.run(*arguments)
        assert self.simulator.requests()[before:] == []
        assert came.code == code, came.out + came.err
        return read(came.out + came.err)


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


@pytest.fixture
def desk(
    simulator: Simulator,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Desk:
    monkeypatch.chdir(tmp_path)
    desk = Desk(simulator, capsys, tmp_path)
    desk.write("okta.token", simulator.summary()["okta"][0]["api_token"] + "\n")
    desk.write("dbt.token", simulator.summary()["dbt_cloud"][0]["token"] + "\n")
    desk.write("config.yaml", CONFIG)
    return desk


def check(said: list[Said], expected: Mistake) -> None:
    assert len(said) == 1, said
    assert said[0].title.startswith(expected.title), said[0]
    for label, part in expected.notes.items():
        assert part in said[0].note(label), (label, said[0])
    assert LITERAL not in str(said)


def test_the_files_that_are_spoilt_here_are_valid_before(desk: Desk) -> None:
    assert desk.run("validate").code == 0
    desk.write("config.yaml", CONFIG + GLOBEX)
    assert desk.run("validate").code == 0
    desk.write("play.yaml", PLAYBOOK)
    desk.write("config.yaml", CONFIG.replace("tags: [prod]", "playbook: ./play.yaml"))
    assert desk.run("validate").code == 0


@pytest.mark.parametrize("name", IN_CONFIG)
def test_a_mistake_in_the_config_is_told_once_and_clearly(desk: Desk, name: str) -> None:
    mistake = IN_CONFIG[name]
    assert mistake.old in CONFIG
    desk.write("config.yaml", CONFIG.replace(mistake.old, mistake.new) + mistake.more)

    offline = desk.wrong("validate")

    check(offline, mistake)
    assert desk.wrong("plan") == offline
    assert desk.wrong("apply", "--yes") == offline


@pytest.mark.parametrize("name", IN_PLAYBOOK)
def test_a_mistake_in_a_playbook_is_told_once_and_clearly(desk: Desk, name: str) -> None:
    mistake = IN_PLAYBOOK[name]
    assert mistake.old in PLAYBOOK
    desk.write("config.yaml", CONFIG.replace("tags: [prod]", "playbook: ./play.yaml"))
    desk.write("play.yaml", PLAYBOOK.replace(mistake.old, mistake.new))

    offline = desk.wrong("validate")

    check(offline, mistake)
    assert desk.wrong("apply", "--yes") == offline


@pytest.mark.parametrize(
    ("column", "title"),
    [
        ("okta.token", 'the column "okta.token" would hold secrets'),
        ("okta.orgurl", 'no column is called "okta.orgurl"'),
    ],
)
def test_a_wrong_column_of_a_table_is_told_by_its_name(desk: Desk, column: str, title: str) -> None:
    desk.write("config.yaml", f"include: clients.csv\n{CONFIG}")
    desk.write("clients.csv", f"tenant,{column}\nglobex,{LITERAL}\n")

    check(desk.wrong("validate"), Mistake("", "", title, of_line(1, "clients.csv")))


def test_all_that_is_wrong_in_a_file_is_told_at_once(desk: Desk) -> None:
    spoilt = CONFIG
    for old, new in (
        ("tags: [prod]", "tgas: [prod]"),
        ("org_url: ORG", "org_url: https://acme-admin.okta.com"),
        ("70403101", "many"),
        ("!secret file:dbt.token", LITERAL),
        ("dbt acme", '"{{ tenent }}"'),
    ):
        spoilt = spoilt.replace(old, new)
    desk.write("config.yaml", spoilt)

    said = desk.wrong("validate")

    lines = {int(one.note("from").split(":")[1]) for one in said}
    assert lines == {3, 5, 9, 10, 12}
    assert len(said) == 5
    assert LITERAL not in str(said)


def test_all_that_is_wrong_in_a_playbook_is_told_at_once(desk: Desk) -> None:
    desk.write("config.yaml", CONFIG.replace("tags: [prod]", "playbook: ./play.yaml"))
    spoilt = PLAYBOOK.replace("label:", "lable:").replace("enabled: true", "enabled: 1")
    desk.write("play.yaml", spoilt.replace("{{ item.name }}", "{{ itm.name"))

    said = desk.wrong("validate")

    assert {one.note("from") for one in said} >= {"play.yaml:7", "play.yaml:9"}


def test_a_config_that_is_not_there_or_not_readable_is_told(desk: Desk) -> None:
    (desk.folder / "config.yaml").unlink()
    assert desk.wrong("validate")[0].title == "there is no file config.yaml"
    (desk.folder / "config.yaml").mkdir()
    assert desk.wrong("plan")[0].title == "config.yaml can't be read: Is a directory"


@pytest.mark.parametrize(
    ("content", "title"),
    [
        (b"tenants:\n  caf\xe9: {}\n", "config.yaml isn't text in UTF-8"),
        (b"\x00\x01\x02", "a character stands here that YAML doesn't allow"),
        (b"", "config.yaml is empty"),
        (b"- a\n", "the top level must be a mapping"),
        (b"tenants:\n", "config.yaml has no tenants"),
    ],
)
def test_a_file_that_is_no_config_is_told(desk: Desk, content: bytes, title: str) -> None:
    (desk.folder / "config.yaml").write_bytes(content)

    assert [one.title for one in desk.wrong("validate")] == [title]


@pytest.mark.parametrize(
    ("kept", "why"),
    [
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"short\n", "is shorter than 8 characters"),
        (b"with a space in it\n", "holds a space, a line break or a control character"),
        (b"two\nlines of it\n", "has 2 lines where one is wanted"),
        (b"\xff\xfe secret", "isn't text in UTF-8"),
    ],
)
def test_a_secret_that_can_be_none_is_told_without_its_value(
    desk: Desk, kept: bytes, why: str
) -> None:
    (desk.folder / "okta.token").write_bytes(kept)

    said = desk.wrong("plan")

    check(said, Mistake("", "", f"acme: the secret file:okta.token {why}", of_line(6)))
    assert desk.run("validate").code == 0


@pytest.mark.parametrize(
    ("reference", "title"),
    [
        ("file:nowhere", "acme: the secret file:nowhere can't be read: No such file"),
        ("env:NOT_SET", "acme: the secret env:NOT_SET isn't set"),
        ("env:SET_EMPTY", "acme: the secret env:SET_EMPTY is empty"),
    ],
)
def test_a_secret_that_is_not_there_is_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, reference: str, title: str
) -> None:
    monkeypatch.setenv("SET_EMPTY", "")
    monkeypatch.delenv("NOT_SET", raising=False)
    desk.write("config.yaml", CONFIG.replace("file:okta.token", reference))

    check(desk.wrong("apply", "--yes"), Mistake("", "", title, of_line(6)))


@pytest.mark.parametrize(("written", "line"), [("org_url: ORG", 4), ("access_url: DBT", 7)])
def test_a_host_that_is_not_allowed_gets_nothing(desk: Desk, written: str, line: int) -> None:
    key = written.partition(":")[0]
    desk.write("config.yaml", CONFIG.replace(written, f"{key}: https://evil.example"))

    said = desk.wrong("apply", "--yes")

    expected = of_line(line) | {"do": "--allow-host evil.example"}
    check(said, Mistake("", "", "acme: the host evil.example isn't allowed", expected))


@pytest.mark.parametrize(
    ("arguments", "title", "near"),
    [
        (["pln"], 'no verb is called "pln"', '"plan"'),
        (["plan", "--tennant", "acme"], 'no option is called "--tennant"', '"--tenant"'),
        (["plan", "--tenant", "acmee"], 'no tenant is called "acmee"', '"acme"'),
        (["plan", "--exclude", "acmee"], 'no tenant is called "acmee"', '"acme"'),
        (["plan", "--tag", "prdo"], 'no tag is called "prdo"', '"prod"'),
        (["plan", "--exclude", "acme"], "no tenant is left", ""),
        (["plan", "--output", "jsno"], 'no output format is called "jsno"', ""),
        (["plan", "--output", "json", "--output", "text"], "only one output can go to", ""),
        (["audit", "--output", "json="], '--output "json=" names no file', ""),
        (["plan", "--workers", "0"], "Invalid value for '--workers'", ""),
        (["plan", "--output", "json=nowhere/x"], "nowhere/x can't be written", ""),
        (["plan", "--out", "nowhere/x"], "nowhere/x can't be written", ""),
        (["apply", "--yes", "--allow", "seats"], '--allow takes NAME=N, not "seats"', ""),
        (["apply", "--yes", "--allow", "seats=-1"], '--allow takes NAME=N, not "seats=-1"', ""),
        (["apply", "--yes", "--allow", "seat=1"], '--allow takes NAME=N, not "seat=1"', ""),
        (
            ["apply", "--yes", "--token-to", "x"],
            "--token-to takes terminal, file:PATH or cmd:COMMAND, not",
            "",
        ),
        (
            ["apply", "--yes", "--token-to", "file:"],
            "--token-to takes terminal, file:PATH or cmd:",
            "",
        ),
        (["apply", "--yes", "--token-to", "terminal"], "--token-to terminal needs a terminal", ""),
        (["test", "--roundtrip"], "--roundtrip and --user LOGIN go together", ""),
    ],
)
def test_wrong_usage_is_64_and_names_what_was_meant(
    desk: Desk, arguments: list[str], title: str, near: str
) -> None:
    said = desk.wrong(*arguments, code=64)

    check(said, Mistake("", "", title, {"near": near} if near else {}))


def test_an_unknown_kind_is_answered_with_its_like(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["kinds", "okta.samlapp"]) == 64
    assert '"okta.saml_app"' in read(capsys.readouterr().err)[0].note("near")


def test_no_verb_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run([]) == 64
    assert capsys.readouterr().err.startswith("Usage: okta-scim-setup")


@pytest.mark.parametrize(
    ("content", "title"),
    [
        (None, "the plan saved.json can't be read: No such file or directory"),
        ("tenants: {}", "saved.json isn't a plan"),
        ("[]", "saved.json isn't a plan"),
        ('{"version": 1, "tenants": {"acme": {}}}', "saved.json isn't a plan"),
        ('{"version": 99, "tenants": {}}', "saved.json was written by another version"),
    ],
)
def test_a_file_that_is_no_saved_plan_is_told(desk: Desk, content: str | None, title: str) -> None:
    if content is not None:
        desk.write("saved.json", content)

    said = desk.wrong("apply", "saved.json", "--yes")

    check(said, Mistake("", "", title, {"do": "plan"}))


def test_a_token_file_that_exists_is_never_written_over(
    simulated: Callable[..., Tool], tmp_path: Path
) -> None:
    tool, kept = simulated(3), tmp_path / "token"
    kept.write_text("somebody needs this")

    came = tool.run("apply", "--yes", "--tenant", "initech", "--token-to", f"file:{kept}")

    assert came.code == 4
    assert f"{kept} exists" in read(came.out)[0].title
    assert kept.read_text() == "somebody needs this"
    assert tool.account(2)["tokens"] == []
    assert {r["method"] for r in tool.simulator.requests()} == {"GET"}


def test_a_token_file_without_a_folder_is_refused_before_the_first_write(
    simulated: Callable[..., Tool], tmp_path: Path
) -> None:
    tool = simulated(3)

    sink = f"file:{tmp_path / 'nowhere' / 'token'}"
    came = tool.run("apply", "--yes", "--tenant", "initech", "--token-to", sink)

    assert came.code == 4
    assert re.search("the folder .*nowhere doesn't exist", read(came.out)[0].title)
    assert {r["method"] for r in tool.simulator.requests()} == {"GET"}


def test_a_token_file_is_for_its_owner_alone(
    simulated: Callable[..., Tool], tmp_path: Path
) -> None:
    tool = simulated(3)

    came = tool.run("apply", "--yes", "--tenant", "initech", "--token-to", f"file:{tmp_path}/t")

    assert came.code == 3
    assert stat.S_IMODE((tmp_path / "t").stat().st_mode) == 0o600
