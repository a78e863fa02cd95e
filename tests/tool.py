"""The command line in this process, against a simulator of its own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from okta_scim_setup import cli
from okta_scim_setup.simulator import Simulator


@dataclass(frozen=True)
class Came:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Tool:
    """The command line against a simulator of its own."""

    simulator: Simulator
    config: Path
    capsys: pytest.CaptureFixture[str]

    def run(self, verb: str, *arguments: str) -> Came:
        self.capsys.readouterr()
        code = cli.run([verb, *arguments, "--config", str(self.config)])
        captured = self.capsys.readouterr()
        assert self.simulator.errors == []
        return Came(code, captured.out, captured.err)

    def sent(self, verb: str, *arguments: str) -> list[dict[str, Any]]:
        """The requests of a command, those of the simulated Okta aside."""
        before = len(self.simulator.requests())
        self.run(verb, *arguments)
        return [r for r in self.simulator.requests()[before:] if r["by"] == "client"]

    def change(self, **variables: Any) -> None:
        """Rewrite every tenant's variables in config.yaml."""
        text = self.config.read_text().replace("!secret ", "SECRET")
        config = yaml.safe_load(text)
        for tenant in config["tenants"].values():
            tenant["variables"] |= variables
        self.config.write_text(yaml.safe_dump(config).replace("SECRET", "!secret "))

    def app(self, tenant: int = 0) -> dict[str, Any]:
        """A tenant's app, as the simulator's snapshot has it."""
        return next(
            app
            for app in self.simulator.state()["okta"][tenant]["apps"]
            if app["label"].startswith("dbt ")
        )

    def account(self, tenant: int = 0) -> dict[str, Any]:
        return self.simulator.state()["dbt_cloud"][tenant]

    def console(self, fields: dict[str, Any], tenant: int = 0) -> None:
        self.simulator.console(self.app(tenant)["id"], fields)

    def do_the_clicks(self, tenant: str, number: int, token: str) -> None:
        """What the runbook asks of a person, with the values it gives."""
        report = self.run("apply", "--yes", "--tenant", tenant, "--output", "json").json
        for step in report["tenants"][0]["steps_for_a_person"]["steps"]:
            fields: dict[str, Any] = {**step["ticks"], **step["fields"]}
            if "Authorization" in fields:
                fields["Authorization"] = token
            if step["press"]:
                fields[step["press"]] = True
            self.console(fields, number)

    def okta(self, method: str, path: str, tenant: int = 0, **sent: Any) -> Any:
        """Somebody else's request to Okta."""
        org = self.simulator.summary()["okta"][tenant]
        headers = {"Authorization": f"SSWS {org['api_token']}"}
        answer = requests.request(
            method, org["org_url"] + path, headers=headers, timeout=10, **sent
        )
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def dbt(self, method: str, path: str, tenant: int = 0, **sent: Any) -> Any:
        """Somebody else's request to dbt; *path* is below the account."""
        account = self.simulator.summary()["dbt_cloud"][tenant]
        url = f"{account['access_url']}/api/v3/accounts/{account['account_id']}{path}"
        headers = {"Authorization": f"Token {account['token']}"}
        answer = requests.request(method, url, headers=headers, timeout=10, **sent)
        answer.raise_for_status()
        return answer.json() if answer.content else None
