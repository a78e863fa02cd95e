"""What other people do in dbt, by its own API or in the console."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from tenants import Tenants

from okta_scim_setup import cli


def switch(**changed: bool) -> Callable[[Tenants], object]:
    def make(t: Tenants) -> None:
        now = t.dbt("GET", "/scim-config/")["data"]
        t.dbt("POST", "/scim-config/", json=now | changed)

    return make


def permissions(which: str, *sets: str) -> Callable[[Tenants], object]:
    """The permissions of a group become *sets*, in all projects."""

    def make(t: Tenants) -> None:
        group = t.dbt_group(which)
        account = t.account["account_id"]
        body = [
            {"account_id": account, "group_id": group["id"], "permission_set": s}
            | {"all_projects": True}
            for s in sets
        ]
        t.dbt("POST", f"/group-permissions/{group['id']}/", json=body)

    return make


def more_permissions(which: str) -> Callable[[Tenants], object]:
    def make(t: Tenants) -> None:
        group = t.dbt_group(which)
        now = [
            {k: p[k] for k in ("permission_set", "all_projects", "project_id") if k in p}
            for p in group["group_permissions"]
        ]
        more = {"permission_set": "account_admin", "all_projects": True}
        t.dbt("POST", f"/group-permissions/{group['id']}/", json=[*now, more])

    return make


def change_dbt_group(which: str, **changed: Any) -> Callable[[Tenants], object]:
    return lambda t: t.dbt("POST", f"/groups/{t.dbt_group(which)['id']}/", json=changed)


def licence_map(groups: list[str] | None, licence: str = "read_only") -> Callable[..., object]:
    def make(t: Tenants) -> None:
        rows = t.dbt("GET", "/license-maps/")["data"]
        known = [row["id"] for row in rows if row["license_type"] == licence]
        below = f"/license-maps/{known[0]}/" if known else "/license-maps/"
        body = {
            "account_id": t.account["account_id"],
            "license_type": licence,
            "sso_license_mapping_groups": groups,
        }
        if groups is None:
            t.dbt("DELETE", below)
        else:
            t.dbt("POST", below, json=body)

    return make


def revoke(t: Tenants) -> None:
    for token in t.account["tokens"]:
        t.dbt("DELETE", f"/scim-config/tokens/{token['id']}/")


def made_elsewhere(t: Tenants) -> None:
    """A run on another machine makes a token, and ends before Okta is given it."""
    (now,) = (token["name"] for token in t.account["tokens"])
    like_it = now.rpartition("/")[0]
    t.dbt("POST", "/scim-config/tokens/", json={"name": f"{like_it}/00c0ffee"})


def rotated(t: Tenants) -> None:
    """Another token is made and handed over; the old one is for somebody to retire."""
    folder = t.config.parent
    options = ["--config", str(t.config), "--journal", str(folder / "journal")]
    assert cli.run(["rotate", "--yes", "--tenant", t.tenant, *options]) == 0


def by_hand_instead(which: str) -> Callable[[Tenants], object]:
    """A group that SCIM manages is removed, and one of its name is made by hand."""

    def make(t: Tenants) -> None:
        name = t.dbt_group(which)["name"]
        change_dbt_group(which, state=2)(t)
        t.dbt("POST", "/groups/", json={"name": name})

    return make


def restrict(t: Tenants) -> None:
    cidrs = [{"cidr": "203.0.113.0/24"}]
    body = {"name": "office", "type": 1, "cidrs": cidrs, "rule_set_enabled": True}
    t.dbt("POST", "/ip-restrictions/", json=body)


def provider(**changed: Any) -> Callable[[Tenants], object]:
    """A change of the account's SSO provider."""
    return lambda t: t.dbt("POST", f"/auth-provider/{_provider_id(t)}/", json=changed)


def remove_provider(t: Tenants) -> None:
    t.dbt("DELETE", f"/auth-provider/{_provider_id(t)}/")


def another_certificate(t: Tenants) -> None:
    """One that somebody made on their own, for a hundred days."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "elsewhere")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=100))
        .sign(key, hashes.SHA256())
    )
    provider(cert=made.public_bytes(Encoding.PEM).decode())(t)


def _provider_id(t: Tenants) -> int:
    (found,) = t.dbt("GET", "/auth-provider/")["data"]
    return int(found["id"])
