"""What editors and shells are given: current schemas, completion, the filled-in playbook."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest
import yaml
from jsonschema import Draft7Validator
from tool import Tool

from okta_scim_setup import cli, registry
from okta_scim_setup.cli.simulate import _write
from okta_scim_setup.config import load_config
from okta_scim_setup.language import schemas
from okta_scim_setup.playbook import declare, load_playbook
from okta_scim_setup.simulator import Simulator

ROOT = Path(__file__).parents[1]

Start = Callable[..., Tool]

MODELINE = "# yaml-language-server: $schema="


class Loader(yaml.SafeLoader):
    """YAML as editors see it: a tag's value is text."""


Loader.add_multi_constructor("!", lambda loader, tag, node: node.value)


@cache
def validator(schema: str) -> Draft7Validator:
    """Of a schema that is valid itself: looked at once, as that takes half a second."""
    found = json.loads(schema)
    Draft7Validator.check_schema(found)
    return Draft7Validator(found)


def wrong(schema: dict[str, Any], text: str) -> list[str]:
    body = yaml.load(text, Loader)  # noqa: S506 -- a SafeLoader
    return [error.message for error in validator(json.dumps(schema)).iter_errors(body)]


@pytest.mark.parametrize("name", ["config", "playbook"])
def test_the_committed_schema_is_current(name: str) -> None:
    kept = ROOT / "okta_scim_setup" / "schemas" / f"{name}.schema.json"

    assert kept.read_text() == schemas.text(name), f"run: okta-scim-setup schema {name} --out"


def test_the_example_config_fits_and_its_modeline_leads_to_the_schema() -> None:
    text = (ROOT / "config.example.yaml").read_text()

    assert wrong(schemas.config(), text) == []
    named = text.splitlines()[0].partition("$schema=")[2]
    assert json.loads((ROOT / named).read_text()) == schemas.config()


@pytest.mark.parametrize("path", sorted(ROOT.glob("playbooks/*.yaml")), ids=lambda p: p.name)
def test_shipped_playbooks_fit_and_their_modelines_lead_to_the_schema(path: Path) -> None:
    text = path.read_text()

    assert wrong(schemas.playbook(), text) == []
    assert text.startswith(MODELINE)
    named = text.splitlines()[0].removeprefix(MODELINE)
    assert json.loads((path.resolve().parent / named).read_text()) == schemas.playbook()


def led_to(text: str) -> Any:
    """The schema that the first line of what we wrote leads to."""
    first = text.splitlines()[0]
    assert first.startswith(MODELINE)
    return json.loads(Path(url2pathname(urlsplit(first.removeprefix(MODELINE)).path)).read_text())


def test_what_render_writes_leads_editors_to_the_schema(simulated: Start) -> None:
    assert led_to(simulated().run("render").out) == schemas.playbook()


def test_what_simulate_writes_leads_editors_to_the_schema_and_fits(tmp_path: Path) -> None:
    with Simulator(tenants=1) as simulator:
        _write(simulator, tmp_path)

    text = (tmp_path / "config.yaml").read_text()
    assert led_to(text) == schemas.config()
    assert wrong(schemas.config(), text) == []


def test_what_a_config_accepts_fits_and_a_mistake_in_it_is_marked() -> None:
    entry = "{finding: AUD103, reason: x, owner: y, expires: '2027-01-31'}"
    written = "tenants: {acme: {accept: [%s]}}"

    assert wrong(schemas.config(), written % entry) == []
    assert wrong(schemas.config(), written % entry.replace("owner: y, ", ""))
    assert wrong(schemas.config(), written % entry.replace("expires", "until"))


@pytest.mark.parametrize("name", registry.kinds())
def test_the_example_of_each_kind_fits(name: str) -> None:
    assert wrong(schemas.playbook(), f"resources:\n  - {registry.kind(name).EXAMPLE}") == []


@pytest.mark.parametrize(
    "line", ["orgurl: x", "okta: {org: x}", "dbt_cloud: {account_id: many}", "tags: 7"]
)
def test_a_mistake_in_a_config_is_marked(line: str) -> None:
    assert wrong(schemas.config(), f"tenants: {{acme: {{{line}}}}}")


@pytest.mark.parametrize(
    "line",
    [
        "{kind: okta.nothing}",
        "{kind: dbt_cloud.scim_config, enabled: perhaps}",
        "{kind: dbt_cloud.scim_config, enable: true}",
        "{kind: okta.saml_app, label: x}",
        "{name: x}",
    ],
)
def test_a_mistake_in_a_playbook_is_marked(line: str) -> None:
    assert wrong(schemas.playbook(), f"resources: [{line}]")


@pytest.mark.parametrize("name", schemas.NAMES)
def test_schema_writes_to_stdout_or_a_file(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["schema", name]) == 0
    said = capsys.readouterr().out
    assert cli.run(["schema", name, "--out", str(tmp_path / "x.json")]) == 0

    assert (tmp_path / "x.json").read_text() == said == schemas.text(name)


def test_what_render_shows_is_a_playbook_that_declares_the_same(simulated: Start) -> None:
    tool = simulated(2)
    before = len(tool.simulator.requests())

    came = tool.run("render", "--tenant", "acme")

    assert came.code == 0
    assert len(tool.simulator.requests()) == before
    assert "!ref 'okta.saml_app/dbt.id'" in came.out
    tenant = load_config(tool.config).tenants[0]
    (tool.config.parent / "own.yaml").write_text(came.out)
    own = load_playbook("./own.yaml", tool.config.parent)
    assert wrong(schemas.playbook(), came.out) == []
    bare = tool.config.read_text().replace("playbook: dbt_cloud_scim", "playbook: ./own.yaml")
    lines = bare.splitlines()
    cut = [n for n, line in enumerate(lines) if line.strip() == "variables:"]
    kept = lines[: cut[0]]
    tool.config.write_text("\n".join(kept) + "\n")
    again = declare(own, load_config(tool.config).tenants[0])
    first = declare(load_playbook(tenant.playbook, tenant.base), tenant)
    assert [d.resource for d in again.resources] == [d.resource for d in first.resources]
    assert [d.depends_on for d in again.resources] == [d.depends_on for d in first.resources]


def test_render_wants_one_tenant(simulated: Start) -> None:
    came = simulated(2).run("render")

    assert came.code == 64
    assert "2 tenants: acme, globex" in came.err


def completed(
    words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> set[str]:
    """What bash would be offered for the last word."""
    monkeypatch.setenv("_OKTA_SCIM_SETUP_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split(" ")) - 1))
    with pytest.raises(SystemExit):
        cli.run([])
    came = capsys.readouterr()
    assert came.err == ""
    return {line.partition(",")[2] for line in came.out.splitlines() if line}


def test_shells_complete_tenants_kinds_formats_and_verbs(
    simulated: Start, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tool = simulated(3)
    config = f"--config {tool.config}"

    offered = completed(f"okta-scim-setup plan {config} --tenant a", monkeypatch, capsys)
    assert offered == {"acme"}
    assert "okta.saml_app" in completed("okta-scim-setup kinds okta.s", monkeypatch, capsys)
    assert completed("okta-scim-setup audit --output sa", monkeypatch, capsys) == {
        "sarif",
        "sarif=",
    }
    assert completed("okta-scim-setup ren", monkeypatch, capsys) == {"render"}
    # A verb that isn't known is no error while somebody types.
    assert "audit" in completed("okta-scim-setup nothing --tenant a", monkeypatch, capsys)
    tool.config.write_text("tenants: [")
    assert completed(f"okta-scim-setup plan {config} --tenant a", monkeypatch, capsys) == set()
