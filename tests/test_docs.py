"""What README and docs show works as it stands: examples, verbs, options, links, exit codes."""

from __future__ import annotations

import ast
import csv
import io
import json
import re
import shlex
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from servers import reply, serving
from tool import Tool

from okta_scim_setup import cli, errors
from okta_scim_setup.cli import _webhook
from okta_scim_setup.errors import Place

ROOT = Path(__file__).parents[1]
DESIGN = ROOT.parent / "shared" / "design" / "examples.md"
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])

PLACE = Place("the page", 0)

# A tenant's sections as far as a fragment leaves them out.
REST = {
    "okta": "{org_url: https://acme.okta.com, token: !secret env:OKTA_API_TOKEN}",
    "dbt_cloud": "{access_url: https://ab123.us1.dbt.com, account_id: 70403103, "
    "token: !secret env:DBT_CLOUD_TOKEN}",
    "variables": "{app: dbt Cloud}",
}

# What include: patterns in the examples find.
INCLUDED = {
    "clients/globex.yaml": """
tags: [eu, retail]
okta: {org_url: https://globex.okta.com, token: !secret env:GLOBEX}
dbt_cloud: {access_url: https://gx771.eu1.dbt.com, account_id: 70409001, token: !secret env:DBT}
variables: {app: dbt Cloud (SSO)}
""",
    "terraform/finance.json": """{
  "app_label": {"sensitive": false, "type": "string", "value": "dbt finance"},
  "dbt_account_id": {"sensitive": false, "type": "number", "value": 70403111},
  "groups": {"sensitive": false, "type": "dynamic", "value": [{"name": "dbt-finance-devs"}]}
}
""",
    "own.yaml": "variables: {app: , groups: []}\nresources: [{kind: dbt_cloud.scim_config}]\n",
    "clients.csv": "tenant,okta.org_url,dbt_cloud.access_url,dbt_cloud.account_id,variables.app\n",
}


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"


class Loader(yaml.SafeLoader):
    """YAML with our tags, as text."""


Loader.add_multi_constructor("!", lambda loader, tag, node: f"!{tag} {node.value}")


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text()
    for found in re.finditer(r"^( *)```(\w*)\n(.*?)^\1```$", text, re.DOTALL | re.MULTILINE):
        line = text.count("\n", 0, found.start()) + 1
        yield Block(page, line, found[2], textwrap.dedent(found[3]))


def commands(page: Path) -> Iterator[list[str]]:
    """Command lines of ours: in blocks after a prompt or by themselves, and in code spans."""
    spans = re.findall(r"(?<!`)`([^`\n]+)`(?!`)", page.read_text())
    lines = [line for block in blocks(page) for line in block.text.splitlines()]
    for text in (*spans, *lines):
        for part in re.split(r"&&|\|| > | &$", text.split(" #")[0]):
            words = part.replace("$ ", "", 1).split()
            if words[:1] == ["okta-scim-setup"] and len(words) > 1:
                yield shlex.split(part.replace("$ ", "", 1))[1:]


YAML = [block for page in PAGES for block in blocks(page) if block.language == "yaml"]
WHOLE = {"tenants", "include"}
CONFIGS = [block for block in YAML if WHOLE & yaml.load(block.text, Loader).keys()]  # noqa: S506
PLAYBOOKS = [block for block in YAML if "resources" in yaml.load(block.text, Loader)]  # noqa: S506
FRAGMENTS = [block for block in YAML if block not in CONFIGS and block not in PLAYBOOKS]

Validate = Callable[[str], str]


@pytest.fixture
def validate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Validate:
    """Write a config and validate it; what was said."""

    def valid(config: str) -> str:
        for name, text in INCLUDED.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text)
        path = tmp_path / "config.yaml"
        path.write_text(config)
        code = cli.run(["validate", "--config", str(path)])
        came = capsys.readouterr()
        assert code == 0, came.err
        return came.out

    return valid


def tenant(**sections: str) -> str:
    """A config of one tenant."""
    lines = [f"    {key}: {value}" for key, value in {**REST, **sections}.items()]
    return "\n".join(["tenants:", "  acme:", *lines, ""])


