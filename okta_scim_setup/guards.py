"""A plan in, refusals out: what must not happen without being named. Pure.

Limits are absolute numbers. An override names the exact figure, on the command line and never in a
file, so that nobody approves a number that has grown since.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from okta_scim_setup.errors import Label, Problem
from okta_scim_setup.live import Pending
from okta_scim_setup.people import Census
from okta_scim_setup.plan import STATE, Action, Change, Plan

LIMITS: Mapping[str, int] = {
    "deactivate": 0,
    "downgrade": 0,
    "seats": 10,
    "delete": 0,
    "move": 0,
}
"""What ``--allow`` may name, and how much of it needs no naming."""

BRINGING = frozenset(
    {"okta.group_assignment", "okta.scim_provisioning", "okta.provisioning_features"}
)
"""Kinds by which people come into the account."""

LICENSING = frozenset({"dbt_cloud.scim_licences", "okta.group_assignment", "okta.profile_mapping"})
"""Kinds by which people get another licence."""

ADMINISTRATORS = 2
"""How many people must be able to administer the account after a plan that takes that from some."""

NEVER_REPLACED = frozenset({"okta.saml_app", "dbt_cloud.auth_provider", "dbt_cloud.scim_config"})
"""Replacing one of these takes people's sign-in or access away, so it isn't offered."""


STRANDED = "{n} assigned are linked to users there: Okta finds them anew only once reassigned"
"""What a move leaves behind: a push to a user who isn't there stops (facts: dbt 3.3)."""


def refusals(plan: Plan, allowed: Mapping[str, int]) -> Iterator[Problem]:
    """Why *plan* may not be executed; nothing if it may.

    Args:
        plan: what is about to be done.
        allowed: the figures that the operator named: ``--allow NAME=N``.
    """
    yield from _uncounted(plan)
    yield from _replacements(plan)
    yield from _objections(plan)
    yield from _unadministered(plan)
    yield from _strangers(plan)
    yield from _limited(plan, allowed)
    yield from _bought(plan)


def _replacements(plan: Plan) -> Iterator[Problem]:
    for change in plan.changes:
        if change.action is Action.REPLACE and change.address.kind in NEVER_REPLACED:
            attributes = ", ".join(d.attribute for d in change.differences)
            yield Problem(
                f"{change.address} would have to be replaced ({attributes})",
                (("do", "this is never done: people would lose their way in. Keep it as it is."),),
            )


def _objections(plan: Plan) -> Iterator[Problem]:
    for change in plan.pending:
        if change.refusal:
            yield Problem(
                f"{change.address}: {change.refusal}",
                (("do", "no option overrides this. Nothing was written."),),
            )


def _unadministered(plan: Plan) -> Iterator[Problem]:
    """Two people have to be able to administer the account afterwards, or a declared address."""
    counted = plan.census
    if counted is None:
        return
    left = counted.administering
    fewer = len(left) < len(counted.administrators)
    enough = len(left) >= ADMINISTRATORS or bool(set(counted.break_glass) & set(left))
    if enough or not (fewer or counted.only_by_sso):
        return
    lost = [email for email in counted.administrators if email not in left]
    way = ", who sign in by the app," if counted.only_by_sso else ""
    do = f"let two people{way} have account_admin, or declare dbt_cloud.break_glass"
    yield Problem(
        f"{_n(len(left), 'person', 'people')} could administer dbt Cloud afterwards, "
        f"at least {ADMINISTRATORS} must be able to",
        (
            *(("by", f"- {email} no more") for email in lost),
            ("do", f"{do}; no option overrides this"),
        ),
    )


def _strangers(plan: Plan) -> Iterator[Problem]:
    """The app and the account must point at each other, where both can be read."""
    for said in plan.apart:
        yield Problem(
            f"the app and the account don't belong together: {said}",
            (("do", "name the account's own app, or the app's account; no option overrides this"),),
        )


def _uncounted(plan: Plan) -> Iterator[Problem]:
    if plan.uncounted:
        yield Problem(
            "this touches people, and nothing in the playbook can count them",
            (("do", "declare dbt_cloud.scim_config as well. Nothing was written."),),
        )


