"""One authenticated call of an Okta org's API, as its functions see it."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from okta_scim_setup.simulator.message import Request, Response
from okta_scim_setup.simulator.okta.errors import invalid, not_found
from okta_scim_setup.simulator.okta.events import Actor, entity
from okta_scim_setup.simulator.okta.records import SUPER_ADMIN, App, Grant, OktaGroup, OktaUser, Org
from okta_scim_setup.simulator.provisioning import Engine
from okta_scim_setup.simulator.state import World


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls: the owner of an API token (all scopes), or a service app."""

    id: str
    kind: str
    name: str
    login: str
    scopes: frozenset[str] | None = None
    grant: Grant = SUPER_ADMIN

    def sees(self, app_id: str) -> bool:
        """Whether the role's resources hold an app; the others are hidden (specified)."""
        return self.grant.apps is None or app_id in self.grant.apps


@dataclass(frozen=True, slots=True)
class Call:
    """A request to an org, by whom, and what an answer may need."""

    world: World
    org: Org
    request: Request
    principal: Principal
    engine: Engine

    @property
    def actor(self) -> Actor:
        """The caller as the actor of an event in the System Log."""
        who, request = self.principal, self.request
        return Actor(
            entity(who.kind, who.id, who.name, who.login),
            address=request.peer[0],
            user_agent=request.headers.get("user-agent"),
            uri=request.path,
        )

    def app(self, app_id: str) -> App:
        """The app of an id.

        Raises:
            OktaError: E0000007, as recorded.

        """
        app = self.org.apps.get(app_id)
        if app is None or not self.principal.sees(app_id):
            raise not_found(app_id, "AppInstance")
        return app

    def group(self, group_id: str) -> OktaGroup:
        """The group of an id.

        Raises:
            OktaError: E0000007.

        """
        group = self.org.groups.get(group_id)
        if group is None:
            raise not_found(group_id, "UserGroup")
        return group

    def user(self, id_or_login: str) -> OktaUser:
        """The user of an id or login.

        Raises:
            OktaError: E0000007.

        """
        user_id = self.org.logins.get(id_or_login.lower(), id_or_login)
        user = self.org.users.get(user_id)
        if user is None:
            raise not_found(id_or_login, "User")
        return user

    def limit(self, default: int, most: int) -> int:
        """The page size asked for.

        Raises:
            OktaError: E0000001, when it is no number between 1 and `most`.

        """
        given = self.request.query.get("limit", str(default))
        if not given.isdigit() or not 0 < int(given) <= most:
            raise invalid("limit", f"The limit must be between 1 and {most}.")
        return int(given)

    def page(
        self, items: list[tuple[str, Any]], default: int, most: int, *, endless: bool = False
    ) -> Response:
        """A page of (id, body) pairs, with `Link` headers to itself and to the next (recorded).

        An endless list links to a next page even where there is nothing yet.
        """
        limit = self.limit(default, most)
        after = self.request.query.get("after")
        start = 0
        if after:
            start = _after(items, after)
        chosen = items[start : start + limit]
        last = f"{chosen[-1][0]}.{start + len(chosen) - 1}" if chosen else after or "0"
        following = last if endless or start + limit < len(items) else None
        return Response(
            body=[body() if callable(body) else body for _, body in chosen],
            headers={"Link": self._links(limit, after, following)},
        )

    def _links(self, limit: int, after: str | None, following: str | None) -> str:
        query = {k: v for k, v in self.request.query.items() if k not in ("after", "limit")}
        url = self.org.url + self.request.path
        own = query | ({"after": after} if after else {}) | {"limit": str(limit)}
        links = f'<{url}?{urlencode(own)}>; rel="self"'
        if following is None:
            return links
        then = query | {"after": following, "limit": str(limit)}
        return f'{links}, <{url}?{urlencode(then)}>; rel="next"'


def _after(items: list[tuple[str, Any]], cursor: str) -> int:
    """Where the page after a cursor begins; what was last may have been deleted meanwhile."""
    last, _, place = cursor.rpartition(".")
    found = next((n + 1 for n, (key, _) in enumerate(items) if key == last), None)
    if found is not None:
        return found
    return int(place) if place.isdigit() else len(items)
