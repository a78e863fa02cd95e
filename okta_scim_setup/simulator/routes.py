"""Which function answers which method and path."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from okta_scim_setup.simulator.message import Response

Answer = Callable[..., Response]


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path such as `/api/v1/apps/{app_id}`; a part in braces is an argument.

    An `unlocked` answer speaks HTTP itself, so it takes the state's lock only where it needs it.
    """

    method: str
    path: str
    answer: Answer
    unlocked: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """A route that fits, and its arguments."""

    route: Route
    arguments: Mapping[str, str]


class RouteTable:
    """Routes, found by method and number of path segments."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._by_length: dict[int, list[tuple[list[str], Route]]] = {}
        for route in routes:
            segments = route.path.split("/")
            self._by_length.setdefault(len(segments), []).append((segments, route))

    def find(self, method: str, path: str) -> Match | None:
        """The route for a method and path, or None."""
        segments = path.split("/")
        for pattern, route in self._by_length.get(len(segments), ()):
            if route.method == method:
                arguments = _arguments(pattern, segments)
                if arguments is not None:
                    return Match(route, arguments)
        return None

    def knows(self, path: str) -> bool:
        """Whether any method has this path."""
        segments = path.split("/")
        patterns = self._by_length.get(len(segments), ())
        return any(_arguments(pattern, segments) is not None for pattern, _ in patterns)


def _arguments(pattern: list[str], segments: list[str]) -> dict[str, Any] | None:
    found = {}
    for wanted, given in zip(pattern, segments, strict=True):
        if wanted[:1] == "{":
            if not given:
                return None
            found[wanted[1:-1]] = given
        elif wanted != given:
            return None
    return found
