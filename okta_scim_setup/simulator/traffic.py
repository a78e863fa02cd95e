"""The requests that were received, in the order of their arrival."""

import threading
from collections import deque
from typing import Any

from okta_scim_setup.simulator.message import Request

_KEPT = 100_000


class Traffic:
    """A bounded record of requests: method, path with query, status, and who sent it."""

    def __init__(self, kept: int = _KEPT) -> None:
        self._entries: deque[dict[str, Any]] = deque(maxlen=kept)
        self._lock = threading.Lock()

    def note(self, request: Request, sender: str) -> dict[str, Any]:
        """Note a request's arrival; its status, and any fault, are filled in later."""
        entry = {
            "method": request.method,
            "path": request.target,
            "status": None,
            "by": sender,
        }
        with self._lock:
            self._entries.append(entry)
        return entry

    def entries(self) -> list[dict[str, Any]]:
        """All that is kept; `status` is None while a request is under way."""
        with self._lock:
            return [dict(entry) for entry in self._entries]

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._entries.clear()
