"""dbt's IP restrictions: who isn't allowed in keeps Okta out as well (specified)."""

import ipaddress
from collections.abc import Collection
from http import HTTPStatus
from typing import Any

from okta_scim_setup.simulator.clock import dbt_time
from okta_scim_setup.simulator.dbt_cloud.audit import record
from okta_scim_setup.simulator.dbt_cloud.call import Call
from okta_scim_setup.simulator.dbt_cloud.envelope import bad_request, detail, not_found
from okta_scim_setup.simulator.dbt_cloud.records import Account
from okta_scim_setup.simulator.message import Response
from okta_scim_setup.simulator.routes import Route

_PATH = "/api/v3/accounts/{account_id}/ip-restrictions/"
_SET = "/api/v3/accounts/{account_id}/ip-restrictions-set/"
_ALLOW, _DENY = 1, 2
_REQUIRED = {"cidrs": list, "name": str, "rule_set_enabled": bool, "type": int}
_OPTIONAL = {"account_id": int, "description": str, "id": int}


def admits(account: Account, address: str) -> bool:
    """Whether the rules of an account let an address in; hold the lock."""
    return not account.ip_rules.enabled or _fits(account.ip_rules.rules.values(), address)


def _fits(rules: Collection[dict[str, Any]], address: str) -> bool:
    """Whether an address is let in by these rules.

    That denying wins, and that without a rule that allows everyone is let in, is assumed. Service
    tokens of the admin API aren't held to the rules (`enabled_for_service_tokens` is false).
    """
    found = ipaddress.ip_address(address)
    matching = {_ALLOW: False, _DENY: False}
    for rule in rules:
        networks = [ipaddress.ip_network(each["cidr"], strict=False) for each in rule["cidrs"]]
        matching[rule["type"]] |= any(found in network for network in networks)
    allows = any(rule["type"] == _ALLOW for rule in rules)
    return not matching[_DENY] and (matching[_ALLOW] or not allows)


def list_rules(call: Call) -> Response:
    """GET ip-restrictions/."""
    return call.page([_shown(call, rule) for rule in call.account.ip_rules.rules.values()])


def create_rule(call: Call) -> Response:
    """POST ip-restrictions/: a rule that allows (1) or denies (2) ranges of addresses."""
    return detail(_shown(call, _write(call, call.world.ids.number(), None)))


def get_rule(call: Call, rule_id: str) -> Response:
    """GET ip-restrictions/{id}, without a slash at the end (specified)."""
    return detail(_shown(call, _rule(call, rule_id)))


def update_rule(call: Call, rule_id: str) -> Response:
    """PUT ip-restrictions/{id}: the whole rule; answered without an envelope (specified)."""
    before = _rule(call, rule_id)
    return Response(body=_shown(call, _write(call, before["id"], before["created_at"])))


def delete_rule(call: Call, rule_id: str) -> Response:
    """DELETE ip-restrictions/{id}: 204."""
    found = _rule(call, rule_id)
    del call.account.ip_rules.rules[found["id"]]
    record(call.world, call.account, "ip_restrictions.removed", found["name"])
    return Response(HTTPStatus.NO_CONTENT)


def update_set(call: Call) -> Response:
    """POST ip-restrictions-set/ {enabled}: switches all rules on or off."""
    call.account.ip_rules.enabled = call.body({"enabled": bool}, {})["enabled"]
    record(call.world, call.account, "ip_restrictions.toggled", str(call.account.ip_rules.enabled))
    return detail(_set(call) | {"enabled": call.account.ip_rules.enabled})


def validate_set(call: Call, set_id: str) -> Response:
    """GET ip-restrictions-set/{id}/validate/: whether the caller would still be let in."""
    return _validate(call, set_id, list(call.account.ip_rules.rules.values()))


def validate_without(call: Call, set_id: str, rule_id: str) -> Response:
    """GET ip-restrictions-set/{id}/validate/{rule_id}: the same, were that rule gone."""
    gone = _rule(call, rule_id)
    return _validate(call, set_id, [r for r in call.account.ip_rules.rules.values() if r != gone])


def _validate(call: Call, set_id: str, rules: list[dict[str, Any]]) -> Response:
    if set_id != str(_set(call)["id"]):
        raise not_found()
    return Response(body={"is_valid_for_admin": _fits(rules, call.request.peer[0])})


def _write(call: Call, rule_id: int, created: str | None) -> dict[str, Any]:
    body = call.body(_REQUIRED, _OPTIONAL)
    if body["type"] not in (_ALLOW, _DENY):
        raise bad_request("type: 1 (allow) or 2 (deny) is wanted.")
    rules, now = call.account.ip_rules, dbt_time(call.world.clock.now())
    rule = {
        "id": rule_id,
        "account_id": call.account.id,
        "ip_restriction_rule_set_id": _set(call)["id"],
        "name": body["name"],
        "description": body.get("description", ""),
        "type": body["type"],
        "state": 1,
        "cidrs": [_cidr(rule_id, each) for each in body["cidrs"]],
        "created_at": created or now,
        "updated_at": now,
    }
    rules.rules[rule_id] = rule
    rules.enabled = body["rule_set_enabled"]
    record(call.world, call.account, "ip_restrictions.changed", rule["name"])
    return rule


def _cidr(rule_id: int, given: Any) -> dict[str, Any]:
    text = given.get("cidr") if isinstance(given, dict) else None
    try:
        ipaddress.ip_network(str(text), strict=False)
    except ValueError:
        raise bad_request(f"cidr: {text} is no range of addresses.") from None
    return {"cidr": text, "ip_restriction_rule_id": rule_id, "state": 1, "enabled": True}


def _rule(call: Call, rule_id: str) -> dict[str, Any]:
    rules = call.account.ip_rules.rules
    found = rules.get(int(rule_id)) if rule_id.isdigit() else None
    if found is None:
        raise not_found()
    return found


def _shown(call: Call, rule: dict[str, Any]) -> dict[str, Any]:
    enabled = call.account.ip_rules.enabled
    return rule | {"rule_set_enabled": enabled, "enabled_for_service_tokens": False}


def _set(call: Call) -> dict[str, Any]:
    rules, now = call.account.ip_rules, call.world.clock.now()
    if not rules.id:
        rules.id, rules.created = call.world.ids.number(), now
    return {
        "id": rules.id,
        "account_id": call.account.id,
        "enabled": rules.enabled,
        "enabled_for_service_tokens": False,
        "state": 1,
        "created_at": dbt_time(rules.created),
        "updated_at": dbt_time(now),
    }


ROUTES = (
    Route("GET", _PATH, list_rules),
    Route("POST", _PATH, create_rule),
    Route("GET", f"{_PATH}{{rule_id}}", get_rule),
    Route("PUT", f"{_PATH}{{rule_id}}", update_rule),
    Route("DELETE", f"{_PATH}{{rule_id}}", delete_rule),
    Route("POST", _SET, update_set),
    Route("GET", f"{_SET}{{set_id}}/validate/", validate_set),
    Route("GET", f"{_SET}{{set_id}}/validate/{{rule_id}}", validate_without),
)
