"""dbt's admin API as plain calls: envelopes opened, lists paged, read once, errors explained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from json import dumps
from typing import Any

from okta_scim_setup.errors import Label, SetupError, Unexpected
from okta_scim_setup.traffic import readings
from okta_scim_setup.traffic.exchange import Terms, short
from okta_scim_setup.traffic.memo import Memo
from okta_scim_setup.transport import Answer, Credential, Request, Transport

PAGE = 100
"""The most that dbt gives at once (facts: dbt 2.6)."""

MOST_PAGES = 2_000
"""A list that never ends has to end somewhere."""


TERMS = Terms(a_minute=4_500, cool_down=300.0)
"""dbt allows an account 5,000 calls a minute, whoever asks, and then none for five minutes (facts:
dbt 2.6); its headers don't say what is left, and others may ask as well."""


@dataclass
class Calls:
    """What the account is asked, by paths that begin with ``/api`` and end with a slash."""

    access_url: str
    host: str
    account_id: int
    credential: Credential
    transport: Transport
    memo: Memo = field(default_factory=Memo)

    def get(self, asked: str) -> Any:
        """What is there, read once a run."""
        return self.memo.get(asked, lambda: self.read(asked))

    def read(self, asked: str) -> Any:
        """What is there now; None where there is nothing."""
        answer = self._send("GET", asked)
        return None if answer.status == HTTPStatus.NOT_FOUND else self._data(answer, asked)

    def rows(self, asked: str) -> list[dict[str, Any]]:
        """All of a list, read once a run."""
        return self.memo.get(asked, lambda: self._rows(asked))

    def rows_afresh(self, asked: str) -> list[dict[str, Any]]:
        """All of a list as it is now; whoever asks later is told the same."""
        self.memo.forget(asked, above=False)
        return self.rows(asked)

    def _rows(self, asked: str) -> list[dict[str, Any]]:
        """All of a list, each row once.

        Raises:
            Unexpected: it isn't a list, or has no end.
        """
        found: dict[Any, dict[str, Any]] = {}
        came = 0
        for _ in range(MOST_PAGES):
            answer = self._send("GET", f"{asked}?limit={PAGE}&offset={came}")
            rows = self._data(answer, asked)
            if not isinstance(rows, list):
                raise _odd(asked, "a list was asked for and something else came")
            fresh = {_key(row): row for row in rows}
            came += len(rows)
            again = bool(rows) and fresh.keys() <= found.keys()
            lacking = again and len(found) < _total(answer, 0)
            whole = came >= _total(answer, came if len(rows) < PAGE else came + 1)
            if not rows or (whole and not lacking):
                return list((found | fresh).values())
            if again:
                raise _odd(asked, "it gives the same page again and again")
            found |= fresh
        raise _odd(asked, "it has no end")

    def newest(self, asked: str, most: int) -> tuple[list[dict[str, Any]], bool]:
        """The first *most* pages of a list, read once a run, and whether that is all of it."""
        return self.memo.get(asked, lambda: self._newest(asked, most))

    def _newest(self, asked: str, most: int) -> tuple[list[dict[str, Any]], bool]:
        found: list[dict[str, Any]] = []
        for _ in range(most):
            answer = self._send("GET", f"{asked}?limit={PAGE}&offset={len(found)}")
            rows = self._data(answer, asked)
            if not isinstance(rows, list):
                raise _odd(asked, "a list was asked for and something else came")
            found += rows
            if not rows or len(found) >= _total(answer, len(found) + (len(rows) == PAGE)):
                return found, True
        return found, False

    def write(self, method: str, asked: str, json: Any = None) -> Any:
        """Write, and forget what was read there and below, whatever came of it."""
        try:
            answer = self._send(method, asked, json)
        finally:
            self.memo.forget(asked)
        return self._data(answer, asked) if answer.body is not None and answer.ok else None

    def _send(self, method: str, asked: str, json: Any = None) -> Answer:
        request = Request(
            method,
            f"{self.access_url}{asked}",
            "dbt Cloud",
            credential=self.credential,
            json=json,
            tolerates=_one_is_missing if _names_one(asked) else None,
            needs_body=method != "DELETE",
            bucket=f"account {self.account_id}",
            terms=TERMS,
        )
        try:
            answer = self.transport.send(request)
        except Unexpected as error:
            raise self._explained(error, asked) from None
        readings.note([answer.reading(request)])
        return answer

    def _data(self, answer: Answer, asked: str) -> Any:
        """What the envelope holds (recorded).

        Raises:
            Unexpected: it isn't an envelope of a success.
        """
        body = answer.body
        if not isinstance(body, Mapping) or "data" not in body:
            raise _odd(asked, "the answer isn't one of dbt's")
        status = body.get("status")
        if isinstance(status, Mapping) and status.get("is_success") is False:
            secret = self.credential.secret
            said = str(status.get("user_message") or "no success")
            raise _odd(asked, short(secret.masked(said) if secret else said))
        return body["data"]

    def _explained(self, error: Unexpected, asked: str) -> Unexpected:
        """The same refusal with what it means and what to do."""
        who = f"the token {self.credential.secret.origin}" if self.credential.secret else "us"
        match error.status:
            case HTTPStatus.UNAUTHORIZED:
                title = f"{self.host} doesn't accept {who}"
                do = "check that it is this account's, and make a new one if it was revoked"
            case HTTPStatus.FORBIDDEN:
                title = f"{self.host} doesn't let {who} do this"
                do = "take a token with Account Admin; IP restrictions may be in the way as well"
            case HTTPStatus.NOT_FOUND if f"/accounts/{self.account_id}/" in asked:
                return self._no_account(error)
            case _:
                return error
        return _retold(error, title, ("do", do))

    def _no_account(self, error: Unexpected) -> Unexpected:
        """404 says *missing* and *not for this token* alike (recorded); the list tells more."""
        title = (
            f"dbt Cloud answers 404 for account {self.account_id}: no such account, "
            "or not for this token"
        )
        try:
            rows = self.rows("/api/v3/accounts/")
            others = {row["id"]: _printable(row.get("name")) for row in rows}
        except (SetupError, KeyError):
            return _retold(error, title, ("do", "check account_id, access_url and the token"))
        if self.account_id in others:
            but = "the token sees the account, but not this part of it"
            return _retold(error, title, ("but", but), ("do", "take a token with Account Admin"))
        if not others:
            return _retold(
                error, title, ("but", "the token sees no account"), ("do", "check the token")
            )
        seen = ", ".join(f'{number} "{name}"' for number, name in list(others.items())[:5])
        only = f"account_id: {next(iter(others))}?" if len(others) == 1 else "correct account_id?"
        return _retold(
            error,
            title,
            ("but", f"the token sees account {seen}"),
            ("do", f"{only} Or a token with Account Admin."),
        )


