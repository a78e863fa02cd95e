"""The simulator's own endpoints, /_simulator: look inside, click, let things go wrong."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from okta_scim_setup.simulator import tasks
from okta_scim_setup.simulator.console.changes import Console
from okta_scim_setup.simulator.console.fields import ConsoleError
from okta_scim_setup.simulator.dbt_cloud.invites import accept_invite
from okta_scim_setup.simulator.faults import Faults, fault_from_json
from okta_scim_setup.simulator.message import BodyNotReadableError, Request, Response
from okta_scim_setup.simulator.service_apps import (
    create_api_token,
    expire_access_tokens,
    register,
)
from okta_scim_setup.simulator.signing_in import sign_in
from okta_scim_setup.simulator.snapshot import snapshot
from okta_scim_setup.simulator.state import World
from okta_scim_setup.simulator.traffic import Traffic

PREFIX = "/_simulator/"


@dataclass(frozen=True, slots=True)
class Control:
    """Answers /_simulator; what is asked here is not recorded as traffic."""

    world: World
    traffic: Traffic
    faults: Faults
    console: Console

    def answer(self, request: Request) -> Response:
        """Answer a request, errors included; hold no lock."""
        answers: dict[tuple[str, str], Callable[[Request], Any]] = {
            ("GET", "state"): lambda _: snapshot(self.world),
            ("GET", "requests"): lambda _: self.traffic.entries(),
            ("DELETE", "requests"): lambda _: self.traffic.clear(),
            ("POST", "console"): self._click,
            ("POST", "faults"): self._add_faults,
            ("DELETE", "faults"): lambda _: self.faults.clear(),
            ("GET", "clock"): lambda _: self.world.clock.state(),
            ("POST", "clock"): self._move_clock,
            ("GET", "switches"): lambda _: self.world.switches.values(),
            ("POST", "switches"): lambda r: self.world.switches.change(r.json_object()),
            ("GET", "tasks"): lambda _: tasks.listed(self.world),
            ("POST", "tasks"): self._retry_task,
            ("GET", "errors"): lambda _: list(self.world.errors),
            ("POST", "api-tokens"): self._create_api_token,
            ("POST", "accept-invite"): self._accept_invite,
            ("POST", "sign-in"): self._sign_in,
            ("POST", "service-apps"): self._register,
            ("POST", "expire-access-tokens"): lambda _: expire_access_tokens(self.world),
        }
        found = answers.get((request.method, request.path.removeprefix(PREFIX)))
        if found is None:
            return _refuse("there is no such endpoint", HTTPStatus.NOT_FOUND)
        try:
            body = found(request)
        except ConsoleError as error:
            return Response(HTTPStatus.BAD_REQUEST, error.body())
        except (BodyNotReadableError, KeyError, TypeError, ValueError) as error:
            return _refuse(str(error))
        return Response(HTTPStatus.NO_CONTENT) if body is None else Response(body=body)

    def _click(self, request: Request) -> dict[str, Any]:
        body = request.json_object()
        return self.console.change(str(body["app_id"]), dict(body["fields"]))

    def _add_faults(self, request: Request) -> dict[str, int]:
        given = request.json()
        faults = [fault_from_json(each) for each in (given if isinstance(given, list) else [given])]
        self.faults.add(*faults)
        return {"added": len(faults)}

    def _move_clock(self, request: Request) -> dict[str, float]:
        """Move by `advance` seconds, or let time pass `speed` times as fast; 0 stands still."""
        body = request.json_object()
        unknown = sorted(set(body) - {"advance", "speed"})
        if unknown or float(body.get("speed", 1)) < 0:
            raise ValueError("a clock takes advance, in seconds, and speed, from 0")
        self.world.clock.advance(float(body.get("advance", 0)))
        if "speed" in body:
            self.world.clock.speed_up(float(body["speed"]))
        return self.world.clock.state()

    def _retry_task(self, request: Request) -> list[dict[str, Any]]:
        tasks.retry(self.world, self.console.engine, str(request.json_object()["id"]))
        return tasks.listed(self.world)

    def _create_api_token(self, request: Request) -> dict[str, str]:
        body = request.json_object()
        role = str(body.get("role", "SUPER_ADMIN"))
        org = int(body.get("org", 0))
        return {"token": create_api_token(self.world, org=org, role=role, apps=body.get("apps"))}

    def _accept_invite(self, request: Request) -> None:
        body = request.json_object()
        accept_invite(self.world, int(body["account_id"]), str(body["email"]))

    def _sign_in(self, request: Request) -> dict[str, str]:
        body = request.json_object()
        return {"refused": sign_in(self.world, str(body["app_id"]), str(body["login"]))}

    def _register(self, request: Request) -> dict[str, str]:
        body = request.json_object()
        client_id = register(
            self.world,
            org=int(body.get("org", 0)),
            key=body.get("jwk") or body["pem"],
            scopes=list(body["scopes"]),
            dpop=bool(body.get("dpop", False)),
            client_id=body.get("client_id"),
            role=str(body.get("role", "SUPER_ADMIN")),
            apps=body.get("apps"),
        )
        return {"client_id": client_id}


def _refuse(message: str, status: int = HTTPStatus.BAD_REQUEST) -> Response:
    return Response(status, {"error": message})
