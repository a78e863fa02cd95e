"""SCIM filters, as far as Okta uses them: `attribute eq "value"` (RFC 7644, section 3.4.2.2)."""

import re
from http import HTTPStatus

from okta_scim_setup.simulator.scim.call import ScimError

_FILTER = re.compile(
    r'\s*([\w.]+(?:\[type eq "\w+"\]\.value)?)\s+eq\s+("(?:[^"\\]|\\.)*"|\w+)\s*', re.IGNORECASE
)
_EXACT = frozenset({"id", "externalid"})


def fits(expression: str, values: dict[str, list[str]]) -> bool:
    """Whether a filter holds for a resource's values; only ids heed case (RFC 7643).

    Raises:
        ScimError: 400 invalidFilter.

    """
    found = _FILTER.fullmatch(expression)
    attribute = found[1].lower() if found else ""
    attribute = re.sub(r'\[type eq "\w+"\]', "", attribute)
    if found is None or attribute not in values:
        detail = f"The filter is not supported: {expression}"
        raise ScimError(HTTPStatus.BAD_REQUEST, detail, "invalidFilter")
    wanted = re.sub(r"\\(.)", r"\1", found[2].strip('"'))
    if attribute in _EXACT:
        return wanted in values[attribute]
    return wanted.lower() in [value.lower() for value in values[attribute]]
