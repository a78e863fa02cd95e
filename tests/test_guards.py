"""What must not happen without being named."""

from __future__ import annotations

from typing import Any

import pytest

from okta_scim_setup.address import Address
from okta_scim_setup.guards import refusals
from okta_scim_setup.live import Pending
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


def admins(**groups: str) -> dict[str, frozenset[str]]:
    return {f"{name}@x": frozenset({group}) for name, group in groups.items()}


def counted(*gone: str, only_by_sso: bool = False, **how: Any) -> Census:
    """Three people who administer the account; *gone* lose the app, ann and bob have it."""
    here = Population(
        dict.fromkeys(("ann@x", "bob@x", "cid@x"), "developer"),
        administrators=admins(ann="Owner", bob="Owner", cid="Security"),
        break_glass=how.pop("break_glass", ()),
    )
    staying = [p for p in people("ann@x", "bob@x") if p.login not in gone]
    return census(staying, people(*gone), here, only_by_sso=only_by_sso, **how)


@pytest.mark.parametrize(
    ("census", "refused"),
    [
        (counted(), False),
        (counted("ann@x"), False),
        (counted("ann@x", "bob@x"), True),
        (counted("ann@x", "bob@x", break_glass=("cid@x",)), False),
        (counted("ann@x", "bob@x", break_glass=("ann@x",)), True),
        (counted(disarmed=frozenset({"Owner"})), True),
        (counted(disarmed=frozenset({"Security"})), False),
        (counted(only_by_sso=True), False),
        (counted("ann@x", only_by_sso=True), True),
    ],
)
def test_two_people_or_the_declared_address_administer_afterwards(
    census: Census, *, refused: bool
) -> None:
    found = [p.title for p in refusals(planned(counted=census), {"deactivate": 1})]

    assert any("could administer dbt Cloud afterwards" in title for title in found) is refused


def test_an_account_with_one_administrator_is_as_good_as_it_was() -> None:
    here = Population({"ann@x": "developer"}, administrators=admins(ann="Owner"))

    assert not list(refusals(planned(counted=census(people("ann@x"), [], here)), {}))


def test_nobody_administers_with_a_read_only_licence() -> None:
    here = Population(
        dict.fromkeys(("ann@x", "bob@x"), "developer"), administrators=admins(ann="O", bob="O")
    )
    told = [Person("ann@x", licence="read_only"), Person("bob@x", licence="developer")]
    plan = planned(counted=census(told, [], here, licences_by_scim=True))

    titles = [p.title for p in refusals(plan, {"downgrade": 1})]

    assert titles == ["1 person could administer dbt Cloud afterwards, at least 2 must be able to"]


def test_an_app_and_an_account_that_do_not_belong_together_are_refused() -> None:
    plan = Plan("risk", (), basis="", apart=('a has the slug "x", b has "y"',))

    (problem,) = refusals(plan, {"move": 1})

    assert problem.title.startswith("the app and the account don't belong together: a has")


def test_a_custom_app_whose_people_are_all_strangers_is_not_moved_unnamed() -> None:
    on = Difference("base_url", Pending("not seen done"), "https://x", channel="manual")
    change = Change(Action.BY_HAND, Address("okta.scim_provisioning"), (on,))
    strangers = census([Person("z@x")], [], Population({"a@x": "developer"}))
    known = census([Person("a@x")], [], Population({"a@x": "developer"}))

    assert [p.title for p in refusals(planned(change, counted=strangers), {})] == [
        "1 app that provisions another account would be moved to this one, the limit is 0"
    ]
    assert not list(refusals(planned(change, counted=strangers), {"move": 1}))
    assert not list(refusals(planned(change, counted=known), {}))
