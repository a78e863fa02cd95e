"""What ``terraform output -json`` wrote, for a tenant's templates: ``{{ terraform.NAME }}``.

Outputs that Terraform calls sensitive are left out: a value that is a secret has no place in a
config, only a reference to one.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from okta_scim_setup.errors import ConfigError, Label, Place
from okta_scim_setup.language.document import read_text

HOW = "write it with: terraform output -json > FILE"


def outputs(path: Path) -> dict[str, Any]:
    """Each output's value by its name, the sensitive ones aside.

    Raises:
        ConfigError: there is no such file, or it isn't what Terraform writes.
    """
    text = read_text(path, str(path))
    try:
        body = json.loads(text)
    except ValueError as error:
        line = getattr(error, "lineno", 1)
        raise _wrong(f"{path} isn't JSON", Place(str(path), line)) from None
    if not isinstance(body, dict):
        raise _wrong(f"{path} isn't what terraform output -json writes", Place(str(path), 1))
    for name, each in body.items():
        if not isinstance(each, dict) or not {"value", "sensitive"} <= each.keys():
            title = f'{path}: "{name}" isn\'t an output as terraform output -json writes it'
            raise _wrong(title, Place(str(path), 1))
    return {name: each["value"] for name, each in body.items() if each["sensitive"] is False}


def _wrong(title: str, place: Place) -> ConfigError:
    said: tuple[tuple[Label, str], ...] = (("from", str(place)), ("do", HOW))
    return ConfigError(title, *said)
