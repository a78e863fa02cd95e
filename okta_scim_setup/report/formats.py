"""Which formats there are: each is ``report/<format>.py`` with a function ``document``."""

from __future__ import annotations

from importlib import import_module

from okta_scim_setup.report.content import Content

FORMATS = ("text", "json", "markdown", "junit", "sarif", "html", "jsonl")
"""*text* and *jsonl* are told as they come; the others are made at the end."""


def document(name: str, content: Content) -> str:
    """A run's results in the format *name*, loaded when it is asked for."""
    if name == "text":
        return content.text
    said: str = import_module(f"{__package__}.{name}").document(content)
    return said