def config_for(playbook: str, path: Path) -> str:
    """A config of one tenant that sets what *playbook* says must be set, and fills its lists."""
    path.write_text(playbook)
    declared = yaml.load(playbook, Loader).get("variables") or {}  # noqa: S506
    fitting: dict[str, Any] = {
        name: "dbt Cloud" if default is None else [{"name": "devs"}]
        for name, default in declared.items()
        if default in (None, [])
    }
    written = yaml.safe_dump(fitting, default_flow_style=True, width=1000).strip()
    return tenant(playbook=f"./{path.name}", variables=written)


@pytest.mark.parametrize("block", CONFIGS, ids=str)
def test_a_config_validates_as_it_stands(block: Block, validate: Validate) -> None:
    assert "Valid." in validate(block.text)


@pytest.mark.parametrize("block", PLAYBOOKS, ids=str)
def test_a_playbook_validates_as_it_stands(
    block: Block, validate: Validate, tmp_path: Path
) -> None:
    assert "Valid." in validate(config_for(block.text, tmp_path / "shown.yaml"))


@pytest.mark.parametrize("block", FRAGMENTS, ids=str)
def test_a_fragment_is_part_of_a_tenant_and_validates_in_one(
    block: Block, validate: Validate
) -> None:
    sections = yaml.load(block.text, Loader)  # noqa: S506
    known = {*REST, "playbook", "accept"}
    assert set(sections) <= known, f"{block} is neither config, playbook nor part of a tenant"
    rest = {key: value for key, value in REST.items() if key not in sections}
    lines = [f"{key}: {value}" for key, value in rest.items()]
    body = textwrap.indent(block.text + "\n".join(lines), "    ")
    assert "Valid." in validate(f"tenants:\n  acme:\n{body}\n")


def test_the_pages_have_examples_to_check() -> None:
    assert {block.page.name for block in CONFIGS} >= {"README.md", "language.md"}
    assert {block.page.name for block in PLAYBOOKS} >= {"language.md"}


def test_the_example_config_validates(validate: Validate) -> None:
    assert "1 tenant, " in validate((ROOT / "config.example.yaml").read_text())


@pytest.mark.parametrize("path", sorted(ROOT.glob("playbooks/*.yaml")), ids=lambda p: p.name)
def test_every_shipped_playbook_validates(path: Path, validate: Validate, tmp_path: Path) -> None:
    assert "Valid." in validate(config_for(path.read_text(), tmp_path / path.name))


@pytest.mark.skipif(not DESIGN.exists(), reason="needs the design's examples in ../shared")
def test_the_designs_first_example_validates_as_it_stands(
    validate: Validate, tmp_path: Path
) -> None:
    config, playbook = (b.text for b in list(blocks(DESIGN))[:2])

    assert "Valid." in validate(config)
    assert "Valid." in validate(config_for(playbook, tmp_path / "dbt_cloud_scim.yaml"))
    # The same tenant, with that playbook instead of the default one.
    named = config.replace("  acme:\n", "  acme:\n    playbook: ./dbt_cloud_scim.yaml\n")
    assert named != config
    assert "5 resources" in validate(named)


def option_names(command: click.Command) -> set[str]:
    return {name for option in command.params for name in (*option.opts, *option.secondary_opts)}


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_verbs_and_options_that_a_page_names_exist(page: Path) -> None:
    context = click.Context(cli.cli)
    for verb, *rest in commands(page):
        if verb in {"--help", "--version", "VERB"}:
            continue
        assert verb in cli.VERBS, f"{page.name}: okta-scim-setup {verb}"
        command = cli.cli.get_command(context, verb)
        assert command is not None
        given = {word.partition("=")[0] for word in rest if word.startswith("--")}
        assert given <= {*option_names(command), "--help"}, f"{page.name}: {verb} {given}"


PLACEHOLDERS = {"ID": "1", "N": "1", "SEVERITY": "low"}
"""What stands for a value that is checked when the command line is read."""


def read_as_given(words: list[str]) -> None:
    """Let click read a command line: options, their values, arguments.

    Raises:
        click.UsageError: it can't be given like this.
    """
    verb, *rest = (PLACEHOLDERS.get(word, word) for word in words)
    rest = [re.sub(r"=(N|ID)$", "=1", word) for word in rest]
    context = click.Context(cli.cli)
    command = cli.cli.get_command(context, verb)
    assert command is not None
    if "--help" not in rest:
        command.make_context(verb, rest, parent=context)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_command_lines_that_a_page_shows_can_be_given_like_this(page: Path) -> None:
    for words in commands(page):
        if words[0] not in {"--help", "--version", "VERB"} and "VERB" not in words:
            try:
                read_as_given(words)
            except click.UsageError as error:
                pytest.fail(f"{page.name}: {' '.join(words)}: {error.format_message()}")


