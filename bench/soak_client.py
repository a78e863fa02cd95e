# ruff: noqa: INP001 -- programs, no package
"""One tenant's client in the soak: does things at random and knows what must come of each.

Faults come by a seed, so the client knows which of its requests goes wrong and how; every other
answer must be what its own record of the tenant says.
"""

import http.client
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from okta_scim_setup.simulator import Chance
from okta_scim_setup.simulator.faults.menu import BEFORE, NOT_APPLIED, STALE_READ, TAMPERING

_TIMEOUT = 60.0
_MOST = 5


class WrongAnswerError(Exception):
    """The simulator answered what it shouldn't."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What went wrong on purpose, and what came: status (0: nothing) and JSON."""

    asked: str
    fault: str
    status: int
    body: Any

    @property
    def was_done(self) -> bool:
        """Whether the service did its work."""
        return self.fault not in (*BEFORE, NOT_APPLIED) and not self.fault.startswith("status:")

    @property
    def is_sound(self) -> bool:
        """Whether the answer has to be right."""
        return self.fault in ("", "drip")


@dataclass(slots=True)
class Target:
    """Where a tenant is: addresses with tokens, and what never changes."""

    name: str
    okta: tuple[str, str]
    dbt: tuple[str, str]
    scim: tuple[str, str]
    app: str
    group: str
    people: list[str]


@dataclass(slots=True)
class SoakClient:
    """Drives one tenant; nobody else does."""

    target: Target
    chance: Chance
    dice: random.Random
    asked: int = 0
    faulty: int = 0
    made: int = 0
    groups: dict[str, str] = field(default_factory=dict)
    members: dict[str, set[str]] = field(default_factory=dict)
    tokens: dict[str, int] = field(default_factory=dict)
    assigned: set[str] = field(default_factory=set)
    users: dict[str, str] = field(default_factory=dict)
    pushed: str = ""
    _connections: dict[str, http.client.HTTPConnection] = field(default_factory=dict)

    def step(self) -> None:
        """Do one thing, and check what came of it.

        Raises:
            WrongAnswerError: it isn't what it should be.

        """
        self.dice.choice(_STEPS)(self)

    def settle(self) -> None:
        """Look at everything once more, for certain."""
        for look in (look_at_groups, look_at_tokens, look_at_people, look_at_users):
            look(self, certain=True)

    def close(self) -> None:
        """Close the connections."""
        for connection in self._connections.values():
            connection.close()

    def ask(self, where: str, method: str, path: str, body: Any = None) -> Outcome:
        """Send one request, and say what went wrong with it."""
        self.asked += 1
        fault = self.chance.what((self.target.name,), self.asked)
        if method != "GET" and fault in (*TAMPERING, STALE_READ):
            fault = ""  # these spoil reads only
        self.faulty += bool(fault)
        base, authorization = getattr(self.target, where)
        status, answer = self._exchange(base, authorization, method, path, body)
        outcome = Outcome(f"{method} {where} {path}", fault, status, answer)
        if fault.startswith("status:") and status != int(fault.removeprefix("status:")):
            raise WrongAnswerError(f"{outcome}: that fault has another status")
        if fault:
            self._connections.pop(base).close()
        return outcome

    def _exchange(
        self, base: str, authorization: str, method: str, path: str, body: Any
    ) -> tuple[int, Any]:
        url = urlsplit(base)
        connection = self._connections.get(base)
        if connection is None:
            connection = http.client.HTTPConnection(url.netloc, timeout=_TIMEOUT)
            self._connections[base] = connection
        kind = "application/scim+json" if base.endswith("v2") else "application/json"
        headers = {"Authorization": authorization, "Content-Type": kind}
        data = None if body is None else json.dumps(body)
        try:
            connection.request(method, url.path + path, data, headers)
            answer = connection.getresponse()
            return answer.status, _json(answer.read())
        except (OSError, http.client.HTTPException):
            return 0, None

    def want(self, outcome: Outcome, status: int) -> Outcome:
        """Check a status, where the answer has to be right.

        Raises:
            WrongAnswerError: it is another.

        """
        if outcome.is_sound and outcome.status != status:
            raise WrongAnswerError(f"{self.target.name}: {outcome}: {status} was to come")
        return outcome

    def same(self, outcome: Outcome, found: object, known: object) -> None:
        """Check what was found against what is known.

        Raises:
            WrongAnswerError: they differ.

        """
        if found != known:
            raise WrongAnswerError(f"{self.target.name}: {outcome.asked}: {found}, not {known}")

    def sure(self, where: str, path: str) -> Outcome:
        """Read until nothing goes wrong."""
        while not (outcome := self.want(self.ask(where, "GET", path), 200)).is_sound:
            pass
        return outcome

    def read(self, where: str, path: str, *, certain: bool) -> Outcome:
        """Read once, or until nothing goes wrong."""
        return self.sure(where, path) if certain else self.want(self.ask(where, "GET", path), 200)

    def new_name(self) -> str:
        """A name that was never used."""
        self.made += 1
        return f"soak-{self.made}"


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return None


def change_groups(client: SoakClient) -> None:
    """Make a group of Okta's, or delete one."""
    if len(client.groups) < _MOST:
        name = client.new_name()
        outcome = client.ask("okta", "POST", "/groups", {"profile": {"name": name}})
        if client.want(outcome, 200).was_done:
            (found,) = client.sure("okta", f"/groups?q={name}").body
            client.groups[name], client.members[name] = found["id"], set()
        return
    name = client.dice.choice(sorted(client.groups))
    outcome = client.ask("okta", "DELETE", f"/groups/{client.groups[name]}")
    if client.want(outcome, 204).was_done:
        del client.groups[name], client.members[name]


