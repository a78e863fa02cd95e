"""Where the services, and so the simulator, differ from their specifications, and who says so."""

from __future__ import annotations

import re
from dataclasses import dataclass

from conformance.specification import Finding

UNSPECIFIED = "is not specified"
RECORDED = "recorded"


@dataclass(frozen=True)
class Deviation:
    """What may differ, as patterns of operation, part, place and reason; and the evidence for it.

    Evidence that begins with "recorded" is looked for among the recorded exchanges.
    """

    name: str
    operation: str
    part: str
    where: str
    why: str
    evidence: str

    def covers(self, finding: Finding) -> bool:
        """Whether a finding is this deviation."""
        given = (finding.operation, finding.part, finding.wrong.where, finding.wrong.why)
        patterns = (self.operation, self.part, self.where, self.why)
        return all(re.fullmatch(p, text) for p, text in zip(patterns, given, strict=True))


_APP = r"(GET|POST|PUT) /api/v1/apps(/\{appId\})?"
_MAPPING = r"(GET|POST) /api/v1/mappings/\{mappingId\}"
_SCHEMA = r"(GET|POST) /api/v1/meta/schemas/apps/\{appId\}/default"
_PUSH = r"/api/v1/apps/\{appId\}/group-push/mappings"
_DBT = r"/api/v3/accounts/\{account_id\}"
_SCIM = _DBT + r"/scim/v2"
_OK = r"answer 200"

