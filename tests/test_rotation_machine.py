"""A state machine over whatever can happen to a tenant: commands, admins, time, faults and crashes.

Hypothesis makes up whole histories and shrinks one that breaks an invariant to its shortest form.
Looked at after every request of every command: I1, I4 and I5 of the rotation. At the end of each
history: a clean run converges, a second has nothing to do, and one token of ours is alive.
"""

from __future__ import annotations

import contextlib
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from mortal import DIES_AFTER, DIES_BEFORE, FAILS, LOST, REFUSED, At, Fate, Mortal, live_on
from tool import Came, Tool

from okta_scim_setup.simulator import Simulator

DAY = 24 * 3600.0
"""Seconds."""

FATES = st.sampled_from([FAILS, LOST, REFUSED, DIES_BEFORE, DIES_AFTER])
VERBS = st.sampled_from([("apply",), ("rotate",), ("rotate", "--finish"), ("rotate", "--no-grace")])


class Screen:
    """Stands for pytest's `capsys`, which is one for all histories of a test."""

    def __init__(self) -> None:
        self.out, self.err = io.StringIO(), io.StringIO()

    def readouterr(self) -> Came:
        said = Came(0, self.out.getvalue(), self.err.getvalue())
        for stream in (self.out, self.err):
            stream.seek(0)
            stream.truncate()
        return said


class Tenant(RuleBasedStateMachine):
    """One tenant with an app that has an API, and what happens to it."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = contextlib.ExitStack()
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.patch = self.stack.enter_context(pytest.MonkeyPatch.context())
        self.patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        simulator = self.stack.enter_context(Simulator())
        screen = Screen()
        self.stack.enter_context(contextlib.redirect_stdout(screen.out))
        self.stack.enter_context(contextlib.redirect_stderr(screen.err))
        self.tool = Tool(simulator, simulator.write_config(folder), screen)  # type: ignore[arg-type]
        self.mortal = Mortal(self.tool, self.patch)
        self.machines = 0
        self.coming: list[tuple[str, str, str | None, int]] = []
        """Faults that the next command meets: path, what, method, which request."""

    def teardown(self) -> None:
        """Whatever happened, a clean run puts it right."""
        try:
            self.converge()
        finally:
            self.stack.close()

    @rule(verb=VERBS)
    def run(self, verb: tuple[str, ...]) -> None:
        self.command(*verb)

    @rule(verb=VERBS, nth=st.integers(1, 40), fate=FATES)
    def run_with_a_fault_or_crash(self, verb: tuple[str, ...], nth: int, fate: str) -> None:
        self.command(*verb, fate=At(nth, fate))

    @rule(verb=VERBS)
    def run_on_another_machine(self, verb: tuple[str, ...]) -> None:
        """Nothing is known there of what runs elsewhere did."""
        self.machines += 1
        journal = self.tool.config.parent / f"machine-{self.machines}"
        self.command(*verb, "--journal", str(journal))

    def command(self, *arguments: str, fate: Fate = live_on) -> None:
        """Run it with the faults that are coming, which meet nobody else."""
        for path, do, method, nth in self.coming:
            self.tool.simulator.add_fault(path, do, method=method, nth=nth, by="client")
        self.coming = []
        self.mortal.run(*arguments, "--yes", fate=fate)
        self.tool.simulator.clear_faults()

    @rule()
    def audit(self) -> None:
        """Reads only, and changes nothing."""
        before = self.tool.simulator.state()
        sent = self.tool.sent("audit")
        assert {request["method"] for request in sent} <= {"GET"}
        assert self.tool.simulator.state() == before

    @rule(seconds=st.sampled_from([1.0, 60.0, 16 * 60.0, DAY + 60, 40 * DAY]))
    def time_passes(self, seconds: float) -> None:
        self.tool.simulator.clock.advance(seconds)

    @rule()
    def somebody_is_assigned_and_taken_off_again(self) -> None:
        """Okta uses whatever token it holds, if its connection is on."""
        user = self.tool.okta("GET", "/api/v1/users/radia.perlman@acme.example")
        path = f"/api/v1/apps/{self.tool.app()['id']}/users"
        self.tool.okta("POST", path, json={"id": user["id"]})
        self.tool.okta("DELETE", f"{path}/{user['id']}")

    @rule()
    def an_admin_makes_a_token(self) -> None:
        made = self.tool.dbt("POST", "/scim-config/tokens/", json={"name": "okta-manual"})["data"]
        self.mortal.theirs |= {made["id"]}

    @precondition(lambda self: self.mortal.theirs)
    @rule()
    def an_admin_enters_a_token_in_okta(self) -> None:
        """One that they made just now: it is the one in Okta from then on."""
        made = self.tool.dbt("POST", "/scim-config/tokens/", json={"name": "okta-manual"})["data"]
        self.mortal.theirs |= {made["id"]}
        account = self.tool.simulator.summary()["dbt_cloud"][0]
        if not self.tool.account()["enabled"]:
            return  # Okta would refuse it
        base_url = f"{account['access_url']}/api/v3/accounts/{account['account_id']}/scim/v2"
        path = f"/api/v1/apps/{self.tool.app()['id']}/connections/default?activate=true"
        profile = {"authScheme": "TOKEN", "token": made["token_string"]}
        self.tool.okta("POST", path, json={"baseUrl": base_url, "profile": profile})

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
        self.tool.simulator.clock.advance(16 * 60)
        for _ in range(2):  # the second retires what the first one superseded long ago
            first, _ = self.mortal.run("apply", "--yes")
            assert first.code == 0, first.out
        came, _ = self.mortal.run("rotate", "--yes")
        assert came.code == 0, came.out
        self.tool.simulator.clock.advance(DAY + 60)
        self.somebody_is_assigned_and_taken_off_again()
        end, _ = self.mortal.run("rotate", "--yes", "--finish")
        assert end.code == 0, end.out
        assert self.mortal.ours() == [self.tool.app()["token_id"]]
        plan = self.tool.run("plan", "--detailed-exitcode")
        assert plan.code == 0, plan.out


def live_through(histories: int) -> None:
    run_state_machine_as_test(
        Tenant,
        settings=settings(
            max_examples=histories,
            stateful_step_count=12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=histories < NIGHTLY,  # the same ones for everybody, by day
        ),
    )


NIGHTLY = 1000


def test_no_history_breaks_a_tenant_and_each_converges() -> None:
    live_through(20)


@pytest.mark.nightly
def test_none_of_a_thousand_histories_breaks_a_tenant_and_each_converges() -> None:
    live_through(NIGHTLY)
