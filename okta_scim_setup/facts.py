"""What an audit looks at besides what is declared: people, pushes, tokens, rules of access. Pure.

A part that wasn't read is None, and nothing is decided on it: that it wasn't read is a finding.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from okta_scim_setup.address import Address
from okta_scim_setup.live import Holding
from okta_scim_setup.results import Reading

SETTLING = timedelta(minutes=15)
"""What was changed in Okta so lately may still be on its way: Okta pushes within minutes."""


APP = "0oa"
"""How the ids of Okta's apps begin."""


@dataclass(frozen=True)
class Assigned:
    """Somebody who has the app in Okta."""

    id: str
    user_name: str
    """What the application is told as user name."""
    email: str | None = None
    licence: str | None = None
    """What Okta tells the account of the licence; None: nothing."""
    external_id: str | None = None
    """The id that the account knows this person by; None: this person never arrived."""
    personal: bool = False
    """Whether the app was given to the person, not to a group."""
    sync: str = ""
    """How Okta says that the last push went."""
    under_way: bool = False
    """Whether Okta says that it is about to push."""
    changed: datetime | None = None
    pushed: datetime | None = None


@dataclass(frozen=True)
class GroupOfApp:
    """A group that is given the app."""

    id: str
    name: str


@dataclass(frozen=True)
class Push:
    """A group push, as Okta tells of it."""

    id: str
    source_id: str
    target_id: str
    status: str
    error: str = ""
    """In Okta's words."""
    pushed: datetime | None = None
    changed: datetime | None = None


@dataclass(frozen=True)
class Whereabouts:
    """What Okta's directory knows of somebody."""

    id: str
    status: str


@dataclass(frozen=True)
class Event:
    """An entry of a service's log."""

    type: str
    when: datetime
    who: str
    address: str = ""
    failure: str = ""
    """Why it failed, in the service's words; empty where it didn't."""
    targets: frozenset[str] = frozenset()
    """Ids and names of what it is about."""
    agent: str = ""
    """By what it was done, as a user agent; empty where the log doesn't tell."""
    by_itself: bool = False
    """Whether the service did it by itself."""

    def is_about(self, wanted: frozenset[str], apps: frozenset[str]) -> bool:
        """Whether it is about one of *wanted*, and of an app, if of any, about one of *apps*."""
        others = any(each.startswith(APP) and each not in apps for each in self.targets)
        return bool(self.targets & wanted) and (not others or bool(self.targets & apps))


@dataclass(frozen=True)
class Log:
    """A part of a service's log."""

    events: tuple[Event, ...] = ()
    """The newest first."""
    back_to: datetime | None = None
    """How far back it was read, where that is less than was asked for."""
    source: str = ""
    """What people call it."""
    provider: str = ""
    """Whose it is."""
    unread: str = ""
    """Why it couldn't be read."""


@dataclass(frozen=True)
class Member:
    """Somebody in the account."""

    id: str
    email: str
    licence: str = ""
    active: bool = True
    groups: frozenset[str] | None = None
    """Their ids; None where the account doesn't tell."""


@dataclass(frozen=True)
class AccountGroup:
    """A group of the account."""

    id: str
    name: str
    managed: bool
    """Whether SCIM manages it."""
    permissions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Invite:
    """An invitation that wasn't accepted."""

    email: str
    by_scim: bool
    made: datetime


@dataclass(frozen=True)
class IpRules:
    """The account's IP restrictions."""

    enabled: bool
    names: tuple[str, ...] = ()
    changed: datetime | None = None
    """When a rule, or whether they count, was changed last, as far as is known."""


@dataclass(frozen=True)
class Facts:
    """What was read of a tenant; None stands for what wasn't."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    declared: Mapping[Address, Mapping[str, Any]] = field(default_factory=dict)
    """The attributes of what shall be there."""
    absent: frozenset[Address] = frozenset()
    """What shall not be there: the plan says it where it is."""
    assigned: tuple[Assigned, ...] | None = None
    app_groups: tuple[GroupOfApp, ...] | None = None
    pushes: tuple[Push, ...] | None = None
    group_names: Mapping[str, str] | None = None
    """The names of the groups that pushes are from and to, by id."""
    group_changes: Mapping[str, datetime] | None = None
    """When somebody came to these groups, or left them, last."""
    group_members: Mapping[str, frozenset[str]] | None = None
    """The people of the groups that are pushed or given the app, by id of group: ids."""
    certificate_ends: tuple[datetime, ...] | None = None
    """When the certificate ends that the app signs with; empty where it has none."""
    failures: Log | None = None
    """Pushes that failed."""
    members: tuple[Member, ...] | None = None
    managed: Mapping[str, bool] | None = None
    """Whether SCIM manages each person's licence, by id; empty where the account doesn't tell."""
    groups: tuple[AccountGroup, ...] | None = None
    invites: tuple[Invite, ...] | None = None
    ip_rules: IpRules | None = None
    licence_maps: tuple[str, ...] | None = None
    """The types of licence that have a map."""
    licences_by_scim: bool | None = None
    tokens: tuple[Holding, ...] | None = None
    break_glass: frozenset[str] | None = None
    """E-mails of people who may enter without Okta."""
    whereabouts: Mapping[str, Whereabouts | None] = field(default_factory=dict)
    """By e-mail: what Okta knows of people who are in the account and haven't the app."""
    readings: Mapping[str, tuple[Reading, ...]] = field(default_factory=dict)
    """The requests by which each part was read, by its name."""

    def of_kind(self, kind: str) -> Mapping[str, Mapping[str, Any]]:
        """What is declared of a kind: attributes by name."""
        return {a.name: values for a, values in self.declared.items() if a.kind == kind}

    def named(self, kind: str) -> frozenset[str]:
        """The names under which something of a kind was written, wanted or not."""
        return frozenset(a.name for a in (*self.declared, *self.absent) if a.kind == kind)

    def settled(self, changed: datetime | None) -> bool:
        """Whether what was changed then has had the time to arrive."""
        return changed is None or self.now - changed >= SETTLING

    @property
    def strays(self) -> tuple[Member, ...]:
        """Active people of the account who haven't the app and aren't said to enter without it."""
        if self.assigned is None or self.members is None:
            return ()
        linked = {person.external_id for person in self.assigned}
        names = {name.casefold() for p in self.assigned for name in (p.user_name, p.email) if name}
        excused = {email.casefold() for email in self.break_glass or ()}
        return tuple(
            member
            for member in self.members
            if member.active
            and member.id not in linked
            and member.email.casefold() not in names | excused
        )

    def member_of(self, person: Assigned) -> Member | None:
        """Whom Okta linked *person* to, if that somebody is there."""
        return next((m for m in self.members or () if m.id == person.external_id), None)
