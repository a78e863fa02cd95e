"""dbt may keep Okta out: its IP restrictions don't let Okta's addresses in.

IP restrictions hold for SCIM as well. Where Okta's addresses aren't allowed, nobody is provisioned,
and leavers keep their access. Okta publishes the ranges of each of its cells; name yours as
okta.ip_ranges in the config, and they are compared. Without them it can only be seen whether Okta
came through since the rules were last changed.

Remedy: allow the ranges of your Okta cell in dbt, Account settings, IP restrictions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, ClassVar

from okta_scim_setup.lint.rule import Hit, Rule, Seen
from okta_scim_setup.live import ShownOnce
from okta_scim_setup.results import Severity
from okta_scim_setup.times import utc

Network = IPv4Network | IPv6Network

ALLOW, DENY = 1, 2
"""Types of rules (specified)."""


class IpRestrictionsWithoutOkta(Rule):
    """``SCIM009``; where Okta's ranges aren't told it is a low warning."""

    SEVERITY: ClassVar[Severity] = Severity.HIGH

    def found(self, seen: Seen) -> Iterator[Hit]:
        """Rules that leave out a range of Okta's; one GET, that of the rules."""
        api = seen.api("dbt_cloud")
        if api is None or not seen.scim_wanted():
            return
        rules = [rule for rule in api.ip_rules() if rule.get("rule_set_enabled")]
        if not rules:
            return
        ranges = getattr(seen.declared.tenant.settings.get("okta"), "ip_ranges", ())
        for out in left_out(map(ip_network, ranges), rules):
            yield Hit("Okta's ranges are let in", f"{out} isn't")
        if not ranges and not _came_through(seen, rules):
            yield Hit(
                "Okta's ranges are let in",
                "IP restrictions are on, and whether they let Okta in can't be told",
                severity=Severity.LOW,
                do="name the ranges of your Okta cell as okta.ip_ranges in the config",
            )


def left_out(ranges: Iterable[Network], rules: Iterable[Mapping[str, Any]]) -> Iterator[Network]:
    """Those of *ranges* that the rules don't let in as a whole."""
    networks: dict[int, list[Network]] = {ALLOW: [], DENY: []}
    for rule in rules:
        networks.setdefault(rule["type"], []).extend(_networks(rule))
    for each in ranges:
        allowed = not networks[ALLOW] or any(_within(each, net) for net in networks[ALLOW])
        denied = any(each.version == net.version and each.overlaps(net) for net in networks[DENY])
        if denied or not allowed:
            yield each


def _networks(rule: Mapping[str, Any]) -> Iterator[Network]:
    for cidr in rule.get("cidrs") or ():
        if text := cidr.get("cidr") or cidr.get("cidr_ipv6"):
            yield ip_network(text, strict=False)


def _within(inner: Network, outer: Network) -> bool:
    match inner, outer:
        case (IPv4Network(), IPv4Network()):
            return inner.subnet_of(outer)
        case (IPv6Network(), IPv6Network()):
            return inner.subnet_of(outer)
        case _:
            return False


def _came_through(seen: Seen, rules: Iterable[Mapping[str, Any]]) -> bool:
    """Whether Okta used its token since the rules were last changed."""
    tokens = (r.attributes()["token"] for r, _ in seen.wanted("okta.scim_provisioning"))
    uses = [token.used for token in tokens if isinstance(token, ShownOnce) and token.used]
    changed = [utc(rule["updated_at"]) for rule in rules if rule.get("updated_at")]
    return bool(uses) and bool(changed) and max(uses) > max(changed)
