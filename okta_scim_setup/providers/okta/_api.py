"""An Okta org, as our kinds need it: signed in to, and what a run looks up and remembers of it.

What is only asked, or only written, is in `_endpoints`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from okta_scim_setup import hosts
from okta_scim_setup.errors import SetupError
from okta_scim_setup.evidence import Exchange
from okta_scim_setup.providers.okta import DOMAINS, Settings, _apps, _sign_in
from okta_scim_setup.providers.okta._app_listing import AppListing
from okta_scim_setup.providers.okta._calls import Calls
from okta_scim_setup.providers.okta._endpoints import ASSIGNED, Endpoints, missing
from okta_scim_setup.providers.okta._group_search import GroupSearch
from okta_scim_setup.providers.okta._paths import path, query
from okta_scim_setup.results import Check
from okta_scim_setup.secret import Keeper
from okta_scim_setup.traffic.memo import Memo
from okta_scim_setup.traffic.waiting import agreement
from okta_scim_setup.transport import Transport


def connect(settings: Settings, *, transport: Transport, keeper: Keeper, read_only: bool) -> Api:
    """The org of *settings*; nothing is sent yet.

    Raises:
        ConfigError: the host isn't allowed, or a secret can't be had.
    """
    hosts.check(settings.org_url, DOMAINS, transport.allowed_hosts)
    scopes = _sign_in.READ_SCOPES if read_only else _sign_in.WRITE_SCOPES
    sign_in = _sign_in.sign_in(settings, transport, keeper, scopes)
    parts = {
        part: sign_in
        if settings.token
        else _sign_in.sign_in(settings, transport, keeper, scopes_of(part, read_only=read_only))
        for part in _sign_in.PART_SCOPES
    }
    org = transport.shared(
        ("okta", settings.org_url, read_only, _sign_in.kin(sign_in)),
        lambda: Org(Calls(settings.org_url, settings.host, transport, sign_in, parts)),
    )
    return Api(settings, transport, org)


@dataclass
class Org:
    """What the tenants of a run that sign in to an org as one have in common."""

    calls: Calls

    def __post_init__(self) -> None:
        self.apps = AppListing(self.calls)
        self.groups = GroupSearch(self.calls)


def scopes_of(part: str, *, read_only: bool) -> tuple[str, ...]:
    """The scopes for a part of the API that has a sign-in of its own."""
    reads_only = read_only or part in _sign_in.READ_ONLY_PARTS
    verbs = ("read",) if reads_only else ("read", "manage")
    return tuple(f"{_sign_in.PART_SCOPES[part]}.{verb}" for verb in verbs)


@dataclass
class Api(Endpoints):
    """One org for a tenant: what is read is read once a run, until it is written or forgotten.

    What concerns the tenant's own app is remembered here, and goes with it; what is looked up for
    all tenants together, and the people of groups that they share, is the `Org`'s.
    """

    settings: Settings
    transport: Transport
    shared: Org
    asked_of_apps: dict[str, frozenset[str]] = field(default_factory=dict)
    """Which outputs others want of an app, by its id or label."""
    _app_groups_wanted: set[str] = field(default_factory=set)
    _labelled: dict[str, str] = field(default_factory=dict)
    """The ids of apps that were found by their labels."""
    _named: set[str] = field(default_factory=set)
    """The groups that were asked for by name."""
    _members_of: set[str] = field(default_factory=set)
    """The groups whose people were asked for."""
    _assigned: set[str] = field(default_factory=set)
    """The apps of which this run wrote an assignment."""
    _anew: bool = False
    """Whether what was listed for all tenants together is too old to tell."""

    def __post_init__(self) -> None:
        self.calls = replace(self.shared.calls, memo=Memo())

    @property
    def org(self) -> str:
        """What messages call the org."""
        return self.calls.org

    @property
    def headline(self) -> str:
        """What a report's first line says of it."""
        return self.org

    def now(self) -> datetime:
        """The time by Okta's clock."""
        return self.transport.now(self.org)

    def admin_link(self, page: str) -> str:
        """The address of a page of the admin console, empty where the console isn't known."""
        return self.settings.admin_link(page)

    def put_aside(self) -> None:
        """Take less space until something is asked again."""
        self.calls.memo.put_aside()

    def forget(self) -> None:
        """Read everything anew from now on."""
        self._anew = True
        self.calls.memo.forget()
        self.shared.groups.forget(self._named)
        for group_id in self._members_of:
            self.shared.calls.memo.forget(path("groups", group_id), above=False)

    def forget_assignments(self, app_id: str) -> None:
        """Read the app's groups anew, unless that was done since this run wrote one of them."""
        if app_id not in self._assigned:
            self.calls.memo.forget(path("apps", app_id, "groups"), above=False)

    # -- the app

    def app(self, app_id: str) -> dict[str, Any] | None:
        """The app; None if there is none, or none that the token may see."""
        found: dict[str, Any] | None = self.calls.get(path("apps", app_id), missing)
        return found

    def expect_app(self, label: str) -> None:
        """Say which app will be asked for, so that those of several tenants are found together."""
        self.shared.apps.expect(label)

    def apps_with_label(self, label: str) -> list[dict[str, Any]]:
        """Apps of exactly this label.

        One that was found before is read by its id, which has a larger bucket, and counts as long
        as its label is the same.
        """
        if label in self._labelled:
            known = self.app(self._labelled[label])
            if known is not None and known["label"] == label:
                return [known]
        before = self.calls.memo.moment
        too_old = self._anew or label in self._labelled
        listed = None if too_old else self.shared.apps.labelled(label)
        if listed is None:
            listed = [app for app in self.apps_labelled(label) if app["label"] == label]
        for app in listed:
            self.calls.memo.put(path("apps", app["id"]), app, read_at=before)
        active = [app for app in listed if app["status"] == "ACTIVE"]
        if len(active) == 1:
            self._labelled[label] = active[0]["id"]
        return listed

    def apps_labelled(self, label: str) -> list[dict[str, Any]]:
        """Apps whose label, or name, begins with *label* (specified)."""
        before = self.calls.memo.moment
        found = self.calls.rows(query(path("apps"), q=label, limit=200))
        for app in found:
            self.calls.memo.put(path("apps", app["id"]), app, read_at=before)
        return found

    def username_format(self, app_id: str) -> str:
        """The app's *Application username format* as the console calls it."""
        return _apps.username_format(self.app(app_id) or {})

    # -- groups

    def expect_groups(self, names: Iterable[str]) -> None:
        """Say which groups will be asked for, so that they are looked up together."""
        self.shared.groups.expect(names)

    def groups_named(self, name: str) -> list[dict[str, Any]]:
        """Every group of exactly this name."""
        self._named.add(name)
        return self.shared.groups.named(name)

    def group_members(self, group_id: str) -> list[dict[str, Any]]:
        """The group's people, by id, login and e-mail; several tenants may share the group."""
        self._members_of.add(group_id)
        calls, asked = self.shared.calls, query(path("groups", group_id, "users"), limit=200)
        found: list[dict[str, Any]] = calls.memo.get(
            asked, lambda: [_person(user) for user in calls.rows_afresh(asked)]
        )
        return found

    def expect_app_groups(self, app_id: str) -> None:
        """Say that an app's groups will be read anyway; the app may not be known yet."""
        self._app_groups_wanted.add(app_id)

    def knows_app_groups(self, app_id: str) -> bool:
        """Whether asking for the app's groups costs nothing more."""
        # An app that wasn't known then was named by its reference: it may be this one.
        unknown = any("/" in wanted for wanted in self._app_groups_wanted)
        return unknown or app_id in self._app_groups_wanted

    def assign_group(self, app_id: str, group_id: str, body: Mapping[str, Any]) -> None:
        """Assign a group, or change its assignment."""
        asked = path("apps", app_id, "groups", group_id)
        self._write(app_id, "PUT", asked, dict(body), changes=ASSIGNED)
        self._assigned.add(app_id)

    # -- doctor

    def evidence(self, app_id: str) -> Iterator[Exchange]:
        """What Okta answers about an app, its provisioning connection and its features."""
        app = path("apps", app_id)
        for asked in (app, f"{app}/connections/default", f"{app}/features"):
            answer = self.calls.answer(asked)
            url = f"{self.calls.org_url}{asked}"
            yield Exchange(url, answer.status, answer.headers, answer.body)

    def examine(self) -> Iterator[Check]:
        """Whether Okta accepts who we are, and whether our clocks agree."""
        title = f"{self.org} accepts {self.calls.sign_in.who}"
        try:
            if self.settings.token:
                login = (self.me().get("profile") or {}).get("login", "somebody")
                role = "it may do what this administrator's role allows, which isn't shown here"
                yield Check(title, "passed", f"made by {login}; {role}")
            else:
                self.calls.sign_in.credential()
                yield Check(title, "passed", f"for {' '.join(self.calls.sign_in.scopes)}")
                more = [s for s in _sign_in.WRITE_SCOPES if s not in self.calls.sign_in.scopes]
                if more:
                    said = "not asked for by a verb that only reads"
                    yield Check(
                        "scopes that apply needs besides", "skipped", f"{' '.join(more)}: {said}"
                    )
        except SetupError as error:
            yield Check(title, "failed", str(error))
            return
        yield agreement(self.org, self.now())


def _person(user: Mapping[str, Any]) -> dict[str, Any]:
    """What is needed of a group's member: there may be thousands of them."""
    profile = user.get("profile") or {}
    return {"id": user["id"], "profile": {name: profile.get(name) for name in ("login", "email")}}