def _printable(name: Any) -> str:
    return "".join(c for c in str(name or "") if c.isprintable())


def _names_one(asked: str) -> bool:
    """Whether the path ends with the id of one of several things, which may be missing."""
    above, _, last = asked.rstrip("/").rpartition("/")
    return last.isdigit() and not above.endswith("/accounts")


def _one_is_missing(answer: Answer) -> bool:
    return answer.status == HTTPStatus.NOT_FOUND and isinstance(answer.body, Mapping)


def _key(row: Mapping[str, Any]) -> Any:
    """By what a row is told from others: its id, or all of it where it has none, as licences."""
    return row["id"] if "id" in row else dumps(row, sort_keys=True)


def _total(answer: Answer, otherwise: int) -> int:
    extra = answer.body.get("extra")
    pagination = extra.get("pagination") if isinstance(extra, Mapping) else None
    total = pagination.get("total_count") if isinstance(pagination, Mapping) else None
    return total if isinstance(total, int) else otherwise


def _odd(asked: str, what: str) -> Unexpected:
    return Unexpected(
        "dbt Cloud doesn't answer as it should",
        ("asked", asked),
        ("but", what),
        ("do", "check access_url, and run again"),
    )


def _retold(error: Unexpected, title: str, *told: tuple[Label, str]) -> Unexpected:
    kept = [note for problem in error.problems for note in problem.notes if note[0] != "do"]
    return Unexpected(title, *kept, *told, status=error.status, code=error.code)
