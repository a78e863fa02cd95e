"""What an Okta org says about itself, without sign-in."""

from okta_scim_setup.simulator.message import Response
from okta_scim_setup.simulator.okta.records import Org


def describe(org: Org) -> Response:
    """GET /.well-known/okta-organization (recorded)."""
    return Response(
        body={
            "id": org.id,
            "cell": "op3",
            "_links": {"organization": {"href": org.url}},
            "pipeline": "idx",
            "settings": {
                "analyticsCollectionEnabled": False,
                "bugReportingEnabled": True,
                "omEnabled": False,
                "pssoEnabled": False,
                "desktopMFAEnabled": False,
                "itpEnabled": False,
            },
        }
    )
