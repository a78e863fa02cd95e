"""Rate limits are kept, not hit: what decides, as tables, and the lock around it."""

from __future__ import annotations

import threading

import pytest

from okta_scim_setup.traffic.exchange import Terms
from okta_scim_setup.traffic.pacer import Pacer
from okta_scim_setup.traffic.pacing import Window, okta_bucket, ready_in, refused_for
from okta_scim_setup.traffic.turns import Turn

NOW = 1_800_000_000.0

KEY = ("acme.okta.com", "/api/v1/apps", "env:X")


def headers(limit: int, remaining: int, reset: float) -> dict[str, str]:
    return {
        "x-rate-limit-limit": str(limit),
        "x-rate-limit-remaining": str(remaining),
        "x-rate-limit-reset": str(int(reset)),
    }


@pytest.mark.parametrize(
    ("path", "bucket"),
    [
        ("/api/v1/apps", "/api/v1/apps"),
        ("/api/v1/apps/", "/api/v1/apps"),
        ("/api/v1/apps/0oa1", "/api/v1/apps/{id}"),
        ("/api/v1/apps/0oa1/groups", "/api/v1/apps"),
        ("/api/v1/apps/0oa1/connections/default", "/api/v1/apps"),
        ("/api/v1/apps/0oa1/group-push/mappings/gPm1", "/api/v1/apps"),
        ("/api/v1/groups", "/api/v1/groups"),
        ("/api/v1/groups/00g1", "/api/v1/groups/{id}"),
        ("/api/v1/groups/00g1/users", "/api/v1/groups/{id}"),
        ("/api/v1/users", "/api/v1/users"),
        ("/api/v1/users/jane@acme.example", "/api/v1/users"),
        ("/api/v1/usersandmore", "/api/v1"),
        ("/api/v1/logs", "/api/v1/logs"),
        ("/api/v1/mappings/prm1", "/api/v1/mappings"),
        ("/api/v1/meta/schemas/apps/0oa1/default", "/api/v1/meta"),
        ("/api/v1/org/contacts", "/api/v1"),
        ("/oauth2/v1/token", "/oauth2"),
    ],
)
def test_every_path_has_its_bucket(path: str, bucket: str) -> None:
    assert okta_bucket(path) == bucket


@pytest.mark.parametrize(
    ("window", "under_way", "share", "wait"),
    [
        # Nothing is known: one goes ahead, the others wait for it.
        (None, 0, 1.0, 0.0),
        (None, 1, 1.0, None),
        # Plenty.
        (Window(50, 40, NOW + 30), 0, 1.0, 0.0),
        (Window(50, 40, NOW + 30), 20, 1.0, 0.0),
        # The reserve of three, or of a tenth where the limit is small.
        (Window(50, 4, NOW + 30), 0, 1.0, 0.0),
        (Window(50, 3, NOW + 30), 0, 1.0, 31.0),
        (Window(10, 2, NOW + 30), 0, 1.0, 0.0),
        (Window(10, 1, NOW + 30), 0, 1.0, 31.0),
        (Window(600, 3, NOW + 30), 0, 1.0, 31.0),
        # What is under way counts as gone, until it is back.
        (Window(50, 8, NOW + 30), 5, 1.0, None),
        (Window(50, 3, NOW + 30), 5, 1.0, 31.0),
        # Half of the limit is somebody else's.
        (Window(50, 29, NOW + 30), 0, 0.5, 0.0),
        (Window(50, 28, NOW + 30), 0, 0.5, 31.0),
        # The window is over.
        (Window(50, 0, NOW - 1), 0, 1.0, 0.0),
        (Window(50, 0, NOW - 1), 2, 1.0, None),
        (Window(50, 0, NOW), 0, 1.0, 1.0),
    ],
)
def test_a_call_is_let_through_as_long_as_enough_remains(
    window: Window | None, under_way: int, share: float, wait: float | None
) -> None:
    assert ready_in(window, under_way, NOW, share) == wait


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (headers(50, 49, NOW + 60), Window(50, 49, NOW + 60)),
        (headers(50, 49, NOW + 9999), Window(50, 49, NOW + 65)),
        (headers(0, 0, NOW + 60), None),
        ({}, None),
        ({"x-rate-limit-limit": "50"}, None),
        ({**headers(50, 49, NOW), "x-rate-limit-reset": "soon"}, None),
        ({**headers(50, 49, NOW), "x-rate-limit-remaining": "-3"}, None),
    ],
)
def test_a_window_is_what_the_headers_tell(told: dict[str, str], expected: Window | None) -> None:
    assert Window.told(told, NOW) == expected


def test_an_answer_that_was_overtaken_gives_no_calls_back() -> None:
    seen = Window(50, 30, NOW + 30)
    assert seen.updated(Window(50, 32, NOW + 30)) == seen
    assert seen.updated(Window(50, 29, NOW + 30)).remaining == 29
    assert seen.updated(Window(50, 50, NOW + 90)).remaining == 50
    assert seen.updated(Window(50, 0, NOW - 30)) == seen


