"""Okta's refusals, told to somebody who has to do something about them (facts: okta 6)."""

from __future__ import annotations

from okta_scim_setup.errors import Label, Unexpected

BAD_TOKEN = "E0000011"  # noqa: S105 -- an error code
NOT_FOUND = "E0000007"
NOT_VALID = "E0000001"


def explained(error: Unexpected, org: str, who: str) -> Unexpected:
    """The same refusal with what it means; *who* is the API token, or the service app.

    What was asked and what came back stay as they are.
    """
    said = _TOLD.get(error.code)
    if said is None:
        return error
    title, do = (text.format(org=org, who=who) for text in said)
    kept: list[tuple[Label, str]] = [
        note for problem in error.problems for note in problem.notes if note[0] != "do"
    ]
    return Unexpected(title, *kept, ("do", do), status=error.status, code=error.code)


_TOLD = {
    BAD_TOKEN: (
        "{org} doesn't accept {who}",
        "check that it is this org's; make a new one if it was revoked or unused for 30 days",
    ),
    "E0000006": (
        "{org} doesn't let {who} do this",
        "the administrator, or the service app, needs a role and a scope that cover it",
    ),
    "E0000015": (
        "{org} lacks the feature that this needs, or keeps it from {who}",
        "ask Okta to switch it on, or let a super admin try",
    ),
    "E0000022": (
        "{org} doesn't offer this, or not to {who}",
        "compare the role of the administrator, and the org's edition",
    ),
    NOT_FOUND: (
        "{org} has nothing there",
        "correct the id; Okta answers the same where {who} may not see it",
    ),
    "E0000010": ("{org} is in read-only mode", "run again later"),
}
