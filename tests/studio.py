"""Plays a cassette to our client; with ``RECORD=1`` records it anew from the simulator."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
import vcr
from cassette import FOLDER, REPLACED, AllowList, Call, calls, same
from vcr.stubs import VCRHTTPResponse

from okta_scim_setup import cli
from okta_scim_setup.errors import Place
from okta_scim_setup.journal import Journal
from okta_scim_setup.providers import dbt_cloud, okta
from okta_scim_setup.providers.dbt_cloud._api import Api as Dbt
from okta_scim_setup.providers.okta import Settings as OktaSettings
from okta_scim_setup.providers.okta._api import Api as Okta
from okta_scim_setup.secret import Keeper, Secret, SecretReference
from okta_scim_setup.transport import Transport

RECORDING = os.environ.get("RECORD") == "1"
LABELS = ("dbt acme", "dbt globex", "dbt initech")
"""The tenants' apps; the third one's is a custom SAML app."""

TENANTS = len(LABELS)

IDS = {
    r"\b0oa\w{17}": "APP",
    r"\b00g\w{17}": "GROUP",
    r"\b00u\w{17}": "USER",
    r"\bgPm\w{17}": "MAPPING",
    r"\bprm\w{17}": "MAPPING",
    r"\b7040310\d\b": "ACCOUNT",
    r"(?<=/tokens/)\d+": "TOKEN",
    r"(?<=/group-permissions/)\d+": "GROUP",
    r"(?<=/license-maps/)\d+": "MAP",
    r"(?<=/auth-provider/)\d+": "PROVIDER",
}
"""Ids by their shape, and what a test calls them."""


@dataclass(frozen=True)
class Studio:
    """A simulator in a process of its own, where nothing of vcrpy's is."""

    summary: dict[str, Any]
    config: Path

    def apply(self) -> None:
        """Set everything up, so that there is something to read, change or remove."""
        code = cli.run(["apply", "--yes", "--tenant", "acme", "--config", str(self.config)])
        assert code == 0

    def scim_on(self, tenant: int = 0) -> None:
        """Switch SCIM on in dbt."""
        on = {
            "enabled": True,
            "manual_updates_allowed": False,
            "scim_controlled_license_type": False,
        }
        self.dbt("POST", "/scim-config/", tenant, json=on)

    def dbt(self, method: str, path: str, tenant: int = 0, **sent: Any) -> Any:
        """Somebody else's request to dbt; *path* is below the account."""
        account = self.summary["dbt_cloud"][tenant]
        answer = requests.request(
            method,
            f"{account['access_url']}/api/v3/accounts/{account['account_id']}{path}",
            headers={"Authorization": f"Token {account['token']}"},
            timeout=10,
            **sent,
        )
        answer.raise_for_status()
        return answer.json().get("data") if answer.content else None

    def okta(self, method: str, path: str, tenant: int = 0, **sent: Any) -> Any:
        """Somebody else's request to Okta; *path* is below the API."""
        org = self.summary["okta"][tenant]
        headers = {"Authorization": f"SSWS {org['api_token']}"}
        url = f"{org['org_url']}/api/v1{path}"
        answer = requests.request(method, url, headers=headers, timeout=10, **sent)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def service_app(self, public_key: str, *scopes: str) -> str:
        """Register a service app in the first org; its client id."""
        body = {"org": 0, "pem": public_key, "scopes": list(scopes)}
        url = f"{self.summary['okta'][0]['org_url']}/_simulator/service-apps"
        answer = requests.post(url, json=body, timeout=10)
        answer.raise_for_status()
        return str(answer.json()["client_id"])

    def addresses(self) -> dict[str, str]:
        """Each port that is served, and what stands for it: numbers differ from run to run."""
        urls = [org["org_url"] for org in self.summary["okta"]]
        return {url.partition("://")[2]: host(n) for n, url in enumerate(urls)}


Before = Callable[[Studio], object]


def host(tenant: int) -> str:
    """What a cassette calls the address of a tenant's org; dbt is at that of the first."""
    return f"127.0.0.1:{8001 + tenant}"


