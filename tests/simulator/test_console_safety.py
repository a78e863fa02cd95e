"""The admin console's pages keep tokens to themselves, and other sites out."""

from __future__ import annotations

import pytest
import requests

from tests.simulator.conftest import Lab
from tests.simulator.visitor import CUSTOM, Visitor, token_of


def test_a_token_is_in_no_page(lab: Lab, browser: Visitor) -> None:
    scim = lab.scim(CUSTOM)
    browser.connect(lab, scim)
    browser.follow("Edit")
    assert browser.value("Authorization") == ""
    browser.fill("Authorization", "another-token")
    browser.press("Test Connector Configuration")
    assert "401" in browser.said("alert")
    browser.press("Save")
    for tab in ("General", "Sign On", "Assignments", "Push Groups", "Provisioning", "To App"):
        browser.follow(tab)
    everything = "".join(browser.seen)
    assert token_of(scim) not in everything
    assert "another-token" not in everything


def test_what_is_shown_is_escaped(lab: Lab, browser: Visitor) -> None:
    evil = "<script>alert('1')</script>\"&amp;"
    lab.simulator.console(lab.app(CUSTOM), {"Application label": evil})
    browser.open(lab.summary["okta"][CUSTOM]["org_url"])
    browser.follow(evil)
    assert browser.headings[0] == evil
    browser.follow("Edit")
    assert browser.value("Application label") == evil
    browser.fill("Application label", "")
    browser.tick("Enable SCIM provisioning")
    browser.press("Save")
    browser.enable()
    browser.follow("Provisioning")
    browser.follow("Edit")
    browser.fill("SCIM connector base URL", evil)
    browser.fill("Authentication Mode", "HTTP Header")
    browser.press("Save")
    assert browser.value("SCIM connector base URL") == evil
    assert "<script" not in "".join(browser.seen)


@pytest.mark.parametrize("form_token", [None, "", "guessed", "\u00fc"])
def test_a_form_from_another_site_is_refused(
    lab: Lab, browser: Visitor, form_token: str | None
) -> None:
    browser.open_app(lab)
    before = lab.app_state(CUSTOM)
    data = {"Application label": "Taken over", "_press": "Save"}
    if form_token is not None:
        data["_xsrfToken"] = form_token
    headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    answer = requests.post(browser.url, data=data, headers=headers, timeout=20)
    assert answer.status_code == 403
    assert lab.app_state(CUSTOM) == before


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example:80", "", "[::1", "10.0.0.1"]
)
def test_a_name_that_is_not_loopback_is_not_answered(lab: Lab, host: str) -> None:
    org = lab.summary["okta"][CUSTOM]["org_url"]
    answer = requests.get(f"{org}/admin/apps/active", headers={"Host": host}, timeout=20)
    assert answer.status_code == 421
    assert "dbt initech" not in answer.text


@pytest.mark.parametrize("host", ["localhost:1", "127.0.0.1", "[::1]:8080"])
def test_a_loopback_name_is_answered_whatever_the_port(lab: Lab, host: str) -> None:
    org = lab.summary["okta"][CUSTOM]["org_url"]
    answer = requests.get(f"{org}/admin/apps/active", headers={"Host": host}, timeout=20)
    assert answer.status_code == 200


def test_no_other_page_may_frame_these_or_bring_a_script(lab: Lab) -> None:
    org = lab.summary["okta"][CUSTOM]["org_url"]
    for path in ("/admin/apps/active", "/admin/style.css", "/admin/nonsense", "/"):
        answer = requests.get(org + path, timeout=20, allow_redirects=False)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy


def test_a_page_is_read_or_sent_and_nothing_else(lab: Lab) -> None:
    org = lab.summary["okta"][CUSTOM]["org_url"]
    answer = requests.delete(f"{org}/admin/apps/active", timeout=20)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, POST")
