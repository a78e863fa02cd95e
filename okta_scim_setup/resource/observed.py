"""What guards and an audit ask of a resource: whom it lets in, and what is known of it besides.

Each answer is None, or empty, where a resource can't tell. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from okta_scim_setup.facts import Log, Whereabouts
from okta_scim_setup.live import Live
from okta_scim_setup.people import Person, Population


class Observed:
    """What a kind tells besides what is declared; by default nothing."""

    EVENTS: ClassVar[tuple[str, ...]] = ()
    """Types of events in the service's log that tell of a change of it: who and when."""

    def people(self, api: Any, live: Live | None) -> Iterable[Person]:
        """Who has, or will have, a way into the application by this resource."""
        return ()

    def losing(self, api: Any, live: Live, gone: frozenset[str]) -> Iterable[Person]:
        """Who loses the last way into the application once all of *gone* (ids) are removed."""
        return ()

    def disarms(self, live: Live, *, absent: bool) -> frozenset[str]:
        """Groups of the account that let nobody administer it any more once this is as declared."""
        return frozenset()

    def only_by_sso(self) -> bool | None:
        """Whether people get in by the identity provider alone; None: not said here."""
        return None

    def population(self, api: Any) -> Population | None:
        """Who is in the account, if this is the resource that can tell."""
        return None

    def licences_by_scim(self) -> bool | None:
        """Whether the identity provider shall decide on licences; None: not said here."""
        return None

    def mates(self, api: Any, live: Live | None) -> Mapping[str, str]:
        """What it has in common with whoever is at the other end, as far as it can be read."""
        return {}

    def ahead(self, api: Any, *, audit: bool) -> Iterable[Callable[[], object]]:
        """What lint reads of it whatever is found, and an *audit* besides: asked for meanwhile.

        Nothing but time depends on it: what isn't named here is asked for when it is needed.
        """
        return ()

    def observations(
        self, api: Any, live: Live, since: datetime
    ) -> Mapping[str, Callable[[], Any]]:
        """What an audit looks at besides what is declared: parts of `Facts`, by name.

        Args:
            api: the provider's connection.
            live: what is there.
            since: how far back logs are read.
        """
        return {}

    def whereabouts(
        self, api: Any, emails: Iterable[str]
    ) -> Mapping[str, Whereabouts | None] | None:
        """What the directory knows of people; None if this resource can't tell."""
        return None

    def log(self, api: Any, live: Live, targets: frozenset[str], since: datetime) -> Log | None:
        """What the service's log tells of it and of *targets* since then; None: another tells it.

        Raises:
            SetupError: the log can't be read.
        """
        return None

    @classmethod
    def events(cls, attribute: str) -> tuple[str, ...]:  # noqa: ARG003 -- a kind may tell apart
        """Types of log events that tell who changed *attribute*; "" is the whole resource."""
        return cls.EVENTS

    def log_targets(self) -> frozenset[str]:
        """What the service's log calls it: ids and names, one of which an event has to name."""
        app = getattr(self, "app", None)
        return frozenset({app}) if isinstance(app, str) else frozenset()
