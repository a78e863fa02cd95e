"""What must not happen without being named."""

from __future__ import annotations

import pytest

from okta_scim_setup.address import Address
from okta_scim_setup.guards import refusals
from okta_scim_setup.people import Census, Person, Population, Seat, census
from okta_scim_setup.plan import Action, Change, Difference, Plan
from okta_scim_setup.resource import Mutability


def planned(*changes: Change, counted: Census | None = None) -> Plan:
    return Plan("risk", changes, basis="", census=counted)


def people(*logins: str) -> list[Person]:
    return [Person(login) for login in logins]


def test_a_plan_that_hurts_nobody_is_not_refused() -> None:
    here = Population({"a@x": "developer"}, {"developer": Seat(1, 50)})

    assert not list(refusals(planned(counted=census(people("a@x"), [], here)), {}))


def test_deactivating_people_is_refused_with_the_number_and_the_option_that_names_it() -> None:
    here = Population({"a@x": "developer", "b@x": "developer"}, {})
    plan = planned(
        Change(Action.DELETE, Address("okta.group_assignment", "devs")),
        counted=census([], people("a@x", "b@x"), here),
    )

    found = list(refusals(plan, {"delete": 1}))

    assert [p.title for p in found] == [
        "2 people would be deactivated in dbt Cloud, the limit is 0"
    ]
    assert ("by", "- okta.group_assignment/devs") in found[0].notes
    assert "--allow deactivate=2" in found[0].notes[-1][1]


@pytest.mark.parametrize(("named", "refused"), [(2, False), (1, True), (3, True)])
def test_only_the_exact_figure_is_an_approval(named: int, *, refused: bool) -> None:
    here = Population({"a@x": "developer", "b@x": "developer"}, {})
    plan = planned(counted=census([], people("a@x", "b@x"), here))

    assert bool(list(refusals(plan, {"deactivate": named}))) is refused


def test_ten_new_seats_are_a_matter_of_course_and_eleven_are_not() -> None:
    here = Population({}, {"developer": Seat(0, 50)})

    def refused(count: int) -> list[str]:
        assigned = people(*(f"{n}@x" for n in range(count)))
        return [p.title for p in refusals(planned(counted=census(assigned, [], here)), {})]

    assert refused(10) == []
    assert refused(11) == ["11 new seats would be taken in dbt Cloud, the limit is 10"]


def test_no_option_takes_more_seats_than_were_bought() -> None:
    here = Population({}, {"developer": Seat(49, 50)})
    plan = planned(counted=census(people("a@x", "b@x"), [], here))

    found = list(refusals(plan, {"seats": 2}))

    assert [p.title for p in found] == ["51 developer seats would be needed, 50 were bought"]


def test_deleting_is_refused_until_its_number_is_named() -> None:
    plan = planned(Change(Action.DELETE, Address("okta.group_push", "devs")))

    assert [p.title for p in refusals(plan, {})] == ["1 resource would be deleted, the limit is 0"]
    assert not list(refusals(plan, {"delete": 1}))


@pytest.mark.parametrize(
    "kind", ["okta.saml_app", "dbt_cloud.auth_provider", "dbt_cloud.scim_config"]
)
def test_what_people_sign_in_with_is_never_replaced(kind: str) -> None:
    change = Change(
        Action.REPLACE, Address(kind, "x"), (Difference("a", 1, 2, Mutability.IMMUTABLE),)
    )

    found = list(refusals(planned(change), {"delete": 1}))

    assert found[0].title == f"{kind}/x would have to be replaced (a)"


def test_people_match_exactly_or_but_for_case_or_are_new() -> None:
    here = Population({"Ann@x": "developer", "bob@x": "developer"}, {"developer": Seat(2, None)})

    counted = census(people("ann@x", "bob@x", "cid@x"), [], here)

    assert (counted.assigned, counted.matching) == (3, 1)
    assert counted.new == ("cid@x",)
    assert counted.by_case == (("ann@x", "Ann@x"),)
    assert counted.seats["developer"] == (Seat(2, None), 3)


def test_somebody_who_was_never_in_the_account_cannot_be_deactivated_there() -> None:
    here = Population({"bob@x": "developer"}, {})

    assert census([], people("bob@x", "ghost@x"), here).deactivated == ("bob@x",)
