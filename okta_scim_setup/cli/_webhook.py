"""``audit --webhook``: everything that can be wrong is said before the run, the rest after it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click
from jinja2.exceptions import TemplateSyntaxError

from okta_scim_setup.cli._options import Options
from okta_scim_setup.errors import ConfigError, Label, Place, UsageError
from okta_scim_setup.language.near import near
from okta_scim_setup.language.sandbox import Compiled, NotDefined, compiled
from okta_scim_setup.outcome import TenantResult
from okta_scim_setup.paths import path_of
from okta_scim_setup.report import notice as told
from okta_scim_setup.report.content import Content
from okta_scim_setup.results import Evidence, Finding, Severity
from okta_scim_setup.secret import Secret, SecretReference
from okta_scim_setup.traffic import notice

F = TypeVar("F", bound=Callable[..., Any])

TEMPLATE = '{{ {"text": text} }}'
"""What Slack, Mattermost, Rocket.Chat and Google Chat take."""


def webhook_options(function: F) -> F:
    """Where new findings are told."""
    for option in (
        click.option(
            "--webhook-template",
            metavar="FILE",
            help="A Jinja2 template of the message, which is JSON.",
        ),
        click.option(
            "--webhook-host",
            metavar="HOST",
            help="The host that the webhook may lead to; this machine needs no name.",
        ),
        click.option(
            "--webhook",
            metavar="SCHEME:REFERENCE",
            help="Where the URL is kept that new findings are posted to: env:NAME, vault:PATH#KEY.",
        ),
    ):
        function = option(function)
    return function


@dataclass(frozen=True)
class Webhook:
    """Where new findings are told, and how."""

    url: Secret
    host: str
    template: Compiled
    place: Place
    """The template's file."""

    def tell(self, content: Content) -> str:
        """Post the new findings, if there are any; what went wrong, or nothing."""
        found = told.news(content)
        if not found:
            return ""
        try:
            body = content.mask(_body(self.template, told.context(content, found), self.place))
        except ConfigError as error:
            return f"no message could be made for the webhook: {error}"
        wrong = notice.post(self.url, self.host, body.encode())
        return wrong and f"the webhook at {self.host} {wrong}: {len(found)} new findings not told"


def webhook(
    options: Options, reference: str | None, host: str | None, file: str | None
) -> Webhook | None:
    """The webhook that was asked for, if one was; nothing is sent yet.

    Raises:
        UsageError: what was asked for can't be.
        ConfigError: the URL can't be had or isn't allowed, or the template is wrong.
    """
    if reference is None:
        if host or file:
            raise UsageError(
                "--webhook-host and --webhook-template are for --webhook",
                ("do", "say where the URL is kept: --webhook env:NAME"),
            )
        return None
    template, place = _template(file)
    url = options.keeper.resolve(_reference(reference), frozenset({notice.WEBHOOK}))
    allowed = notice.host_allowed(url, [host] if host else [])
    return Webhook(url, allowed, template, place)


def _reference(text: str) -> SecretReference:
    """The reference; what was written isn't repeated, as it may be the URL itself."""
    try:
        return SecretReference.parse(text, Place("--webhook", 0), Path.cwd())
    except ConfigError:
        raise UsageError(
            "--webhook takes a reference to where the URL is kept, not the URL",
            ("do", "write --webhook env:NAME, or another scheme of docs/secrets.md"),
        ) from None


def _template(file: str | None) -> tuple[Compiled, Place]:
    """The template, read and tried with a finding.

    Raises:
        ConfigError: it can't be read or filled in, or doesn't come to JSON.
    """
    place = Place(file or "the default template", 0)
    try:
        text = path_of(file).read_text(encoding="utf-8") if file else TEMPLATE
        template = compiled(text)
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it isn't text in UTF-8"
        raise UsageError(f"{file} can't be read: {why}", ("do", "name another file")) from None
    except TemplateSyntaxError as error:
        at = replace(place, line=error.lineno)
        raise ConfigError(f"the template can't be read: {error}", ("from", str(at))) from None
    _body(template, _example(), place)
    return template, place


def _body(template: Compiled, given: Mapping[str, Any], place: Place) -> str:
    """The message, as JSON.

    Raises:
        ConfigError: the template can't be filled in, or doesn't come to JSON.
    """
    at: tuple[Label, str] = ("from", str(place))
    for name in sorted(template.names - given.keys()):
        raise _not_defined(name, given, at)
    try:
        made = template.evaluate(given)
        return json.dumps(json.loads(made) if isinstance(made, str) else made)
    except NotDefined as error:
        raise _not_defined(error.name, error.known or given, at) from None
    except json.JSONDecodeError as error:
        raise ConfigError(
            f"the template doesn't come to JSON: {error.msg} in line {error.lineno} of the message",
            at,
            ("do", "write texts with the filter tojson: {{ text | tojson }}"),
        ) from None
    except Exception as error:  # noqa: BLE001 -- a template may raise anything; it is its author's
        raise ConfigError(f"the template can't be filled in: {error}", at) from None


def _not_defined(name: str, known: Iterable[str], at: tuple[Label, str]) -> ConfigError:
    title = f'nothing is called "{name}" in the template of the webhook'
    return ConfigError(title, at, *near(name, known))


def _example() -> Mapping[str, Any]:
    """What a template is tried with."""
    now = datetime.now(UTC)
    one = Finding(
        "AUD103",
        Severity.MEDIUM,
        "acme",
        "dbt_cloud.scim_config",
        "manual_updates_allowed",
        expected=False,
        found=True,
        means="people can edit by hand what SCIM manages",
        do="okta-scim-setup apply --tenant acme",
        evidence=Evidence(now),
    )
    content = Content("audit", [TenantResult("acme", findings=(one,))], 2, now)
    return told.context(content, [one])
