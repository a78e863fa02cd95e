"""A tenant without SSO on the simulator, the full playbook for it, and who signs in there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tool import Came, Tool

Start = Callable[..., Tool]

ADMINS = {"name": "dbt-acme-admins", "license": "it", "permissions": ["account_admin"]}
DEVS = {"name": "dbt-acme-devs", "license": "developer", "permissions": ["developer"]}

SSO = {
    "create_app": True,
    "login_slug": "acme",
    "auth0_uri": "auth.dbt.example",
    "auth0_entity_id": "us_entity",
}


def from_nothing(start: Start, **variables: Any) -> Tool:
    """People and groups in Okta, an account with its owner, and the full playbook."""
    tool = start(1, bare=True)
    use(tool, "dbt_cloud_scim", "dbt_cloud_full")
    tool.change(**{**SSO, "groups": [ADMINS, DEVS], **variables})
    return tool


def use(tool: Tool, before: str, playbook: str) -> None:
    """Let the tenants use another playbook."""
    text = tool.config.read_text()
    assert before in text
    tool.config.write_text(text.replace(before, playbook))


def forget(tool: Tool, *variables: str) -> None:
    """Take variables away that another playbook doesn't have."""
    lines = tool.config.read_text().splitlines(keepends=True)
    kept = [line for line in lines if line.strip().partition(":")[0] not in variables]
    tool.config.write_text("".join(kept))


def apply(tool: Tool, *allowed: str, sink: Path | None = None) -> Came:
    """Apply, with what the operator names."""
    named = [x for name in allowed for x in ("--allow", name)]
    to = ["--token-to", f"file:{sink}"] if sink else []
    return tool.run("apply", "--yes", *named, *to)


def set_up(tool: Tool) -> Came:
    """Apply, do the clicks as the runbook says, apply again; what came of the last."""
    sink = tool.config.parent / "token.txt"
    first = apply(tool, sink=sink)
    assert first.code == 3, first.out
    tool.do_the_clicks("acme", 0, sink.read_text().strip())
    return apply(tool)


def changes(tool: Tool) -> list[str]:
    """What a plan would do."""
    (tenant,) = tool.run("plan", "--output", "json").json["tenants"]
    return [f"{c['action']} {c['address']}" for c in tenant["plan"]["changes"]]


def data(tool: Tool, path: str) -> Any:
    """What dbt shows."""
    return tool.dbt("GET", path)["data"]


def app_of(tool: Tool) -> Any:
    """The tenant's app, as Okta shows it."""
    return tool.okta("GET", f"/api/v1/apps/{tool.app()['id']}")


def provider(tool: Tool) -> Any:
    """The account's SSO provider, as dbt shows it."""
    (found,) = data(tool, "/auth-provider/")
    return found
