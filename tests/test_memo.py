"""What was read is read once, and anew once it was written."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from okta_scim_setup.errors import Unexpected
from okta_scim_setup.secret import Secret
from okta_scim_setup.traffic.memo import Memo

APPS = "/api/v1/apps"


def filled() -> Memo:
    memo = Memo()
    for path in (
        f"{APPS}?q=dbt&limit=200",
        f"{APPS}/0oa1",
        f"{APPS}/0oa1/users?limit=500",
        f"{APPS}/0oa11",
        "/api/v1/groups?search=x",
    ):
        memo.get(path, lambda: "read")
    return memo


def known(memo: Memo) -> set[str]:
    return set(memo._known)


def test_what_is_known_is_not_read_again() -> None:
    memo, reads = Memo(), []
    for _ in range(3):
        assert memo.get("/x", lambda: reads.append(1) or "value") == "value"
    assert reads == [1]


def test_a_write_drops_what_is_below_it_and_the_lists_that_it_is_in() -> None:
    memo = filled()
    memo.forget(f"{APPS}/0oa1")
    assert known(memo) == {f"{APPS}/0oa11", "/api/v1/groups?search=x"}


def test_forgetting_without_a_path_forgets_everything() -> None:
    memo = filled()
    memo.forget()
    assert known(memo) == set()


def test_threads_that_ask_for_the_same_wait_for_one_answer() -> None:
    memo, asked, reads = Memo(), threading.Barrier(9), []
    gate = threading.Event()

    def read() -> str:
        reads.append(1)
        gate.wait(10)
        return "value"

    def ask(_: int) -> str:
        asked.wait(10)
        return memo.get("/x", read)

    with ThreadPoolExecutor(8) as pool:
        found = pool.map(ask, range(8))
        asked.wait(10)
        gate.set()
        assert set(found) == {"value"}
    assert reads == [1]


def test_a_failure_is_not_kept_and_everybody_gets_one_of_their_own() -> None:
    memo, gate, errors = Memo(), threading.Event(), []
    reading = threading.Event()

    def fail() -> str:
        reading.set()
        gate.wait(10)
        raise Unexpected("no", status=503, code="E0000010")

    def ask(_: int) -> None:
        try:
            memo.get("/x", fail)
        except Unexpected as error:
            error.within("tenant", ("from", "config.yaml:1"))
            errors.append(error)

    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(ask, 0)
        reading.wait(10)
        others = [pool.submit(ask, n) for n in range(3)]
        gate.set()
        for future in (first, *others):
            future.result()
    assert len({id(error) for error in errors}) == 4
    assert {error.status for error in errors} == {503}
    assert all(len(error.problems[0].notes) == 1 for error in errors)
    assert memo.get("/x", lambda: "better") == "better"


def test_what_comes_along_with_a_list_is_known_unless_something_was_written_since() -> None:
    memo = Memo()
    before = memo.moment
    memo.put("/x", 1, read_at=before)
    memo.forget("/other")
    memo.put("/y", 2, read_at=before)
    assert memo.knows("/x")
    assert not memo.knows("/y")


def test_what_was_forgotten_while_it_was_read_is_read_again() -> None:
    memo = Memo()

    def read() -> str:
        memo.forget("/x")
        return "old"

    assert memo.get("/x", read) == "old"
    assert memo.get("/x", lambda: "new") == "new"


def test_an_interrupt_passes() -> None:
    def stop() -> str:
        raise KeyboardInterrupt

    memo = Memo()
    with pytest.raises(KeyboardInterrupt):
        memo.get("/x", stop)
    assert not memo.knows("/x")


def test_what_is_put_aside_is_known_still() -> None:
    memo = filled()
    before = known(memo)
    memo.put_aside()
    memo.put_aside()
    assert known(memo) == set()
    assert memo.get(f"{APPS}/0oa1", lambda: "read again") == "read"
    assert known(memo) == before


def test_what_cannot_be_packed_stays_as_it_is() -> None:
    memo, secret = filled(), Secret("a-value-of-some-length", origin="x", hosts=frozenset())
    memo.get("/secret", lambda: secret)
    memo.put_aside()
    assert memo.get("/secret", lambda: None) is secret
    assert memo.get(f"{APPS}/0oa1", lambda: "read again") == "read"
