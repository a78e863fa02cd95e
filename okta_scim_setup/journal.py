"""What was intended and what came of it, one file for each tenant: a hint for the next run.

It holds ids and names, never a value: `basis.mark` tells only whether one is the same. The truth is
derived from the services again and again; losing the journal loses nothing but time: what a run
that died had made is then told from what a run elsewhere is making by its age alone (the lease),
and evidence by a later use.
"""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from okta_scim_setup.errors import ConfigError, SetupError
from okta_scim_setup.lock import Lock
from okta_scim_setup.paths import path_of
from okta_scim_setup.times import utc


@dataclass(frozen=True)
class HandOver:
    """How far the hand-over of a token has come."""

    before: datetime | None
    """Its ``last_used`` at that time, by dbt's clock; a later one is the receiver's use."""
    by_hand: bool = False
    """Whether a person enters it: then a first use is the console's test, before it is saved."""
    tried: datetime | None = None
    """When it was first seen in use after the hand-over, by dbt's clock."""
    acknowledged: bool = False
    """Whether the receiver said that it has it; else it can't be told whether it has."""
    proven: datetime | None = None
    """When its use was last proven, or a person confirmed it, by dbt's clock."""
    since: datetime | None = None
    """When its use was proven for the first time: from then on the old one has its grace."""
    calls: tuple[datetime, ...] = ()
    """When the receiver called the service, with whatever it holds, by its own log."""


Named = dict[str, list[dict[str, Any]]]
"""Entries by the name that they are about."""


@dataclass
class Journal:
    """One tenant's journal, appended to and read; without a path it is kept in memory alone."""

    path: Path | None = None
    run: str = field(default_factory=lambda: uuid4().hex[:8])
    """What this run is called in its entries."""
    _lock: Lock | None = field(default=None, repr=False)
    _entries: list[dict[str, Any]] | None = field(default=None, repr=False)
    _sorted: tuple[int, Named] = field(default=(0, {}), repr=False)
    """How many entries were sorted by name, and these: replaced whole, as several threads read."""
    _calls: dict[str, list[datetime]] = field(default_factory=dict, repr=False)
    _supposed: list[tuple[str, dict[str, str | int | bool | None]]] = field(
        default_factory=list, repr=False
    )

    def claim(self) -> None:
        """Be the one run on this machine that writes for the tenant, until `release`.

        Raises:
            Busy: another run is.
            SetupError: the folder can't be written.
        """
        if self.path is None:
            return
        self._lock = self._lock or Lock(self.path.with_suffix(".lock"))
        self._lock.acquire()
        self._read_again()  # whoever held it may have written

    def release(self) -> None:
        """Let the next run write; what it notes is read once more, if this one asks again."""
        if self._lock is not None:
            self._lock.release()
        if self.path is not None:
            self._read_again()

    def _read_again(self) -> None:
        self._entries = None
        self._sorted = (0, {})

    def note(self, event: str, **what: str | int | bool | None) -> None:
        """Append an entry; it is on the disk when this returns.

        Raises:
            SetupError: it can't be written, so nothing should be done that it was to tell of.
        """
        at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
        entry: dict[str, Any] = {"at": at, "run": self.run, "event": event, **what}
        self.entries.append(entry)
        if self.path is not None:
            _append(self.path, json.dumps(entry, ensure_ascii=True))

    def keep(self, name: str, what: Mapping[str, Any]) -> Path:
        """Put what is about to be replaced into a file of its own beside the journal.

        Args:
            name: what the file is about: letters, digits, dashes.
            what: harmless values; never a secret.

        Raises:
            SetupError: it can't be written, so what it was to keep must not be replaced.
        """
        if self.path is None:
            raise SetupError(
                "there is no place to keep what would be replaced",
                ("do", "let the journal have a folder: --journal DIR. Nothing was written."),
            )
        at = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
        path = self.path.with_suffix(f".{name}.{at}.json")
        _append(path, json.dumps(what, ensure_ascii=True, indent=2))
        return path

    def hear(self, name: str, called: datetime) -> None:
        """Keep in mind, for this run, when the receiver of the token of this name called."""
        self._calls.setdefault(name, []).append(called)

    def suppose(self, event: str, **what: str | int | bool | None) -> None:
        """Take an entry for granted in this run, without writing it until `affirm`."""
        self._supposed.append((event, what))

    def affirm(self) -> None:
        """Write what was supposed: whoever was asked agreed."""
        supposed, self._supposed = self._supposed, []
        for event, what in supposed:
            self.note(event, **what)

    @property
    def entries(self) -> list[dict[str, Any]]:
        """Everything noted so far, by earlier runs as well."""
        known = self._entries  # another thread may release it meanwhile
        if known is None:
            known = self._entries = list(_read(self.path)) if self.path else []
        return known

    def _about(self, name: str) -> list[dict[str, Any]]:
        """What was noted of this name: found without going through years of others each time."""
        entries, (count, named) = self.entries, self._sorted
        if count != (now := len(entries)):
            named = {}
            for entry in entries[:now]:
                if isinstance(about := entry.get("name"), str):
                    named.setdefault(about, []).append(entry)
            self._sorted = (now, named)
        return named.get(name, [])

    def made_here(self, name: str) -> bool:
        """Whether a token of this name was made, or meant to be, by a run that is over, or ours.

        Who asks holds the lock, so a run that noted it and isn't ours is over.
        """
        return any(entry["event"] == "minting" for entry in self._about(name))

    def hand_over(self, name: str) -> HandOver | None:
        """How far the hand-over of the token of this name has come; None if it wasn't begun."""
        found: HandOver | None = None
        supposed = ({"event": e, **what} for e, what in self._supposed if what.get("name") == name)
        for entry in (*self._about(name), *supposed):
            match entry["event"]:
                case "handing over":
                    by_hand = entry.get("by_hand") is True
                    found = HandOver(time(entry.get("before")), by_hand=by_hand)
                case "tried" if found and found.tried is None:
                    found = replace(found, tried=time(entry.get("used")))
                case "handed over" if found:
                    found = replace(found, acknowledged=True)
                case "proven" | "confirmed":
                    proven = time(entry.get("used"))
                    found = found or HandOver(None)
                    since = found.since or (proven if entry["event"] == "proven" else None)
                    found = replace(found, acknowledged=True, proven=proven, since=since)
                case _:
                    pass
        calls = tuple(self._calls.get(name, ()))
        return replace(found or HandOver(None), calls=calls) if calls else found


