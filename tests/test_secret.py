"""A secret prints as *** everywhere, is never copied or compared, and has one way out."""

from __future__ import annotations

import copy
import dataclasses
import json
import logging
import pickle
import traceback
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from pydantic import BaseModel, ConfigDict

from okta_scim_setup.errors import ConfigError
from okta_scim_setup.secret import Secret

VALUE = "canary-7f3a9b2c"
HOST = "acme.okta.com"


def secret(*hosts: str) -> Secret:
    return Secret(VALUE, origin="env:X", hosts=frozenset(hosts or (HOST,)))


class Holder(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)
    token: Secret


@dataclasses.dataclass
class Kept:
    token: Secret


def traced(held: Secret) -> str:
    """A traceback with the local variables of each frame."""
    try:
        int(held)  # type: ignore[call-overload] -- it is none
    except TypeError as error:
        found = traceback.TracebackException.from_exception(error, capture_locals=True)
        return "".join(found.format())


@pytest.mark.parametrize(
    "shown",
    [
        repr,
        str,
        "{}".format,
        "{:>40}".format,
        "{!r}".format,
        lambda s: f"{s}",
        lambda s: f"{s!s:.3}{s:x}",
        lambda s: "%s %r" % (s, s),  # noqa: UP031 -- as loggers do it
        lambda s: repr([s]),
        lambda s: str({"a": s}),
        lambda s: repr(Kept(s)),
        lambda s: repr(Holder(token=s)),
        lambda s: Holder(token=s).model_dump_json(),
        lambda s: str(Holder(token=s).model_dump()),
        lambda s: str(Holder(token=s).model_dump(mode="json")),
        lambda s: json.dumps({"a": s}, default=str),
        lambda s: yaml.dump({"a": str(s)}),
        lambda s: str(ValueError(s)),
        traced,
        lambda s: logging.LogRecord("x", 20, "", 1, "%s %r", (s, s), None).getMessage(),
    ],
)
def test_it_prints_as_stars(shown: Callable[[Secret], str]) -> None:
    said = shown(secret())

    assert VALUE not in said
    assert "***" in said


@pytest.mark.parametrize(
    "taken",
    [
        pickle.dumps,
        copy.copy,
        copy.deepcopy,
        json.dumps,
        yaml.dump,
        yaml.safe_dump,
        iter,
        len,
        vars,
        bytes,
        int,
        lambda s: dataclasses.asdict(Kept(s)),
        lambda s: s + "",
        ",".join,
        lambda s: s[0],
        lambda s: s < s,  # noqa: PLR0124 -- there must be no order
    ],
)
def test_it_is_neither_copied_nor_taken_apart(taken: Callable[[Any], object]) -> None:
    with pytest.raises((TypeError, yaml.YAMLError)) as caught:
        taken(secret())

    assert VALUE not in f"{caught.value!r} {caught.value}"


def test_it_equals_only_itself() -> None:
    one, other = secret(), secret()

    assert one == one  # noqa: PLR0124 -- what this is about
    assert one != other
    assert one != VALUE
    assert len({one, other}) == 2
    assert not hasattr(one, "__dict__")


def test_it_is_revealed_only_to_the_hosts_it_is_bound_to() -> None:
    assert secret().reveal(to=HOST) == VALUE
    with pytest.raises(ConfigError) as caught:
        secret().reveal(to="evil.example")

    assert VALUE not in str(caught.value.problems)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "tiny",
        "7 chars",
        "with space",
        "with\nline",
        "tab\tbed123",
        "nul\0234567",
        "no\u00a0break",
        "pässword-pässword",
        "abcdefgh\u200b",
    ],
)
def test_what_cannot_be_a_secret_is_refused_without_saying_it(value: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Secret(value, origin="env:X", hosts=frozenset({HOST}))

    assert not value or value not in str(caught.value.problems).replace("env:X", "")


def test_a_key_may_have_lines() -> None:
    key = Secret("-----BEGIN\nabcdefgh\n", origin="x", hosts=frozenset({HOST}), text=True)

    assert key.reveal(to=HOST).count("\n") == 2
