"""An org's API as plain calls: signed in, read once, paged, with Okta's errors explained."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from okta_scim_setup.errors import Unexpected
from okta_scim_setup.providers.okta import _paging
from okta_scim_setup.providers.okta._errors import BAD_TOKEN, explained
from okta_scim_setup.providers.okta._sign_in import SignIn
from okta_scim_setup.traffic import readings
from okta_scim_setup.traffic.exchange import Terms
from okta_scim_setup.traffic.memo import Memo
from okta_scim_setup.traffic.pacing import okta_bucket
from okta_scim_setup.transport import Answer, Request, Transport

TERMS = Terms(at_once=30)
"""Okta allows 35 calls at once to the smallest org, 75 to others (facts: okta 4); some are left."""


@dataclass
class Calls:
    """What the org is asked, by paths that begin with ``/api/v1``."""

    org_url: str
    org: str
    transport: Transport
    sign_in: SignIn
    parts: Mapping[str, SignIn] = field(default_factory=dict)
    """Other ways to sign in, for what is asked below these paths."""
    memo: Memo = field(default_factory=Memo)

    def get(self, asked: str, absent: Callable[[Answer], bool] | None = None) -> Any:
        """What is there, read once a run; None where *absent* says so of an error's answer."""

        def read() -> Any:
            answer = self._send(self._request("GET", asked, absent))
            return answer.body if answer.ok else None

        return self.memo.get(asked, read)

    def text(self, asked: str) -> str:
        """XML that is there, read once a run."""

        def read() -> Any:
            return self._send(replace(self._request("GET", asked), media="xml")).body

        return str(self.memo.get(asked, read))

    def answer(self, asked: str) -> Answer:
        """What comes back as it is, an error's answer as well."""
        return self._send(self._request("GET", asked, lambda _: True))

    def rows(self, asked: str) -> list[dict[str, Any]]:
        """All of a list, read once a run."""
        return self.memo.get(asked, lambda: self.rows_afresh(asked))

    def rows_afresh(self, asked: str) -> list[dict[str, Any]]:
        """All of a list, as it is now."""
        return _paging.items(f"{self.org_url}{asked}", self._page)

    def newest(self, asked: str, most: int) -> tuple[list[dict[str, Any]], bool]:
        """The first *most* pages of a list, as it is now, and whether that is all of it."""
        return _paging.newest(f"{self.org_url}{asked}", self._page, most)

    def first_rows(self, asked: str, most: int) -> list[dict[str, Any]] | None:
        """All of a list as it is now; None if it has more than *most* pages."""
        return _paging.first_items(f"{self.org_url}{asked}", self._page, most)

    def write(
        self,
        method: str,
        asked: str,
        json: Any = None,
        *,
        changes: Iterable[str],
        absent: Callable[[Answer], bool] | None = None,
    ) -> Any:
        """Write, and forget what was read of *changes* and below, whatever came of it."""
        request = replace(self._request(method, asked, absent), json=json, needs_body=False)
        try:
            return self._send(request).body
        finally:
            for changed in changes:
                self.memo.forget(changed, above=False)

    def _page(self, url: str) -> Answer:
        return self._send(self._request("GET", url.removeprefix(self.org_url)))

    def _request(
        self, method: str, asked: str, absent: Callable[[Answer], bool] | None = None
    ) -> Request:
        return Request(
            method,
            f"{self.org_url}{asked}",
            "Okta",
            bucket=okta_bucket(asked.partition("?")[0]),
            terms=TERMS,
            tolerates=absent,
        )

    def _send(self, request: Request) -> Answer:
        """Send, once more with a new access token where the old one isn't accepted any more.

        What is answered 401 wasn't done, so even a write may be sent again.
        """
        sign_in = self._sign_in_for(request.url.removeprefix(self.org_url))
        credential = sign_in.credential()
        try:
            try:
                answer = self.transport.send(replace(request, credential=credential))
            except Unexpected as error:
                if error.code != BAD_TOKEN or not sign_in.renew(credential):
                    raise
                answer = self.transport.send(replace(request, credential=sign_in.credential()))
        except Unexpected as error:
            raise explained(error, self.org, sign_in.who) from None
        readings.note([answer.reading(request)])
        return answer

    def _sign_in_for(self, asked: str) -> SignIn:
        found = (sign_in for part, sign_in in self.parts.items() if asked.startswith(part))
        return next(found, self.sign_in)
