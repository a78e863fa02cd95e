"""Evidence from outside, once everything is set: what each kind has to show."""

from __future__ import annotations

from collections.abc import Callable

from okta_scim_setup.address import Address
from okta_scim_setup.apply.run import Run
from okta_scim_setup.engine import (
    handed_to,
)
from okta_scim_setup.errors import SetupError
from okta_scim_setup.plan import Action
from okta_scim_setup.results import Check
from okta_scim_setup.secret import Secret


def verify(run: Run, tell: Callable[[Check], None], *, whole: bool = True) -> None:
    """Evidence from outside, once everything is set, with what apply was told.

    Args:
        run: what was done.
        tell: is told each answer.
        whole: of all that changed; or only of what is handed over, since people who come and go
            meanwhile say nothing about that.
    """
    changed = {
        change.address
        for change in run.plan.pending
        if change.action is not Action.RETIRE
        and (whole or any(handed_to(run.snapshot, change.address)))
    }
    touched = changed - run.held_back.keys()
    for declaration in run.snapshot.declared.resources:
        address = declaration.resource.address
        live = run.made.get(address) or run.snapshot.live.get(address)
        if address not in touched or live is None or declaration.absent:
            continue
        if any(
            receiver.address in run.held_back for receiver, _ in handed_to(run.snapshot, address)
        ):
            continue  # it wasn't handed over, so it can't have been used
        resource = run.snapshot.desired(declaration).resource
        for check in resource.verify(run.snapshot.api(address), live):
            _say(run, tell, check)
            if check.proves is not None:
                _keep_copy(run, tell, address)


def _say(run: Run, tell: Callable[[Check], None], check: Check) -> None:
    if check in run.checks:  # several resources may bring about the same
        return
    run.checks.append(check)
    tell(check)


def _keep_copy(run: Run, tell: Callable[[Check], None], address: Address) -> None:
    """Give a token that is proven to the sink as well; a sink that fails takes nothing back."""
    made = run.made.get(address)
    token = (
        next((v for v in made.outputs.values() if isinstance(v, Secret)), None) if made else None
    )
    if token is None or run.sink is None or not run.sink.keeps or address in run.placed:
        return
    title = "a copy is where --token-to says"
    try:
        _say(run, tell, Check(title, "passed", run.sink.put(run.plan.tenant, token)))
    except SetupError as error:
        _say(run, tell, Check(title, "skipped", f"{error}; Okta holds the token all the same"))