@pytest.mark.parametrize(
    ("told", "attempt", "wait"),
    [
        # Okta: until the reset, and a second for rounding; at least one, at most 65.
        (headers(50, 0, NOW + 20), 0, 21.0),
        (headers(50, 0, NOW - 20), 0, 1.0),
        (headers(50, 0, NOW + 4000), 0, 65.0),
        # Too many at once: short, longer each time, never the bogus reset.
        (headers(0, 0, NOW + 3600), 0, 2.0),
        (headers(0, 0, NOW + 3600), 1, 3.0),
        (headers(0, 0, NOW + 3600), 9, 8.5),
        ({}, 0, 2.0),
        # dbt: seconds or a date, five minutes and a half at most.
        ({"retry-after": "7"}, 0, 7.0),
        ({"retry-after": "300"}, 0, 300.0),
        ({"retry-after": "90000"}, 0, 330.0),
        ({"retry-after": "0"}, 0, 1.0),
        ({"retry-after": "Fri, 15 Jan 2027 08:00:12 GMT"}, 0, 12.0),
        ({"retry-after": "Fri, 15 Jan 2027 07:00:00 GMT"}, 0, 1.0),
        ({"retry-after": "whenever"}, 0, 2.0),
        ({"retry-after": "9", "x-rate-limit-retry-after-seconds": "4"}, 0, 4.0),
        ({"x-rate-limit-retry-after-seconds": "300"}, 3, 300.0),
    ],
)
def test_a_refusal_is_waited_out(told: dict[str, str], attempt: int, wait: float) -> None:
    assert refused_for(told, NOW, attempt, lambda: 0.5) == wait


def test_a_run_of_its_own_spends_a_window_up_to_the_reserve_and_waits_for_the_next() -> None:
    pacer = Pacer()
    for call in range(47):
        assert pacer.enter(KEY, NOW + call / 10) == 0
        pacer.leave(KEY, headers(50, 49 - call, NOW + 60), NOW + call / 10)
    assert pacer.enter(KEY, NOW + 5) == 56
    assert pacer.enter(KEY, NOW + 61) == 0


def test_buckets_hosts_and_tokens_have_limits_of_their_own() -> None:
    pacer = Pacer()
    pacer.enter(KEY, NOW)
    pacer.leave(KEY, headers(50, 0, NOW + 60), NOW)
    for other in [("b.okta.com", *KEY[1:]), (KEY[0], "x", KEY[2]), (*KEY[:2], "env:Y")]:
        assert pacer.enter(other, NOW) == 0
    assert pacer.enter(KEY, NOW) == 61


def test_after_a_refusal_nobody_asks_before_time() -> None:
    pacer = Pacer()
    pacer.enter(KEY, NOW)
    pacer.leave(KEY, {}, NOW)
    pacer.close(KEY, NOW + 30)
    pacer.close(KEY, NOW + 10)
    assert pacer.enter(KEY, NOW) == 30
    assert pacer.enter(KEY, NOW + 30) == 0


def test_a_service_without_limits_is_not_held_back() -> None:
    pacer = Pacer()
    pacer.enter(KEY, NOW)
    pacer.leave(KEY, {}, NOW)
    assert [pacer.enter(KEY, NOW) for _ in range(20)] == [0.0] * 20


def test_a_call_without_an_answer_gives_way_to_the_next() -> None:
    pacer = Pacer()
    pacer.enter(KEY, NOW)
    pacer.leave(KEY, None, NOW)
    assert pacer.enter(KEY, NOW) == 0


