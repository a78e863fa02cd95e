"""The pages of docs/reference, made from what the code says of itself.

A registry that is there is read by its path: kinds, findings, and lint rules where there are any.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import click

from okta_scim_setup import cli, registry
from okta_scim_setup.plan import Action
from okta_scim_setup.report.entries import DONE
from okta_scim_setup.report.kinds import field_docs
from okta_scim_setup.report.text_plan import SYMBOLS
from okta_scim_setup.resource import Mutability, Resource

NOTE = "<!-- Made by `make reference` from what the code says of itself; don't edit it here. -->"

WIDTH = 100
"""Characters of a line of ``--help``."""


def pages() -> Mapping[str, str]:
    """Each page's file name and text."""
    makers: dict[str, Callable[[], Iterator[str]]] = {
        "cli.md": verbs,
        "exit-codes.md": exit_codes,
        "findings.md": findings,
        "kinds.md": kinds,
    }
    if find_spec("okta_scim_setup.lint"):
        makers["lint-rules.md"] = lint_rules
    made = {name: _page(maker()) for name, maker in makers.items()}
    return {"README.md": _page(contents(made)), **made}


def _page(lines: Iterator[str]) -> str:
    title, *rest = lines
    return "\n".join((title, "", NOTE, *rest)).rstrip("\n") + "\n"


def contents(made: Mapping[str, str]) -> Iterator[str]:
    """The index."""
    yield "# Reference"
    yield ""
    for name, text in made.items():
        title, *_ = text.splitlines()
        yield f"- [{title.removeprefix('# ')}]({name})"


def verbs() -> Iterator[str]:
    """What ``--help`` says."""
    yield "# Command line"
    yield ""
    yield "What `okta-scim-setup VERB --help` says."
    context = click.Context(cli.cli, info_name="okta-scim-setup", terminal_width=WIDTH)
    for verb in cli.VERBS:
        command = cli.cli.get_command(context, verb)
        assert command is not None
        inner = click.Context(command, context, info_name=verb, terminal_width=WIDTH)
        yield f"\n## {verb}\n\n```text"
        yield command.get_help(inner)
        yield "```"


def exit_codes() -> Iterator[str]:
    """What the command line's own help says of them."""
    yield "# Exit codes"
    yield ""
    yield "The first that applies wins."
    yield ""
    yield "| code | |\n|---|---|"
    said = " ".join((cli.cli.help or "").split()).partition("the first that applies: ")[2]
    for code, meaning in re.findall(r"(\d+) ([^;.]+)", said):
        yield f"| {code} | {meaning} |"


def findings() -> Iterator[str]:
    """Every finding of an audit, and every action of a plan."""
    yield "# Findings"
    yield ""
    yield "What an audit may find. An id keeps its meaning: reports and `accept:` entries name it."
    yield ""
    yield "| id | severity | kind | attribute | what it means |\n|---|---|---|---|---|"
    for known in registry.findings():
        kind = f"`{known.kind}`" if known.kind else ""
        attribute = f"`{known.attribute}`" if known.attribute else ""
        drift = known.drift
        said = f"{drift.severity.value} | {kind} | {attribute} | {_cell(drift.means)}"
        yield f"| {drift.id} | {said} |"
    yield ""
    yield "## Differences of a plan"
    yield ""
    yield "An audit says these as findings; `plan` shows each with its sign."
    yield ""
    yield "| sign | action | what is to be done |\n|---|---|---|"
    for action in Action:
        if action in SYMBOLS:
            yield f"| `{SYMBOLS[action][0]}` | {action.value} | {DONE[action]} |"
    for known in registry.findings():
        if known.about:
            yield f"\n## {known.drift.id}\n\n{known.about}"


def kinds() -> Iterator[str]:
    """Every kind: documentation, attributes, outputs, an example."""
    yield "# Kinds"
    yield ""
    yield "What a playbook may declare; `okta-scim-setup kinds KIND` says the same."
    for name in registry.kinds():
        kind = registry.kind(name)
        yield f"\n## {name}\n\n{registry.documentation(name)}\n"
        yield from _attributes(kind)
        if kind.OUTPUTS:
            yield f"\nOutputs: {', '.join(f'`{output}`' for output in kind.OUTPUTS)}"
        yield f"\n```text\n- {kind.EXAMPLE}\n```"


def _attributes(kind: type[Resource]) -> Iterator[str]:
    said = field_docs(kind)
    fields = {name: field for name, field in kind.model_fields.items() if name != "name"}
    if fields:
        yield "| attribute | default | |\n|---|---|---|"
    for name, field in fields.items():
        default = "required" if field.is_required() else _default(field.default)
        mutability = kind.mutability(name)
        more = "" if mutability is Mutability.READ_WRITE else f" *{mutability.value}*"
        yield f"| `{name}` | {default} | {_cell(said.get(name, ''))}{more} |"


def _default(value: Any) -> str:
    match value:
        case True | False:
            return f"`{str(value).lower()}`"
        case None | "" | ():
            return "none"
        case tuple():
            return f"`[{', '.join(map(str, value))}]`"
        case _:
            return f"`{value}`"


def lint_rules() -> Iterator[str]:
    """Every rule, as it describes itself."""
    yield "# Lint rules"
    yield ""
    yield "| id | severity | name | what it means |\n|---|---|---|---|"
    rules = [rule.about() for rule in import_module("okta_scim_setup.lint").rules()]
    for rule in rules:
        yield f"| {rule.id} | {rule.severity.value} | {rule.name} | {_cell(rule.title)} |"
    for rule in rules:
        yield f"\n## {rule.id}\n\n{_wrapped(rule.reason)}\n\nRemedy: {_wrapped(rule.remedy)}"


def _wrapped(text: str) -> str:
    return textwrap.fill(text, 120)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
