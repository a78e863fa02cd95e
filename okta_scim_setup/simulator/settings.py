"""What an app's provisioning settings amount to: may Okta push, and what `features` shows."""

from okta_scim_setup.simulator.okta.records import (
    ACTIONS,
    CUSTOM_SAML,
    IMPORT_USERS,
    ORG2ORG,
    PUSH_GROUPS,
    PUSH_NEW_USERS,
    PUSH_PROFILE_UPDATES,
    ZSCALER,
    App,
    Provisioning,
)
from okta_scim_setup.simulator.state import Switches

OF_CATALOGUE = (ZSCALER, ORG2ORG)


def has_connections_api(app: App, switches: Switches) -> bool:
    """Whether connections/default works on this app (recorded: two apps; else a switch)."""
    if app.kind == CUSTOM_SAML:
        return switches.connections_on_custom_apps and app.provisioning.scim_enabled
    return app.kind in OF_CATALOGUE


def supported_actions(app: App) -> tuple[str, ...]:
    """The supported provisioning actions: of a catalogue app, what the app itself fixes."""
    return ACTIONS if app.kind in OF_CATALOGUE else app.provisioning.actions


def is_usable(app: App) -> bool:
    """Whether Okta holds a connection for this app that it pushes over."""
    settings = app.provisioning
    if app.status != "ACTIVE" or not settings.base_url or not settings.token:
        return False
    switched_on = settings.scim_enabled or app.kind != CUSTOM_SAML
    return switched_on and settings.status == "ENABLED"


def features(app: App, switches: Switches) -> list[str]:
    """The app object's read-only `features` (recorded values; what they follow is a switch)."""
    settings = app.provisioning
    actions = supported_actions(app)
    is_custom = app.kind == CUSTOM_SAML
    found = ["GROUP_PUSH"] if PUSH_GROUPS in actions else []
    on = settings.scim_enabled if is_custom else settings.status == "ENABLED"
    if not on:
        # An Org2Org without a connection shows GROUP_PUSH all the same (recorded).
        return [] if is_custom else found
    found.append("SCIM_PROVISIONING")
    found.extend(_push_features(settings, actions, switches))
    if is_custom:
        # Not in the published list, yet custom SAML apps with SCIM carry it (reported).
        found.append("AUTO_CONFIRM_IMPORTS")
        if IMPORT_USERS in actions:
            found.extend(("IMPORT_NEW_USERS", "IMPORT_PROFILE_UPDATES"))
    return found


def _push_features(
    settings: Provisioning, actions: tuple[str, ...], switches: Switches
) -> list[str]:
    if switches.features_follow == "actions":
        create = PUSH_NEW_USERS in actions
        update = deactivate = PUSH_PROFILE_UPDATES in actions
    else:
        create = settings.create_users
        update = settings.update_user_attributes
        deactivate = settings.deactivate_users
    shown = ["PUSH_NEW_USERS"] if create else []
    shown += ["PUSH_PROFILE_UPDATES"] if update else []
    return shown + (["PUSH_USER_DEACTIVATION", "REACTIVATE_USERS"] if deactivate else [])