def _limited(plan: Plan, allowed: Mapping[str, int]) -> Iterator[Problem]:
    for name, (figure, title, by) in _figures(plan).items():
        if figure > LIMITS[name] and allowed.get(name) != figure:
            notes: tuple[tuple[Label, str], ...] = tuple(("by", line) for line in by)
            do = f"keep it, or say the number: --allow {name}={figure}. Nothing was written."
            if name in allowed:
                notes += (("but", f"--allow {name}={allowed[name]} names another figure"),)
            if name == "move" and plan.census and plan.census.strangers:
                notes += (("but", STRANDED.format(n=plan.census.strangers)),)
            yield Problem(f"{title}, the limit is {LIMITS[name]}", (*notes, ("do", do)))


def _figures(plan: Plan) -> dict[str, tuple[int, str, tuple[str, ...]]]:
    """For each limit: the figure, how to say it, and which resources bring it about."""
    deletes = [c for c in plan.pending if _removes(c)]
    removed = tuple(f"- {change.address}" for change in deletes)
    figures = {
        "delete": (len(deletes), f"{_n(len(deletes), 'resource')} would be deleted", removed)
    }
    moves = [change for change in plan.pending if _moves(change, plan.census)]
    figures["move"] = (
        len(moves),
        f"{_n(len(moves), 'app')} that provisions another account would be moved to this one",
        tuple(f"~ {change.address}" for change in moves),
    )
    if plan.census:
        gone, seats = len(plan.census.deactivated), plan.census.new_seats
        figures["deactivate"] = (
            gone,
            f"{_n(gone, 'person', 'people')} would be deactivated in dbt Cloud",
            tuple(_ways_out(plan.census)) or removed,
        )
        smaller = plan.census.downgrades
        figures["downgrade"] = (
            len(smaller),
            f"{_n(len(smaller), 'person', 'people')} would get a smaller licence in dbt Cloud",
            (*_by(plan, LICENSING), *map(str, smaller)),
        )
        figures["seats"] = (
            seats,
            f"{_n(seats, 'new seat')} would be taken in dbt Cloud",
            (
                *_by(plan, BRINGING),
                *(
                    f"+ {licence}: {now.used} -> {after}"
                    for licence, (now, after) in plan.census.seats.items()
                    if after > now.used
                ),
            ),
        )
    return figures


def _by(plan: Plan, kinds: frozenset[str]) -> Iterator[str]:
    """The changes of these kinds, as the refusal names them."""
    marks = {Action.CREATE: "+", Action.BY_HAND: "!"}
    for change in plan.pending:
        if change.address.kind in kinds and not _removes(change):
            yield f"{marks.get(change.action, '~')} {change.address}"


def _ways_out(counted: Census) -> Iterator[str]:
    """What takes people's last way into the app, and from how many."""
    for address, losing in counted.through.items():
        yield f"- {address}: {losing} of its people have no other way into the app"


def _removes(change: Change) -> bool:
    """Whether something goes, by the API or by a person's hand."""
    return change.action in (Action.DELETE, Action.REPLACE) or change.by_hand == {STATE}


def _moves(change: Change, counted: Census | None) -> bool:
    """Whether a connection that is on, to another address, would be turned to this account.

    Where no API shows the address, people tell: all whom the app has linked are strangers here.
    """
    differences = {d.attribute: d.before for d in change.differences}
    before = differences.get("base_url")
    if "enabled" in differences:
        return False
    return isinstance(before, str) or (
        isinstance(before, Pending) and counted is not None and counted.strangers > 0
    )


def _bought(plan: Plan) -> Iterator[Problem]:
    seats = plan.census.seats if plan.census else {}
    for licence, (now, after) in seats.items():
        if now.bought is not None and after > max(now.bought, now.used):
            yield Problem(
                f"{after} {licence} seats would be needed, {now.bought} were bought",
                (
                    ("but", f"{now.used} are in use now"),
                    ("do", "buy seats, or assign fewer people; no option overrides this"),
                ),
            )


def _n(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"
