"""A tenant's variables from what Terraform knows, in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tool import Tool

from okta_scim_setup.config import load_config

CONFIG = """
defaults:
  terraform: "terraform/{{ tenant }}.json"
  okta: {org_url: "{{ terraform.org_url }}", token: !secret env:OKTA}
  dbt_cloud:
    access_url: https://ab123.us1.dbt.com
    account_id: "{{ terraform.account_id }}"
    token: !secret env:DBT
  variables:
    app: "{{ terraform.app_label }}"
    groups: "{{ terraform.groups }}"
tenants:
  acme: {}
"""


def output(value: Any, *, sensitive: bool = False) -> dict[str, Any]:
    return {"sensitive": sensitive, "type": "dynamic", "value": value}


OUTPUTS = {
    "org_url": output("https://acme.okta.com"),
    "account_id": output(70403103),
    "app_label": output("dbt Cloud"),
    "groups": output([{"name": "dbt-devs", "assign": True}]),
    "service_token": output("dbts_canary", sensitive=True),
    "not_asked_for": output({"any": ["thing", None]}),
}


def written(folder: Path, config: str = CONFIG, outputs: object = OUTPUTS) -> Path:
    (folder / "terraform").mkdir()
    text = outputs if isinstance(outputs, str) else json.dumps(outputs)
    (folder / "terraform" / "acme.json").write_text(text)
    (folder / "config.yaml").write_text(config)
    return folder / "config.yaml"


def test_outputs_fill_variables_and_settings_and_keep_their_types(tmp_path: Path) -> None:
    (tenant,) = load_config(written(tmp_path)).tenants

    assert tenant.variables.plain() == {
        "app": "dbt Cloud",
        "groups": [{"name": "dbt-devs", "assign": True}],
    }
    settings: Any = tenant.settings
    assert settings["dbt_cloud"].account_id == 70403103
    assert settings["okta"].org_url == "https://acme.okta.com"


def test_the_simulators_tenant_is_set_up_from_terraforms_outputs(
    simulated: Callable[..., Tool],
) -> None:
    tool = simulated()
    folder = tool.config.parent
    groups = [{"name": "dbt-acme-devs", "assign": True}]
    outputs = {"label": output("dbt acme"), "groups": output(groups)}
    (folder / "out.json").write_text(json.dumps(outputs))
    text = tool.config.read_text().partition("    variables:")[0]
    tool.config.write_text(
        text + "    terraform: out.json\n"
        '    variables: {app: "{{ terraform.label }}", groups: "{{ terraform.groups }}"}\n'
    )

    assert tool.run("apply", "--yes").code == 0
    pushed = tool.run("plan", "--output", "json").json["tenants"][0]["plan"]["in_sync"]
    assert "okta.group_push/dbt-acme-devs" in pushed


def test_a_column_names_the_file_as_well(tmp_path: Path) -> None:
    config = CONFIG.partition("tenants:")[0].replace(
        '  terraform: "terraform/{{ tenant }}.json"\n', ""
    )
    path = written(tmp_path, config + "include: clients.csv\n")
    (tmp_path / "clients.csv").write_text("tenant,terraform\nacme,terraform/acme.json\n")

    (tenant,) = load_config(path).tenants

    assert tenant.variables.plain()["app"] == "dbt Cloud"


@pytest.mark.parametrize(
    ("outputs", "said"),
    [
        ("{", "acme.json isn't JSON"),
        ("[]", "isn't what terraform output -json writes"),
        ({"app_label": "dbt Cloud"}, '"app_label" isn\'t an output'),
        ({"app_label": {"value": 1}}, '"app_label" isn\'t an output'),
    ],
)
def test_a_file_that_terraform_did_not_write_is_said_once_with_both_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], outputs: object, said: str
) -> None:
    path = written(tmp_path, outputs=outputs)

    err = refused(path, capsys)

    assert said in err
    assert "config.yaml:3" in err
    assert "terraform output -json > FILE" in err
    assert "nothing is called" not in err


def refused(path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    from okta_scim_setup import cli  # noqa: PLC0415 -- the other tests load configs alone

    assert cli.run(["validate", "--config", str(path)]) == 1
    return capsys.readouterr().err


def test_a_file_that_is_not_there_is_said_with_the_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, CONFIG.replace("{{ tenant }}.json", "other.json"))

    err = refused(path, capsys)

    assert "there is no file" in err
    assert "config.yaml:3" in err


@pytest.mark.parametrize(
    ("name", "near"), [("app_labl", 'near     "app_label"'), ("service_token", "nothing is called")]
)
def test_what_terraform_does_not_give_or_keeps_to_itself_is_an_error_where_it_is_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, near: str
) -> None:
    path = written(tmp_path, CONFIG.replace("terraform.app_label", f"terraform.{name}"))

    err = refused(path, capsys)

    assert f'nothing is called "{name}" here' in err
    assert near in err
    assert "config.yaml:10" in err
    assert "dbts_canary" not in err