@dataclass
class Tape:
    """Our client, connected to what a cassette holds."""

    cassette: Path
    summary: dict[str, Any]
    transport: Transport
    environment: pytest.MonkeyPatch
    made: Any = None
    """What came of what was done before recording."""
    calls: list[Call] = field(default_factory=list)

    @property
    def wire(self) -> list[str]:
        """What was sent, with ids by name."""
        return [_named(str(call)) for call in self.calls]

    def body(self, method: str) -> Any:
        """The body of the one request with *method*."""
        (found,) = [call.body for call in self.calls if call.method == method]
        return found

    def okta(self, tenant: int = 0) -> Okta:
        """A tenant's org."""
        org = self.summary["okta"][tenant]
        token = self._reference("TAPE_OKTA", org["api_token"])
        return self._signed_in(OktaSettings(org_url=org["org_url"], token=token))

    def okta_as(self, client_id: str, private_key: str) -> Okta:
        """The first org, to a service app."""
        key = self._reference("TAPE_KEY", private_key)
        url = self.summary["okta"][0]["org_url"]
        return self._signed_in(OktaSettings(org_url=url, client_id=client_id, private_key=key))

    def _signed_in(self, settings: OktaSettings) -> Okta:
        return okta.connect(settings, transport=self.transport, keeper=Keeper(), read_only=False)

    def dbt(self, tenant: int = 0, journal: Journal | None = None) -> Dbt:
        """A tenant's account; its SCIM tokens may be handed to the org."""
        account = self.summary["dbt_cloud"][tenant]
        settings = dbt_cloud.Settings(
            access_url=account["access_url"],
            account_id=account["account_id"],
            token=self._reference("TAPE_DBT", account["token"]),
        )
        to = frozenset({self.summary["okta"][tenant]["org_url"].partition("://")[2]})
        return dbt_cloud.connect(
            settings,
            transport=self.transport,
            keeper=Keeper(),
            read_only=False,
            hand_over_hosts=to,
            journal=journal,
        )

    def app(self, api: Okta, tenant: int = 0) -> str:
        """The id of a tenant's app, looked up as a playbook would."""
        (found,) = api.apps_labelled(LABELS[tenant])
        return str(found["id"])

    @property
    def secret(self) -> Secret:
        """What was made before, and what stands for it while playing."""
        value = str(self.made or REPLACED)
        hosts = {self.summary["okta"][0]["org_url"], self.summary["dbt_cloud"][0]["access_url"]}
        bare = frozenset(url.partition("://")[2] for url in hosts)
        return Secret(value, origin="tape", hosts=bare)

    def _reference(self, name: str, value: str) -> SecretReference:
        self.environment.setenv(name, value)
        return SecretReference("env", name, Place("config.yaml", 1), Path())


@contextmanager
def played(name: str, before: Before, folder: Path) -> Iterator[Tape]:
    """The cassette *name*; what it was recorded after is *before*, which playing doesn't run.

    Raises:
        AssertionError: something recorded wasn't asked for.
        vcr.errors.CannotOverwriteExistingCassetteException: something was asked for that isn't
            recorded, or not so.
    """
    cassette = FOLDER / f"{name}.yaml"
    with ExitStack() as stack:
        environment = stack.enter_context(pytest.MonkeyPatch.context())
        environment.setattr(VCRHTTPResponse, "read1", _read1)
        allow, summary, made = AllowList(), _played_summary(), None
        if RECORDING:
            studio = stack.enter_context(_studio(folder))
            made = before(studio)
            allow, summary = AllowList(studio.addresses()), studio.summary
            cassette.unlink(missing_ok=True)
        waits: dict[str, Any] = {} if RECORDING else {"sleep": lambda _seconds: None}
        transport = Transport(read_only=False, **waits)
        stack.callback(transport.close)
        tape = Tape(cassette, summary, transport, environment, made)
        with _recorder(allow).use_cassette(cassette.name) as running:
            yield tape
            assert RECORDING or running.all_played
    tape.calls += calls(cassette)


def _read1(response: Any, size: int = -1, *, decode_content: bool = False) -> Any:
    """As urllib3's: of vcrpy's methods only read takes *decode_content* (9.4.2)."""
    return response.read(size, decode_content=decode_content)


def _recorder(allow: AllowList) -> vcr.VCR:
    recorder = vcr.VCR(
        cassette_library_dir=str(FOLDER),
        record_mode="once" if RECORDING else "none",
        serializer="allow-list",
        match_on=("call",),
        before_record_request=allow.scrubbed,
    )
    recorder.register_serializer("allow-list", allow)
    recorder.register_matcher("call", same)
    return recorder


@contextmanager
def _studio(folder: Path) -> Iterator[Studio]:
    command = [sys.executable, "-m", "okta_scim_setup", "simulate", "--tenants", str(TENANTS)]
    process = subprocess.Popen(  # noqa: S603 -- our own simulator
        [*command, "--port", "18080", "--write-config", str(folder)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield Studio(json.loads(process.stdout.readline()), folder / "config.yaml")
    finally:
        process.terminate()
        process.communicate()


def _played_summary() -> dict[str, Any]:
    """What a simulator would say of itself, with the addresses and secrets of a cassette."""
    urls = [f"http://{host(tenant)}" for tenant in range(TENANTS)]
    return {
        "okta": [{"org_url": url, "api_token": REPLACED} for url in urls],
        "dbt_cloud": [
            {"access_url": urls[0], "account_id": 70403101 + n, "token": REPLACED}
            for n in range(TENANTS)
        ],
    }


def _named(text: str) -> str:
    for shape, name in IDS.items():
        text = re.sub(shape, name, text)
    return text
