"""A state machine over whatever can happen where a person enters the token: a custom SAML app.

Beside commands, faults, crashes and time there are people here: who enter the newest token or an
older one, test without saving, paste one of their own, and say truly which one they saved. Looked
at after every request: I1, I4 and I5 of the rotation. At the end: a person enters the newest token,
Okta uses it or the person says so, and once the grace is over one token of ours is alive.
"""

from __future__ import annotations

from typing import Any

import pytest
from histories import DAY, FATES, LATE, LEASE, STEPS, History, live_through
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule
from mortal import At, live_on
from tool import Came

VERBS = st.sampled_from(
    [
        ("apply",),
        ("rotate", "--finish"),
        ("rotate", "--finish", "--no-grace"),
        ("plan",),
        ("apply", "--token-to"),
        ("rotate", "--token-to"),
        ("rotate", "--new-token", "--token-to"),
        ("rotate", "--no-grace", "--token-to"),
    ]
)
"""`--token-to` stands for a file of its own."""

OLDER_LISTS = ("stale_read", "omit_newest")


class CustomApp(History):
    """initech, set up by a person, and what happens to it."""

    TENANT = 2

    def __init__(self) -> None:
        super().__init__()
        self.files = 0
        self.log = True
        """Whether Okta's System Log is shown to us."""
        self.vouched = False
        """Whether something true speaks for the token that Okta holds: its push, or a word."""
        first = self.file()
        self.tool.run("apply", "--yes", *self.only(), "--token-to", f"file:{first}")
        self.tool.do_the_clicks("initech", self.TENANT, first.read_text().strip())
        assert self.tool.run("apply", "--yes", *self.only()).code == 0
        assert list(self.mortal.wrong()) == []

    def only(self) -> tuple[str, ...]:
        return ("--tenant", "initech")

    def file(self) -> Any:
        self.files += 1
        return self.tool.config.parent / f"shown-{self.files}"

    def shown(self) -> dict[int, str]:
        """The live tokens whose values a person can read, the newest first."""
        values = {file.read_text().strip() for file in self.tool.config.parent.glob("shown-*")}
        tokens = self.tool.simulator._world.tenants[self.TENANT].account.scim_tokens
        newest_first = sorted(tokens.items(), reverse=True)
        return {number: token.value for number, token in newest_first if token.value in values}

    @initialize(late=LATE, exact=st.sampled_from(list(STEPS)), log=st.sampled_from([True, False]))
    def a_rotation_has_begun(self, *, late: float, exact: str, log: bool) -> None:
        """What the services show from then on; and a token waits for a person."""
        self.log = log
        self.shows_use(late, exact)
        assert self.tell("rotate", "--token-to").code == 3

    def tell(self, *arguments: str, at: At | None = None, away: bool = False) -> Came:
        """Run a command here or on another machine."""
        given = [*arguments, *self.only()]
        if arguments[-1] == "--token-to":
            given[len(arguments) :] = [f"file:{self.file()}", *self.only()]
        if arguments[0] != "plan":
            given.append("--yes")
        if not self.log:
            self.tool.simulator.add_fault("/api/v1/logs", "status:403", times=1000)
        return self.command(*given, *(self.elsewhere() if away else ()), fate=at or live_on)

    @rule(verb=VERBS, away=st.booleans())
    def run(self, *, verb: tuple[str, ...], away: bool) -> None:
        self.tell(*verb, away=away)

    @rule(verb=VERBS, nth=st.integers(1, 40), fate=FATES)
    def run_with_a_fault_or_crash(self, verb: tuple[str, ...], nth: int, fate: str) -> None:
        self.tell(*verb, at=At(nth, fate))

    @rule(more=st.sampled_from([(), ("--no-grace",)]), says=st.booleans())
    def a_person_enters_the_newest_and_does_as_asked(
        self, *, more: tuple[str, ...], says: bool
    ) -> None:
        """And says so, or lets Okta use it."""
        if not self.shown():
            return
        self.save(*next(iter(self.shown().items())))
        if says:
            self.a_person_says_what_they_saved(more=more, away=False)
            return
        self.tool.simulator.clock.advance(self.late + 3600)
        self.somebody_is_assigned_and_taken_off_again()
        self.tell("rotate", "--finish", *more)

    @rule(more=st.sampled_from([(), ("--no-grace",)]), away=st.booleans())
    def a_person_says_what_they_saved(self, *, more: tuple[str, ...], away: bool) -> None:
        self.vouched = True
        self.tell("rotate", "--confirm", str(self.held()), *more, away=away)

    @rule(away=st.booleans())
    def a_token_of_theirs_is_named_to_be_revoked(self, *, away: bool) -> None:
        """Sooner than dbt shows a use, nobody can tell: see test_rotate_mishaps."""
        if self.mortal.theirs:
            self.tool.simulator.clock.advance(self.late)
            self.retire(max(self.mortal.theirs), *(self.elsewhere() if away else ()))

    @rule()
    def audit(self) -> None:
        """Reads only, and changes nothing."""
        before = self.tool.simulator.state()
        sent = self.tool.sent("audit", *self.only())
        assert {request["method"] for request in sent} <= {"GET"}
        assert self.tool.simulator.state() == before

    @rule(age=st.integers(0, 3))
    def a_person_enters_a_token(self, age: int) -> None:
        """The newest that was shown, or an older one."""
        if shown := list(self.shown().items()):
            self.save(*shown[min(age, len(shown) - 1)])

    @rule(age=st.integers(0, 3))
    def a_person_tests_and_forgets_to_save(self, age: int) -> None:
        if shown := list(self.shown().values()):
            value = shown[min(age, len(shown) - 1)]
            app_id = self.tool.app(self.TENANT)["id"]
            self.tool.simulator._console.test(app_id, {"Authorization": value})

    @rule()
    def an_admin_pastes_a_token_of_their_own(self) -> None:
        self.save(*self.people_make_one())

    def save(self, token: int, value: str) -> None:
        """Enter a token in the console: Okta holds it from then on.

        After what spoke for another one, it has to show that this one is used now: before it does,
        or within one step of what dbt tells, nobody can know.
        """
        clock = self.tool.simulator.clock
        clock.advance(self.step if self.vouched else 0.0)
        self.tool.console({"Authorization": value}, self.TENANT)
        clock.advance(self.late if self.vouched else 0.0)
        self.vouched = False
        assert self.held() == token

    @rule()
    def somebody_is_assigned_and_taken_off_again(self) -> None:
        self.vouched = True
        self.push()

    @rule(seconds=st.sampled_from([60.0, 600.0, LEASE, 3600.0, DAY + 60, 3 * DAY]))
    def time_passes(self, seconds: float) -> None:
        self.tool.simulator.clock.advance(seconds)

    @rule(
        do=st.sampled_from(["status:500", "drop_after", "drop_before", "truncate", *OLDER_LISTS]),
        path=st.sampled_from(["tokens/", "/api/v1/apps", "/api/v1/logs"]),
        nth=st.integers(1, 3),
    )
    def a_service_is_about_to_fail(self, do: str, path: str, nth: int) -> None:
        """Or dbt is about to show an older list."""
        older = do in OLDER_LISTS
        self.coming.append(("tokens/", do, "GET", nth) if older else (path, do, None, nth))

    @invariant()
    def nothing_is_broken(self) -> None:
        assert list(self.mortal.wrong()) == []

    def converge(self) -> None:
        """Faults end, and the lease of whatever was begun elsewhere; a person does as asked."""
        clock = self.tool.simulator.clock
        clock.advance(LEASE + self.late)
        asked = self.tell("rotate", "--token-to")
        newest = max(self.mortal.ours(self.TENANT))
        if newest not in self.shown():  # the one that waits for a person, whose value is lost
            asked = self.tell("rotate", "--new-token", "--token-to")
            newest = max(self.mortal.ours(self.TENANT))
        assert asked.code == 3, asked.out + asked.err
        self.save(newest, self.shown()[newest])
        clock.advance(3600)
        self.push()
        ends = ("--finish",) if self.log else ("--confirm", str(newest))
        assert self.tell("rotate", *ends).code in (0, 3)
        # Where uses are told coarsely, a push on the next day is no proof yet: the grace is later.
        for _ in range(2 if self.step else 1):
            clock.advance(2 * DAY)
            self.push()
            clock.advance(self.late)
            end = self.tell("rotate", *ends)
        assert end.code == 0, end.out
        assert self.mortal.ours(self.TENANT) == [self.held()] == [newest]
        plan = self.tell("plan", "--detailed-exitcode")
        assert plan.code == 0, plan.out


def test_by_hand_no_history_breaks_a_tenant_and_each_converges() -> None:
    live_through(CustomApp, 3, steps=12, derandomize=True)


@pytest.mark.nightly
def test_by_hand_none_of_500_histories_breaks_a_tenant_and_each_converges() -> None:
    live_through(CustomApp, 500, steps=16, derandomize=False)