OKTA_DEVIATIONS = (
    Deviation(
        "a created group push answers 200, not 201",
        f"POST {_PUSH}",
        _OK,
        "status",
        UNSPECIFIED,
        "recorded: TestAccResourceOktaPushGroup_crud",
    ),
    Deviation(
        "a deleted group push answers 200, not 204",
        rf"DELETE {_PUSH}/\{{mappingId\}}",
        _OK,
        "status",
        UNSPECIFIED,
        "recorded: TestAccResourceOktaPushGroup_crud",
    ),
    Deviation(
        "an app says where its logo goes",
        _APP,
        _OK,
        r"\$(\[\])?\._links\.uploadLogo",
        UNSPECIFIED,
        "recorded: TestAccResourceOktaAppSaml_crud",
    ),
    Deviation(
        "an app has links to its policies",
        _APP,
        _OK,
        r"\$(\[\])?\._links\.(policies|profileEnrollment|clientCredentials)",
        UNSPECIFIED,
        "recorded: TestAccResourceOktaAppGroupAssignment_crud",
    ),
    Deviation(
        "every app has settings of its own, and manualProvisioning",
        _APP,
        _OK,
        r"\$(\[\])?\.settings\.(app|manualProvisioning)",
        UNSPECIFIED,
        "recorded: TestAccResourceOktaAppSaml_crud",
    ),
    Deviation(
        "a SAML app of the catalogue lacks the booleans of a custom one",
        _APP,
        _OK,
        r"\$(\[\])?\.settings\.signOn",
        "'(allowMultipleAcsEndpoints|assertionSigned|honorForceAuthn|requestCompressed"
        "|responseSigned)' is a required property",
        "recorded: TestAccResourceOktaPushGroup_crud (deelhr)",
    ),
    Deviation(
        "a custom SAML app says whether its requests are signed",
        _APP,
        r"answer 200|request",
        r"\$(\[\])?\.settings\.signOn\.samlSignedRequestEnabled",
        UNSPECIFIED,
        "recorded: TestAccResourceOktaAppSaml_crud",
    ),
    Deviation(
        "a bookmark may be made without its sign-on mode, which says what the rest is",
        r"POST /api/v1/apps",
        "request",
        r"\$(\.name|\.settings)?",
        f"{UNSPECIFIED}|'signOnMode' is a required property",
        "recorded: test_connection_update_operations",
    ),
    Deviation(
        "an app whose sign-on mode is null has credentials, a name and settings like any other",
        _APP,
        _OK,
        r"\$(\[\])?\.(credentials|name|settings)",
        UNSPECIFIED,
        "recorded: TestAccResourceOktaPushGroup_crud (deelhr as created)",
    ),
    Deviation(
        "a catalogue app's SAML settings may be given as a custom one's",
        r"POST /api/v1/apps",
        "request",
        r"\$\.settings\.signOn\.(allowMultipleAcsEndpoints|assertionSigned|attributeStatements"
        r"|destinationOverride|honorForceAuthn|responseSigned|slo)",
        UNSPECIFIED,
        "recorded: TestAccResourceOktaPushGroup_crud (deelhr)",
    ),
    Deviation(
        "an app's shared user name may be empty",
        r"POST /api/v1/apps",
        "request",
        r"\$\.credentials\.userName",
        "'' should be non-empty",
        "recorded: TestAccResourceOktaPushGroup_crud",
    ),
    Deviation(
        "notes of an app may be null",
        r"(POST|PUT) /api/v1/apps(/\{appId\})?",
        "request",
        r"\$\.settings\.notes\.(admin|enduser)",
        "None is not of type 'string'",
        "recorded: TestAccResourceOktaAppSaml_crud",
    ),
    Deviation(
        "app settings may be written to a custom SAML app",
        r"(POST|PUT) /api/v1/apps(/\{appId\})?",
        "request",
        r"\$\.settings\.app",
        UNSPECIFIED,
        "recorded: TestAccResourceOktaAppSaml_crud",
    ),
    Deviation(
        "a custom SAML app may be made without requestCompressed",
        r"(POST|PUT) /api/v1/apps(/\{appId\})?",
        "request",
        r"\$\.settings\.signOn",
        "'requestCompressed' is a required property",
        "recorded: TestAccResourceOktaAppSaml_crud",
    ),
    Deviation(
        "a custom SAML app with SCIM has a feature that isn't among the published ones",
        _APP,
        _OK,
        r"\$(\[\])?\.features\[\]",
        "'AUTO_CONFIRM_IMPORTS' is not one of .*",
        "reported: okta-sdk-python 574 (facts/okta.md 1.7)",
    ),
    Deviation(
        "a group says who owns it",
        r"(GET|POST|PUT) /api/v1/groups(/\{groupId\})?",
        _OK,
        r"\$(\[\])?\._links\.owners",
        UNSPECIFIED,
        "recorded: TestAccResourceOktaPushGroup_crud",
    ),
    Deviation(
        "an app's group says of which app it is",
        r"GET /api/v1/groups(/\{groupId\})?",
        _OK,
        r"\$(\[\])?\.source",
        UNSPECIFIED,
        "assumed: Okta's Groups API reference shows source.id for APP_GROUP; facts/okta.md 1.5",
    ),
    Deviation(
        "an embedded group is a whole group, not a map of objects",
        r"GET /api/v1/apps/\{appId\}/groups(/\{groupId\})?",
        _OK,
        r"\$(\[\])?\._embedded\.group\.\w+",
        ".*",
        "specified by the parameter: expand=group embeds the group (SPEC listApplicationGroup"
        "Assignments), whose schema is Group",
    ),
    Deviation(
        "a profile mapping maps properties by their names; the schema is that of one of them",
        _MAPPING,
        _OK,
        r"\$\.properties\.\w+",
        UNSPECIFIED,
        "recorded: TestAccResourceOktaProfileMapping_crud",
    ),
    Deviation(
        "a profile mapping is written as it is read",
        _MAPPING,
        "request",
        r"\$(\.(properties\.\w+|id|source|target|_links))?",
        f"{UNSPECIFIED}|'(expression|pushStatus)' is a required property",
        "recorded: TestAccResourceOktaProfileMapping_crud",
    ),
    Deviation(
        "an app's base schema has the properties that the app has",
        _SCHEMA,
        _OK,
        r"\$\.definitions\.base\.properties\.\w+",
        UNSPECIFIED,
        "recorded: TestAccResourceOktaAppUserSchemas_enum_string",
    ),
    Deviation(
        "a custom property is removed by null, and may be a union",
        _SCHEMA,
        "request",
        r"\$\.definitions\.custom\.properties\.\w+(\.union)?",
        f"{UNSPECIFIED}|None is not of type 'object'",
        "recorded: TestAccResourceOktaAppUserSchemas_enum_string",
    ),
    Deviation(
        "SAML metadata is said to be ISO-8859-1, with another media type",
        r"GET /api/v1/apps/\{appId\}/sso/saml/metadata",
        _OK,
        "Content-Type",
        "application/xml;charset=ISO-8859-1",
        "recorded: TestAccResourceOktaAppSaml_crud",
    ),
    Deviation(
        "an app's name format is spelt userNameFormat",
        r"(GET|PUT) /api/v1/apps/\{appId\}/features(/\{featureName\})?",
        _OK,
        r"\$(\[\])?\.capabilities\.importSettings\.username(\.userNameFormat)?",
        f"{UNSPECIFIED}|'usernameFormat' is a required property",
        "recorded: TestAccDataSourceOktaAppFeatures_read",
    ),
    Deviation(
        "an app's deactivation answers an empty object",
        r"POST /api/v1/apps/\{appId\}/lifecycle/(de)?activate",
        _OK,
        r"\$",
        "a body, where none is specified",
        "recorded, as far as it goes: 200 with the content type application/json",
    ),
    Deviation(
        "UNKNOWN may be written to a connection that is UNKNOWN",
        r"POST /api/v1/apps/\{appId\}/connections/default",
        "request",
        r"\$\.profile\.authScheme",
        r"'UNKNOWN' is not one of \['TOKEN'\]",
        "recorded: test_connection_update_operations",
    ),
)

