"""The app object: how it is made from a request, and how Okta shows it (recorded)."""

import re
from typing import TYPE_CHECKING, Any

from okta_scim_setup.simulator.clock import okta_time
from okta_scim_setup.simulator.okta.records import CUSTOM_SAML, App, Org
from okta_scim_setup.simulator.okta.sign_on import SAML, key_of, sign_on, sign_on_of_catalogue
from okta_scim_setup.simulator.settings import features
from okta_scim_setup.simulator.state import World

if TYPE_CHECKING:
    from okta_scim_setup.simulator.okta.call import Call

STORED = ("credentials", "settings", "visibility", "accessibility")
"""The parts of an app object that Okta stores as they are given."""

_BOOKMARK = "bookmark"
_SIGN_ON_OF = {_BOOKMARK: "BOOKMARK", "deelhr": None}
"""The catalogue's apps that have a sign-on mode of their own, whatever is asked for (recorded)."""
_USER_NAME = {"template": "${source.login}", "type": "BUILT_IN"}
_NOTIFICATIONS = {"vpn": {"network": {"connection": "DISABLED"}, "message": None, "helpUrl": None}}


def new_app(world: World, org: Org, body: dict[str, Any], *, status: str = "ACTIVE") -> App:
    """Make an app from the body of POST /apps and add it to its org."""
    now = world.clock.now()
    name = body.get("name")
    is_custom = not name and body.get("signOnMode") == SAML
    label = str(body["label"])
    app = App(
        id=world.ids.okta("0oa"),
        name=_custom_name(org, label) if is_custom else str(name),
        label=label,
        kind=CUSTOM_SAML if is_custom else str(name),
        sign_on_mode=_SIGN_ON_OF.get(str(name), body.get("signOnMode")),
        status=status,
        created=now,
        updated=now,
        body={key: body[key] for key in STORED if key in body},
        mapping_id=world.ids.okta("prm"),
    )
    org.apps[app.id] = app
    return app


def _custom_name(org: Org, label: str) -> str:
    slug = re.sub(r"[^a-z0-9]", "", label.lower())
    number = sum(app.kind == CUSTOM_SAML for app in org.apps.values()) + 1
    return f"{org.subdomain}_{slug}_{number}"


def app_body(call: "Call", app: App) -> dict[str, Any]:
    """The app object as Okta shows it; `features` is read-only and an open set (recorded)."""
    org = call.org
    return {
        "id": app.id,
        "orn": f"orn:okta:idp:{org.id}:apps:{app.name}:{app.id}",
        "name": app.name,
        "label": app.label,
        "status": app.status,
        "lastUpdated": okta_time(app.updated),
        "created": okta_time(app.created),
        "accessibility": {"selfService": False, "errorRedirectUrl": None, "loginRedirectUrl": None}
        | app.body.get("accessibility", {}),
        "visibility": _visibility(app),
        "features": features(app, call.world.switches),
        "signOnMode": app.sign_on_mode,
        "credentials": _credentials(app),
        "universalLogout": {"status": "UNSUPPORTED"},
        "settings": _settings(app),
        "_links": _links(org, app),
    }


def _credentials(app: App) -> dict[str, Any]:
    """A shared user name that is empty isn't shown; a SAML app has a key to sign with."""
    given = app.body.get("credentials", {})
    shown = {name: value for name, value in given.items() if value != ""}
    key = {"kid": key_of(app)} if app.sign_on_mode == SAML else {}
    signing = key | shown.get("signing", {})
    return {"userNameTemplate": _USER_NAME, **shown, "signing": signing}


def _visibility(app: App) -> dict[str, Any]:
    own: dict[str, Any] = {
        "autoLaunch": False,
        "autoSubmitToolbar": False,
        "hide": {"iOS": False, "web": False},
        "appLinks": {_app_link(app): True},
    }
    return {**own, **app.body.get("visibility", {})}


def _app_link(app: App) -> str:
    return "login" if app.kind == _BOOKMARK else f"{app.name}_link"


def _settings(app: App) -> dict[str, Any]:
    own: dict[str, Any] = {
        "app": {},
        "notifications": _NOTIFICATIONS,
        "manualProvisioning": False,
        "implicitAssignment": False,
        "emOptInStatus": "NONE",
        "notes": {"admin": None, "enduser": None},
    }
    given = app.body.get("settings", {})
    notes = {**own["notes"], **given.get("notes", {})}
    shown = {**own, **given, "notes": notes}
    of_sign_on = given.get("signOn", {})
    if app.kind == CUSTOM_SAML:
        shown["signOn"] = sign_on(of_sign_on)
    elif of_sign_on or app.sign_on_mode == SAML:
        shown["signOn"] = sign_on_of_catalogue(app.sign_on_mode, of_sign_on)
    return shown


def _links(org: Org, app: App) -> dict[str, Any]:
    base = f"{org.url}/api/v1/apps/{app.id}"
    change = "deactivate" if app.status == "ACTIVE" else "activate"
    links: dict[str, Any] = {
        "uploadLogo": {"href": f"{base}/logo", "hints": {"allow": ["POST"]}},
        "appLinks": [
            {
                "name": _app_link(app),
                "href": f"{org.url}/home/{app.name}/{app.id}/aln{app.id[3:]}",
                "type": "text/html",
            }
        ],
        "profileEnrollment": {"href": f"{org.url}/api/v1/policies/rst{org.id[3:]}"},
        "policies": {"href": f"{base}/policies", "hints": {"allow": ["PUT"]}},
        "groups": {"href": f"{base}/groups"},
        "logo": [{"name": "medium", "href": f"{org.url}/logo.png", "type": "image/png"}],
        "accessPolicy": {"href": f"{org.url}/api/v1/policies/rst{app.id[3:]}"},
        "users": {"href": f"{base}/users"},
        change: {"href": f"{base}/lifecycle/{change}"},
    }
    if app.sign_on_mode == SAML:
        steps = f"{org.url}/app/{app.name}/{app.id}/setup/help/SAML_2_0/instructions"
        links["help"] = {"href": steps, "type": "text/html"}
        links["metadata"] = {"href": f"{base}/sso/saml/metadata", "type": "application/xml"}
    return links
