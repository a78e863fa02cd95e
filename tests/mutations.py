"""Every change that somebody can make to a converged tenant, and what an audit has to find of it.

Each is made alone, through the services' APIs or the console. Kinds and their attributes come from
the models: one without a mutation, and without a reason why there is none, fails the test.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hands_okta import a_group, connect_elsewhere, console
from mutation import DAY
from mutations_account import of_switches, of_the_account, of_tokens
from mutations_app import of_attributes, of_provisioning, of_the_app, of_toggles
from mutations_groups import of_assignments, of_pushes
from mutations_people import of_people
from mutations_sign_on import of_sign_on, of_trust
from tenants import Tenants

MUTATIONS = (
    *of_the_app(),
    *of_sign_on(),
    *of_trust(),
    *of_provisioning(),
    *of_toggles(),
    *of_assignments(),
    *of_pushes(),
    *of_attributes(),
    *of_switches(),
    *of_tokens(),
    *of_people(),
    *of_the_account(),
)


NO_CHANGE: dict[tuple[str, str], str] = {
    ("okta.saml_app", "id"): "Okta never changes an id; the app's removal is a mutation",
    ("okta.saml_app", "create"): "says what apply may do",
    ("okta.scim_provisioning", "app"): "says which app is meant",
    ("okta.provisioning_features", "app"): "says which app is meant",
    ("okta.group_assignment", "app"): "says which app is meant",
    ("okta.group_push", "app"): "says which app is meant",
    ("okta.app_user_schema", "app"): "says which app is meant",
    ("okta.profile_mapping", "app"): "says which app is meant",
    ("okta.group_push", "delete_target_group"): "says what apply may do",
    ("dbt_cloud.auth_provider", "sign_ins"): "is evidence of signing in, and never compared",
    ("dbt_cloud.scim_token", "adopt"): "says which token is meant",
    ("dbt_cloud.scim_token", "rotate"): "is in the token's name, which nobody can change",
}
"""Attributes that nobody can change from outside, and why."""


NO_MUTATION: dict[str, str] = {
    "AUD419": (
        "somebody whom Okta knows in dbt is managed by SCIM from Okta's first push on, and no API "
        "takes it back; dbt tells it of all where its list of licences is by person, else of one "
        "at a time, which isn't asked: it would be a request for each person and night"
    ),
}
"""Findings of controls that nobody can bring about by an API, and why."""


@dataclass(frozen=True)
class Unread:
    """What no API shows, who can change it nevertheless, and what stands in for it."""

    kind: str
    attribute: str
    what: str
    make: Callable[[Tenants], object] | None
    """None: it can't be done on the simulator, and is only said to be unseen."""
    stands_in: str
    found: str = ""
    """The finding of what stands in, once it shows; empty where a change may stay unseen."""


def elsewhere_and_on(t: Tenants) -> None:
    """Okta is pointed elsewhere where no API shows it; then life goes on, and Okta pushes."""
    connect_elsewhere(t)
    t.simulator.clock.advance(2 * DAY)
    t.okta("PUT", f"/api/v1/groups/{t.group('devs')['id']}/users/{t.user('radia')['id']}")


UNREAD = (
    Unread(
        "okta.scim_provisioning",
        "base_url",
        "another base URL on a custom SAML app",
        elsewhere_and_on,
        "Okta's pushes that our token has no part in, once a day has passed",
        "AUD506",
    ),
    Unread(
        "okta.scim_provisioning",
        "unique_identifier",
        "another unique identifier",
        console(Unique_identifier_field_for_users="email"),
        "people who aren't found, or arrive under another name (AUD411, AUD413, AUD414)",
    ),
    Unread(
        "okta.scim_provisioning",
        "actions",
        "Push New Users taken from the actions",
        console(Supported_provisioning_actions="Push Profile Updates, Push Groups"),
        "the To App toggles, and people who never arrive (AUD202, AUD411); Push Groups is read",
    ),
    Unread(
        "okta.scim_provisioning",
        "auth_mode",
        "another way to sign in (the simulated console refuses it)",
        None,
        "the token's use: another mode sends no token (AUD505, AUD506)",
    ),
)
"""The named list of what can't be read on a custom SAML app."""


@dataclass(frozen=True)
class Life:
    """A change that isn't drift: it is what provisioning is for, and nothing is to be found."""

    what: str
    make: Callable[[Tenants], object]


def _joins(t: Tenants) -> None:
    t.okta("PUT", f"/api/v1/groups/{t.group('devs')['id']}/users/{t.user('radia')['id']}")


def _leaves_for_good(t: Tenants) -> None:
    t.okta("POST", f"/api/v1/users/{t.user('alan')['id']}/lifecycle/deactivate")


def _renamed(t: Tenants) -> None:
    body = {"profile": {"lastName": "Mathison"}}
    t.okta("POST", f"/api/v1/users/{t.user('alan')['id']}", json=body)


def _moves(t: Tenants) -> None:
    user = t.user("alan")["id"]
    t.okta("PUT", f"/api/v1/groups/{t.group('admins')['id']}/users/{user}")
    t.okta("DELETE", f"/api/v1/groups/{t.group('devs')['id']}/users/{user}")


def _another_app(t: Tenants) -> None:
    app = t.okta("GET", "/api/v1/apps?q=Unused")[0]
    t.okta("PUT", f"/api/v1/apps/{app['id']}", json=app | {"label": "Somebody else's"})


LIFE = (
    Life("nothing happens", lambda _: None),
    Life("somebody joins a group", _joins),
    Life("somebody leaves, and Okta deactivates them", _leaves_for_good),
    Life("somebody changes their name", _renamed),
    Life("somebody moves from one group to another", _moves),
    Life(
        "a group is made in dbt that nobody pushes",
        lambda t: t.dbt("POST", "/groups/", json={"name": "own"}),
    ),
    Life("a group is made in Okta that isn't given the app", a_group),
    Life("an app of somebody else's is changed as a whole", _another_app),
)
