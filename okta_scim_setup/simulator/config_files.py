"""A config.yaml and its secrets, with which the tool works on the simulation as it is."""

from pathlib import Path

from okta_scim_setup.simulator.state import Tenant, World

_SECRET_MODE = 0o600
_FOLDER_MODE = 0o700


def write_config(world: World, directory: Path, heading: str = "") -> Path:
    """Write config.yaml and secrets/; return the path of config.yaml.

    The secrets are files that only their owner may read, referred to from config.yaml.
    """
    secrets = directory / "secrets"
    secrets.mkdir(parents=True, exist_ok=True, mode=_FOLDER_MODE)
    lines = [heading] if heading else []
    lines += ["defaults:", "  playbook: dbt_cloud_scim", "tenants:"]
    for tenant in world.tenants:
        token = next(iter(tenant.org.api_tokens))
        _write_secret(secrets / f"okta-{tenant.name}.token", token)
        _write_secret(secrets / f"dbt-{tenant.name}.token", tenant.account.token)
        lines.extend(_entry(tenant, world.url))
    path = directory / "config.yaml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _write_secret(path: Path, value: str) -> None:
    path.touch(mode=_SECRET_MODE)
    path.chmod(_SECRET_MODE)
    path.write_text(value + "\n", encoding="utf-8")


def _entry(tenant: Tenant, access_url: str) -> list[str]:
    name = tenant.name
    groups = [f"        - {{name: {group.name}, assign: true}}" for group in tenant.groups]
    return [
        f"  {name}:",
        "    okta:",
        f"      org_url: {tenant.org.url}",
        f"      token: !secret file:secrets/okta-{name}.token",
        "    dbt_cloud:",
        f"      access_url: {access_url}",
        f"      account_id: {tenant.account.id}",
        f"      token: !secret file:secrets/dbt-{name}.token",
        f"      break_glass: [admin@{name}.example]",
        "    variables:",
        f"      app: {tenant.label}",
        "      groups:",
        *groups,
    ]
