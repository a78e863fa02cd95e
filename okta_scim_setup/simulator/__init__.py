"""Okta, dbt Cloud and its SCIM endpoint, simulated over real HTTP on loopback.

    with Simulator(tenants=3) as simulator:
        config = simulator.write_config(folder)

It imports nothing of the tool itself: what it knows of the services comes from what they do.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from okta_scim_setup.simulator import (
    config_files,
    population,
    service_apps,
    signing_in,
    state_file,
    tasks,
)
from okta_scim_setup.simulator.clock import Clock
from okta_scim_setup.simulator.console.changes import Console
from okta_scim_setup.simulator.console.fields import ConsoleError
from okta_scim_setup.simulator.control import Control
from okta_scim_setup.simulator.dispatch import LATENCIES, LIMITS_OF, Dispatch
from okta_scim_setup.simulator.faults import Chance, Fault, Faults, fault_from_json
from okta_scim_setup.simulator.faults.menu import Target
from okta_scim_setup.simulator.provisioning import Engine
from okta_scim_setup.simulator.server import Server
from okta_scim_setup.simulator.snapshot import snapshot, summary
from okta_scim_setup.simulator.state import Switches, World
from okta_scim_setup.simulator.state_file import StateFileError
from okta_scim_setup.simulator.traffic import Traffic

__all__ = [
    "Chance",
    "ConsoleError",
    "Fault",
    "Simulator",
    "StateFileError",
    "Switches",
    "Target",
    "fault_from_json",
]


class Simulator:
    """A set of Okta orgs and dbt accounts; start it, or use it in a `with` statement.

    With `port=0` it takes free ports. With `port=P` the first org, all dbt accounts and
    `/_simulator` are on P, further orgs on P+1, P+2 and so on. `latency` is none, lan or recorded.
    `limits` are real, or relaxed: 20 times as high; by default real with latency recorded.
    `history` is how many entries each log keeps; of requests, it is ten times as many.
    A `bare` one has people and groups, and no SSO yet: no app, and accounts with an owner alone.
    `keep_in` is a file that holds everything from one run to the next; it has tokens in it, so it
    is its owner's alone. Where it exists, it decides on tenants and orgs.

    Raises:
        StateFileError: the state file can't be read.

    """

    def __init__(
        self,
        *,
        tenants: int = 1,
        orgs: int | None = None,
        port: int = 0,
        latency: str = "none",
        host: str = "127.0.0.1",
        limits: str | None = None,
        switches: Switches | None = None,
        history: int = 10_000,
        faults: Iterable[Fault | Chance] = (),
        keep_in: Path | None = None,
        bare: bool = False,
    ) -> None:
        relaxed = (limits or LIMITS_OF[latency]) == "relaxed"
        self._state_file = keep_in
        self._tenants, self._bare = tenants, bare
        self._host = host
        self._wanted_port = port
        self._world = (state_file.load_if_there(keep_in) if keep_in else None) or World("", relaxed)
        self._world.relaxed, self._world.history = relaxed, history
        self._world.switches = switches or self._world.switches
        self._orgs = len(self._world.orgs) or min(orgs or tenants, tenants)
        self._engine = Engine(self._world)
        self._faults, self._traffic = Faults(), Traffic(kept=history * 10)
        self._faults.add(*faults)
        self._console = Console(self._world, self._engine)
        control = Control(self._world, self._traffic, self._faults, self._console)
        self._dispatch = Dispatch(self._world, self._engine, control, LATENCIES[latency])
        self._server: Server | None = None
        self.port = port

    def start(self) -> None:
        """Bind the ports, make the seed data and begin to answer.

        Raises:
            OSError: a port is taken.

        """
        self._server = server = Server(self._dispatch, self._world.clock.now)
        try:
            ports = [self._listen(server, index) for index in range(self._orgs)]
        except OSError:
            self.stop()
            raise
        self.port = ports[0]
        urls = population.Urls(tuple(self._url(port) for port in ports), self._url(ports[0]))
        if self._world.orgs:
            population.move(self._world, urls)
        else:
            self._world.url = urls.dbt_cloud
            population.populate(self._world, self._tenants, urls, bare=self._bare)
        for port, org in zip(ports, self._world.orgs, strict=True):
            self._dispatch.serve_org(port, org)
        server.start()

    def save(self) -> None:
        """Write the state file now, as `stop` does.

        Raises:
            OSError: it can't be written.

        """
        if self._state_file is not None:
            state_file.save(self._world, self._state_file)

    def _listen(self, server: Server, index: int) -> int:
        wanted = self._wanted_port + index if self._wanted_port else 0
        return server.listen(self._host, wanted)

    def _url(self, port: int) -> str:
        return f"http://{self._host}:{port}"

    def stop(self) -> None:
        """Close every port and connection, and save the state; once stopped, it stays so."""
        server, self._server = self._server, None
        if server is not None:
            server.stop()
            if self._world.url:
                self.save()

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        self.stop()

    @property
    def url(self) -> str:
        """Where the first org, all dbt accounts and `/_simulator` are."""
        return self._world.url

    @property
    def errors(self) -> list[str]:
        """The simulator's own defects so far, as tracebacks; there should be none."""
        return self._world.errors

    @property
    def switches(self) -> Switches:
        """What isn't known of the real services; change it while running."""
        return self._world.switches

    @property
    def clock(self) -> Clock:
        """The services' clock."""
        return self._world.clock

    def summary(self) -> dict[str, Any]:
        """What a person needs to use it, tokens included; dbt accounts in the tenants' order."""
        return summary(self._world)

    def write_config(self, directory: Path, heading: str = "") -> Path:
        """Write config.yaml and the secrets that it refers to; return the path of config.yaml.

        Args:
            directory: where to.
            heading: its first line, if there is to be one.
        """
        return config_files.write_config(self._world, directory, heading)

    def state(self) -> dict[str, Any]:
        """One consistent snapshot: ids and settings, no value of a token."""
        return snapshot(self._world)

    def requests(self) -> list[dict[str, Any]]:
        """The requests received, in the order of their arrival."""
        return self._traffic.entries()

    def console(self, app_id: str, fields: dict[str, Any]) -> dict[str, Any]:
        """Do what a person does in the admin console, by the labels of its fields.

        Raises:
            ConsoleError: the console doesn't take it; nothing was changed.

        """
        return self._console.change(app_id, fields)

    def sign_in(self, app_id: str, login: str) -> str:
        """Somebody signs in to dbt by an app; why dbt or Okta didn't let them, or nothing.

        Raises:
            ValueError: there is no such app.

        """
        return signing_in.sign_in(self._world, app_id, login)

    def tasks(self) -> list[dict[str, Any]]:
        """Okta's provisioning tasks: the pushes that failed."""
        return tasks.listed(self._world)

    def add_fault(
        self,
        path: str,
        do: str,
        *,
        method: str | None = None,
        nth: int = 1,
        times: int = 1,
        tenant: str | None = None,
        by: str | None = None,
        fields: Mapping[str, Any] | None = None,
    ) -> None:
        """Let the n-th request from now that fits go wrong, once; see `Fault` for `do`.

        Raises:
            ValueError: this isn't on the menu.

        """
        target = Target(path=path, method=method, tenant=tenant, by=by)
        fault = Fault(do=do, target=target, nth=nth, times=times, fields=fields or {})
        self._faults.add(fault)

    def add_chance(self, chance: Chance) -> None:
        """Let a share of the requests go wrong, by chance, from a seed."""
        self._faults.add(chance)

    def clear_faults(self) -> None:
        """Forget all faults that haven't happened."""
        self._faults.clear()

    def create_api_token(
        self, *, org: int = 0, role: str = "SUPER_ADMIN", apps: list[str] | None = None
    ) -> str:
        """Create an API token of an admin with this role, for some apps or all; its value.

        Raises:
            ValueError: there is no such role.

        """
        return service_apps.create_api_token(self._world, org=org, role=role, apps=apps)

    def register_service_app(
        self,
        *,
        key: dict[str, Any] | str,
        scopes: Iterable[str],
        org: int = 0,
        dpop: bool = False,
        client_id: str | None = None,
        role: str = "SUPER_ADMIN",
        apps: list[str] | None = None,
    ) -> str:
        """Register a service app by its public key, a JWK or PEM; return its client id.

        Raises:
            ValueError: there is no such role.

        """
        return service_apps.register(
            self._world,
            org=org,
            key=key,
            scopes=scopes,
            dpop=dpop,
            client_id=client_id,
            role=role,
            apps=apps,
        )

    def expire_access_tokens(self) -> None:
        """Let every OAuth access token expire now."""
        service_apps.expire_access_tokens(self._world)
