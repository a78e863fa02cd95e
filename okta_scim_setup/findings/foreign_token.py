"""There is a SCIM token that people made.

Whoever has it can create and deactivate everybody in the account. Where Okta holds it, name it with
``adopt``; else revoke it: it is never revoked unless it is named.
"""

from __future__ import annotations

from collections.abc import Iterator

from okta_scim_setup.facts import Facts
from okta_scim_setup.findings.control import Control, Seen
from okta_scim_setup.findings.tokens import called
from okta_scim_setup.results import Drift, Severity


def _find(facts: Facts) -> Iterator[Seen]:
    for token in facts.tokens or ():
        if not token.ours and not token.current:
            used = f"used {token.used:%Y-%m-%d %H:%M} UTC" if token.used else "never used"
            found = f'{token.id} "{token.name}", {used}'
            yield Seen(
                "tokens",
                "ours alone",
                found,
                targets=called(token),
                do=f"okta-scim-setup rotate --tenant {{tenant}} --retire {token.id}",
            )


CONTROL = Control(
    Drift("AUD501", Severity.MEDIUM, "somebody else may write to the SCIM endpoint"),
    kind="dbt_cloud.scim_token",
    needs=("tokens",),
    find=_find,
    remedy="okta-scim-setup rotate --tenant {tenant} --retire ID",
    events=("service_token.created",),
)
