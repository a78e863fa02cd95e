"""Converged tenants on the simulator, kept as a file, so that a test begins where they stand."""

from __future__ import annotations

import contextlib
import json
import random
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from okta_scim_setup import cli
from okta_scim_setup.providers.okta._sso_guide import GUIDE, sign_on, statements
from okta_scim_setup.simulator import Simulator

API, HAND, OTHER = "acme", "initech", "globex"
"""An app with an API, a custom SAML app that was set up by hand, and somebody else's account."""

TENANTS = {API: 0, OTHER: 1, HAND: 2}

PLAYBOOK = """
variables:
  app:
  groups: []
  slug: "" # where it is set the app and the provider of signing in are declared whole
resources:
  - kind: okta.saml_app
    name: dbt
    label: "{{ app }}"
    create: "{{ slug != '' }}"
    single_sign_on_url: >-
      {{ ('https://auth.dbt.example/login/callback?connection=' ~ slug) if slug else none }}
    audience: "{{ ('urn:auth0:us_entity:' ~ slug) if slug else none }}"
    relay_state: "{{ slug if slug else none }}"
  - kind: dbt_cloud.auth_provider
    when: "{{ slug != '' }}"
    slug: "{{ slug }}"
    entity_id: !ref okta.saml_app/dbt.entity_id
    sso_url: !ref okta.saml_app/dbt.sso_url
    certificate: !ref okta.saml_app/dbt.certificate
    certificate_expires: !ref okta.saml_app/dbt.certificate_expires
  - kind: dbt_cloud.scim_config
  - {kind: dbt_cloud.scim_token, name: okta, max_age: "{{ none if slug else 300 }}"}
  - kind: okta.scim_provisioning
    app: !ref okta.saml_app/dbt.id
    base_url: !ref dbt_cloud.scim_config.base_url
    token: !ref dbt_cloud.scim_token/okta.token
  - {kind: okta.provisioning_features, app: !ref okta.saml_app/dbt.id}
  - {kind: okta.app_user_schema, name: licenseType, app: !ref okta.saml_app/dbt.id}
  - kind: okta.profile_mapping
    name: displayName
    app: !ref okta.saml_app/dbt.id
    expression: user.displayName
  - kind: okta.group_assignment
    for_each: "{{ groups }}"
    name: "{{ item.name }}"
    app: !ref okta.saml_app/dbt.id
    priority: "{{ index }}"
    profile: {licenseType: "{{ 'it' if index == 0 else 'developer' }}"}
  - kind: okta.group_push
    for_each: "{{ groups }}"
    name: "{{ item.name }}"
    app: !ref okta.saml_app/dbt.id
  - kind: dbt_cloud.group_permissions
    for_each: "{{ groups }}"
    group: !ref "okta.group_push/{{ item.name }}.name"
    permissions: [developer, {set: job_admin, project: Analytics}]
    others: "{{ 'remove' if index == 0 else 'keep' }}"
  - {kind: dbt_cloud.license_map, name: read_only, groups: [dbt-viewers]}
  - kind: dbt_cloud.scim_licences
"""
"""All kinds."""


@dataclass
class Tenants:
    """A running simulator, and what other people do there, by the real APIs and the console."""

    simulator: Simulator
    config: Path
    tenant: str = API
    _kept: dict[str, Any] = field(default_factory=dict)

    @property
    def number(self) -> int:
        return TENANTS[self.tenant]

    @property
    def org(self) -> dict[str, Any]:
        return dict(self.simulator.state()["okta"][0])

    @property
    def app(self) -> dict[str, Any]:
        label = f"dbt {self.tenant}"
        known = self._kept.get("app")
        return next(a for a in self.org["apps"] if known == a["id"] or a["label"] == label)

    @property
    def account(self) -> dict[str, Any]:
        return dict(self.simulator.state()["dbt_cloud"][self.number])

    def group(self, which: str) -> dict[str, Any]:
        """An Okta group by the end of its name: admins or devs."""
        found = self.okta("GET", "/api/v1/groups")
        name = f"dbt-{self.tenant}-{which}"
        return next(g for g in found if g["profile"]["name"] == name and g["type"] == "OKTA_GROUP")

    def dbt_group(self, which: str) -> dict[str, Any]:
        name = f"dbt-{self.tenant}-{which}"
        return next(g for g in self.dbt("GET", "/groups/")["data"] if g["name"] == name)

    def okta(self, method: str, path: str, **sent: Any) -> Any:
        org = self.simulator.summary()["okta"][0]
        headers = {"Authorization": f"SSWS {org['api_token']}"}
        return _asked(method, org["org_url"] + path, headers, sent)

    def of_app(self, method: str, below: str = "", **sent: Any) -> Any:
        return self.okta(method, f"/api/v1/apps/{self.app['id']}{below}", **sent)

    def dbt(self, method: str, path: str, number: int | None = None, **sent: Any) -> Any:
        account = self.simulator.summary()["dbt_cloud"][self.number if number is None else number]
        url = f"{account['access_url']}/api/v3/accounts/{account['account_id']}{path}"
        return _asked(method, url, {"Authorization": f"Token {account['token']}"}, sent)

    def scim(self, method: str, path: str, **sent: Any) -> Any:
        """Another tool's request, with a token that it made, and revokes again."""
        made = self.dbt("POST", "/scim-config/tokens/", json={"name": "another tool"})["data"]
        account = self.simulator.summary()["dbt_cloud"][self.number]
        url = f"{account['access_url']}/api/v3/accounts/{account['account_id']}/scim/v2{path}"
        try:
            return _asked(method, url, {"Authorization": f"Bearer {made['token_string']}"}, sent)
        finally:
            self.dbt("DELETE", f"/scim-config/tokens/{made['id']}/")

    def console(self, **fields: Any) -> None:
        labels = {label.replace("_", " "): value for label, value in fields.items()}
        self.simulator.console(self.app["id"], labels)

    def login(self, first: str) -> str:
        names = {"ada": "lovelace", "grace": "hopper", "edgar": "codd", "barbara": "liskov"}
        names |= {"alan": "turing", "radia": "perlman"}
        return f"{first}.{names[first]}@{self.tenant}.example"

    def user(self, first: str) -> dict[str, Any]:
        return dict(self.okta("GET", f"/api/v1/users/{self.login(first)}"))

    def member(self, first: str) -> dict[str, Any]:
        """Somebody in dbt, as SCIM shows them."""
        return next(
            u for u in self.dbt("GET", "/users/")["data"] if u["email"] == self.login(first)
        )

    def audit(self, *options: str) -> tuple[int, dict[str, Any]]:
        """The exit code and this tenant's part of the report."""
        folder = self.config.parent
        report = folder / "report.json"
        arguments = ["--config", str(self.config), "--tenant", self.tenant]
        journal = ["--journal", str(folder / "journal"), "--output", f"json={report}"]
        code = cli.run(["audit", *arguments, *journal, *options])
        assert self.simulator.errors == []
        return code, json.loads(report.read_text())["tenants"][0]


