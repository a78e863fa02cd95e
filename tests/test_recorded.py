"""Our client against what real Okta orgs were recorded to answer: what it asks, and what it makes
of the answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from recording import RECORDED, WINDOW, Exchange, Org, exchanges, only, serve

from okta_scim_setup.errors import ConfigError, Place, Unexpected
from okta_scim_setup.live import Live
from okta_scim_setup.providers import okta
from okta_scim_setup.providers.okta import Settings, _apps, _saml, _sso_guide
from okta_scim_setup.providers.okta._api import Api
from okta_scim_setup.providers.okta.group_assignment import GroupAssignment
from okta_scim_setup.providers.okta.group_push import GroupPush
from okta_scim_setup.providers.okta.provisioning_features import ProvisioningFeatures
from okta_scim_setup.providers.okta.saml_app import SamlApp
from okta_scim_setup.providers.okta.scim_provisioning import ScimProvisioning
from okta_scim_setup.secret import Keeper, Secret, SecretReference
from okta_scim_setup.transport import Transport

pytestmark = pytest.mark.skipif(
    not RECORDED.exists(), reason="needs the recorded exchanges in ../shared"
)

CONNECTION = "AppConnection_cru"
FEATURE = "AppFeatures_basic"
PUSH = "PushGroup_crud"
PUSHES = "PushGroups_read"
SAML = "AppSaml_crud"
ASSIGNMENT = "AppGroupAssignment_crud"
UNKNOWN = "test_connection_update_operations"
OKTA_SPEC = "okta-management-2026.06.3.json"
RATE_LIMIT = "comprehensive_coverage_push"


@dataclass
class Time:
    """A clock that only waiting moves."""

    now: float = 0.0
    waits: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.waits.append(seconds)

    def clock(self) -> float:
        return self.now


@pytest.fixture
def org() -> Iterator[Org]:
    with serve() as running:
        yield running
    answered = [sent for sent in running.sent if (sent.method, sent.path) in running._answers]
    assert answered == running.sent


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def api(org: Org, time: Time, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    monkeypatch.setenv("RECORDED_TOKEN", "00recordedrecorded")
    place = Place("config.yaml", 1)
    token = SecretReference("env", "RECORDED_TOKEN", place, Path())
    transport = Transport(read_only=False, sleep=time.sleep, clock=time.clock)
    settings = Settings(org_url=org.url, token=token)
    yield okta.connect(settings, transport=transport, keeper=Keeper(), read_only=False)
    transport.close()


def app_of(exchange: Exchange) -> str:
    """The id of the app that an exchange is about."""
    return str(exchange["path"].split("/")[4])


def asked(recorded: Exchange) -> str:
    """What the recorded client asked."""
    query = recorded.get("query")
    return f"{recorded['method']} {recorded['path']}{'?' if query else ''}{query or ''}"


# -- connections


def test_an_unknown_connection_is_recognised_as_unknown(org: Org, api: Api) -> None:
    recorded = only(UNKNOWN, "GET", "/connections/default$")
    org.plays(recorded)

    assert api.connection(app_of(recorded))["status"] == "UNKNOWN"
    assert org.calls == [asked(recorded)]


def test_a_connection_is_never_asked_of_an_app_without_a_documented_one(org: Org, api: Api) -> None:
    app = only(SAML, "GET", r"/apps/\w+$")
    org.plays(app)
    org.lists(f"{app['path']}/users")
    kind = ScimProvisioning(app=app_of(app), base_url="https://x.example", token=secret("x"))

    live = kind.read(api)

    assert live is not None
    assert live.outputs["channel"] == "manual"
    assert live.values["enabled"] is False
    assert not any("/connections/" in call for call in org.calls)


def test_unknown_of_an_app_with_a_documented_connection_is_an_error_and_nothing_is_written(
    org: Org, api: Api
) -> None:
    connection = only(UNKNOWN, "GET", "/connections/default$")
    app = dict(only(UNKNOWN, "POST", "/apps$"), method="GET", path=connection["path"][:-20])
    app["response_body"] = app["response_body"] | {"name": "zscalerbyz"}
    org.plays(connection, app)
    kind = ScimProvisioning(app=app_of(app), base_url="https://x.example", token=secret("x"))

    with pytest.raises(Unexpected, match="UNKNOWN"):
        kind.read(api)
    assert {sent.method for sent in org.sent} == {"GET"}


def test_200_and_unknown_in_answer_to_a_write_is_not_taken_for_success(org: Org, api: Api) -> None:
    write = only(UNKNOWN, "POST", "/connections/default$", query="activate=true")
    read = only(UNKNOWN, "GET", "/connections/default$")
    app = dict(only(UNKNOWN, "POST", "/apps$"), method="GET", path=read["path"][:-20])
    org.plays(write, read, app)
    org.lists(f"{app['path']}/users")
    kind = ScimProvisioning(
        app=app_of(app), base_url="https://x.example", token=secret("x.example", api.org)
    )
    live = kind.read(api)
    assert live is not None

    with pytest.raises(Unexpected, match="isn't as asked for"):
        kind.update(api, live, frozenset({"enabled"}))
    assert asked(write) in org.calls


def secret(*hosts: str) -> Secret:
    """What stands for the token in the recording; Okta has to be among those who may have it."""
    return Secret("<REDACTED>", origin="recorded", hosts=frozenset(hosts))


def test_the_token_and_base_url_are_set_as_recorded_and_activated_by_the_same_request(
    org: Org, api: Api
) -> None:
    recorded = only(CONNECTION, "POST", "/connections/default$")
    org.plays(recorded)
    base_url = recorded["request_body"]["baseUrl"]

    api.set_connection(app_of(recorded), base_url, secret(base_url.partition("://")[2], api.org))

    assert org.calls == [f"{asked(recorded)}?activate=true"]
    assert org.sent[0].body == recorded["request_body"]


def test_a_token_goes_to_no_other_base_url(org: Org, api: Api) -> None:
    recorded = only(CONNECTION, "POST", "/connections/default$")

    with pytest.raises(ConfigError, match="isn't for"):
        api.set_connection(
            app_of(recorded),
            recorded["request_body"]["baseUrl"],
            secret("fi482.eu1.dbt.com", api.org),
        )
    assert org.sent == []


def test_activating_takes_204_without_a_body(org: Org, api: Api) -> None:
    recorded = only(CONNECTION, "POST", "/lifecycle/activate$", status=204)
    org.plays(recorded)

    api.activate_connection(app_of(recorded))

    assert org.calls == [asked(recorded)]
    assert org.sent[0].body is None


def test_a_connection_is_read_anew_after_it_was_written(org: Org, api: Api) -> None:
    disabled = only(CONNECTION, "POST", "/connections/default$")
    enabled = only(CONNECTION, "GET", "/connections/default$")
    before = dict(enabled, response_body=disabled["response_body"])
    org.plays(before, enabled, only(CONNECTION, "POST", "/lifecycle/activate$"))
    app = app_of(enabled)

    seen = [api.connection(app)["status"], api.connection(app)["status"]]
    api.activate_connection(app)
    seen.append(api.connection(app)["status"])

    assert seen == ["DISABLED", "DISABLED", "ENABLED"]
    assert len(org.calls) == 3
    assert api.connection(app)["baseUrl"] == enabled["response_body"]["baseUrl"]


def test_a_connection_of_an_app_that_is_not_there_is_told_with_oktas_words(
    org: Org, api: Api
) -> None:
    recorded = only("test_connection_error_handling", "GET", "/connections/default$", status=404)
    org.plays(recorded)

    with pytest.raises(Unexpected, match="has nothing there") as raised:
        api.connection(app_of(recorded))

    assert (raised.value.status, raised.value.code) == (404, "E0000007")
    said = dict(raised.value.problems[0].notes)
    assert recorded["response_body"]["errorSummary"] in said["answered"]
    assert said["asked"] == asked(recorded)


# -- features


def test_toggles_are_sent_bare_as_recorded_and_read_back(org: Org, api: Api) -> None:
    recorded = only(FEATURE, "PUT", "USER_PROVISIONING$")
    org.plays(recorded, only(FEATURE, "GET", "USER_PROVISIONING$"))

    api.set_user_provisioning(app_of(recorded), recorded["request_body"])
    read = api.user_provisioning(app_of(recorded))

    assert org.calls[0] == asked(recorded)
    assert org.sent[0].body == recorded["request_body"]
    assert read is not None
    assert read["capabilities"] == recorded["response_body"]["capabilities"]


def test_recorded_toggles_are_read_and_only_those_that_differ_are_written(
    org: Org, api: Api
) -> None:
    first, second = exchanges(FEATURE)[1], exchanges(FEATURE)[3]
    app = dict(only(SAML, "GET", r"/apps/\w+$"), path=first["path"].removesuffix(FEATURE_PATH))
    app["response_body"] = app["response_body"] | {"name": "zscalerbyz", "id": app_of(first)}
    org.plays(app, first, second, exchanges(FEATURE)[2])
    kind = ProvisioningFeatures(app=app_of(first), create_users=False, update_user_attributes=False)

    live = kind.read(api)
    assert live is not None
    assert live.values == {
        "create_users": True,
        "update_user_attributes": False,
        "deactivate_users": True,
    }
    now = kind.update(api, live, frozenset({"create_users"}))

    assert now.values["create_users"] is False
    (written,) = [sent for sent in org.sent if sent.method == "PUT"]
    part = exchanges(FEATURE)[2]["request_body"]["create"]
    assert written.body == {"create": part}


FEATURE_PATH = "/features/USER_PROVISIONING"


def test_features_of_an_app_without_provisioning_are_none_not_an_error(org: Org, api: Api) -> None:
    recorded = only("app_without_provisioning", "GET", "/features$", status=400)
    # Recorded for the list; the single feature answers the same (assumed).
    org.plays(dict(recorded, path=f"{recorded['path']}/USER_PROVISIONING"))

    assert recorded["response_body"]["errorCode"] == "E0000001"
    assert api.user_provisioning(app_of(recorded)) is None


def test_features_of_an_app_that_is_not_there_are_an_error(org: Org, api: Api) -> None:
    recorded = only("test_get_feature_for", "GET", "/USER_PROVISIONING$", status=404)
    org.plays(recorded)

    with pytest.raises(Unexpected) as raised:
        api.user_provisioning(app_of(recorded))
    assert raised.value.code == "E0000007"


# -- group push


def test_a_push_is_created_as_recorded_and_200_is_a_success_with_its_mapping(
    org: Org, api: Api
) -> None:
    recorded = only(PUSH, "POST", "/mappings$", status=200)
    org.plays(recorded)
    body = recorded["request_body"]

    made = api.create_push_mapping(
        app_of(recorded), body["sourceGroupId"], {"targetGroupName": body["targetGroupName"]}
    )

    assert org.calls == [asked(recorded)]
    assert org.sent[0].body == body
    assert made["id"] == recorded["response_body"]["id"]
    assert made["status"] == "ACTIVE"
    assert made["targetGroupId"] != body["sourceGroupId"]


def test_a_push_is_stopped_and_deleted_as_recorded_without_the_target_group(
    org: Org, api: Api
) -> None:
    patched, deleted = stopped_and_deleted(org)
    org.lists(f"/api/v1/apps/{app_of(patched)}/group-push/mappings")
    kind = GroupPush(name="Some Example Test Push Group", app=app_of(patched))

    kind.delete(api, live_push(patched["response_body"] | {"status": "ACTIVE"}))

    assert org.calls[:2] == [asked(patched), asked(deleted)]
    assert org.calls[1].endswith("?deleteTargetGroup=false")
    assert org.sent[0].body == patched["request_body"] == {"status": "INACTIVE"}
    assert (deleted["status"], deleted.get("response_body")) == (200, None)


def test_200_in_answer_to_delete_is_not_taken_for_success_while_the_push_is_there(
    org: Org, api: Api
) -> None:
    patched, _ = stopped_and_deleted(org)
    mapping = patched["response_body"]
    org.lists(f"/api/v1/apps/{app_of(patched)}/group-push/mappings", mapping)
    kind = GroupPush(name="Some Example Test Push Group", app=app_of(patched))

    with pytest.raises(Unexpected, match="changed nothing"):
        kind.delete(api, live_push(mapping))


def stopped_and_deleted(org: Org) -> tuple[Exchange, Exchange]:
    """An org in which the recorded push is stopped and deleted, and its group stays."""
    patched, deleted = only(PUSH, "PATCH", "/mappings/"), only(PUSH, "DELETE", "/mappings/")
    org.plays(patched, deleted)
    org.lists("/api/v1/groups", only(PUSH, "POST", "/groups$")["response_body"])
    return patched, deleted


def live_push(mapping: dict[str, Any]) -> Live:
    return Live(values={"status": mapping["status"]}, outputs={"id": mapping["id"]})


def test_a_deleted_push_is_success_when_it_is_gone_already(org: Org, api: Api) -> None:
    deleted = only(PUSH, "DELETE", "/mappings/")
    gone = only("test_connection_error_handling", "GET", "/connections/default$", status=404)
    org.plays(dict(gone, method="DELETE", path=deleted["path"]))

    api.delete_push_mapping(app_of(deleted), deleted["path"].rpartition("/")[2])

    assert org.calls == [asked(deleted)]


def test_the_list_of_pushes_is_read_to_its_end(org: Org, api: Api) -> None:
    empty, full = [e for e in exchanges(PUSHES) if e["path"].endswith("/mappings")][:4:3]
    assert (empty["response_body"], len(full["response_body"])) == ([], 2)
    org.plays(empty, full)
    app = app_of(full)

    assert api.push_mappings(app) == []
    api.forget()
    found = api.push_mappings(app)

    assert [m["id"] for m in found] == [m["id"] for m in full["response_body"]]
    # The recorded answers say rel="self" only: there is no next page to ask for.
    assert len(org.calls) == 2


def test_a_push_is_found_by_the_id_of_its_group(org: Org, api: Api) -> None:
    full = [e for e in exchanges(PUSHES) if e["path"].endswith("/mappings")][-1]
    groups = [e for e in exchanges(PUSHES) if e["path"] == "/api/v1/groups"]
    org.plays(full)
    org.lists("/api/v1/groups", *(e["response_body"] for e in groups))
    name = groups[0]["response_body"]["profile"]["name"]

    live = GroupPush(name=name, app=app_of(full)).read(api)

    assert live is not None
    source = {m["id"]: m["sourceGroupId"] for m in full["response_body"]}
    assert source[live.outputs["id"]] == groups[0]["response_body"]["id"]


# -- apps and groups


def test_an_app_is_read_by_its_id_as_recorded(org: Org, api: Api) -> None:
    recorded = only(SAML, "GET", r"/apps/\w+$")
    org.plays(recorded)

    app = api.app(app_of(recorded))

    assert org.calls == [asked(recorded)]
    assert app is not None
    assert app["signOnMode"] == "SAML_2_0"
    assert _apps.username_format(app) == "okta_username"
    assert _apps.channel(app) == "manual"


def test_an_app_that_is_not_there_is_none(org: Org, api: Api) -> None:
    gone = only("test_connection_error_handling", "GET", "/connections/default$", status=404)
    org.plays(dict(gone, path="/api/v1/apps/invalid-app-id-12345"))

    assert api.app("invalid-app-id-12345") is None


def test_an_app_is_found_by_its_exact_label_among_those_that_begin_with_it(
    org: Org, api: Api
) -> None:
    apps = {
        e["response_body"]["label"]: e["response_body"]
        for test in (SAML, UNKNOWN, PUSH)
        for e in exchanges(test)
        if (e["method"], e["path"]) == ("POST", "/api/v1/apps")
    }
    longer = apps["testAcc_826687444"] | {"id": "0oalonger", "label": "testAcc_826687444 (old)"}
    org.lists("/api/v1/apps", *apps.values(), longer)
    org.lists(f"/api/v1/apps/{apps['testAcc_826687444']['id']}/users")

    live = SamlApp(name="dbt", label="testAcc_826687444").read(api)

    assert live.outputs["id"] == apps["testAcc_826687444"]["id"]
    assert live.values["username_format"] == "okta_username"
    # The list serves what is asked by id as well.
    api.app(live.outputs["id"])
    calls = [call for call in org.calls if "/users" not in call]
    assert calls == ["GET /api/v1/apps?q=testAcc_826687444&limit=200"]


def test_groups_are_looked_up_together_and_told_apart_by_exact_name(org: Org, api: Api) -> None:
    groups = [
        e["response_body"]
        for e in (*exchanges(PUSHES), *exchanges(ASSIGNMENT))
        if (e["method"], e["path"]) == ("POST", "/api/v1/groups")
    ]
    org.lists("/api/v1/groups", *groups)
    names = [group["profile"]["name"] for group in groups]
    api.expect_groups(names)

    found = {name: api.groups_named(name) for name in names}

    assert {name: [g["id"] for g in some] for name, some in found.items()} == {
        group["profile"]["name"]: [group["id"]] for group in groups
    }
    assert len(org.calls) == 1


@pytest.mark.parametrize("declared", [{}, {"priority": 1}, {"priority": 4, "profile": {}}])
def test_a_group_is_assigned_as_recorded_and_read_back(
    org: Org, api: Api, declared: dict[str, Any]
) -> None:
    recorded = only(ASSIGNMENT, "PUT", "/groups/", request_body=declared or None)
    answer = recorded["response_body"]
    group = next(
        e["response_body"]
        for e in exchanges(ASSIGNMENT)
        if e["method"] == "POST" and (e.get("response_body") or {}).get("id") == answer["id"]
    )
    org.plays(recorded)
    org.lists("/api/v1/groups", group)
    org.lists(f"/api/v1/apps/{app_of(recorded)}/groups", answer)
    kind = GroupAssignment(name=group["profile"]["name"], app=app_of(recorded), **declared)

    live = kind.make(api, "")

    (sent,) = [sent for sent in org.sent if sent.method == "PUT"]
    assert sent.call == asked(recorded)
    assert sent.body == declared
    assert live.values["priority"] == answer["priority"]
    assert live.outputs["id"] == group["id"]


# -- rate limits


def test_429_waits_until_the_reset_by_the_servers_clock_and_asks_again(
    org: Org, api: Api, time: Time
) -> None:
    refused, after = exchanges(RATE_LIMIT)[18:20]
    assert (refused["status"], after["status"]) == (429, 404)
    org.plays(refused, after)

    # Reset and Date are of 2025: by our own clock there would be nothing to wait for.
    with pytest.raises(Unexpected) as raised:
        api.calls.get(refused["path"])

    assert raised.value.status == 404
    assert org.calls == [asked(refused)] * 2
    assert sum(time.waits) == pytest.approx(WINDOW + 1, abs=1.5)


def test_a_write_that_got_429_was_refused_and_is_sent_again(org: Org, api: Api, time: Time) -> None:
    write = only(PUSH, "POST", "/mappings$")
    refused = exchanges(RATE_LIMIT)[18]
    org.plays(dict(refused, method="POST", path=write["path"]), write)
    body = write["request_body"]

    made = api.create_push_mapping(
        app_of(write), body["sourceGroupId"], {"targetGroupName": body["targetGroupName"]}
    )

    assert made["id"] == write["response_body"]["id"]
    assert [sent.body for sent in org.sent] == [body] * 2
    assert sum(time.waits) == pytest.approx(WINDOW + 1, abs=1.5)


def test_when_the_headers_say_that_little_is_left_we_wait_instead_of_being_refused(
    org: Org, api: Api, time: Time
) -> None:
    before = exchanges(RATE_LIMIT)[:18]
    remaining = [int(e["response_headers"]["x-rate-limit-remaining"]) for e in before]
    assert remaining[-1] == 0
    few = next(e for e in before if e["response_headers"]["x-rate-limit-remaining"] == "3")
    org.plays(few)

    for _ in range(2):
        with pytest.raises(Unexpected):
            api.calls.get(few["path"])

    assert len(org.calls) == 2
    assert sum(time.waits) == pytest.approx(WINDOW + 1, abs=1.5)


def test_the_token_is_sent_as_ssws_and_is_in_no_error(org: Org, api: Api) -> None:
    recorded = only("test_get_feature_for", "GET", "/USER_PROVISIONING$", status=404)
    org.plays(recorded)

    with pytest.raises(Unexpected) as raised:
        api.user_provisioning(app_of(recorded))

    assert org.sent[0].headers["Authorization"] == "SSWS 00recordedrecorded"
    assert "00recorded" not in repr(raised.value.problems)


def test_the_specifications_example_of_metadata_says_issuer_address_certificate_and_end() -> None:
    paths = json.loads((RECORDED.parents[1] / "specs" / OKTA_SPEC).read_text())["paths"]
    answer = paths["/api/v1/apps/{appId}/sso/saml/metadata"]["get"]["responses"]["200"]
    example = answer["content"]["text/xml"]["examples"]["previewSAML"]["value"]

    told = _saml.parsed(example)

    assert told.entity_id == "exk39sivhuytV2D8H0h7"
    assert told.sso_url.startswith("https://")
    assert told.certificate.startswith("-----BEGIN CERTIFICATE-----\nMIID")
    assert f"{told.expires:%Y-%m-%d %H:%M}" == "2017-12-10 18:51"


def test_an_app_is_made_with_a_body_whose_parts_were_recorded() -> None:
    recorded = next(e for e in exchanges(SAML) if e["method"] == "POST")["request_body"]
    ours = _sso_guide.sign_on(
        "https://x/login", "urn:x", "x", _sso_guide.statements({"a": "b"}, ".*")
    )

    known = recorded["settings"]["signOn"]
    assert ours.keys() - known.keys() == {"idpIssuer", "requestCompressed"}
    expression, group = known["attributeStatements"]
    assert [s.keys() for s in ours["attributeStatements"]] == [expression.keys(), group.keys()]


@pytest.mark.parametrize("xml", ["", "<html>", "<a/>", "<!DOCTYPE a [<!ENTITY x '1'>]><a>&x;</a>"])
def test_what_is_no_metadata_is_told(xml: str) -> None:
    with pytest.raises(ValueError, match=r"XML|missing"):
        _saml.parsed(xml)
