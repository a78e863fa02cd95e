"""What README and docs show works as it stands: examples, verbs, options, links, exit codes."""

from __future__ import annotations

import re
import shlex
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from okta_scim_setup import cli, errors

ROOT = Path(__file__).parents[1]
DESIGN = ROOT.parent / "shared" / "design" / "examples.md"
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])

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
        for part in re.split(r"&&|\|", text.split("#")[0]):
            words = part.replace("$ ", "", 1).split()
            if words[:1] == ["okta-scim-setup"] and len(words) > 1:
                yield shlex.split(part.replace("$ ", "", 1))[1:]


YAML = [block for page in PAGES for block in blocks(page) if block.language == "yaml"]
CONFIGS = [block for block in YAML if "tenants" in yaml.load(block.text, Loader)]  # noqa: S506
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
    assert set(sections) <= set(REST), f"{block} is neither config, playbook nor part of a tenant"
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


def test_readme_leads_through_every_step_of_the_first_run() -> None:
    named = {verb for verb, *_ in commands(ROOT / "README.md")}

    assert {"validate", "doctor", "plan", "apply", "audit", "kinds", "simulate"} <= named


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
