"""One authenticated call of dbt's admin API, as its functions see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from okta_scim_setup.simulator.dbt_cloud.envelope import bad_request, forbidden, listing
from okta_scim_setup.simulator.dbt_cloud.records import Account, ServiceToken
from okta_scim_setup.simulator.message import Request, Response
from okta_scim_setup.simulator.state import World

_MOST = 100


@dataclass(frozen=True, slots=True)
class Call:
    """A request about an account, which the caller's token may see."""

    world: World
    account: Account
    request: Request
    token: ServiceToken

    def refuse_by_hand(self) -> None:
        """Refuse what is done by hand while SCIM is on and manual updates aren't allowed.

        Raises:
            DbtError: 403 (that it is refused is specified, how is assumed).

        """
        if self.account.enabled and not self.account.manual_updates_allowed:
            raise forbidden("Forbidden: Manual updates are not allowed while SCIM is enabled.")

    def page(self, items: Sequence[Any], **filters: Any) -> Response:
        """A page by `limit` (100 at most, and by default) and `offset`.

        Raises:
            DbtError: 400, for a limit or offset that is no number.

        """
        limit = self._number("limit", _MOST)
        offset = self._number("offset", 0)
        return listing(items, filters, min(limit, _MOST), offset)

    def _number(self, name: str, default: int) -> int:
        given = self.request.query.get(name, str(default))
        if not given.isdigit():
            raise bad_request(f"{name}: a whole number is wanted.")
        return int(given)

    def body(self, required: dict[str, type], optional: dict[str, type]) -> dict[str, Any]:
        """The JSON body, which may have only these properties (specified: no additional ones).

        Raises:
            DbtError: 400.

        """
        body = self.request.json_object()
        known = required | optional
        extra, missing = sorted(set(body) - set(known)), sorted(set(required) - set(body))
        if extra:
            raise bad_request(f"Additional properties are not allowed: {', '.join(extra)}")
        if missing:
            raise bad_request(f"These properties are required: {', '.join(missing)}")
        for name, value in body.items():
            if not isinstance(value, known[name]):
                raise bad_request(f"{name}: {known[name].__name__} is wanted.")
        return body
