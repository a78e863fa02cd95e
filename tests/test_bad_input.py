"""What people get wrong in files and on the command line: one clear message, and nothing is sent.

Every mistake is made through the real command line, against a simulator that must not notice.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from messages import Said, read
from tool import Came, Tool

from okta_scim_setup import cli
from okta_scim_setup.simulator import Simulator

CONFIG = """\
tenants:
  acme:
    tags: [prod]
    okta:
      org_url: ORG
      token: !secret file:okta.token
    dbt_cloud:
      access_url: DBT
      account_id: 70403101
      token: !secret file:dbt.token
    variables:
      app: dbt acme
"""

PLAYBOOK = """\
variables:
  app:
  groups: []
resources:
  - kind: okta.saml_app
    name: dbt
    label: "{{ app }}"
  - kind: dbt_cloud.scim_config
    enabled: true
  - kind: dbt_cloud.scim_token
    name: okta
  - kind: okta.scim_provisioning
    app: !ref okta.saml_app/dbt.id
    base_url: !ref dbt_cloud.scim_config.base_url
    token: !ref dbt_cloud.scim_token/okta.token
  - kind: okta.group_push
    for_each: "{{ groups }}"
    name: "{{ item.name }}"
    app: !ref okta.saml_app/dbt.id
"""

GLOBEX = """\
  globex:
    okta: {org_url: ORG, token: !secret file:okta.token}
    dbt_cloud: {access_url: DBT, account_id: 70403102, token: !secret file:dbt.token}
    variables: {app: dbt globex}
