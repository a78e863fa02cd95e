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

from okta_scim_setup import cli
from okta_scim_setup.errors import Place
from okta_scim_setup.providers import dbt_cloud, okta
from okta_scim_setup.providers.dbt_cloud._api import Api as Dbt
from okta_scim_setup.providers.okta._api import Api as Okta
from okta_scim_setup.secret import Secret, SecretReference
from okta_scim_setup.transport import Transport
from tests.cassette import FOLDER, REPLACED, AllowList, Call, calls, same

RECORDING = os.environ.get("RECORD") == "1"
TENANTS = 3
"""The third one's app is a custom SAML app."""

IDS = {
    r"\b0oa\w{17}": "APP",
    r"\b00g\w{17}": "GROUP",
    r"\b00u\w{17}": "USER",
    r"\bgPm\w{17}": "MAPPING",
    r"\b7040310\d\b": "ACCOUNT",
    r"(?<=/tokens/)\d+": "TOKEN",
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
        settings = okta.Settings(org_url=org["org_url"], token=token)
        return okta.connect(settings, transport=self.transport, read_only=False)

    def dbt(self, tenant: int = 0) -> Dbt:
        """A tenant's account; its SCIM tokens may be handed to the org."""
        account = self.summary["dbt_cloud"][tenant]
        settings = dbt_cloud.Settings(
            access_url=account["access_url"],
            account_id=account["account_id"],
            token=self._reference("TAPE_DBT", account["token"]),
        )
        to = frozenset({self.summary["okta"][tenant]["org_url"].partition("://")[2]})
        return dbt_cloud.connect(
            settings, transport=self.transport, read_only=False, hand_over_hosts=to
        )

    def app(self, tenant: int = 0) -> str:
        """The id of a tenant's app."""
        return str(self.summary["okta"][tenant]["apps"][0]["id"])

    def secret(self, value: str) -> Secret:
        """*value* while recording, and what stands for it while playing."""
        hosts = frozenset(
            url.partition("://")[2] for url in (self.summary["okta"][0]["org_url"], self.base_url)
        )
        return Secret(value, origin="tape", hosts=hosts)

    @property
    def base_url(self) -> str:
        """The first account's SCIM base URL."""
        return dbt_cloud.Settings(
            access_url=self.summary["dbt_cloud"][0]["access_url"],
            account_id=self.summary["dbt_cloud"][0]["account_id"],
            token=self._reference("TAPE_DBT", REPLACED),
        ).base_url

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
        allow, summary = AllowList(), _recorded_summary()
        if RECORDING:
            studio = stack.enter_context(_studio(folder))
            before(studio)
            allow, summary = AllowList(studio.addresses()), studio.summary
            cassette.unlink(missing_ok=True)
        waits: dict[str, Any] = {} if RECORDING else {"sleep": lambda _seconds: None}
        transport = Transport(read_only=False, **waits)
        stack.callback(transport.close)
        tape = Tape(cassette, summary, transport, environment)
        with _recorder(allow).use_cassette(cassette.name) as running:
            yield tape
            assert RECORDING or running.all_played
    tape.calls += calls(cassette)


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


def _recorded_summary() -> dict[str, Any]:
    """What a simulator would say of itself, with the addresses and secrets of a cassette."""
    return dict(json.loads((FOLDER / "summary.json").read_text()))


def _named(text: str) -> str:
    for shape, name in IDS.items():
        text = re.sub(shape, name, text)
    return text