DBT_DEVIATIONS = (
    Deviation(
        "lists are read by pages",
        r"GET /api/v[23]/accounts/.*",
        "query",
        "limit|offset",
        UNSPECIFIED,
        "facts/dbt.md 2.6: limit and offset on every list; dbt's API pages say so",
    ),
    Deviation(
        "a page says by which limit and offset it was made",
        r"GET /api/v[23]/accounts/.*",
        _OK,
        r"\$\.extra\.filters\.\w+",
        UNSPECIFIED,
        "facts/dbt.md 2.5: a live answer, data-mie/dbt-cloud-cli audit_log_get_response.json",
    ),
    Deviation(
        "one thing comes in the envelope of any other, with `extra`",
        r"(GET|POST|PATCH|PUT) /api/v[23]/accounts/.*",
        _OK,
        r"\$\.extra",
        UNSPECIFIED,
        "facts/dbt.md 2.2: DetailSCIMConfigResponse and its like have it (specified)",
    ),
    Deviation(
        "what is created is answered with 201",
        rf"POST {_DBT}/(groups|license-maps|ip-restrictions|ip-restrictions-set|invites)/",
        "answer 201",
        "status",
        UNSPECIFIED,
        "facts/dbt.md 2.5: terraform-provider-dbtcloud, a mocked create",
    ),
    Deviation(
        "a person's permissions name the groups that they are of",
        rf"GET {_DBT}/users/(\{{id\}}/)?",
        _OK,
        r"\$\.data(\[\])?\.permissions\[\]\.\w+",
        UNSPECIFIED,
        "facts/dbt.md 2.2: terraform-provider-dbtcloud, struct User",
    ),
    Deviation(
        "licences may be listed person by person: a switch",
        r"GET /api/v2/accounts/\{account_id\}/licenses/",
        _OK,
        r"\$\.data\[\]\.\w+",
        UNSPECIFIED,
        "reported: facts/dbt.md 2.3, UserLicenseResponse",
    ),
    Deviation(
        "a replaced IP restriction is shown as it is read: with its id and times",
        rf"PUT {_DBT}/ip-restrictions/\{{id\}}",
        _OK,
        r"\$\.(id|created_at|updated_at|enabled_for_service_tokens)",
        UNSPECIFIED,
        "assumed: the specification gives PUT's answer as what is sent, GET's with all of it",
    ),
    Deviation(
        "a group's permissions have an id",
        rf"(GET|POST) {_DBT}/group(s|-permissions)/.*",
        _OK,
        r"\$\.data(\[\])?(\.group_permissions\[\])?\.id",
        UNSPECIFIED,
        "facts/dbt.md 2.2: terraform-provider-dbtcloud, struct GroupPermission",
    ),
    Deviation(
        "a group's permissions are written as a list: it replaces all",
        rf"POST {_DBT}/group-permissions/\{{group_id\}}/",
        "request",
        r"\$",
        r"\[.*\] is not of type 'object'",
        "facts/dbt.md 2.3: list body, terraform-provider-dbtcloud",
    ),
)

