"""Advice with stable ids on what a tenant declares and has: one rule is one module in ``rules``.

A rule looks at what was declared, without asking anybody, or at what was read as well. What it says
is a finding that bears the rule. An error fails ``validate``, and whatever starts as it does; a
warning never fails anything.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import cache
from importlib import import_module

from okta_scim_setup.errors import Label, Place, Problem, SetupError
from okta_scim_setup.lint import rules as rules_package
from okta_scim_setup.lint.rule import Hit, Rule, Seen
from okta_scim_setup.playbook import Declared
from okta_scim_setup.results import Check, Evidence, Finding

__all__ = ["found", "problems", "rules", "written"]


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule, in the order of ids."""
    names = sorted(module.name for module in pkgutil.iter_modules(rules_package.__path__))
    return tuple(_rule(f"{rules_package.__name__}.{name}") for name in names)


def _rule(module: str) -> Rule:
    return next(
        value()
        for value in vars(import_module(module)).values()
        if isinstance(value, type) and issubclass(value, Rule) and value.__module__ == module
    )


def written(declared: Declared) -> Iterator[Finding]:
    """What can be said of what was declared, offline."""
    for rule in rules():
        yield from (_finding(declared, rule, hit, None) for hit in rule.written(declared))


def problems(findings: Iterable[Finding]) -> list[Problem]:
    """Those of *findings* that are errors, as problems of the files."""
    return [_problem(finding) for finding in findings if finding.severity.is_error]


def found(seen: Seen) -> tuple[list[Finding], list[Check]]:
    """What can be said of a tenant that was read, and which rules couldn't look."""
    findings: list[Finding] = []
    unasked: list[Check] = []
    for rule in rules():  # most of what they read was asked for ahead (`Observed.ahead`)
        hits = list(rule.written(seen.declared))
        try:
            hits += list(rule.found(seen))
        except SetupError as error:
            title = f"{rule.about().id} {rule.about().name}"
            unasked.append(Check(title, "skipped", f"couldn't look: {error}"))
        now = datetime.now(UTC)
        findings += [_finding(seen.declared, rule, hit, now) for hit in hits]
    return findings, unasked


def _finding(declared: Declared, rule: Rule, hit: Hit, seen: datetime | None) -> Finding:
    about = rule.about()
    return Finding(
        id=about.id,
        severity=hit.severity or about.severity,
        tenant=declared.tenant.name,
        address=str(hit.address) if hit.address else "",
        attribute=hit.attribute,
        expected=hit.expected,
        found=hit.found,
        means=about.title,
        do=hit.do or about.remedy,
        fixable=False,
        places=tuple(dict.fromkeys(_places(declared, hit))),
        evidence=Evidence(seen),
        drift=False,
        rule=about,
    )


def _places(declared: Declared, hit: Hit) -> Iterator[Place]:
    """Where to look: the line itself, the resource's, the variables in it, the tenant."""
    if hit.place:
        yield hit.place
    yield from hit.also
    for declaration in declared.resources:
        if declaration.resource.address == hit.address:
            yield declaration.place
            yield from filter(None, map(Place.leading, declaration.origins))
    yield declared.tenant.place


def _problem(finding: Finding) -> Problem:
    about = f"{finding.address} {finding.attribute}".strip()
    where: list[tuple[Label, str]] = [("from", str(place)) for place in finding.places]
    return Problem(
        f"{finding.id} {about}: expected {finding.expected}, found {finding.found}",
        (*where, ("but", finding.means), ("do", finding.do)),
        tenant=finding.tenant,
    )