READING = {"validate", "doctor", "plan", "audit", "kinds", "schema", "render"}
"""Verbs that a test may run as they are shown."""


def shown(page: Path) -> list[list[str]]:
    """The command lines behind a prompt that only read."""
    blocks_of = (block for block in blocks(page) if block.language == "console")
    lines = (line for block in blocks_of for line in block.text.splitlines())
    parts = (part for line in lines if line.startswith("$ ") for part in line.split("&&"))
    found = (shlex.split(part.removeprefix("$ "), comments=True) for part in parts)
    return [words[1:] for words in found if words[:1] == ["okta-scim-setup"]]


SHOWN = [(page, words) for page in PAGES for words in shown(page) if words[0] in READING]


@pytest.fixture(scope="module")
def chat() -> Iterator[str]:
    """The address of a chat on this machine."""
    with serving(reply(raw=b"ok")) as server:
        yield f"{server.url}/services/hush"


@pytest.mark.parametrize(
    ("page", "words"), SHOWN, ids=[f"{page.name}: {' '.join(words)}" for page, words in SHOWN]
)
def test_what_a_page_shows_behind_a_prompt_works(
    page: Path,
    words: list[str],
    simulated: Callable[..., Tool],
    monkeypatch: pytest.MonkeyPatch,
    chat: str,
) -> None:
    """On the simulator, with tenants called as there, and a baseline beside them."""
    tool = simulated(2)
    text = tool.config.read_text().replace("defaults:\n", "defaults:\n  tags: [prod]\n")
    text = text.replace("  acme:\n", "  finance:\n").replace("  globex:\n", "  marketing:\n")
    renamed = {"acme": "finance"} if "acme" in words else {}
    tool.config.write_text(text)
    monkeypatch.chdir(tool.config.parent)
    monkeypatch.setenv("AUDIT_WEBHOOK", chat)
    assert tool.run("apply", "--yes").code == 0
    tool.run("audit", "--output", "json=last.json")
    verb, *rest = (renamed.get(word, word) for word in words)

    code = cli.run([verb, *rest])

    assert code == 0, f"{page.name}: {tool.capsys.readouterr().err}"