def converge(folder: Path) -> None:
    """Set all tenants but OTHER up, and keep them in *folder*."""
    (folder / "port").write_text(str(free_port()))
    with _simulator(folder, Simulator) as simulator:
        tenants = Tenants(simulator, _config(simulator, folder))
        _apply(tenants, API)
        _signs_on(tenants)
        _apply(tenants, HAND, "--token-to", f"file:{folder / 'token'}")
        _clicks(tenants)
        assert _apply(tenants, HAND) == 0
        for tenant in (API, HAND):
            # Licences count from now on: everybody is pushed once more.
            tenants.tenant = tenant
            for person in tenants.of_app("GET", "/users"):
                body = {"profile": {"nickName": "x"}}
                tenants.okta("POST", f"/api/v1/users/{person['id']}", json=body)
        # Whatever may still be on its way has arrived, and grace is over.
        simulator.clock.advance(2 * 86400 + 60)


@contextmanager
def running(kept: Path, folder: Path, tenant: str = API) -> Iterator[Tenants]:
    """The tenants that were kept, in a simulator of their own."""
    shutil.copytree(kept / "journal", folder / "journal", dirs_exist_ok=True)
    with _simulator(kept, Restored) as simulator:
        yield Tenants(simulator, _config(simulator, folder), tenant)


class Restored(Simulator):
    """Begins where a file stands, and leaves it as it is: nobody goes on from where a test ends."""

    def save(self) -> None:
        """Don't, as it takes longer than many a test."""


def _simulator(kept: Path, kind: type[Simulator]) -> Simulator:
    """Always at the same address: on a custom SAML app the base URL is part of what was agreed."""
    port = int((kept / "port").read_text())
    return kind(tenants=3, orgs=1, port=port, keep_in=kept / "state.json")


def free_port() -> int:
    """One that the system doesn't hand out by itself, so that it is free the next time as well."""
    for port in random.sample(range(20_000, 32_000), 100):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("no port is free")


def _config(simulator: Simulator, folder: Path) -> Path:
    (folder / "everything.yaml").write_text(PLAYBOOK)
    config = simulator.write_config(folder)
    text = config.read_text().replace("dbt_cloud_scim", "./everything.yaml")
    app = f"app: dbt {HAND}\n"
    assert app in text
    config.write_text(text.replace(app, f"{app}      slug: {HAND}\n"))
    return config


def _signs_on(tenants: Tenants) -> None:
    """The custom SAML app was set up by dbt's guide, before there was any provisioning to wipe."""
    tenants.tenant = HAND
    app = tenants.of_app("GET")
    told = statements(GUIDE["attribute_statements"], GUIDE["group_filter"])
    url = f"https://auth.dbt.example/login/callback?connection={HAND}"
    signs_on = sign_on(url, f"urn:auth0:us_entity:{HAND}", HAND, told)
    tenants.of_app("PUT", json=app | {"settings": {"signOn": signs_on}})


def _apply(tenants: Tenants, tenant: str, *sink: str) -> int:
    folder = tenants.config.parent
    options = ["--journal", str(folder / "journal"), "--allow", "downgrade=1"]
    report = ["--output", f"json={folder / 'report.json'}"]
    arguments = ["--config", str(tenants.config), "--tenant", tenant]
    return cli.run(["apply", "--yes", *arguments, *options, *sink, *report])


def _clicks(tenants: Tenants) -> None:
    folder = tenants.config.parent
    tenants.tenant = HAND
    _apply(tenants, HAND)
    report = json.loads((folder / "report.json").read_text())["tenants"][0]
    visit = report["steps_for_a_person"]
    for step in visit["steps"] if visit else ():
        fields: dict[str, Any] = {**step["ticks"], **step["fields"]}
        if "Authorization" in fields:
            fields["Authorization"] = (folder / "token").read_text().strip()
        if step["press"]:
            fields[step["press"]] = True
        tenants.simulator.console(tenants.app["id"], fields)


def _asked(method: str, url: str, headers: dict[str, str], sent: dict[str, Any]) -> Any:
    answer = requests.request(method, url, headers=headers, timeout=10, **sent)
    answer.raise_for_status()
    return answer.json() if answer.content else None