SCIM_DEVIATIONS = (
    Deviation(
        "SCIM lists are filtered, and read by pages",
        rf"GET {_SCIM}/(Users|Groups|ResourceTypes|Schemas)",
        "query",
        "filter|startIndex|count|attributes|excludedAttributes",
        UNSPECIFIED,
        "RFC 7644 section 3.4.2; Okta asks no other way (facts/scim-and-reliability.md A.6)",
    ),
    Deviation(
        "one resource may be read in part",
        rf"GET {_SCIM}/(Users|Groups)/.*",
        "query",
        "attributes|excludedAttributes",
        UNSPECIFIED,
        "RFC 7644 section 3.9",
    ),
    Deviation(
        "a created user or group is answered with 201",
        rf"POST {_SCIM}/(Users|Groups)",
        "answer 201",
        "status",
        UNSPECIFIED,
        "RFC 7644 section 3.3; Okta must get 201 (facts/scim-and-reliability.md A.4 R6, A.6)",
    ),
    Deviation(
        "Okta sends a password, and no groups, with a new user",
        rf"POST {_SCIM}/Users",
        "request",
        r"\$\.(password|groups)",
        UNSPECIFIED,
        "facts/scim-and-reliability.md A.6: a wire capture of 2026-09",
    ),
    Deviation(
        "Okta sends back what it read, changed",
        rf"PUT {_SCIM}/(Users/\{{user_id\}}|Groups/\{{group_id\}})",
        "request",
        r"\$\.(id|meta|groups)",
        UNSPECIFIED,
        "facts/scim-and-reliability.md A.6: full PUT, id and meta included",
    ),
    Deviation(
        "Okta sends the enterprise extension",
        rf"(POST|PUT) {_SCIM}/Users(/\{{user_id\}})?",
        "request",
        r"\$\.urn:ietf:params:scim:schemas:extension:enterprise:2\.0:User",
        UNSPECIFIED,
        "facts/scim-and-reliability.md A.6: schemas[+enterprise]",
    ),
    Deviation(
        "the configuration of the provider is a body",
        rf"GET {_SCIM}/ServiceProviderConfig",
        _OK,
        r"\$",
        "a body, where none is specified",
        "RFC 7643 section 5",
    ),
    Deviation(
        "a schema is a schema; the one that is specified is that of a resource type",
        rf"GET {_SCIM}/Schemas/\{{schema_uri\}}",
        _OK,
        r"\$(\.\w+)?",
        f"{UNSPECIFIED}|'(schema|endpoint)' is a required property",
        "RFC 7643 section 7",
    ),
)

DEVIATIONS = (*OKTA_DEVIATIONS, *DBT_DEVIATIONS, *SCIM_DEVIATIONS)


def excused(finding: Finding) -> Deviation | None:
    """The deviation that a finding is, if it is one."""
    return next((each for each in DEVIATIONS if each.covers(finding)), None)
