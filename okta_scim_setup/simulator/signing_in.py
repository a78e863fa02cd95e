"""Somebody signs in to dbt by an app of an org: what Okta and dbt let through, and note of it."""

from okta_scim_setup.simulator.dbt_cloud.records import Account, Member
from okta_scim_setup.simulator.okta import events
from okta_scim_setup.simulator.okta.records import App, OktaUser, Org
from okta_scim_setup.simulator.okta.saml import certificate
from okta_scim_setup.simulator.okta.sign_on import issuer
from okta_scim_setup.simulator.state import World

_SSO = "user.authentication.sso"


def sign_in(world: World, app_id: str, login: str) -> str:
    """Sign somebody in; why they weren't let in, or nothing.

    Okta notes it in the System Log once it lets them through (specified), dbt as their last login.
    An account is meant by the slug in the app's single sign-on URL (facts: dbt 7).

    Raises:
        ValueError: there is no such app.

    """
    with world.lock:
        org, app = _find(world, app_id)
        user = org.users.get(org.logins.get(login.lower(), ""))
        refusal = _not_by_okta(app, user)
        if refusal or user is None:
            return refusal
        actor = events.Actor(events.user_entity(user), address="127.0.0.1")
        events.write(world, org, _SSO, actor, events.app_entity(app))
        return _into_dbt(world, org, app, user)


def _find(world: World, app_id: str) -> tuple[Org, App]:
    for org in world.orgs:
        if app_id in org.apps:
            return org, org.apps[app_id]
    raise ValueError(f"there is no app {app_id}")


def _not_by_okta(app: App, user: OktaUser | None) -> str:
    if app.status != "ACTIVE":
        return "the app isn't active"
    if user is None or user.id not in app.users:
        return "not assigned to the app"
    return ""


def _into_dbt(world: World, org: Org, app: App, user: OktaUser) -> str:
    for account in world.accounts.values():
        for provider in account.auth_providers.values():
            if _url(app).endswith(f"connection={provider['slug']}"):
                trusted = provider.get("entity_id") == issuer(app) and _der(
                    provider.get("cert")
                ) == (certificate(org, app).text)
                return _let_in(world, account, user) if trusted else "dbt doesn't trust the app"
    return "dbt knows no such connection"


def _let_in(world: World, account: Account, user: OktaUser) -> str:
    member = _member(account, str(user.profile.get("email")))
    if member is None:
        return "not in the account"
    member.last_login = world.clock.now()
    return ""


def _member(account: Account, email: str) -> Member | None:
    return next((m for m in account.members.values() if m.active and m.user_name == email), None)


def _url(app: App) -> str:
    return str(app.body.get("settings", {}).get("signOn", {}).get("ssoAcsUrl"))


def _der(pem: str | None) -> str:
    """The base64 of a certificate in PEM (RFC 7468)."""
    lines = (pem or "").splitlines()
    return "".join(line for line in lines if not line.startswith("-----"))