"""

LITERAL = "00-a-literal-that-nobody-may-see"


@dataclass(frozen=True)
class Mistake:
    """A change of the files, and what is said of it."""

    old: str
    new: str
    title: str
    notes: dict[str, str] = field(default_factory=dict)
    """A part of each note that must be there."""
    more: str = ""
    """What is added to the file."""


def of_line(number: int, file: str = "config.yaml") -> dict[str, str]:
    return {"from": f"{file}:{number}"}


IN_CONFIG = {
    "yaml: a colon in text": Mistake(
        "app: dbt acme", "app: dbt: acme", "a colon and a space stand where no further key may",
        of_line(12) | {"do": "quotes"},
    ),
    "yaml: an open quote": Mistake(
        "app: dbt acme", 'app: "dbt acme', "a quote is opened here and not closed", of_line(12)
    ),
    "yaml: an open bracket": Mistake(
        "tags: [prod]", "tags: [prod", "a bracket is opened here and not closed", of_line(3)
    ),
    "yaml: a tab": Mistake(
        "      app: dbt acme", "\t\tapp: dbt acme", "a tab stands where only spaces may",
        of_line(12) | {"do": "spaces"},
    ),
    "yaml: an unquoted template": Mistake(
        "dbt acme", "{{ tenant }}", "a template stands outside quotes",
        of_line(12) | {"do": '"{{ ... }}"'},
    ),
    "yaml: a key twice": Mistake(
        "app: dbt acme", "app: dbt acme", 'the key "app" is there twice',
        of_line(13) | {"but": "config.yaml:12"}, more="      app: dbt other\n",
    ),
    "yaml: a list instead of a mapping": Mistake(
        "    variables:\n      app: dbt acme", "    variables: [app]",
        "acme: variables: must be a mapping", of_line(11),
    ),
    "unknown key at the top": Mistake(
        "tenants:", "include: []\ntenents:", 'unknown key "tenents"',
        of_line(2) | {"near": '"tenants"'},
    ),
    "unknown key of a tenant": Mistake(
        "tags: [prod]", "tgas: [prod]", 'acme: a tenant has no "tgas"',
        of_line(3) | {"near": '"tags"'},
    ),
    "unknown key of a provider": Mistake(
        "org_url: ORG", "org_url: ORG\n      tokn: x", 'acme: okta: no attribute "tokn"',
        of_line(6) | {"near": '"token"'},
    ),
    "misspelt key that is required": Mistake(
        "org_url:", "org_ulr:", 'acme: okta: no attribute "org_ulr"',
        of_line(5) | {"near": '"org_url"'},
    ),
    "unknown playbook": Mistake(
        "tags: [prod]", "playbook: dbt_cloud_scmi", 'acme: no playbook is called "dbt_cloud_scmi"',
        of_line(3) | {"near": '"dbt_cloud_scim"'},
    ),
    "no such playbook file": Mistake(
        "tags: [prod]", "playbook: ./nowhere.yaml", "acme: there is no playbook nowhere.yaml",
        of_line(3),
    ),
    "unknown variable": Mistake(
        "app: dbt acme", "app: dbt acme\n      grups: []",
        'acme: dbt_cloud_scim has no variable "grups"', of_line(13) | {"near": '"groups"'},
    ),
    "misspelt variable that must be set": Mistake(
        "app: dbt acme", "apps: dbt acme", 'acme: dbt_cloud_scim has no variable "apps"',
        of_line(12) | {"near": '"app"'},
    ),
    "variable that must be set": Mistake(
        "app: dbt acme", "groups: []", "acme: variables.app must be set",
        of_line(2) | {"do": "app: ..."},
    ),
    "variable of a wrong type": Mistake(
        "app: dbt acme", "app: 5", "acme: okta.saml_app/dbt: label: must be text",
        {"from": "config.yaml:12 variables.app, used in dbt_cloud_scim:"},
    ),
    "variable that must be a list": Mistake(
        "app: dbt acme", "app: dbt acme\n      groups: devs",
        "acme: variables.groups: must be a list", of_line(13),
    ),
    "undefined variable": Mistake(
        "dbt acme", '"dbt {{ tenent }}"', 'acme: nothing is called "tenent" here',
        of_line(12) | {"near": '"tenant"', "asked": "tenent"},
    ),
    "undefined variable in a filter": Mistake(
        "dbt acme", '"{{ tenent | upper }}"', 'acme: nothing is called "tenent" here',
        of_line(12) | {"near": '"tenant"'},
    ),
    "unknown filter": Mistake(
        "dbt acme", '"{{ tenant | uper }}"', 'acme: no filter is called "uper"',
        of_line(12) | {"near": '"upper"'},
    ),
    "template that can't be read": Mistake(
        "dbt acme", '"{{ tenant "', "acme: the template can't be read", of_line(12)
    ),
    "template that looks inside": Mistake(
        "dbt acme", '"{{ tenant.__class__.__mro__ }}"', "acme: a template may not do this",
        of_line(12),
    ),
    "tags that aren't a list": Mistake(
        "[prod]", "prod", "acme: tags: must be a list of words", of_line(3)
    ),
    "include that matches nothing": Mistake(
        "tenants:", "include: [clients/*.yaml]\ntenants:",
        'include: "clients/*.yaml" matches no file', of_line(1),
    ),
    "secret with a space": Mistake(
        "!secret file:okta.token", "!secret env: OKTA", "a tag's text must not hold a colon and a",
        of_line(6) | {"do": "!secret env:NAME"},
    ),
    "secret store that nobody knows": Mistake(
        "!secret file:okta.token", "!secret valt:okta", "acme: this isn't a reference to a secret",
        of_line(6) | {"do": "env:, file:"},
    ),
    "literal in a secret field": Mistake(
        "!secret file:okta.token", LITERAL, "acme: okta.token: a value stands where only a ref",
        of_line(6) | {"do": "!secret SCHEME:REFERENCE"},
    ),
    "quoted literal in a secret field": Mistake(
        "!secret file:dbt.token", f'"{LITERAL}"', "acme: dbt_cloud.token: a value stands where",
        of_line(10),
    ),
    "literal behind !secret": Mistake(
        "!secret file:okta.token", f"!secret {LITERAL}", "acme: this isn't a reference to",
        of_line(6),
    ),
    "literal that looks like a reference": Mistake(
        "!secret file:okta.token", f"!secret {LITERAL}:x", "acme: this isn't a reference to",
        of_line(6),
    ),
    "literal in a template": Mistake(
        "!secret file:okta.token", f'"{LITERAL}{{{{ tenant }}}}"', "acme: okta.token: a value",
        of_line(6),
    ),
    "secret in another field": Mistake(
        "app: dbt acme", "app: !secret env:APP", "acme: variables.app: a secret has no place here",
        of_line(12) | {"do": "okta.token"},
    ),
    "no way to sign in": Mistake(
        "      token: !secret file:okta.token\n", "", "acme: okta: needs token, or client_id and",
        of_line(4),
    ),
    "the admin console's address": Mistake(
        "org_url: ORG", "org_url: https://acme-admin.okta.com",
        "acme: okta.org_url: https://acme-admin.okta.com is the admin console's address; "
        "write https://acme.okta.com", of_line(5),
    ),
    "http to another host": Mistake(
        "org_url: ORG", "org_url: http://acme.okta.com",
        "acme: okta.org_url: must be https; http goes to this machine only", of_line(5),
    ),
    "an address with a path": Mistake(
        "org_url: ORG", "org_url: https://acme.okta.com/admin",
        "acme: okta.org_url: must be the address alone: https://acme.okta.com", of_line(5),
    ),
    "an address with a password": Mistake(
        "org_url: ORG", f"org_url: https://me:{LITERAL}@acme.okta.com",
        "acme: okta.org_url: must not hold a user name or a password", of_line(5),
    ),
    "an address without a scheme": Mistake(
        "access_url: DBT", "access_url: ab123.us1.dbt.com",
        "acme: dbt_cloud.access_url: must begin with https://", of_line(8),
    ),
    "an account id that isn't a number": Mistake(
        "70403101", "acme", "acme: dbt_cloud.account_id: must be the account's number", of_line(9)
    ),
    "two tenants with one account": Mistake(
        "70403101", "70403102", "acme and globex are the same dbt_cloud account", of_line(2),
        more=GLOBEX,
    ),
    "two tenants with one app": Mistake(
        "app: dbt acme", "app: dbt globex", "acme and globex are set up with one okta.saml_app",
        {"from": "config.yaml:12 variables.app"}, more=GLOBEX,
    ),
}  # fmt: skip

IN_PLAYBOOK = {
    "unknown key": Mistake(
        "resources:", "resorces:", 'unknown key "resorces"',
        of_line(4, "play.yaml") | {"near": '"resources"'},
    ),
    "unknown kind": Mistake(
        "kind: okta.group_push", "kind: okta.grouppush", 'acme: no kind is called "okta.grouppush"',
        of_line(16, "play.yaml") | {"near": '"okta.group_push"'},
    ),
    "unknown attribute": Mistake(
        "label:", "lable:", 'acme: okta.saml_app: no attribute "lable"',
        of_line(7, "play.yaml") | {"near": '"label"'},
    ),
    "undefined variable": Mistake(
        "{{ app }}", "{{ ap | upper }}", 'acme: nothing is called "ap" here',
        of_line(7, "play.yaml") | {"near": '"app"'},
    ),
    "reference to nothing": Mistake(
        "okta.saml_app/dbt.id\n    base", "okta.saml_app/dbtt.id\n    base",
        "acme: okta.scim_provisioning: app: a reference to nothing: okta.saml_app/dbtt",
        of_line(13, "play.yaml") | {"near": "okta.saml_app/dbt"},
    ),
    "reference to an output that isn't there": Mistake(
        "scim_token/okta.token", "scim_token/okta.tokn",
        'acme: okta.scim_provisioning: token: dbt_cloud.scim_token/okta gives no "tokn"',
        of_line(15, "play.yaml") | {"near": '"token"'},
    ),
    "reference that is none": Mistake(
        "!ref okta.saml_app/dbt.id\n    base", "!ref dbt\n    base",
        'acme: "dbt" isn\'t kind/name.output', of_line(13, "play.yaml"),
    ),
    "a circle": Mistake(
        "    name: okta\n", "    name: okta\n    depends_on: [okta.scim_provisioning]\n",
        "acme: these wait for each other: ", {"from": "play.yaml:", "do": "remove one"},
    ),
    "wrong type": Mistake(
        "enabled: true", "enabled: yes", "acme: dbt_cloud.scim_config: enabled: must be true or",
        of_line(9, "play.yaml") | {"but": "write true or false"},
    ),
    "a name where there is one per account": Mistake(
        "enabled: true", "name: x", "acme: dbt_cloud.scim_config has no name",
        of_line(9, "play.yaml"),
    ),
    "a secret": Mistake(
        "enabled: true", "enabled: !secret env:X", "acme: dbt_cloud.scim_config: enabled: a secret",
        of_line(9, "play.yaml"),
    ),
}  # fmt: skip


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
        (b"two\nlines of it\n", "holds a space, a line break or a control character"),
        (b"\xff\xfe secret", "can't be read: it isn't text"),
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
        ("env:NOT_SET", "acme: the environment variable NOT_SET isn't set"),
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
        (["plan", "--workers", "0"], "Invalid value for '--workers'", ""),
        (["plan", "--output", "json=nowhere/x"], "nowhere/x can't be written", ""),
        (["plan", "--out", "nowhere/x"], "nowhere/x can't be written", ""),
        (["apply", "--yes", "--allow", "seats"], '--allow takes NAME=N, not "seats"', ""),
        (["apply", "--yes", "--allow", "seats=-1"], '--allow takes NAME=N, not "seats=-1"', ""),
        (["apply", "--yes", "--allow", "seat=1"], '--allow takes NAME=N, not "seat=1"', ""),
        (["apply", "--yes", "--token-to", "x"], "--token-to takes terminal or file:PATH", ""),
        (["apply", "--yes", "--token-to", "file:"], "--token-to takes terminal or file:", ""),
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
