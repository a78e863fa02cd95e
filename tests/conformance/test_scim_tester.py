"""scim2-tester's full run against the simulated dbt: every check, every one of them green.

It makes up values by their types. Where dbt asks for more than RFC 7643 can say, `RULES` names
it, and what is sent is put right as Okta's mappings would.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from conformance.endpoint import scim_endpoint

from okta_scim_setup.simulator import Simulator

httpx2 = pytest.importorskip("httpx2", reason="needs scim2-client[httpx2]")
scim2_tester = pytest.importorskip("scim2_tester", reason="needs scim2-tester")
engines = pytest.importorskip("scim2_client.engines.httpx2", reason="needs scim2-client[httpx2]")
filling = pytest.importorskip("scim2_tester.filling")
patch_add = pytest.importorskip("scim2_tester.checkers.patch_add")
patch_replace = pytest.importorskip("scim2_tester.checkers.patch_replace")

RULES = {
    "userName": "is an e-mail, the same as in emails (facts/dbt.md 1.6: specified)",
    "emails": "there is one, and it is the userName (facts/dbt.md 1.6: specified)",
    "members": "are users of the account (facts/dbt.md 1.10: reported)",
}
OTHERWISE = {
    ("SKIPPED", "search_with_attributes", ""): "POST /.search isn't specified by dbt, and Okta "
    "never uses it (facts/scim-and-reliability.md A.6)",
    (
        "ERROR",
        "check_remove_attribute",
        "urn:ietf:params:scim:schemas:extension:dbtLabs:2.0:User",
    ): (
        "everybody has a licence: without one it is the default (specified: "
        "CreateUserSCIMRequestRequest; facts/dbt.md 3.1)"
    ),
}
"""What dbt doesn't do as RFC 7644 has it: status, check and attribute, with the evidence."""
GREEN = {"SUCCESS", "COMPLIANT", "ACCEPTABLE"}
FEWEST_CHECKS = 60


class AsOktaWould(engines.SyncSCIMClient):  # type: ignore[misc, name-defined]
    """The tester's client, which keeps `RULES`."""

    def create(self, resource: Any, *arguments: Any, **options: Any) -> Any:
        """Put a made-up resource right, then create it."""
        self._put_right(resource)
        return super().create(resource, *arguments, **options)

    def replace(self, resource: Any, *arguments: Any, **options: Any) -> Any:
        """Put a made-up resource right, then replace with it."""
        self._put_right(resource)
        return super().replace(resource, *arguments, **options)

    def modify(self, target: Any, *arguments: Any, **options: Any) -> Any:
        """Put a made-up value right, then patch with it."""
        patch = options["patch_op"]
        for operation in patch.operations:
            self._put_value_right(target, options["id"], operation)
        return super().modify(target, *arguments, **options)

    def _put_right(self, resource: Any) -> None:
        if hasattr(resource, "user_name"):
            for email in resource.emails or []:
                email.value, email.primary = resource.user_name, True
        for member in getattr(resource, "members", None) or []:
            member.value, member.display = self._somebody()

    def _put_value_right(self, target: Any, identifier: str, operation: Any) -> None:
        path = str(operation.path)
        if operation.value is None:
            return
        if path.endswith("members"):
            for member in operation.value:
                member.value, member.display = self._somebody()
        if path.endswith("emails"):
            for email in operation.value:
                email.value, email.primary = self.query(target, identifier).user_name, True

    def _somebody(self) -> tuple[str, str]:
        user = self.query(self.get_resource_model("User")).resources[0]
        return user.id, user.user_name


def with_user_names_that_are_emails(make: Callable[..., Any]) -> Callable[..., Any]:
    """The tester's maker of values, which keeps the first of `RULES`."""

    def made(context: Any, path: Any, *arguments: Any, **options: Any) -> Any:
        value = make(context, path, *arguments, **options)
        is_name = str(path).endswith("userName") and isinstance(value, str)
        return f"{value}@made-up.example" if is_name else value

    return made


@pytest.fixture(scope="module")
def results() -> Iterator[list[Any]]:
    with Simulator() as simulator, pytest.MonkeyPatch.context() as patch:
        for module in (filling, patch_add, patch_replace):
            make = with_user_names_that_are_emails(module.generate_random_value)
            patch.setattr(module, "generate_random_value", make)
        base, token = scim_endpoint(simulator, licences=True)
        headers = {"Authorization": f"Bearer {token}"}
        with httpx2.Client(base_url=base, headers=headers) as client:
            yield scim2_tester.check_server(AsOktaWould(client))
    assert simulator.errors == []


def told(result: Any) -> tuple[str, str, str]:
    attribute = result.data.get("urn", "") if isinstance(result.data, dict) else ""
    return result.status.name, result.title, attribute


def test_every_check_is_green(results: list[Any]) -> None:
    wrong = [
        f"{result.status.name} {result.title} {result.resource_type}: {result.reason}"
        for result in results
        if result.status.name not in GREEN and told(result) not in OTHERWISE
    ]
    assert wrong == []


def test_no_exception_is_idle(results: list[Any]) -> None:
    assert OTHERWISE.keys() <= set(map(told, results))


def test_it_was_the_full_run(results: list[Any]) -> None:
    """Users, groups, the three discovery endpoints, and PATCH in all its forms."""
    checks = {str(result.title) for result in results}
    assert len(results) >= FEWEST_CHECKS
    assert {"object_creation", "object_replacement", "object_deletion"} <= checks
    assert {f"check_{verb}_attribute" for verb in ("add", "remove", "replace")} <= checks