def test_many_threads_never_spend_more_than_is_left() -> None:
    pacer, left, lowest = Pacer(), [30], []
    lock = threading.Lock()

    def work() -> None:
        while True:
            wait = pacer.enter(KEY, NOW)
            if wait > 1:
                return
            if wait:
                continue
            with lock:
                left[0] -= 1
                lowest.append(left[0])
                told = headers(50, left[0], NOW + 60)
            pacer.leave(KEY, told, NOW)

    threads = [threading.Thread(target=work) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert min(lowest) == 3


def test_threads_that_find_nothing_known_wait_for_the_first() -> None:
    pacer = Pacer()
    assert pacer.enter(KEY, NOW) == 0
    came: list[float] = []
    second = threading.Thread(target=lambda: came.append(pacer.enter(KEY, NOW)))
    second.start()
    pacer.leave(KEY, headers(50, 0, NOW + 60), NOW)
    second.join(10)
    assert came[0] > 0


def test_the_tenant_that_was_served_longest_ago_goes_first() -> None:
    """One tenant asks for much, another for little: they take turns, whoever came first."""
    pacer = Pacer()
    told = headers(50, 49, NOW + 60)
    pacer.enter(KEY, NOW)
    waiting = [Turn("much") for _ in range(4)] + [Turn("little") for _ in range(2)]
    came = _served_in_turns(pacer, waiting, told)
    assert came == ["much", "little", "much", "little", "much", "much"]


def _served_in_turns(pacer: Pacer, waiting: list[Turn], told: dict[str, str]) -> list[str]:
    """Let *waiting* queue behind a call that is under way, in a window of one call at a time."""
    terms, came = Terms(at_once=1), []
    for turn in waiting:
        pacer._lanes[KEY].queue.join(turn)
    pacer.leave(KEY, told, NOW, terms)
    while waiting:
        turn = next(t for t in waiting if pacer._lanes[KEY].queue.is_next(t, NOW))
        assert pacer.enter(KEY, NOW, terms, turn) == 0
        came.append(turn.whose)
        waiting.remove(turn)
        pacer.leave(KEY, told, NOW, terms)
    return came


def test_nobody_waits_for_one_who_was_told_to_come_later_or_gave_up() -> None:
    pacer, early, late = Pacer(), Turn("a"), Turn("b")
    pacer.enter(KEY, NOW)
    pacer.leave(KEY, headers(50, 0, NOW + 60), NOW)
    assert pacer.enter(KEY, NOW, turn=early) == 61
    pacer.leave(_begun(pacer), headers(50, 40, NOW + 90), NOW + 40)
    assert pacer.enter(KEY, NOW + 40, turn=late) == 0
    pacer.leave(KEY, headers(50, 39, NOW + 90), NOW + 40)
    assert pacer.enter(KEY, NOW + 62, turn=early) == 0


def _begun(pacer: Pacer) -> tuple[str, ...]:
    """A call that began before the window was spent and is answered late."""
    pacer._lanes[KEY].under_way += 1
    return KEY


def test_a_limit_that_headers_do_not_show_is_counted() -> None:
    pacer, terms = Pacer(), Terms(a_minute=100)
    for call in range(97):
        assert pacer.enter(KEY, NOW + call / 10, terms) == 0
        pacer.leave(KEY, {}, NOW + call / 10, terms)
    assert pacer.enter(KEY, NOW + 10, terms) == 51
    assert pacer.enter(KEY, NOW + 61, terms) == 0


def test_calls_at_once_to_one_host_have_a_limit_whatever_their_bucket() -> None:
    pacer, terms = Pacer(), Terms(at_once=2)
    assert pacer.enter((KEY[0], "a", ""), NOW, terms) == 0
    assert pacer.enter((KEY[0], "b", ""), NOW, terms) == 0
    assert 0 < pacer.enter((KEY[0], "c", ""), NOW, terms) < 1
    assert pacer.enter(("other.okta.com", "c", ""), NOW, terms) == 0
    pacer.leave((KEY[0], "a", ""), {}, NOW, terms)
    assert pacer.enter((KEY[0], "c", ""), NOW, terms) == 0


def test_after_too_many_at_once_half_as_many_are_sent_and_then_slowly_more() -> None:
    pacer, terms = Pacer(), Terms(at_once=8)
    told, refusal = headers(50, 40, NOW + 60), headers(0, 0, NOW + 60)
    pacer.enter(KEY, NOW, terms)
    pacer.leave(KEY, told, NOW, terms)
    pacer.enter(KEY, NOW, terms)
    pacer.leave(KEY, refusal, NOW, terms)
    assert _at_once(pacer, terms) == 4
    for _ in range(16):
        pacer.enter(KEY, NOW, terms)
        pacer.leave(KEY, told, NOW, terms)
    assert _at_once(pacer, terms) == 5


def _at_once(pacer: Pacer, terms: Terms) -> int:
    """How many calls are let through side by side."""
    begun = 0
    while pacer.enter(KEY, NOW, terms) == 0:
        begun += 1
    for _ in range(begun):
        pacer.leave(KEY, None, NOW, terms)
    return begun


def test_dbt_is_left_alone_for_five_minutes_where_it_says_nothing() -> None:
    assert refused_for({}, NOW, 0, lambda: 0.5, 300.0) == 301
    assert refused_for({"retry-after": "7"}, NOW, 0, lambda: 0.5, 300.0) == 7


def test_whoever_is_let_through_lets_the_next_one_come_at_once() -> None:
    """Nobody waits for an answer where there is room for several calls."""
    pacer, went = Pacer(), threading.Barrier(31)
    pacer.enter(KEY, NOW)

    def work(number: int) -> None:
        turn = Turn(f"tenant {number}")
        while pacer.enter(KEY, NOW, turn=turn) > 0:
            pass
        went.wait(6)  # none is answered before all are under way

    threads = [threading.Thread(target=work, args=(number,)) for number in range(30)]
    for thread in threads:
        thread.start()
    pacer.leave(KEY, headers(50, 40, NOW + 60), NOW)
    went.wait(6)
    for thread in threads:
        thread.join(10)