def look_at_groups(client: SoakClient, *, certain: bool = False) -> None:
    """List the groups, which must be those that were made."""
    outcome = client.read("okta", "/groups?q=soak-", certain=certain)
    if outcome.is_sound:
        client.same(outcome, {g["profile"]["name"] for g in outcome.body}, set(client.groups))


def change_members(client: SoakClient) -> None:
    """Add a person to a group, or take one out; then look who is in it."""
    if not client.groups:
        return
    name, person = (
        client.dice.choice(sorted(client.groups)),
        client.dice.choice(client.target.people),
    )
    path, members = f"/groups/{client.groups[name]}/users", client.members[name]
    method = "DELETE" if person in members else "PUT"
    if client.want(client.ask("okta", method, f"{path}/{person}"), 204).was_done:
        members.symmetric_difference_update({person})
    outcome = client.want(client.ask("okta", "GET", path), 200)
    if outcome.is_sound:
        client.same(outcome, {user["id"] for user in outcome.body}, members)


def change_tokens(client: SoakClient) -> None:
    """Make a SCIM token in dbt, or delete one."""
    path = "/scim-config/tokens/"
    if len(client.tokens) < _MOST:
        name = client.new_name()
        if client.want(client.ask("dbt", "POST", path, {"name": name}), 200).was_done:
            rows = client.sure("dbt", path).body["data"]
            client.tokens[name] = next(row["id"] for row in rows if row["name"] == name)
        return
    name = client.dice.choice(sorted(client.tokens))
    outcome = client.ask("dbt", "DELETE", f"{path}{client.tokens[name]}/")
    if client.want(outcome, 204).was_done:
        del client.tokens[name]


def look_at_tokens(client: SoakClient, *, certain: bool = False) -> None:
    """List the tokens, which must be those that were made and the one that Okta holds."""
    outcome = client.read("dbt", "/scim-config/tokens/", certain=certain)
    if outcome.is_sound:
        found = {row["name"] for row in outcome.body["data"]}
        client.same(outcome, found, {*client.tokens, "soak"})


def change_people(client: SoakClient) -> None:
    """Assign a person to the app, so that Okta pushes, or take one away."""
    person, path = client.dice.choice(client.target.people), f"/apps/{client.target.app}/users"
    if person in client.assigned:
        outcome = client.want(client.ask("okta", "DELETE", f"{path}/{person}"), 204)
    else:
        outcome = client.want(client.ask("okta", "POST", path, {"id": person}), 200)
    if outcome.was_done:
        client.assigned.symmetric_difference_update({person})


def look_at_people(client: SoakClient, *, certain: bool = False) -> None:
    """List who is assigned."""
    path = f"/apps/{client.target.app}/users?limit=500"
    outcome = client.read("okta", path, certain=certain)
    if outcome.is_sound:
        client.same(outcome, {user["id"] for user in outcome.body}, client.assigned)


def change_users(client: SoakClient) -> None:
    """Make a user over SCIM, or delete one."""
    if len(client.users) < _MOST:
        name = f"{client.new_name()}@soak.example"
        body = {"userName": name, "active": True, "name": {}, "emails": [{"value": name}]}
        if client.want(client.ask("scim", "POST", "/Users", body), 201).was_done:
            found = client.sure("scim", _filter(name)).body
            client.same(Outcome("made", "", 201, None), found["totalResults"], 1)
            client.users[name] = found["Resources"][0]["id"]
        return
    name = client.dice.choice(sorted(client.users))
    if client.want(client.ask("scim", "DELETE", f"/Users/{client.users[name]}"), 204).was_done:
        del client.users[name]


def look_at_users(client: SoakClient, *, certain: bool = False) -> None:
    """Look for a user by name, one that is there or one that isn't."""
    name = client.dice.choice([*sorted(client.users), "nobody@soak.example"])
    outcome = client.read("scim", _filter(name), certain=certain)
    if outcome.is_sound:
        client.same(outcome, outcome.body["totalResults"], int(name in client.users))


def _filter(name: str) -> str:
    expression = f'userName eq "{name}"'
    return f"/Users?filter={quote(expression)}"


def change_push(client: SoakClient) -> None:
    """Push a group, or stop that."""
    path = f"/apps/{client.target.app}/group-push/mappings"
    if not client.pushed:
        body = {"sourceGroupId": client.target.group, "targetGroupName": "pushed"}
        if client.want(client.ask("okta", "POST", path, body), 200).was_done:
            client.pushed = client.sure("okta", path).body[0]["id"]
        return
    own = f"{path}/{client.pushed}"
    if client.sure("okta", own).body["status"] == "ACTIVE":
        client.want(client.ask("okta", "PATCH", own, {"status": "INACTIVE"}), 200)
    elif client.want(client.ask("okta", "DELETE", f"{own}?deleteTargetGroup=true"), 200).was_done:
        client.pushed = ""


_STEPS: tuple[Callable[[SoakClient], None], ...] = (
    change_groups,
    look_at_groups,
    change_members,
    change_tokens,
    look_at_tokens,
    change_people,
    look_at_people,
    change_users,
    look_at_users,
    change_push,
)