def test_the_first_steps_work_one_after_the_other(
    simulated: Callable[..., Tool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """start.md, its simulate aside, which a test's simulator stands for."""
    tool = simulated(2)
    monkeypatch.chdir(tool.config.parent)
    steps = [words for words in shown(ROOT / "docs" / "start.md") if words[0] != "simulate"]

    codes = {" ".join(words): cli.run(words) for words in steps}

    assert [words[0] for words in steps] == ["validate", "doctor", "plan", "apply", "plan", "audit"]
    assert set(codes.values()) == {0}, codes


CHECKS: dict[str, Callable[[str], object]] = {
    "python": ast.parse,
    "toml": tomllib.loads,
    "yml": yaml.safe_load,
    "json": json.loads,
    "csv": lambda text: list(csv.DictReader(io.StringIO(text), strict=True)),
    "sh": lambda text: subprocess.run(["/bin/sh", "-n"], input=text, text=True, check=True),
    "jinja": lambda text: _webhook._body(_webhook.compiled(text), _webhook._example(), PLACE),
}
"""How a block is checked that is neither YAML of ours, which is validated, nor a terminal."""

OTHERS = [b for page in PAGES for b in blocks(page) if b.language not in {"yaml", "console"}]


@pytest.mark.parametrize("block", OTHERS, ids=str)
def test_every_other_block_is_what_it_says(block: Block) -> None:
    if block.language not in {"text", ""}:
        CHECKS[block.language](block.text)


def test_the_kind_that_is_shown_as_an_example_works(
    simulated: Callable[..., Tool], tmp_path: Path
) -> None:
    """In a folder beside the provider's own: found by its path, applied, then in sync."""
    (example,) = (b for b in blocks(ROOT / "docs" / "write-a-kind.md") if b.language == "python")
    (tmp_path / "kinds").mkdir()
    (tmp_path / "kinds" / "manual_updates.py").write_text(example.text)
    tool = simulated()
    own = "variables: {app: , groups: []}\nresources: [{kind: dbt_cloud.manual_updates}]\n"
    (tool.config.parent / "own.yaml").write_text(own)
    tool.config.write_text(tool.config.read_text().replace("dbt_cloud_scim", "./own.yaml", 1))
    program = (
        "import sys; from okta_scim_setup.providers import dbt_cloud; "
        "dbt_cloud.__path__.append(sys.argv[1]); "
        "from okta_scim_setup.cli import main; main(sys.argv[2:])"
    )

    def run(*words: str) -> str:
        command = [sys.executable, "-c", program, str(tmp_path / "kinds"), *words]
        done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 -- ours
        return done.stdout

    config = ("--config", str(tool.config))
    assert "What it is for, in one line" in run("kinds")
    assert "allowed" in run("plan", *config)
    run("apply", "--yes", *config)
    assert run("plan", *config).startswith("acme   in sync.")
    assert tool.dbt("GET", "/scim-config/")["data"]["manual_updates_allowed"] is False


@pytest.mark.parametrize("name", sorted(p.name for p in (ROOT / "docs").glob("*.md")))
def test_the_index_leads_to_every_page(name: str) -> None:
    index = (ROOT / "docs" / "README.md").read_text()

    assert name == "README.md" or f"]({name})" in index


def test_readme_leads_through_every_step_of_the_first_run() -> None:
    named = {verb for verb, *_ in commands(ROOT / "README.md")}

    assert {"validate", "doctor", "plan", "apply", "audit", "simulate"} <= named


def test_options_that_readme_names_alone_exist() -> None:
    context = click.Context(cli.cli)
    known = {"--help", "--version"}
    for verb in cli.VERBS:
        command = cli.cli.get_command(context, verb)
        assert command is not None
        known |= option_names(command)

    said = re.findall(r"`[^`\n]*`", (ROOT / "README.md").read_text())
    named = {name for span in said for name in re.findall(r"(?<![\w-])--[a-z][a-z-]+", span)}

    assert named
    assert named <= known


def test_make_targets_that_a_page_names_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    for page in PAGES:
        named = re.findall(r"(?:`|\$ )make ([a-z]+)", page.read_text())
        assert set(named) <= targets, page.name


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_internal_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    for target in re.findall(r"\[[^\]]+\]\(([^)]+)\)", text):
        if re.match(r"https?:|mailto:", target):
            continue
        path, _, anchor = target.partition("#")
        file = page.parent / path if path else page
        assert file.exists(), f"{page.name}: {target}"
        if anchor:
            headings = re.findall(r"^#+ (.*)$", file.read_text(), re.MULTILINE)
            slugs = {re.sub(r"[^\w -]", "", h).strip().lower().replace(" ", "-") for h in headings}
            assert anchor in slugs, f"{page.name}: {target}"


def exit_codes_in_readme() -> dict[int, str]:
    rows = re.findall(r"^\| (\d+) \| (.*) \|$", (ROOT / "README.md").read_text(), re.MULTILINE)
    return {int(code): meaning for code, meaning in rows}


def exit_codes_in_help() -> dict[int, str]:
    said = " ".join((cli.cli.help or "").split()).partition("the first that applies: ")[2]
    return {int(code): text for code, text in re.findall(r"(\d+) ([^;.]+)", said)}


def test_exit_codes_in_readme_are_those_of_the_help_in_the_same_order() -> None:
    readme, told = exit_codes_in_readme(), exit_codes_in_help()

    assert list(readme) == list(told)
    for code, meaning in told.items():
        words = set(re.findall(r"[a-z]+", meaning)) - {"a", "an", "or", "of", "to", "something"}
        assert words <= set(re.findall(r"[a-z]+", readme[code])), f"{code}: {meaning}"


def test_exit_codes_in_readme_are_those_of_the_code() -> None:
    codes = exit_codes_in_readme()

    assert codes[cli.BUG] == "a bug of ours"
    assert codes[cli.INTERRUPTED] == "interrupted"
    assert codes[errors.UsageError.exit_code] == "wrong usage"
    assert codes[errors.Refused.exit_code].startswith("refused by a guard")
    assert "failed" in codes[errors.SetupError.exit_code]
