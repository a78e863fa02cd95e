"""The connections of a run: what is sent comes back whole and in time, or not at all.

requests says how a request is written, which proxy leads to a host, and whose certificates count
there; it is asked once for each host. Its sessions would ask the environment at every request,
merge their own settings into each and look for cookies, which took more than all else (measured).
Here there is nothing to merge, no cookie is kept, and netrc isn't read.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, cast

import requests
from requests.adapters import HTTPAdapter
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import HTTPError
from urllib3.util import Timeout

from okta_scim_setup import hosts
from okta_scim_setup.traffic import deadline

AT_ONCE = 256
"""Connections that are kept open to one host, where as many were used: dbt's may be everybody's."""

MOST_HOSTS = 128
"""Hosts whose connections are kept open: those that were asked last."""

Seen = Callable[[Mapping[str, str]], object]
"""Told of the headers when they come."""

# What it warns of, a connection beyond those that are kept, isn't for a person.
logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)


class TooSlow(OSError):
    """No whole answer in time."""


class Wire:
    """Connections to all hosts of a run, for many threads."""

    def __init__(self) -> None:
        self._adapter = _Adapter()
        self._alarm = deadline.Alarm()
        self._pools: OrderedDict[str, HTTPConnectionPool] = OrderedDict()
        self._lock = threading.Lock()

    def exchange(
        self, prepared: requests.PreparedRequest, timeout: Timeout, total: float, seen: Seen
    ) -> tuple[int, bytes]:
        """Send *prepared* once: its answer's status, and its body.

        Args:
            prepared: by `prepared`.
            timeout: seconds for a connection, and between two bytes.
            total: seconds for all of it.
            seen: is told of the headers, by names in lower case, before the body is read.

        Raises:
            TooSlow: it wasn't whole within *total*.
            requests.RequestException, urllib3.exceptions.HTTPError, OSError: it went wrong.
        """
        began = time.monotonic()
        with self._alarm.within(total) as watch:
            try:
                answer = self._pool(prepared).urlopen(
                    str(prepared.method),
                    prepared.path_url,
                    prepared.body,
                    prepared.headers,
                    retries=self._adapter.max_retries,
                    redirect=False,
                    assert_same_host=False,
                    timeout=timeout,
                    preload_content=False,
                    decode_content=False,
                )
            except (HTTPError, OSError):
                if watch.over:
                    raise TooSlow from None
                raise
        try:
            if watch.over:
                # Cut off there, the headers look whole.
                raise TooSlow
            seen({name.lower(): value for name, value in answer.headers.items()})
            return answer.status, deadline.body(answer, began + total)
        except TimeoutError:
            raise TooSlow from None
        finally:
            # Read to its end it went back already; what is left of another nobody wants.
            answer.close()
            answer.release_conn()

    def end(self) -> None:
        """Shut the connections that are waited at, and those of later attempts.

        A signal's handler may call it.
        """
        self._alarm.end_all()

    def close(self) -> None:
        """Close what connections are open."""
        self._adapter.close()
        with self._lock:
            for pool in self._pools.values():
                pool.close()

    def _pool(self, prepared: requests.PreparedRequest) -> HTTPConnectionPool:
        """The connections to its host: through its proxy, trusting the certificates that are named.

        Both are as the environment says when the host is first asked for something.
        """
        origin = hosts.origin(str(prepared.url))
        with self._lock:
            pool = self._pools.pop(origin, None)
            if pool is None:
                pool = self._connected(prepared, origin.partition("://")[2])
            self._pools[origin] = pool
            if len(self._pools) > MOST_HOSTS:
                # Closed by its last user's letting go: one who is about to send isn't let down.
                self._pools.popitem(last=False)
            return pool

    def _connected(self, prepared: requests.PreparedRequest, host: str) -> HTTPConnectionPool:
        # A proxy for this machine would be another machine, and would see the token.
        given = dict(_NO_PROXY) if hosts.is_loopback(host) else {}
        with requests.Session() as session:
            said: Any = session.merge_environment_settings(prepared.url, given, None, None, None)
        proxies, verify, cert = said["proxies"], said["verify"], said["cert"]
        pool: Any = self._adapter.get_connection_with_tls_context(prepared, verify, proxies, cert)
        self._adapter.cert_verify(pool, prepared.url, verify, cert)  # type: ignore[no-untyped-call]
        return cast(HTTPConnectionPool, pool)


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
    """Makes connections whose wait for headers can be ended."""

    def __init__(self) -> None:
        super().__init__(pool_maxsize=AT_ONCE)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = deadline.POOLS

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = deadline.POOLS
        return manager
