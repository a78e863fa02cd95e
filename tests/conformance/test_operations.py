"""Every operation that the specifications here have is served, or is named with a reason."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from conformance.specification import (
    DBT_V2,
    DBT_V3,
    OKTA,
    SPECIFICATIONS,
    Operation,
    specification,
)

from okta_scim_setup.simulator import Simulator

pytestmark = pytest.mark.skipif(
    not SPECIFICATIONS.exists(), reason="needs the specifications in ../shared"
)


@dataclass(frozen=True)
class NotServed:
    """Operations that aren't there, as a pattern of method and path, and why."""

    operation: str
    reason: str


NOT_SERVED = (
    NotServed(
        r"\w+ /api/v3/accounts/\{account_id\}/users/\{user_id\}/account-apikeys/.*",
        "a person's own keys: whoever sets up SCIM signs in with a service token",
    ),
    NotServed(
        r"(POST|PATCH) /api/v2/accounts/\{account_id\}/",
        "an account's name and contacts have nothing to do with provisioning",
    ),
)
_SCIM = "/scim/v2"


def operations() -> list[Operation]:
    return [each for name in (OKTA, DBT_V2, DBT_V3) for each in specification(name).operations]


def reason_for(operation: Operation) -> str | None:
    found = (each.reason for each in NOT_SERVED if re.fullmatch(each.operation, operation.name))
    return next(found, None)


def is_served(operation: Operation) -> bool:
    dispatch = Simulator()._dispatch
    path = re.sub(r"\{\w+\}", "1", operation.path)
    if path in ("/api/v2/accounts/", "/api/v3/accounts/"):
        return operation.method == "GET"  # by the token alone, before any account is known
    if _SCIM in path:
        service, path = dispatch._scim, path.partition(_SCIM)[2]
    else:
        service = dispatch._okta if path.startswith("/api/v1/") else dispatch._dbt
    return service._routes.find(operation.method, path) is not None


def test_every_specified_operation_is_served_or_named() -> None:
    missing = [each.name for each in operations() if not (is_served(each) or reason_for(each))]
    assert missing == []


@pytest.mark.parametrize("exception", NOT_SERVED, ids=lambda each: each.reason)
def test_no_exception_is_idle(exception: NotServed) -> None:
    named = [e for e in operations() if re.fullmatch(exception.operation, e.name)]
    assert named
    assert not any(is_served(each) for each in named)
