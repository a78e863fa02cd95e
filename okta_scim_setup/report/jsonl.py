"""Results as lines of JSON: a line for each tenant as it is done, and one for the run at the end.

A tenant's line is what the tenant is in the JSON report, the last line what is there besides. Of
several lines of one tenant the last one counts.
"""

from __future__ import annotations

import json

from okta_scim_setup.outcome import TenantResult
from okta_scim_setup.report.content import Content
from okta_scim_setup.report.json import result_of, run_of


def line(result: TenantResult) -> str:
    """One tenant."""
    return json.dumps(result_of(result), ensure_ascii=False)


def last(content: Content) -> str:
    """The run."""
    return json.dumps(run_of(content), ensure_ascii=False)


def document(content: Content) -> str:
    """All lines at once."""
    return "\n".join([*map(line, content.results), last(content)])
