"""Okta's provisioning engine, as it works for custom SAML apps: PUT only, never PATCH (facts A.6).

Every method does HTTP, so it is called without the state's lock. Pushes of one app follow one
another; a job looks at the state again when its turn comes, so the last change wins.
"""

from typing import Any
from urllib.parse import urlencode

from okta_scim_setup.simulator import scim_payload, tasks
from okta_scim_setup.simulator.okta import events
from okta_scim_setup.simulator.okta.assignments import Changes
from okta_scim_setup.simulator.okta.records import App, AppUser, Org
from okta_scim_setup.simulator.scim_wire import ScimAnswer, ScimWire
from okta_scim_setup.simulator.settings import is_usable
from okta_scim_setup.simulator.state import World

CONNECTION_TEST = "/Users?startIndex=1&count=2"
GROUP_CACHE = "/Groups?startIndex=1&count=100"


class Engine:
    """Pushes people and profiles over an app's connection."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.wire = ScimWire(world.clock.sleep)

    def test(self, base_url: str, token: str) -> str:
        """Test Connector Configuration: why it failed, or nothing (recorded by a wire capture)."""
        answer = self._send("GET", base_url, token, CONNECTION_TEST)
        if not answer.ok:
            return answer.reason
        body = answer.body if isinstance(answer.body, dict) else {}
        if not isinstance(body.get("totalResults"), int) or "Resources" not in body:
            return "No results for users returned"
        return ""

    def call(self, app: App, method: str, path: str, body: Any = None) -> ScimAnswer:
        """Send one request over the app's connection, or say that there is none."""
        with self.world.lock:
            settings = app.provisioning
            base_url, token = settings.base_url, settings.token
            usable = is_usable(app)
        if not usable or not base_url or not token:
            return ScimAnswer(0, None, "Provisioning is not enabled for the app instance.")
        return self._send(method, base_url, token, path, body)

    def _send(
        self, method: str, base_url: str, token: str, path: str, body: Any = None
    ) -> ScimAnswer:
        url = base_url.rstrip("/") + path
        return self.wire.send(method, url, token, body, timeout=self.world.switches.scim_timeout)

    def save_to_app(self, app: App) -> None:
        """What saving the To App page sends: a look at the users, and the cache of groups."""
        self.call(app, "GET", CONNECTION_TEST)
        self.call(app, "GET", GROUP_CACHE)

    def follow(self, org: Org, app: App, changes: Changes) -> None:
        """Push what changed in an app's assignments."""
        self.provision(org, app, changes.added)
        for user_id in changes.changed:
            self.push_profile(org, app, user_id)
        for assignment in changes.removed:
            self.deactivate(org, app, assignment)

    def provision(self, org: Org, app: App, user_ids: list[str]) -> list[str]:
        """Find or make these people on the SCIM side; return the ids of those who arrived."""
        with app.push_lock:
            return [user_id for user_id in user_ids if self._provision_one(org, app, user_id)]

    def _provision_one(self, org: Org, app: App, user_id: str) -> bool:
        with self.world.lock:
            assignment = app.users.get(user_id)
            if assignment is None or not (is_usable(app) and app.provisioning.create_users):
                return False
            payload = scim_payload.user(org, app, assignment)
        answer = self._find_or_create(app, payload)
        self._note_user(org, app, assignment, "application.provision.user.push", answer)
        return answer.ok

    def _find_or_create(self, app: App, payload: dict[str, Any]) -> ScimAnswer:
        query = urlencode(
            {"filter": f'userName eq "{payload["userName"]}"', "startIndex": 1, "count": 100}
        )
        found = self.call(app, "GET", f"/Users?{query}")
        if found.ok and found.body and found.body.get("totalResults"):
            return self._update(app, str(found.body["Resources"][0]["id"]), payload)
        if not found.ok and found.status != 404:  # noqa: PLR2004 - HTTP
            return found
        made = self.call(app, "POST", "/Users", scim_payload.new_user(payload))
        if made.ok and not (made.body or {}).get("id"):
            return ScimAnswer(made.status, None, "Create new user returned empty user")
        return made

    def _update(self, app: App, scim_id: str, changes: dict[str, Any]) -> ScimAnswer:
        """GET, then PUT of the whole object with the changes in it; a failed GET ends it."""
        current = self.call(app, "GET", f"/Users/{scim_id}")
        if not current.ok:
            return current
        return self.call(app, "PUT", f"/Users/{scim_id}", {**(current.body or {}), **changes})

    def push_profile(self, org: Org, app: App, user_id: str) -> None:
        """Push a person's changed attributes; nothing for one who was never provisioned."""
        with app.push_lock:
            with self.world.lock:
                assignment = app.users.get(user_id)
                may = is_usable(app) and app.provisioning.update_user_attributes
                if assignment is None or assignment.external_id is None or not may:
                    return
                payload = scim_payload.user(org, app, assignment)
                scim_id = assignment.external_id
            answer = self._update(app, scim_id, payload)
            self._note_user(org, app, assignment, "application.provision.user.push_profile", answer)

    def deactivate(self, org: Org, app: App, assignment: AppUser) -> None:
        """Push `active: false` of one who left the app; a failure isn't tried again (reported)."""
        with app.push_lock:
            with self.world.lock:
                may = is_usable(app) and app.provisioning.deactivate_users
                scim_id = assignment.external_id
                if scim_id is None or not may or assignment.user_id in app.users:
                    return
            answer = self._update(app, scim_id, {"active": False})
            self._note_user(org, app, assignment, "application.provision.user.deactivate", answer)

    def _note_user(
        self, org: Org, app: App, assignment: AppUser, event_type: str, answer: ScimAnswer
    ) -> None:
        with self.world.lock:
            now = self.world.clock.now()
            assignment.updated = now
            if answer.ok:
                if isinstance(answer.body, dict) and answer.body.get("id"):
                    assignment.external_id = str(answer.body["id"])
                assignment.status, assignment.sync_state = "PROVISIONED", "SYNCHRONIZED"
                assignment.last_sync = now
            else:
                assignment.sync_state = "ERROR"
            tasks.note(self.world, org, app, event_type, answer, resource_id=assignment.user_id)
            user = org.users.get(assignment.user_id)
            targets = [events.user_entity(user)] if user else []
            events.write(
                self.world,
                org,
                event_type,
                events.SYSTEM,
                *targets,
                events.app_entity(app),
                failure="" if answer.ok else answer.reason,
            )
