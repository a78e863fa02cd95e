"""Which tenants a request is about: that of its account or app, or all of its org."""

import re

from okta_scim_setup.simulator.message import Request
from okta_scim_setup.simulator.okta.records import Org
from okta_scim_setup.simulator.state import Tenant, World

_ACCOUNT = re.compile(r"/api/v[23]/accounts/(\d+)/")
_APP = re.compile(r"/api/v1/(?:meta/schemas/)?apps/(0oa\w+)")


def tenants_of(world: World, org: Org | None, request: Request) -> list[Tenant]:
    """The tenants that a request is about; none for dbt's list of accounts."""
    account = _ACCOUNT.match(request.path)
    if account:
        return [tenant for tenant in world.tenants if tenant.account.id == int(account[1])]
    if org is None or request.path.startswith(("/api/v2/", "/api/v3/")):
        return []
    here = [tenant for tenant in world.tenants if tenant.org is org]
    app = _APP.match(request.path)
    own = [tenant for tenant in here if app and tenant.app and tenant.app.id == app[1]]
    return own or here
