"""What an Okta org says about itself: to anyone, and to its admins."""

from okta_scim_setup.simulator.message import Response
from okta_scim_setup.simulator.okta.call import Call
from okta_scim_setup.simulator.okta.records import Org
from okta_scim_setup.simulator.routes import Route

_CONTACTS = "/api/v1/org/contacts"


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


def list_contacts(call: Call) -> Response:
    """GET /org/contacts: which kinds of contacts there are (specified)."""
    contacts = f"{call.org.url}{_CONTACTS}"
    kinds = ("billing", "technical")
    links = {kind: {kind: {"href": f"{contacts}/{kind}"}} for kind in kinds}
    return Response(body=[{"contactType": k.upper(), "_links": links[k]} for k in kinds])


ROUTES = (Route("GET", _CONTACTS, list_contacts),)
