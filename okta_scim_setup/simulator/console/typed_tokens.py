"""Tokens that were typed into a form which isn't saved yet, so that no page has to show them."""

import secrets
from collections import OrderedDict

_MOST = 100


class TypedTokens:
    """A token for each form that came back with one, by a random name that the form has."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], str] = OrderedDict()

    def keep(self, app_id: str, token: str) -> str:
        """Keep a token of an app's form; return the name to ask for it by."""
        name = secrets.token_urlsafe(16)
        self._kept[app_id, name] = token
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)
        return name

    def get(self, app_id: str, name: str) -> str:
        """The token of this name; empty where there is none any more."""
        return self._kept.get((app_id, name), "")

    def forget(self, app_id: str, name: str) -> None:
        """Forget a token: it is stored, or another one was typed."""
        self._kept.pop((app_id, name), None)
