"""Pushes that failed wait as tasks; a failed deactivation can't be tried again."""

import requests

from tests.simulator.conftest import Lab


def test_a_failed_push_is_a_task_that_can_be_retried(lab: Lab) -> None:
    lab.connect()
    lab.simulator.add_fault("/Users", "status:502", by="okta")
    user = lab.okta().data("GET", "/users")[1]["id"]
    lab.okta().data("POST", f"/apps/{lab.app()}/users", {"id": user})
    url = f"{lab.simulator.url}/_simulator/tasks"
    (task,) = requests.get(url, timeout=20).json()
    assert (task["task"], task["resource_id"], task["retryable"]) == (
        "needs provisioning",
        user,
        True,
    )
    assert "502" in task["reason"]
    assert requests.post(url, json={"id": task["id"]}, timeout=20).json() == []
    assert lab.app_state()["assigned"][0]["externalId"]
    assert requests.post(url, json={"id": task["id"]}, timeout=20).status_code == 400


def test_a_failed_deactivation_leaves_a_task_without_retry_and_an_active_account(lab: Lab) -> None:
    lab.connect()
    user = lab.okta().data("GET", "/users")[1]["id"]
    path = f"/apps/{lab.app()}/users"
    lab.okta().data("POST", path, {"id": user})
    lab.simulator.add_fault("/Users/", "status:502", by="okta", method="PUT")
    lab.okta()("DELETE", f"{path}/{user}")
    (task,) = lab.simulator.tasks()
    assert (task["task"], task["retryable"]) == ("needs deprovisioning", False)
    url = f"{lab.simulator.url}/_simulator/tasks"
    assert requests.post(url, json={"id": task["id"]}, timeout=20).status_code == 400
    managed = [user for user in lab.account_state()["users"] if user["scim_managed"]]
    assert [user["active"] for user in managed] == [True]
    lab.okta().data("POST", path, {"id": user})
    assert lab.simulator.tasks() == []


def test_a_failed_profile_push_and_group_push_are_tasks_too(lab: Lab) -> None:
    lab.connect()
    okta, app, group = lab.okta(), lab.app(), lab.group("dbt-acme-devs")
    okta.data("PUT", f"/apps/{app}/groups/{group}", {})
    lab.simulator.add_fault("/Users/", "status:500", by="okta", method="PUT")
    lab.simulator.add_fault("/Groups", "status:500", by="okta", method="POST")
    user = lab.app_state()["assigned"][0]["id"]
    okta.data("POST", f"/users/{user}", {"profile": {"lastName": "New"}})
    body = {"sourceGroupId": group, "targetGroupName": "pushed"}
    mapping = okta.data("POST", f"/apps/{app}/group-push/mappings", body)["id"]
    path = f"/apps/{app}/group-push/mappings/{mapping}"
    assert okta.data("GET", path)["status"] == "ERROR"
    kinds = {task["task"]: task["id"] for task in lab.simulator.tasks()}
    assert set(kinds) == {"needs profile push", "needs group push"}
    url = f"{lab.simulator.url}/_simulator/tasks"
    for identifier in kinds.values():
        assert requests.post(url, json={"id": identifier}, timeout=20).ok
    assert lab.simulator.tasks() == []
    pushed = okta.data("GET", path)
    assert (pushed["status"], "errorSummary" in pushed) == ("ACTIVE", False)
    assert pushed["lastPush"]
