"""Whole histories of a tenant, made up by hypothesis: what its state machines share."""

from __future__ import annotations

import contextlib
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test
from mortal import DIES_AFTER, DIES_BEFORE, FAILS, LOST, REFUSED, Fate, Mortal, live_on
from tool import Came, Tool

from okta_scim_setup.simulator import Simulator

DAY = 24 * 3600.0
"""Seconds."""

LEASE = 16 * 60.0
"""Seconds, a minute more than the lease."""

FATES = st.sampled_from([FAILS, LOST, REFUSED, DIES_BEFORE, DIES_AFTER])
LATE = st.sampled_from([0.0, 5.0, 600.0, 3600.0])
"""Seconds until dbt shows a use."""
STEPS = {"second fraction": 0.0, "second": 1.0, "minute": 60.0, "hour": 3600.0}
"""How exact `last_used` is, in seconds."""


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


class History(RuleBasedStateMachine):
    """A simulator of its own, the tool, and what becomes of the tenant of this number.

    Which request is the nth one isn't always the same, as reads go side by side: so no rule has a
    precondition that hangs on what came of a command. Where there is nothing to do, none is done.
    """

    TENANT = 0
    late, step = 0.0, 0.0
    """How late, and in which steps, dbt shows a use; seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = contextlib.ExitStack()
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.patch = self.stack.enter_context(pytest.MonkeyPatch.context())
        self.patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        simulator = self.stack.enter_context(Simulator(tenants=self.TENANT + 1))
        (folder / "simulated").mkdir()
        screen = Screen()
        self.stack.enter_context(contextlib.redirect_stdout(screen.out))
        self.stack.enter_context(contextlib.redirect_stderr(screen.err))
        self.tool = Tool(simulator, simulator.write_config(folder / "simulated"), screen)  # type: ignore[arg-type]
        self.mortal = Mortal(self.tool, self.patch)
        self.machines = 0
        self.coming: list[tuple[str, str, str | None, int]] = []
        """Faults that the next command meets: path, what, method, which request."""

    def teardown(self) -> None:
        """Whatever happened, a clean run puts it right."""
        try:
            self.coming = []
            self.converge()
        finally:
            self.stack.close()

    def converge(self) -> None:
        raise NotImplementedError

    def command(self, *arguments: str, fate: Fate = live_on) -> Came:
        """Run it with the faults that are coming, which meet nobody else."""
        for path, do, method, nth in self.coming:
            self.tool.simulator.add_fault(path, do, method=method, nth=nth, by="client")
        self.coming = []
        came, _ = self.mortal.run(*arguments, fate=fate)
        self.tool.simulator.clear_faults()
        return came

    def elsewhere(self) -> tuple[str, str]:
        """Another machine each time: nothing is known there of what runs elsewhere did."""
        self.machines += 1
        return ("--journal", str(self.tool.config.parent / f"machine-{self.machines}"))

    def shows_use(self, late: float, exact: str) -> None:
        """Let dbt show each use so late and so exactly, from the beginning of the history on."""
        self.late, self.step = late, STEPS[exact]
        switches = {"last_used_delay": late, "last_used_resolution": exact}
        self.tool.simulator.switches.change(switches)
        self.tool.simulator.clock.advance(late + self.step + 60)

    def held(self) -> int:
        """The token in Okta."""
        return int(self.tool.app(self.TENANT)["token_id"])

    def people_make_one(self) -> tuple[int, str]:
        """Its id and value."""
        sent = {"name": "okta-manual"}
        made = self.tool.dbt("POST", "/scim-config/tokens/", self.TENANT, json=sent)["data"]
        self.mortal.theirs |= {made["id"]}
        return made["id"], made["token_string"]

    def push(self) -> None:
        """Okta uses whatever token it holds, if its connection is on: somebody comes and goes."""
        app = self.tool.app(self.TENANT)
        name = app["label"].removeprefix("dbt ")
        user = self.tool.okta("GET", f"/api/v1/users/radia.perlman@{name}.example", self.TENANT)
        path = f"/api/v1/apps/{app['id']}/users"
        self.tool.okta("POST", path, self.TENANT, json={"id": user["id"]})
        self.tool.okta("DELETE", f"{path}/{user['id']}", self.TENANT)

    def retire(self, token: int, *more: str) -> None:
        """Name a token of people's to be revoked: then it may go, unless Okta holds it."""
        self.mortal.theirs -= {token}
        self.command("rotate", "--yes", "--retire", str(token), *self.only(), *more)
        alive = {each["id"] for each in self.tool.account(self.TENANT)["tokens"]}
        self.mortal.theirs |= {token} & alive

    def only(self) -> tuple[str, ...]:
        """Selects the tenant, where there are others."""
        return ()


def live_through(machine: type[History], histories: int, *, steps: int, derandomize: bool) -> None:
    """Let *machine* go through so many histories; the same ones for everybody, by day."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=histories,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=derandomize,
        ),
    )
