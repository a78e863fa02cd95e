"""The connections of a run: what is sent goes through requests' adapter, and comes back in time.

A session of requests would ask the environment for proxies and certificates at every request, and
merge its own settings into each: more work than the rest of sending (measured). Here the
environment is asked once for each host, and there is nothing to merge: no cookies, no netrc.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from okta_scim_setup import hosts
from okta_scim_setup.traffic import deadline


class TooSlow(OSError):
    """No whole answer in time."""


class Wire:
    """Connections to all hosts of a run, for many threads."""

    def __init__(self) -> None:
        self._adapter = _Adapter(pool_connections=64, pool_maxsize=32)
        self._alarm = deadline.Alarm()
        self._ways: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()

    def exchange(
        self,
        prepared: requests.PreparedRequest,
        host: str,
        timeout: tuple[float, float],
        total: float,
    ) -> tuple[requests.Response, bytes]:
        """Send *prepared* once: its answer's status and headers, and its body.

        Args:
            prepared: by `prepared`.
            host: ``host[:port]`` of its address.
            timeout: seconds for a connection, and between two bytes.
            total: seconds for all of it.

        Raises:
            TooSlow: it wasn't whole within *total*.
            requests.RequestException, urllib3.exceptions.HTTPError, OSError: it went wrong.
        """
        began = time.monotonic()
        with self._alarm.within(total) as watch:
            try:
                response = self._adapter.send(
                    prepared, stream=True, timeout=timeout, **self._way(prepared, host)
                )
            except (requests.RequestException, OSError):
                if watch.over:
                    raise TooSlow from None
                raise
        with response:
            if watch.over:
                # Cut off there, the headers look whole.
                raise TooSlow
            try:
                return response, deadline.body(response.raw, began + total)
            except TimeoutError:
                raise TooSlow from None

    def close(self) -> None:
        """Close what connections are open."""
        self._adapter.close()

    def _way(self, prepared: requests.PreparedRequest, host: str) -> dict[str, Any]:
        """Through which proxy, and trusting which certificates: what the environment says."""
        with self._lock:
            if host not in self._ways:
                # A proxy for this machine would be another machine, and would see the token.
                proxies = dict(_NO_PROXY) if hosts.is_loopback(host) else {}
                with requests.Session() as session:
                    found = session.merge_environment_settings(
                        prepared.url, proxies, stream=True, verify=None, cert=None
                    )
                self._ways[host] = {name: found[name] for name in ("proxies", "verify", "cert")}
            return self._ways[host]


def prepared(
    method: str, url: str, headers: Mapping[str, str], body: bytes | Mapping[str, str] | None
) -> requests.PreparedRequest:
    """A request to send: nothing but *headers* and what its body needs is added to it.

    Args:
        method: in capitals.
        url: the whole of it.
        headers: all of them, the credential's included.
        body: JSON, or a form.
    """
    request = requests.PreparedRequest()
    request.prepare(method=method, url=url, headers={**_BASE, **headers}, data=body)
    return request


_BASE = dict(requests.utils.default_headers())

_NO_PROXY: dict[str, Any] = {"http": None, "https": None, "all": None}


class _Adapter(HTTPAdapter):
    """Connections whose wait for headers can be ended."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = deadline.POOLS

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = deadline.POOLS
        return manager
