"""The Push Groups page: which groups are pushed, and how the last push went."""

from collections.abc import Iterable

from okta_scim_setup.simulator.clock import okta_time
from okta_scim_setup.simulator.console.html import Html, element
from okta_scim_setup.simulator.console.layout import table
from okta_scim_setup.simulator.okta.records import App, Org

_HEADS = ("Group in Okta", "Group in app", "Push Status", "Last push", "Error")


def show(org: Org, app: App) -> Html:
    """The page's content."""
    head = element("header", element("h2", "Push Groups"))
    return element("section", head, table("Pushed Groups", _HEADS, _rows(org, app)))


def _rows(org: Org, app: App) -> Iterable[tuple[str, ...]]:
    for mapping in app.mappings.values():
        source = org.groups.get(mapping.source_group_id)
        pushed = okta_time(mapping.last_push) if mapping.last_push else "Never"
        yield (
            source.name if source else "Deleted",
            org.groups[mapping.target_group_id].name,
            mapping.status.capitalize(),
            pushed,
            mapping.error_summary or "",
        )
