"""A running simulator, and plain HTTP clients of its services."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests

from okta_scim_setup.simulator import Simulator
from tests.simulator.visitor import Visitor

ON = {"enabled": True, "manual_updates_allowed": True, "scim_controlled_license_type": False}
TOGGLES = {
    "create": {"lifecycleCreate": {"status": "ENABLED"}},
    "update": {"profile": {"status": "ENABLED"}, "lifecycleDeactivate": {"status": "ENABLED"}},
}


@dataclass
class Client:
    base: str
    authorization: str
    session: requests.Session = field(default_factory=requests.Session)
    content_type: str = "application/json"

    def __call__(self, method: str, path: str, body: Any = None, **query: str) -> requests.Response:
        headers = {"Authorization": self.authorization, "Content-Type": self.content_type}
        url = path if path.startswith("http") else self.base + path
        return self.session.request(
            method, url, json=body, params=query, headers=headers, timeout=20, allow_redirects=False
        )

    def data(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        response = self(method, path, body, **query)
        assert response.ok, response.text
        return response.json()


class Lab:
    """A simulator with clients, tenant by tenant."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.summary = simulator.summary()
        self._clients: list[Client] = []

    def _client(self, base: str, authorization: str, content_type: str) -> Client:
        client = Client(base, authorization, content_type=content_type)
        self._clients.append(client)
        return client

    def okta(self, tenant: int = 0, authorization: str | None = None) -> Client:
        org = self.summary["okta"][tenant]
        header = authorization or f"SSWS {org['api_token']}"
        return self._client(f"{org['org_url']}/api/v1", header, "application/json")

    def dbt(self, tenant: int = 0) -> Client:
        account = self.summary["dbt_cloud"][tenant]
        base = f"{account['access_url']}/api/v3/accounts/{account['account_id']}"
        return self._client(base, f"Token {account['token']}", "application/json")

    def scim(self, tenant: int = 0) -> Client:
        """SCIM switched on, with a token of its own."""
        dbt = self.dbt(tenant)
        dbt.data("POST", "/scim-config/", ON)
        token = dbt.data("POST", "/scim-config/tokens/", {"name": "tests"})["data"]
        bearer = f"Bearer {token['token_string']}"
        return self._client(f"{dbt.base}/scim/v2", bearer, "application/scim+json")

    def app(self, tenant: int = 0, label: str = "dbt ") -> str:
        apps = self.summary["okta"][tenant]["apps"]
        return str(next(app["id"] for app in apps if app["label"].startswith(label)))

    def group(self, name: str, tenant: int = 0) -> str:
        groups = self.summary["okta"][tenant]["groups"]
        return str(next(group["id"] for group in groups if group["name"] == name))

    def connect(self, tenant: int = 0) -> Client:
        """Provisioning on, as a person or the API can set it up; the SCIM client it uses."""
        scim = self.scim(tenant)
        token = scim.authorization.removeprefix("Bearer ")
        okta, app = self.okta(tenant), self.app(tenant)
        body = {"baseUrl": scim.base, "profile": {"authScheme": "TOKEN", "token": token}}
        okta.data("POST", f"/apps/{app}/connections/default", body, activate="true")
        okta.data("PUT", f"/apps/{app}/features/USER_PROVISIONING", TOGGLES)
        return scim

    def app_state(self, tenant: int = 0) -> dict[str, Any]:
        apps = self.simulator.state()["okta"][tenant]["apps"]
        return next(app for app in apps if app["id"] == self.app(tenant))

    def account_state(self, tenant: int = 0) -> dict[str, Any]:
        return dict(self.simulator.state()["dbt_cloud"][tenant])

    def from_okta(self) -> list[str]:
        """What the simulated Okta sent: method and path below the SCIM base URL."""
        return [
            f"{entry['method']} {entry['path'].split('/scim/v2')[1]}"
            for entry in self.simulator.requests()
            if entry["by"] == "okta"
        ]

    def close(self) -> None:
        for client in self._clients:
            client.session.close()


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Simulator(tenants=3) as simulator:
        laboratory = Lab(simulator)
        yield laboratory
        laboratory.close()
    assert simulator.errors == []


@pytest.fixture
def browser() -> Iterator[Visitor]:
    with requests.Session() as session:
        yield Visitor(session)
