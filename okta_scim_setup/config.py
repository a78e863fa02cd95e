"""``config.yaml`` and what it includes, turned into tenants.

``defaults:`` lie under every tenant's own settings: mappings merge, lists and scalars replace, and
``null`` unsets. Templates see ``tenant``, the tenant's name. All problems of all files are told at
once, and never a value that stands where a secret belongs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from os import environ
from pathlib import Path

from okta_scim_setup.errors import ConfigError, Label, Problem, UsageError
from okta_scim_setup.language.config_files import entries
from okta_scim_setup.language.near import near
from okta_scim_setup.language.tenant import Tenant, read_tenant

__all__ = ["Config", "Tenant", "load_config", "select"]


@dataclass(frozen=True)
class Config:
    """A config file, read with all that it includes."""

    path: Path
    tenants: tuple[Tenant, ...]


def load_config(path: Path) -> Config:
    """Read a config.

    Raises:
        ConfigError: something is wrong; all problems of all files at once.
    """
    found, problems = entries(path)
    tenants: list[Tenant] = []
    ambient = environ if len(found) == 1 else {}  # with several it would be anybody's guess
    for entry in found:
        made, wrong = read_tenant(entry, environment=ambient, base=path.parent)
        problems += wrong
        tenants += [made] if made else []
    problems += _shared_accounts(tenants)
    if problems:
        raise ConfigError.of(_once(problems))
    return Config(path, tuple(tenants))


def select(
    config: Config,
    *,
    tenants: Sequence[str] = (),
    tags: Sequence[str] = (),
    exclude: Sequence[str] = (),
) -> tuple[Tenant, ...]:
    """The tenants named in *tenants* that bear one of *tags*, without those in *exclude*.

    What isn't given doesn't narrow: nothing given selects all.

    Raises:
        UsageError: nobody has such a name or tag, or nobody is left.
    """
    names = {tenant.name for tenant in config.tenants}
    known_tags = {tag for tenant in config.tenants for tag in tenant.tags}
    for sort, given, known in (
        ("tenant", (*tenants, *exclude), names),
        ("tag", tags, known_tags),
    ):
        for name in given:
            if name not in known:
                title = f'no {sort} is called "{name}"'
                raise UsageError(title, ("from", str(config.path)), *near(name, known))
    chosen = tuple(
        tenant
        for tenant in config.tenants
        if (not tenants or tenant.name in tenants)
        and (not tags or set(tags) & set(tenant.tags))
        and tenant.name not in exclude
    )
    if not chosen:
        raise UsageError("no tenant is left", ("do", "select fewer tags, or exclude fewer tenants"))
    return chosen


def _shared_accounts(tenants: Sequence[Tenant]) -> Iterator[Problem]:
    """Two tenants with one account would undo each other's work."""
    first: dict[tuple[str, str], Tenant] = {}
    for tenant in tenants:
        for provider, settings in tenant.settings.items():
            identity = getattr(settings, "identity", None)
            if identity is None:
                continue
            other = first.setdefault((provider, identity), tenant)
            if other is not tenant:
                yield Problem(
                    f"{other.name} and {tenant.name} are the same {provider} account: {identity}",
                    (
                        ("from", f"{other.place} {other.name}"),
                        ("from", f"{tenant.place} {tenant.name}"),
                        ("do", "an account belongs to one tenant; remove or correct one of them"),
                    ),
                )


def _once(problems: Sequence[Problem]) -> list[Problem]:
    """What is wrong in ``defaults:`` is wrong for every tenant; it is said of the first."""
    same: dict[tuple[str, tuple[tuple[Label, str], ...]], list[Problem]] = {}
    for problem in problems:
        same.setdefault((problem.title, problem.notes), []).append(problem)
    return [
        first if not others else _said_of_many(first, len(others) + 1)
        for first, *others in same.values()
    ]


def _said_of_many(problem: Problem, count: int) -> Problem:
    said = [note for note in problem.notes if note[0] != "do"]
    do = [note for note in problem.notes if note[0] == "do"]
    but: tuple[Label, str] = ("but", f"it is the same for {count} tenants")
    return replace(problem, tenant="", notes=(*said, but, *do))
