"""Scripted faults, each for the n-th request of a kind, once."""

import time

import pytest
import requests

from okta_scim_setup.simulator import Simulator
from tests.simulator.conftest import Lab


def test_the_nth_request_fails_once(lab: Lab) -> None:
    okta, path = lab.okta(), f"/apps/{lab.app()}"
    lab.simulator.add_fault(r"/api/v1/apps/", "status:503", method="GET", nth=2)
    assert [okta("GET", path).status_code for _ in range(3)] == [200, 503, 200]


def test_drop_before_does_nothing_and_drop_after_does_all(lab: Lab) -> None:
    dbt = lab.dbt()
    for do, expected in (("drop_before", 0), ("drop_after", 1)):
        lab.simulator.add_fault("tokens/$", do, method="POST")
        with pytest.raises(requests.ConnectionError):
            dbt("POST", "/scim-config/tokens/", {"name": do})
        assert len(lab.account_state()["tokens"]) == expected


def test_truncated_html_and_redirected_answers(lab: Lab) -> None:
    okta, path = lab.okta(), f"/apps/{lab.app()}"
    lab.simulator.add_fault("/apps/", "truncate")
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        okta("GET", path)
    lab.simulator.add_fault("/apps/", "html200")
    page = okta("GET", path)
    assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html")
    lab.simulator.add_fault("/apps/", "redirect")
    assert okta("GET", path).status_code == 302


def test_half_an_answer_without_a_length_looks_like_a_whole_one(lab: Lab) -> None:
    lab.simulator.add_fault("/apps/", "truncate_unsized")
    answer = lab.okta()("GET", f"/apps/{lab.app()}")
    assert answer.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        answer.json()


def test_a_dripping_answer_outlasts_a_read_timeout_that_it_never_hits(lab: Lab) -> None:
    okta = lab.okta()
    lab.simulator.add_fault("/users/me", "drip")
    begin = time.monotonic()
    headers = {"Authorization": okta.authorization}
    assert okta.session.get(f"{okta.base}/users/me", headers=headers, timeout=0.5).ok
    assert time.monotonic() - begin > 1


def test_a_change_can_be_acknowledged_and_not_made(lab: Lab) -> None:
    scim = lab.connect()
    before = lab.app_state()
    okta, path = lab.okta(), f"/apps/{lab.app()}/connections/default"
    new = lab.dbt().data("POST", "/scim-config/tokens/", {"name": "new"})["data"]
    lab.simulator.add_fault("/connections/default", "not_applied", method="POST")
    profile = {"authScheme": "TOKEN", "token": new["token_string"]}
    wanted = {"baseUrl": scim.base, "profile": profile}
    assert okta("POST", path, wanted, activate="true").json()["status"] == "ENABLED"
    assert lab.app_state() == before
    lab.simulator.add_fault("/tokens/", "not_applied", method="DELETE")
    assert lab.dbt()("DELETE", f"/scim-config/tokens/{new['id']}/").status_code == 204
    assert len(lab.account_state()["tokens"]) == 2


def test_a_hanging_request_ends_when_the_client_gives_up(lab: Lab) -> None:
    okta = lab.okta()
    lab.simulator.add_fault("/apps", "hang")
    with pytest.raises(requests.ReadTimeout):
        okta.session.get(f"{okta.base}/apps", timeout=0.05)


def test_faults_come_over_http_too_and_nonsense_is_refused(lab: Lab) -> None:
    okta, url = lab.okta(), f"{lab.simulator.url}/_simulator/faults"
    faults = [{"path": "/apps", "method": "GET", "nth": 1, "do": "status:403"}]
    assert okta.data("POST", url, faults) == {"added": 1}
    assert okta("GET", "/apps").json()["errorCode"] == "E0000006"
    for nonsense in ({"do": "explode"}, {"path": "(", "do": "hang"}, {"where": "x"}):
        assert okta("POST", url, [nonsense]).status_code == 400


def test_each_service_fails_in_its_own_form() -> None:
    with Simulator() as simulator:
        simulator.add_fault("/api/v3/", "status:502")
        base = simulator.url
        answer = requests.get(f"{base}/api/v3/accounts/", timeout=20)
        assert (answer.status_code, answer.headers["Content-Type"]) == (502, "text/html")
        simulator.add_fault("/api/v1/", "status:429")
        answer = requests.get(f"{base}/api/v1/apps", timeout=20)
        assert answer.json()["errorCode"] == "E0000047"
        assert "Retry-After" not in answer.headers
