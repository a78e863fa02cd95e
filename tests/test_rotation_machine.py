"""A state machine over whatever can happen to a tenant: commands, admins, time, faults and crashes.

Hypothesis makes up whole histories and shrinks one that breaks an invariant to its shortest form.
Looked at after every request of every command: I1, I4 and I5 of the rotation. At the end of each
history: a clean run converges, a second has nothing to do, and one token of ours is alive.
"""

from __future__ import annotations

import pytest
from histories import DAY, FATES, LATE, LEASE, STEPS, History, live_through
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule
from mortal import At

VERBS = st.sampled_from([("apply",), ("rotate",), ("rotate", "--finish"), ("rotate", "--no-grace")])


class Tenant(History):
    """One tenant with an app that has an API, and what happens to it."""

    @initialize(late=LATE, exact=st.sampled_from(list(STEPS)))
    def dbt_shows_a_use(self, late: float, exact: str) -> None:
        self.shows_use(late, exact)

    @rule(verb=VERBS)
    def run(self, verb: tuple[str, ...]) -> None:
        self.command(*verb, "--yes")

    @rule(verb=VERBS, nth=st.integers(1, 40), fate=FATES)
    def run_with_a_fault_or_crash(self, verb: tuple[str, ...], nth: int, fate: str) -> None:
        self.command(*verb, "--yes", fate=At(nth, fate))

    @rule(verb=VERBS)
    def run_on_another_machine(self, verb: tuple[str, ...]) -> None:
        self.command(*verb, "--yes", *self.elsewhere())

    @rule(more=st.sampled_from([(), ("--no-grace",)]), away=st.booleans())
    def a_person_says_what_okta_holds(self, *, more: tuple[str, ...], away: bool) -> None:
        where = self.elsewhere() if away else ()
        if self.tool.app()["token_id"]:
            self.command("rotate", "--yes", "--confirm", str(self.held()), *more, *where)

    @rule(away=st.booleans())
    def a_token_of_theirs_is_named_to_be_revoked(self, *, away: bool) -> None:
        if self.mortal.theirs:
            self.retire(max(self.mortal.theirs), *(self.elsewhere() if away else ()))

    @rule()
    def audit(self) -> None:
        """Reads only, and changes nothing."""
        before = self.tool.simulator.state()
        sent = self.tool.sent("audit")
        assert {request["method"] for request in sent} <= {"GET"}
        assert self.tool.simulator.state() == before

    @rule(seconds=st.sampled_from([1.0, 60.0, LEASE, DAY + 60, 40 * DAY]))
    def time_passes(self, seconds: float) -> None:
        self.tool.simulator.clock.advance(seconds)

    @rule()
    def somebody_is_assigned_and_taken_off_again(self) -> None:
        self.push()

    @rule()
    def an_admin_makes_a_token(self) -> None:
        self.people_make_one()

    @rule()
    def an_admin_enters_a_token_in_okta(self) -> None:
        """One that they made just now: it is the one in Okta from then on."""
        _, value = self.people_make_one()
        account = self.tool.simulator.summary()["dbt_cloud"][0]
        if not self.tool.account()["enabled"]:
            return  # Okta would refuse it
        base_url = f"{account['access_url']}/api/v3/accounts/{account['account_id']}/scim/v2"
        path = f"/api/v1/apps/{self.tool.app()['id']}/connections/default?activate=true"
        profile = {"authScheme": "TOKEN", "token": value}
        self.tool.okta("POST", path, json={"baseUrl": base_url, "profile": profile})
        self.tool.simulator.clock.advance(self.late + self.step)  # sooner nobody can tell

    @rule(label=st.sampled_from(["Create Users", "Update User Attributes", "Deactivate Users"]))
    def an_admin_clears_a_box(self, label: str) -> None:
        if self.tool.app()["connection"]["status"] == "ENABLED":
            self.tool.console({label: False})

    @rule(
        do=st.sampled_from(["status:500", "status:429", "drop_after", "drop_before", "truncate"]),
        path=st.sampled_from(["tokens/", "connections/default", "scim/v2", "features"]),
        nth=st.integers(1, 3),
    )
    def a_service_is_about_to_fail(self, do: str, path: str, nth: int) -> None:
        self.coming.append((path, do, None, nth))

    @rule(do=st.sampled_from(["not_applied", "stale_read", "omit_newest"]))
    def a_service_is_about_to_lie(self, do: str) -> None:
        path, method = {
            "not_applied": ("connections/default", "POST"),
            "stale_read": ("tokens/", "GET"),
            "omit_newest": ("tokens/", "GET"),
        }[do]
        self.coming.append((path, do, method, 1))

    @invariant()
    def nothing_is_broken(self) -> None:
        assert list(self.mortal.wrong()) == []

    def converge(self) -> None:
        """Faults end, and the lease of whatever was begun elsewhere; then two clean runs."""
        clock = self.tool.simulator.clock
        clock.advance(LEASE)
        for verb in ("apply", "apply", "rotate"):  # the second retires what is superseded long ago
            came = self.command(verb, "--yes")
            assert came.code in self.fine, came.out
        clock.advance(DAY + 60)
        self.push()
        clock.advance(self.late)
        end = self.command("rotate", "--yes", "--finish")
        assert end.code == 0, end.out
        assert self.mortal.ours() == [self.held()]
        plan = self.tool.run("plan", "--detailed-exitcode")
        assert plan.code == 0, plan.out

    @property
    def fine(self) -> set[int]:
        """What a clean run may answer: where uses show late or coarsely, a proof may be missing."""
        return {0, 3} if self.late or self.step else {0}


def test_no_history_breaks_a_tenant_and_each_converges() -> None:
    live_through(Tenant, 5, steps=12, derandomize=True)


@pytest.mark.nightly
def test_none_of_a_thousand_histories_breaks_a_tenant_and_each_converges() -> None:
    live_through(Tenant, 1000, steps=12, derandomize=False)
