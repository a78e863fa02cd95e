"""The service token that we sign in with, as far as dbt's list tells: who it may be, how old."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from okta_scim_setup.errors import SetupError
from okta_scim_setup.results import Check
from okta_scim_setup.times import utc

if TYPE_CHECKING:
    from okta_scim_setup.providers.dbt_cloud._api import Api

TITLE = "service tokens that may be the one in use"

ADMINS = frozenset({"account_admin", "security_admin"})
"""Permission sets with which SCIM can be set up (facts: dbt 2.4)."""

OLD = timedelta(days=365)
SOON = timedelta(days=30)


def check(api: Api) -> Check:
    """Which service tokens have the rights that we use, how old they are, when they end.

    dbt doesn't say which one a request came with; a personal token is in no list.
    """
    try:
        rows = api.service_tokens()
    except SetupError as error:
        return Check(TITLE, "skipped", f"can't be read: {error}")
    ours = [row for row in rows if ADMINS & set(_sets(row))]
    if not ours:
        sets = " or ".join(sorted(ADMINS))
        return Check(TITLE, "passed", f"none with {sets}: the one in use is a person's own")
    now = api.now()
    worn = any(_age(row, now) > OLD or _ends_soon(row, now) for row in ours)
    said = "; ".join(_said(row, now) for row in ours)
    return Check(TITLE, "warned" if worn else "passed", said)


def _sets(row: Mapping[str, Any]) -> Iterator[str]:
    """Permission sets, under either of the names that dbt's two specifications give them."""
    for key in ("permission_grants", "service_token_permissions"):
        for each in row.get(key) or ():
            yield str(each.get("permission_set"))


def _said(row: Mapping[str, Any], now: datetime) -> str:
    days = _age(row, now).days
    age = "made today" if days < 1 else f"{days} {'day' if days == 1 else 'days'} old"
    ends = f", ends {utc(row['expires_at']):%Y-%m-%d}" if row.get("expires_at") else ""
    return f'"{row.get("name")}" ({", ".join(sorted(set(_sets(row))))}), {age}{ends}'


def _age(row: Mapping[str, Any], now: datetime) -> timedelta:
    return now - utc(row["created_at"]) if row.get("created_at") else timedelta()


def _ends_soon(row: Mapping[str, Any], now: datetime) -> bool:
    return bool(row.get("expires_at")) and utc(row["expires_at"]) - now < SOON