@dataclass
class Journals:
    """The journals of a run's tenants in one folder; None: in memory alone."""

    folder: Path | None = None
    _known: dict[str, Journal] = field(default_factory=dict)

    def of(self, identity: str) -> Journal:
        """The journal of the tenant with this identity: the same one each time."""
        if identity not in self._known:
            name = re.sub(r"[^A-Za-z0-9.-]+", "_", identity) + ".jsonl"
            self._known[identity] = Journal(self.folder / name if self.folder else None)
        return self._known[identity]

    def release(self) -> None:
        """Give back every lock."""
        for journal in list(self._known.values()):
            journal.release()


def default_folder(environment: Mapping[str, str]) -> Path:
    """Where journals are unless said otherwise: the XDG base directory for state.

    Raises:
        ConfigError: it isn't known where that is.
    """
    state = environment.get("XDG_STATE_HOME", "")
    base = Path(state) if state.startswith("/") else path_of("~/.local/state")
    if not base.is_absolute():
        raise ConfigError(
            "no home folder is known, so there is no place for the journals",
            ("do", "name one: --journal DIR, or set HOME or XDG_STATE_HOME"),
        )
    return base / "okta-scim-setup"


def _append(path: Path, line: str) -> None:
    """Add *line* and see it to the disk; what a run that died left unfinished stays alone."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(path, flags, 0o600)
        try:
            size = os.fstat(descriptor).st_size
            torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
            entry = f"{chr(10) if torn else ''}{line}\n".encode()
            if os.write(descriptor, entry) < len(entry):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise SetupError(
            f"the journal {path} can't be written: {error.strerror}",
            ("do", "name a folder that can be written: --journal DIR"),
        ) from None


def _read(path: Path) -> Iterator[dict[str, Any]]:
    """What was noted; a line that a dying run left torn tells nothing."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return
    except OSError as error:
        raise SetupError(
            f"the journal {path} can't be read: {error.strerror}",
            ("do", "name a folder of your own: --journal DIR"),
        ) from None
    for line in lines:
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and isinstance(entry.get("event"), str):
            yield entry


def time(text: Any) -> datetime | None:
    """A time as an entry holds it, in UTC without an offset; None where it holds none."""
    try:
        return utc(text)
    except (TypeError, ValueError):
        return None
