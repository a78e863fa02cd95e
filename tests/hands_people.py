"""What other people do in Okta and dbt to people, by its own API or in the console."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import requests
from hands_dbt import switch
from tenants import Tenants


def leaves(first: str, *, deleted: bool = False) -> Callable[[Tenants], object]:
    """Somebody leaves while dbt doesn't answer: Okta doesn't try that again."""

    def make(t: Tenants) -> None:
        user = t.user(first)
        t.simulator.add_fault("/scim/v2/Users/", "status:500", by="okta", times=9)
        t.okta("POST", f"/api/v1/users/{user['id']}/lifecycle/deactivate")
        t.simulator.clear_faults()
        if deleted:
            t.okta("DELETE", f"/api/v1/users/{user['id']}")

    return make


def leaves_the_team(t: Tenants) -> None:
    t.simulator.add_fault("/scim/v2/Users/", "status:500", by="okta", times=9)
    t.okta("DELETE", f"/api/v1/groups/{t.group('devs')['id']}/users/{t.user('alan')['id']}")
    t.simulator.clear_faults()


def comes_in_vain(t: Tenants) -> None:
    t.simulator.add_fault("/scim/v2/Users", "status:500", by="okta", times=9)
    t.okta("PUT", f"/api/v1/groups/{t.group('devs')['id']}/users/{t.user('radia')['id']}")
    t.simulator.clear_faults()


def by_scim(first: str, **changed: Any) -> Callable[[Tenants], object]:
    """Another tool changes somebody in dbt."""

    def make(t: Tenants) -> None:
        below = f"/Users/{t.member(first)['id']}"
        t.scim("PUT", below, json=t.scim("GET", below) | changed)

    return make


def licence_by_scim(t: Tenants) -> None:
    extension = "urn:ietf:params:scim:schemas:extension:dbtLabs:2.0:User"
    by_scim("alan", **{extension: {"licenseType": "it"}})(t)


def name_by_scim(t: Tenants) -> None:
    name = "alan@elsewhere.example"
    by_scim("alan", userName=name, emails=[{"value": name, "primary": True}])(t)


def by_hand(make: Callable[[Tenants], object]) -> Callable[[Tenants], object]:
    """Something that dbt takes only while manual updates are allowed, as they are for a while."""

    def made(t: Tenants) -> None:
        switch(manual_updates_allowed=True)(t)
        make(t)
        switch(manual_updates_allowed=False)(t)

    return made


def invite(email: str) -> Callable[[Tenants], object]:
    body = {"email_addresses": [email], "license_type": "developer"}
    return by_hand(lambda t: t.dbt("POST", "/invites/", json=body))


def invited_and_came(email: Callable[[Tenants], str]) -> Callable[[Tenants], object]:
    def make(t: Tenants) -> None:
        invite(email(t))(t)
        body = {"account_id": t.account["account_id"], "email": email(t)}
        _control(t, "accept-invite", body)

    return make


def _control(t: Tenants, what: str, body: dict[str, Any]) -> None:
    answer = requests.post(f"{t.simulator.url}/_simulator/{what}", json=body, timeout=10)
    answer.raise_for_status()


def other_groups(t: Tenants) -> None:
    groups = {g["id"] for g in t.dbt("GET", "/groups/")["data"] if g["name"] == "Everyone"}
    wanted = {"user_id": t.member("alan")["id"], "desired_group_ids": [*groups]}
    by_hand(lambda x: x.dbt("POST", "/assign-groups/", json=wanted))(t)


def group_by_scim(t: Tenants) -> None:
    group = t.dbt_group("devs")
    person = t.member("ada")
    now = t.scim("GET", f"/Groups/{group['id']}")
    members = [*now["members"], {"value": str(person["id"]), "display": person["email"]}]
    t.scim("PUT", f"/Groups/{group['id']}", json=now | {"members": members})
