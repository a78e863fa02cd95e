"""A secret prints as *** everywhere and has one way out."""

from __future__ import annotations

import copy
import json
import logging
import pickle
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel, ConfigDict

from okta_scim_setup.errors import ConfigError, Place, Refused
from okta_scim_setup.secret import SINK, Secret, SecretReference
from okta_scim_setup.sink import FileSink, parse

VALUE = "canary-7f3a9b2c"
HOST = "acme.okta.com"
PLACE = Place("config.yaml", 7)


def secret(*hosts: str) -> Secret:
    return Secret(VALUE, origin="env:X", hosts=frozenset(hosts or (HOST,)))


class Holder(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)
    token: Secret


@pytest.mark.parametrize(
    "shown",
    [
        repr,
        str,
        "{}".format,
        "{:>40}".format,
        "{!r}".format,
        lambda s: f"{s}",
        lambda s: repr([s]),
        lambda s: str({"a": s}),
        lambda s: repr(Holder(token=s)),
        lambda s: Holder(token=s).model_dump_json(),
        lambda s: json.dumps({"a": s}, default=str),
        lambda s: yaml.dump({"a": str(s)}),
        lambda s: logging.LogRecord("x", 20, "", 1, "%s %r", (s, s), None).getMessage(),
    ],
)
def test_it_prints_as_stars(shown: object) -> None:
    said = shown(secret())  # type: ignore[operator]

    assert VALUE not in said
    assert "***" in said


@pytest.mark.parametrize("taken", [pickle.dumps, copy.copy, copy.deepcopy])
def test_it_is_neither_pickled_nor_copied(taken: object) -> None:
    with pytest.raises(TypeError):
        taken(secret())  # type: ignore[operator]


def test_it_is_revealed_only_to_the_hosts_it_is_bound_to() -> None:
    assert secret().reveal(to=HOST) == VALUE
    with pytest.raises(ConfigError) as caught:
        secret().reveal(to="evil.example")

    assert VALUE not in str(caught.value.problems)


@pytest.mark.parametrize(
    "value", ["", "tiny", "with space", "with\nline", "tab\tbed123", "nul\0234567"]
)
def test_what_cannot_be_a_secret_is_refused_without_saying_it(value: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Secret(value, origin="env:X", hosts=frozenset({HOST}))

    assert not value or value not in str(caught.value.problems).replace("env:X", "")


def test_a_reference_without_a_known_scheme_is_an_error_that_repeats_nothing(
    tmp_path: Path,
) -> None:
    for text in ("hunter2hunter2", "SWW+abc:def", "env:", ":x"):
        with pytest.raises(ConfigError) as caught:
            SecretReference.parse(text, PLACE, tmp_path)
        assert (
            text.strip(":") not in str(caught.value.problems).replace("env:", "") or text == "env:"
        )
        assert ("from", "config.yaml:7") in caught.value.problems[0].notes


def test_a_variable_that_is_not_set_is_named(tmp_path: Path) -> None:
    reference = SecretReference.parse("env:OKTA_SCIM_SETUP_UNSET", PLACE, tmp_path)

    with pytest.raises(ConfigError) as caught:
        reference.resolve(frozenset({HOST}))

    assert "OKTA_SCIM_SETUP_UNSET isn't set" in caught.value.problems[0].title


def test_a_file_is_looked_up_from_the_configs_folder_and_may_end_in_a_line_break(
    tmp_path: Path,
) -> None:
    (tmp_path / "token").write_text(VALUE + "\n")

    found = SecretReference.parse("file:token", PLACE, tmp_path).resolve(frozenset({HOST}))

    assert found.reveal(to=HOST) == VALUE


def test_a_missing_file_is_an_error_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        SecretReference.parse("file:nowhere", PLACE, tmp_path).resolve(frozenset({HOST}))

    assert ("from", "config.yaml:7") in caught.value.problems[0].notes


def test_a_file_sink_is_a_new_file_for_its_owner_alone(tmp_path: Path) -> None:
    sink = FileSink(str(tmp_path / "{tenant}.token"))

    sink.put("acme", secret(SINK))

    written = tmp_path / "acme.token"
    assert written.read_text() == VALUE + "\n"
    assert written.stat().st_mode & 0o777 == 0o600
    with pytest.raises(Refused):
        sink.check("acme")


def test_a_terminal_sink_is_refused_where_nobody_sits_or_a_log_remembers() -> None:
    for terminal, environment in ((False, {}), (True, {"CI": "true"})):
        with pytest.raises(Exception, match="needs a terminal"):
            parse("terminal", terminal=terminal, environment=environment)
