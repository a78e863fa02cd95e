"""docs/simulator.md says of faults, switches and latency what the code does, all of it."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import fields
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
import requests
import yaml

from okta_scim_setup.simulator import Simulator, Switches, fault_from_json, switches
from okta_scim_setup.simulator.dispatch import LATENCIES, LIMITS_OF
from okta_scim_setup.simulator.faults import waiting
from okta_scim_setup.simulator.faults.menu import MENU
from tests.simulator.conftest import Lab

PAGE = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text()


def section(title: str) -> str:
    found = re.search(rf"^## {title}\n(.*?)(?=^## )", PAGE, re.DOTALL | re.MULTILINE)
    assert found
    return found[1]


def table(title: str, first: str) -> dict[str, list[str]]:
    """A section's table whose first heading is *first*: its rows by their first cell."""
    rows = [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for line in section(title).splitlines()
        if line.startswith("|")
    ]
    heads = [n - 1 for n, row in enumerate(rows) if row[0].startswith("---")]
    (start,) = (n for n in heads if rows[n][0].strip("`") == first)
    end = next((n for n in heads if n > start), len(rows))
    found = {name.split("`")[1]: rest for name, *rest in rows[start + 2 : end]}
    assert len(found) == end - start - 2, "a name is there twice"
    return found


def test_every_fault_is_on_the_page_and_no_other() -> None:
    assert set(table("Faults", "do")) == {"status:NNN", *MENU}


def test_every_key_of_a_fault_is_on_the_page_and_no_other() -> None:
    assert set(table("Faults", "key")) == {*waiting._OF_FAULT, *waiting._OF_CHANCE}


def faults_of_the_page() -> list[dict[str, Any]]:
    found = re.search(r"```yml\n(.*?)```", section("Faults"), re.DOTALL)
    assert found
    given: list[dict[str, Any]] = yaml.safe_load(found[1])
    return given


def test_the_file_of_faults_is_taken_as_it_stands_and_shows_every_key(lab: Lab) -> None:
    given = faults_of_the_page()
    assert {name for fault in given for name in fault} == set(table("Faults", "key"))
    for each in given:
        fault_from_json(each)
    url = f"{lab.simulator.url}/_simulator/faults"
    assert requests.post(url, json=given, timeout=20).json() == {"added": len(given)}


def test_the_first_fault_of_the_file_does_what_its_comment_says(lab: Lab) -> None:
    requests.post(f"{lab.simulator.url}/_simulator/faults", json=faults_of_the_page(), timeout=20)
    dbt = lab.dbt()
    dbt.data("POST", "/scim-config/tokens/", {"name": "first"})
    with pytest.raises(requests.ConnectionError):
        dbt("POST", "/scim-config/tokens/", {"name": "second"})
    assert [token["name"] for token in lab.account_state()["tokens"]] == ["first", "second"]
    globex = [lab.okta(1)("GET", "/users/me").status_code for _ in range(6)]
    assert globex == [503] * 5 + [200]


def documented_switches() -> dict[str, str]:
    """The switches' own docstrings."""
    (body,) = (n.body for n in ast.parse(Path(switches.__file__).read_text()).body if _is_it(n))
    return {
        named.target.id: said.value.value
        for named, said in pairwise(body)
        if isinstance(named, ast.AnnAssign)
        and isinstance(named.target, ast.Name)
        and isinstance(said, ast.Expr)
        and isinstance(said.value, ast.Constant)
        and isinstance(said.value.value, str)
    }


def _is_it(node: ast.stmt) -> bool:
    return isinstance(node, ast.ClassDef) and node.name == "Switches"


def values(kind: Any, usual: Any) -> str:
    """A switch's values as the page has them, the usual one first."""
    if get_origin(kind) is Literal:
        return ", ".join(map(str, dict.fromkeys((usual, *get_args(kind)))))
    if kind is bool:
        return ", ".join(json.dumps(value) for value in (usual, not usual))
    return f"{usual:g}, any number from 0"


def test_every_switch_is_on_the_page_with_its_values_and_what_it_decides() -> None:
    hints, said = get_type_hints(Switches), documented_switches()
    assert table("Switches", "switch") == {
        each.name: [values(hints[each.name], each.default), said[each.name].rstrip(".")]
        for each in fields(Switches)
    }


def test_every_latency_is_on_the_page_with_its_seconds_and_limits() -> None:
    assert table("Latency and limits", "--latency") == {
        name: [f"{latency.read:g}", f"{latency.write:g}", LIMITS_OF[name]]
        for name, latency in LATENCIES.items()
    }


@pytest.mark.parametrize(
    "endpoint", sorted(set(re.findall(r"`((?:GET|POST|DELETE) [a-z-]+)`", PAGE)))
)
def test_every_endpoint_of_the_page_is_there(lab: Lab, endpoint: str) -> None:
    method, name = endpoint.split()
    answer = requests.request(method, f"{lab.simulator.url}/_simulator/{name}", timeout=20)
    assert answer.status_code != 404
    assert lab.simulator.errors == []


@pytest.mark.parametrize(("latency", "least"), [("none", 0.0), ("lan", 0.005)])
def test_an_answer_takes_as_long_as_its_latency(latency: str, least: float) -> None:
    with Simulator(latency=latency) as simulator:
        answer = requests.get(f"{simulator.url}/.well-known/okta-organization", timeout=20)
    assert answer.elapsed.total_seconds() >= least
