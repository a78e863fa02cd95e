"""An Okta app, found by its id or by its exact label; where it isn't, what is like it is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from okta_scim_setup.errors import ConfigError, Label

if TYPE_CHECKING:
    from okta_scim_setup.providers.okta._api import Api


def by_id(api: Api, app_id: str, label: str | None) -> Mapping[str, Any]:
    """The app with this id.

    Raises:
        ConfigError: there is none, or it has another label than *label*.
    """
    app = api.app(app_id)
    if app is None:
        raise ConfigError(
            f"{api.org} has no app with the id {app_id}",
            ("but", "Okta answers the same where the token may not see the app"),
            ("do", "correct the id, or give the label. Nothing was written."),
        )
    if label and app["label"] != label:
        raise ConfigError(
            f'app {app_id} in {api.org} is labelled "{app["label"]}", not "{label}"',
            ("do", "correct one of the two. Nothing was written."),
        )
    return app


def by_label(api: Api, label: str, *, may_lack: bool) -> Mapping[str, Any] | None:
    """The app with exactly this label: of several the one that is active.

    *may_lack*: whether None is an answer where there is none.

    Raises:
        ConfigError: there is none, or it can't be told which is meant.
    """
    found = api.apps_with_label(label)
    active = [app for app in found if app["status"] == "ACTIVE"]
    if len(found) == 1 or len(active) == 1:
        return (active or found)[0]
    if found:
        raise ConfigError(
            f'{api.org} has {len(found)} apps labelled "{label}"',
            *_near(found),
            ("do", "give the id of the one that is meant. Nothing was written."),
        )
    if may_lack:
        return None
    raise ConfigError(
        f'{api.org} has no app labelled "{label}"',
        *_near(api.apps_labelled(label) or _similar(api, label)),
        ("do", "correct the label, or give the id. Nothing was written."),
    )


def _similar(api: Api, label: str) -> list[Mapping[str, Any]]:
    """Apps whose labels begin as this one does: what a slip of the finger leaves alike."""
    for length in (len(label) * 3 // 4, len(label) // 2, 3):
        found = api.apps_labelled(label[:length].strip()) if length >= 1 else []
        if found:
            return list(found)
    return []


def _near(apps: Iterable[Mapping[str, Any]]) -> tuple[tuple[Label, str], ...]:
    shown = [f'"{app["label"]}"  {app["id"]}  {app["status"].lower()}' for app in apps]
    return (("near", "        ".join(shown[:5])),) if shown else ()
