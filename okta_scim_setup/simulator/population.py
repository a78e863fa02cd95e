"""The seed data: orgs with people, groups and apps; accounts with users and groups."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from okta_scim_setup.simulator.dbt_cloud import auth_provider, projects, service_tokens
from okta_scim_setup.simulator.dbt_cloud.records import Account, AccountGroup, Member
from okta_scim_setup.simulator.ids import dbt_token, okta_api_token
from okta_scim_setup.simulator.okta.app_body import new_app
from okta_scim_setup.simulator.okta.assignments import assign
from okta_scim_setup.simulator.okta.records import (
    SUPER_ADMIN,
    ZSCALER,
    App,
    OktaGroup,
    OktaUser,
    Org,
)
from okta_scim_setup.simulator.state import Tenant, World

FIRST_ACCOUNT = 70_403_101
_NAMES = ("acme", "globex", "initech")
_CUSTOM_TENANT = 2
_ADMINS = 2
_DEVELOPERS = 5
_ASSIGNED = 3
_PEOPLE = (
    ("Ada", "Lovelace"),
    ("Grace", "Hopper"),
    ("Edgar", "Codd"),
    ("Barbara", "Liskov"),
    ("Alan", "Turing"),
    ("Frances", "Allen"),
    ("Donald", "Knuth"),
    ("Radia", "Perlman"),
)


@dataclass(frozen=True, slots=True)
class Urls:
    """Where the simulation is reached: its orgs in order, and dbt."""

    orgs: tuple[str, ...]
    dbt_cloud: str


def tenant_name(index: int) -> str:
    """The name of the n-th tenant, counted from 0: acme, globex, initech, tenant-4, ..."""
    return _NAMES[index] if index < len(_NAMES) else f"tenant-{index + 1}"


def populate(world: World, tenants: int, urls: Urls, *, bare: bool = False) -> None:
    """Fill a world: tenant i lives in org i modulo the number of orgs.

    A bare one has people and groups in Okta, and of each account its owner; no app, no SSO.
    """
    for index, url in enumerate(urls.orgs):
        world.orgs.append(_org(world, index, url))
    for index in range(tenants):
        _tenant(world, index, world.orgs[index % len(world.orgs)], tenants, bare=bare)
    for org in () if bare else world.orgs:
        _saml_app(world, org, "Unused custom app")


def move(world: World, urls: Urls) -> None:
    """Let a world be reached at other addresses, connections to its own dbt included."""
    before, world.url = world.url, urls.dbt_cloud
    for org, url in zip(world.orgs, urls.orgs, strict=True):
        org.url = url
        for app in org.apps.values():
            base_url = app.provisioning.base_url
            if base_url and base_url.startswith(before):
                app.provisioning.base_url = urls.dbt_cloud + base_url.removeprefix(before)


def _org(world: World, index: int, url: str) -> Org:
    org = Org(world.ids.okta("00o"), "okta", url, {})
    domain = f"{tenant_name(index)}.example"
    owner = _person(world, org, "Olivia", "Admin", f"okta-admin@{domain}")
    org.api_tokens[okta_api_token()] = owner.id
    org.grants[owner.id] = SUPER_ADMIN
    org.log = deque(maxlen=world.history)
    now = world.clock.now()
    everyone = OktaGroup(world.ids.okta("00g"), "Everyone", "All users", "BUILT_IN", now, now, now)
    org.groups[everyone.id] = everyone
    return org


def _person(world: World, org: Org, first: str, last: str, email: str) -> OktaUser:
    now = world.clock.now()
    profile = {"login": email, "email": email, "firstName": first, "lastName": last}
    user = OktaUser(world.ids.okta("00u"), profile, "ACTIVE", now, now)
    org.users[user.id] = user
    org.logins[email.lower()] = user.id
    return user


def _tenant(world: World, index: int, org: Org, tenants: int, *, bare: bool) -> None:
    name = tenant_name(index)
    people = [
        _person(world, org, first, last, f"{first}.{last}@{name}.example".lower())
        for first, last in _PEOPLE
    ]
    is_custom = index == _CUSTOM_TENANT and tenants > _CUSTOM_TENANT
    label = f"dbt {name}"
    if is_custom and not bare:
        app = _saml_app(world, org, label)
        # They were assigned before provisioning was on, so Okta won't provision them by itself.
        for user in people[:_ASSIGNED]:
            assign(world, app, user, "USER")
    elif not bare:
        _catalogue_app(world, org, label)
    groups = (
        _group(world, org, f"dbt-{name}-admins", people[:_ADMINS]),
        _group(world, org, f"dbt-{name}-devs", people[_ADMINS : _ADMINS + _DEVELOPERS]),
    )
    known = () if bare else (people[0], people[_ADMINS])
    account = _account(world, FIRST_ACCOUNT + index, name, known)
    if not bare:
        auth_provider.add(world, account, {"type": "okta", "slug": name})
    world.tenants.append(Tenant(name, org, label, account, groups))


def _group(world: World, org: Org, name: str, members: list[OktaUser]) -> OktaGroup:
    now = world.clock.now()
    group = OktaGroup(world.ids.okta("00g"), name, None, "OKTA_GROUP", now, now, now)
    group.members = dict.fromkeys(user.id for user in members)
    org.groups[group.id] = group
    return group


def _credentials() -> dict[str, Any]:
    return {"userNameTemplate": {"template": "${source.email}", "type": "BUILT_IN"}, "signing": {}}


def _catalogue_app(world: World, org: Org, label: str) -> App:
    body = {"name": ZSCALER, "label": label, "signOnMode": "SAML_2_0"}
    return new_app(world, org, body | {"credentials": _credentials()})


def _saml_app(world: World, org: Org, label: str) -> App:
    sign_on = {
        "ssoAcsUrl": "https://auth.example/login/callback",
        "audience": "urn:auth0:example",
        "recipient": "https://auth.example/login/callback",
        "destination": "https://auth.example/login/callback",
        "subjectNameIdTemplate": "${user.userName}",
        "subjectNameIdFormat": "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified",
        "attributeStatements": [],
    }
    body: dict[str, Any] = {"label": label, "signOnMode": "SAML_2_0"}
    return new_app(
        world, org, body | {"credentials": _credentials(), "settings": {"signOn": sign_on}}
    )


def _account(world: World, account_id: int, name: str, people: Iterable[OktaUser]) -> Account:
    now = world.clock.now()
    seats = {"developer": 50, "read_only": 100, "it": 10}
    account = Account(account_id, name, dbt_token(), now, seats)
    account.audit_log = deque(maxlen=world.history)
    admin = _member(world, account, "Pat", "Admin", f"admin@{name}.example")
    known = [
        _member(world, account, user.profile["firstName"], user.profile["lastName"], user.login)
        for user in people
    ]
    everyone = [admin, *known]
    members = {
        "Owner": [admin],
        "Member": known,
        "Everyone": everyone,
    } | ({f"dbt-{name}-devs": known[1:]} if known else {})
    for group_name, who in members.items():
        group = AccountGroup(world.ids.number(), group_name, now, now)
        group.members = dict.fromkeys(member.id for member in who)
        group.assign_by_default = group_name in ("Member", "Everyone")
        if group_name == "Owner":
            group.permissions = [_owner(world, account, group)]
        account.groups[group.id] = group
    world.accounts[account.id] = account
    everything = [{"permission_set": "account_admin"}]
    service_tokens.add(world, account, "automation", everything, account.token)
    projects.add(world, account, "Analytics")
    return account


def _owner(world: World, account: Account, group: AccountGroup) -> dict[str, Any]:
    """What lets an account's owners administer it."""
    return {
        "id": world.ids.number(),
        "account_id": account.id,
        "group_id": group.id,
        "permission_set": "owner",
        "all_projects": True,
        "writable_environment_categories": [],
    }


def _member(world: World, account: Account, first: str, last: str, email: str) -> Member:
    now = world.clock.now()
    member = Member(world.ids.number(), email, first, last, "developer", now, now)
    account.members[member.id] = member
    return member
