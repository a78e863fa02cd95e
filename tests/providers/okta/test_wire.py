"""What Okta's kinds send: method, path, query and body of reading, making, changing, removing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from studio import Studio, Tape

from okta_scim_setup.providers.okta.app_user_schema import DBT_USER, LICENCES, AppUserSchema
from okta_scim_setup.providers.okta.group_assignment import GroupAssignment
from okta_scim_setup.providers.okta.group_push import GroupPush
from okta_scim_setup.providers.okta.profile_mapping import ProfileMapping
from okta_scim_setup.providers.okta.provisioning_features import ProvisioningFeatures
from okta_scim_setup.providers.okta.saml_app import SamlApp
from okta_scim_setup.providers.okta.scim_provisioning import ScimProvisioning

Play = Callable[..., AbstractContextManager[Tape]]

ACME = "GET /api/v1/apps?q=dbt%20acme&limit=200"
INITECH = "GET /api/v1/apps?q=dbt%20initech&limit=200"
APP = "/api/v1/apps/APP"
PEOPLE = f"GET {APP}/users?limit=500"
CONNECTION = f"GET {APP}/connections/default"
TOGGLES = f"GET {APP}/features/USER_PROVISIONING"
PUSHES = f"GET {APP}/group-push/mappings?limit=1000"
ASSIGNED = f"GET {APP}/groups?expand=group&limit=200"
DEVS = "GET /api/v1/groups?search=profile.name%20eq%20%22dbt-acme-devs%22&limit=200"

SCOPES = (
    "okta.apps.read",
    "okta.groups.read",
    "okta.users.read",
    "okta.apps.manage",
    "okta.groups.manage",
)


def scim_token(studio: Studio) -> str:
    """SCIM on, and a token that dbt accepts."""
    studio.scim_on()
    made = studio.dbt("POST", "/scim-config/tokens/", json={"name": "tape"})
    return str(made["token_string"])


def applied(studio: Studio) -> None:
    studio.apply()


def test_an_app_is_read_by_its_label_in_one_request(play: Play) -> None:
    with play("okta.saml_app-read") as tape:
        live = SamlApp(name="dbt", label="dbt acme").read(tape.okta())

    assert tape.wire == [ACME]
    assert live.outputs["name"] == "zscalerbyz"


def test_an_app_is_read_by_its_id_in_one_request(play: Play) -> None:
    with play("okta.saml_app-read-id") as tape:
        okta = tape.okta()
        app = tape.app(okta)
        okta.forget()
        SamlApp(name="dbt", id=app).read(okta)

    assert tape.wire == [ACME, f"GET {APP}"]


def test_a_connection_is_read_with_the_people_who_wait_for_it(play: Play) -> None:
    with play("okta.scim_provisioning-read") as tape:
        okta = tape.okta()
        live = provisioning(tape, tape.app(okta)).read(okta)

    assert tape.wire == [ACME, CONNECTION, PEOPLE]
    assert live is not None
    assert live.values["enabled"] is False


def test_a_connection_of_a_custom_saml_app_is_not_asked_for(play: Play) -> None:
    with play("okta.scim_provisioning-read-custom") as tape:
        okta = tape.okta(2)
        live = provisioning(tape, tape.app(okta, 2)).read(okta)

    assert tape.wire == [INITECH, PEOPLE]
    assert live is not None
    assert live.outputs["waiting"]


def test_a_connection_is_set_and_activated_by_one_post_and_read_back(play: Play) -> None:
    with play("okta.scim_provisioning-update", scim_token) as tape:
        okta = tape.okta()
        kind = provisioning(tape, tape.app(okta))
        live = kind.read(okta)
        assert live is not None
        now = kind.update(okta, live, frozenset({"enabled", "base_url", "token"}))

    assert tape.wire == [
        ACME,
        CONNECTION,
        PEOPLE,
        f"POST {APP}/connections/default?activate=true",
        CONNECTION,
    ]
    assert tape.body("POST") == {
        "baseUrl": "http://127.0.0.1:8001/api/v3/accounts/70403101/scim/v2",
        "profile": {"authScheme": "TOKEN", "token": "<replaced>"},
    }
    assert now.values["enabled"] is True


def test_toggles_are_read_and_only_what_differs_is_put(play: Play) -> None:
    with play("okta.provisioning_features-update", applied) as tape:
        okta = tape.okta()
        kind = ProvisioningFeatures(app=tape.app(okta), update_user_attributes=False)
        live = kind.read(okta)
        assert live is not None
        kind.update(okta, live, frozenset({"update_user_attributes"}))

    asked = f"PUT {APP}/features/USER_PROVISIONING"
    assert tape.wire == [ACME, TOGGLES, asked, TOGGLES]
    assert tape.body("PUT") == {"update": {"profile": {"status": "DISABLED"}}}


def test_toggles_are_off_while_provisioning_is(play: Play) -> None:
    with play("okta.provisioning_features-read") as tape:
        okta = tape.okta()
        live = ProvisioningFeatures(app=tape.app(okta)).read(okta)

    assert tape.wire == [ACME, TOGGLES]
    assert live is not None
    assert set(live.values.values()) == {False}


def test_a_group_is_assigned_with_what_is_declared_and_read_back(play: Play) -> None:
    with play("okta.group_assignment-create", applied_without_groups) as tape:
        okta = tape.okta()
        kind = GroupAssignment(name="dbt-acme-devs", app=tape.app(okta), priority=0)
        assert kind.read(okta) is None
        kind.make(okta, "")

    assert tape.wire == [ACME, DEVS, ASSIGNED, f"PUT {APP}/groups/GROUP", ASSIGNED]
    assert tape.body("PUT") == {"priority": 0}


def test_an_assigned_group_is_changed_by_the_same_put(play: Play) -> None:
    with play("okta.group_assignment-update", applied) as tape:
        okta = tape.okta()
        kind = GroupAssignment(
            name="dbt-acme-devs", app=tape.app(okta), profile={"licenseType": "developer"}
        )
        live = kind.read(okta)
        assert live is not None
        kind.update(okta, live, frozenset({"profile"}))

    # Read once more before it is merged: a PUT replaces the assignment.
    assert tape.wire == [ACME, DEVS, ASSIGNED, ASSIGNED, f"PUT {APP}/groups/GROUP", ASSIGNED]
    assert tape.body("PUT") == {"priority": 1, "profile": {"licenseType": "developer"}}


def test_the_app_is_taken_from_a_group_by_delete_and_it_is_looked_whether_it_is_gone(
    play: Play,
) -> None:
    with play("okta.group_assignment-delete", applied) as tape:
        okta = tape.okta()
        kind = GroupAssignment(name="dbt-acme-devs", app=tape.app(okta))
        live = kind.read(okta)
        assert live is not None
        kind.delete(okta, live)

    assert tape.wire == [ACME, DEVS, ASSIGNED, f"DELETE {APP}/groups/GROUP", ASSIGNED]
    assert tape.calls[-2].body is None


def test_a_group_is_pushed_by_its_id_to_the_group_of_its_name(play: Play) -> None:
    with play("okta.group_push-create", applied_without_groups) as tape:
        okta = tape.okta()
        kind = GroupPush(name="dbt-acme-devs", app=tape.app(okta))
        assert kind.read(okta) is None
        live = kind.make(okta, "")

    assert tape.wire == [ACME, DEVS, PUSHES, f"POST {APP}/group-push/mappings", PUSHES]
    sent = tape.body("POST")
    assert sent.pop("sourceGroupId").startswith("00g")
    assert sent == {"targetGroupName": "dbt-acme-devs", "status": "ACTIVE"}
    assert live.values == {"status": "ACTIVE"}


def test_a_stopped_push_is_started_by_patch(play: Play) -> None:
    with play("okta.group_push-update", stopped) as tape:
        okta = tape.okta()
        kind = GroupPush(name="dbt-acme-devs", app=tape.app(okta))
        live = kind.read(okta)
        assert live is not None
        now = kind.update(okta, live, frozenset({"status"}))

    assert tape.wire == [
        ACME,
        DEVS,
        PUSHES,
        f"PATCH {APP}/group-push/mappings/MAPPING",
        PUSHES,
    ]
    assert tape.body("PATCH") == {"status": "ACTIVE"}
    assert (live.values["status"], now.values["status"]) == ("INACTIVE", "ACTIVE")


def test_a_push_is_removed_after_it_was_stopped_and_dbts_group_stays(play: Play) -> None:
    with play("okta.group_push-delete", applied) as tape:
        okta = tape.okta()
        kind = GroupPush(name="dbt-acme-devs", app=tape.app(okta))
        live = kind.read(okta)
        assert live is not None
        kind.delete(okta, live)

    mapping = f"{APP}/group-push/mappings/MAPPING"
    assert tape.wire == [
        ACME,
        DEVS,
        PUSHES,
        f"PATCH {mapping}",
        f"DELETE {mapping}?deleteTargetGroup=false",
        PUSHES,
    ]
    assert tape.body("PATCH") == {"status": "INACTIVE"}


def test_groups_that_are_expected_are_looked_up_in_one_request(play: Play) -> None:
    with play("okta.group_push-read") as tape:
        okta = tape.okta()
        app = tape.app(okta)
        kinds = [GroupPush(name=f"dbt-acme-{x}", app=app) for x in ("devs", "admins")]
        for kind in kinds:
            kind.expect(okta)
        assert [kind.read(okta) for kind in kinds] == [None, None]

    both = "%20or%20".join(f"profile.name%20eq%20%22dbt-acme-{x}%22" for x in ("admins", "devs"))
    assert tape.wire == [ACME, f"GET /api/v1/groups?search={both}&limit=200", PUSHES]


def test_somebody_is_given_the_app_and_loses_it_again(play: Play) -> None:
    with play("okta.scim_provisioning-admit", applied_without_groups) as tape:
        okta = tape.okta()
        kind = provisioning(tape, tape.app(okta))
        live = kind.read(okta)
        assert live is not None
        login = next(iter(okta.group_members(group(okta))))["profile"]["login"]
        kind.admit(okta, live, login)
        kind.dismiss(okta, live, login)

    user = f"GET /api/v1/users/{login.replace('@', '%40')}"
    assert tape.wire[-3:] == [user, f"POST {APP}/users", f"DELETE {APP}/users/USER"]
    sent = tape.body("POST")
    assert sent.pop("id").startswith("00u")
    assert sent == {"scope": "USER", "credentials": {"userName": login}}


def test_every_request_is_signed_with_the_api_token(play: Play) -> None:
    with play("okta.saml_app-read") as tape:
        SamlApp(name="dbt", label="dbt acme").read(tape.okta())

    assert [call.headers["authorization"] for call in tape.calls] == ["SSWS <replaced>"]
    assert [call.headers["accept"] for call in tape.calls] == ["application/json"]


def test_a_service_app_signs_in_with_an_assertion_and_asks_for_named_scopes(play: Play) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )

    def registered(studio: Studio) -> str:
        return studio.service_app(public.decode(), *SCOPES)

    with play("okta.sign_in", registered) as tape:
        okta = tape.okta_as(str(tape.made or "0oasvc"), private.decode())
        SamlApp(name="dbt", label="dbt acme").read(okta)

    assert tape.wire == ["POST /oauth2/v1/token", ACME]
    assert "authorization" not in tape.calls[0].headers
    assert tape.calls[0].headers["content-type"] == "application/x-www-form-urlencoded"
    assert tape.body("POST") == {
        "grant_type": "client_credentials",
        "scope": " ".join(SCOPES),
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": "<replaced>",
    }
    assert tape.calls[1].headers["authorization"] == "Bearer <replaced>"


def provisioning(tape: Tape, app: str) -> ScimProvisioning:
    return ScimProvisioning(app=app, base_url=tape.dbt().base_url, token=tape.secret)


def group(okta: Any) -> str:
    return str(okta.groups_named("dbt-acme-devs")[0]["id"])


def applied_without_groups(studio: Studio) -> None:
    """Everything but the groups."""
    text = studio.config.read_text()
    assert "groups:" in text
    kept = [line for line in text.splitlines() if "groups:" not in line and "- {" not in line]
    studio.config.write_text("\n".join(kept) + "\n")
    studio.apply()


def stopped(studio: Studio) -> None:
    """Everything, and then the push of a group was stopped."""
    studio.apply()
    app = studio.summary["okta"][0]["apps"][0]["id"]
    for mapping in studio.okta("GET", f"/apps/{app}/group-push/mappings"):
        studio.okta(
            "PATCH", f"/apps/{app}/group-push/mappings/{mapping['id']}", json={"status": "INACTIVE"}
        )


SCHEMA = "/api/v1/meta/schemas/apps/APP/default"
MAPPINGS = "GET /api/v1/mappings?targetId=APP&limit=200"


def with_an_attribute(studio: Studio) -> None:
    """The attribute is there, with another title."""
    (app,) = studio.okta("GET", "/apps?q=dbt%20acme")
    found = {"type": "string", "title": "Licence", "externalName": "licenseType"}
    found |= {"externalNamespace": DBT_USER, "enum": [*LICENCES], "scope": "NONE"}
    body = {"definitions": {"custom": {"properties": {"licenseType": found}}}}
    studio.okta("POST", f"/meta/schemas/apps/{app['id']}/default", json=body)


def test_an_attribute_of_the_apps_users_is_added_by_posting_it_alone(play: Play) -> None:
    with play("okta.app_user_schema-create") as tape:
        okta = tape.okta()
        kind = AppUserSchema(name="licenseType", app=tape.app(okta))
        absent = kind.read(okta)
        kind.make(okta, "")

    assert absent is None
    assert tape.wire == [ACME, f"GET {SCHEMA}", f"POST {SCHEMA}", f"GET {SCHEMA}"]
    assert tape.body("POST") == {
        "definitions": {
            "custom": {
                "properties": {
                    "licenseType": {
                        "title": "License Type",
                        "type": "string",
                        "externalName": "licenseType",
                        "externalNamespace": DBT_USER,
                        "enum": ["it", "analyst", "developer", "read_only"],
                        "scope": "NONE",
                    }
                }
            }
        }
    }


def test_an_attribute_is_changed_whole_and_removed_by_null(play: Play) -> None:
    with play("okta.app_user_schema-update", with_an_attribute) as tape:
        okta = tape.okta()
        kind = AppUserSchema(name="licenseType", app=tape.app(okta))
        live = kind.read(okta)
        assert live is not None
        now = kind.update(okta, live, frozenset({"title"}))
        kind.delete(okta, now)

    posted = [call.body for call in tape.calls if call.method == "POST"]
    changed, removed = (p["definitions"]["custom"]["properties"]["licenseType"] for p in posted)
    assert changed["title"] == "License Type"
    assert removed is None


def test_an_expression_is_added_to_the_apps_own_mapping_and_taken_out_by_null(play: Play) -> None:
    with play("okta.profile_mapping-create") as tape:
        okta = tape.okta()
        kind = ProfileMapping(name="licenseType", app=tape.app(okta), expression="user.licence")
        live = kind.make(okta, "")
        kind.delete(okta, live)

    one = "/api/v1/mappings/MAPPING"
    once = [f"POST {one}", MAPPINGS, f"GET {one}"]
    assert tape.wire == [ACME, MAPPINGS, *once, *once]
    posted = [call.body for call in tape.calls if call.method == "POST"]
    rule = {"expression": "user.licence", "pushStatus": "PUSH"}
    assert posted == [{"properties": {"licenseType": rule}}, {"properties": {"licenseType": None}}]


def test_a_connection_ends_by_deactivating_it_and_it_is_looked_whether_it_did(play: Play) -> None:
    with play("okta.scim_provisioning-delete", applied) as tape:
        okta = tape.okta()
        kind = provisioning(tape, tape.app(okta))
        live = kind.read(okta)
        assert live is not None
        kind.delete(okta, live)

    deactivate = f"POST {APP}/connections/default/lifecycle/deactivate"
    assert tape.wire == [ACME, CONNECTION, PEOPLE, deactivate, CONNECTION]


def test_toggles_end_by_a_put_of_those_that_are_on(play: Play) -> None:
    with play("okta.provisioning_features-delete", applied) as tape:
        okta = tape.okta()
        kind = ProvisioningFeatures(app=tape.app(okta))
        live = kind.read(okta)
        assert live is not None
        kind.delete(okta, live)

    asked = f"PUT {APP}/features/USER_PROVISIONING"
    assert tape.wire == [ACME, TOGGLES, asked, TOGGLES]
    off = {"status": "DISABLED"}
    assert tape.body("PUT") == {
        "create": {"lifecycleCreate": off},
        "update": {"profile": off, "lifecycleDeactivate": off},
    }
