"""What a template may do: read what it is given, and nothing else; the same every time."""

from __future__ import annotations

from collections.abc import (
    Callable,
    ItemsView,
    Iterator,
    KeysView,
    Mapping,
    Sequence,
    ValuesView,
)
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import islice
from typing import Any

from jinja2 import StrictUndefined, nodes
from jinja2.environment import TemplateExpression
from jinja2.exceptions import SecurityError, UndefinedError
from jinja2.meta import find_undeclared_variables
from jinja2.runtime import Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing

LONGEST = 100_000
"""Characters that a template may come to."""

MOST = 10_000
"""Items that a list made by a template may have."""

HIGHEST_POWER = 64
"""Of an exponent; higher ones only cost time."""


class NotDefined(UndefinedError):
    """A template reads *name*, which isn't among *known*; None: among the variables."""

    def __init__(self, name: str, known: tuple[str, ...] | None, message: str = "") -> None:
        super().__init__(message)
        self.name = name
        self.known = known


class TooLarge(Exception):
    """What a template comes to is more than anybody can mean."""


class _Strict(StrictUndefined):
    """Undefined, and knows how it was called."""

    __slots__ = ()

    def __init__(
        self,
        hint: str | None = None,
        obj: Any = missing,
        name: str | None = None,
        exc: type[Exception] = UndefinedError,
    ) -> None:
        if name is not None and not issubclass(exc, SecurityError):
            keys = tuple(map(str, obj)) if isinstance(obj, Mapping) else ()
            known = None if obj is missing else keys
            exc = partial(NotDefined, str(name), known)  # type: ignore[assignment]
        super().__init__(hint, obj, name, exc)  # type: ignore[arg-type]


class _Sandbox(ImmutableSandboxedEnvironment):
    """Multiplication and powers are watched, since a few characters of them fill the memory."""

    intercepted_binops = frozenset({"*", "**"})

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A mapping's own keys come before Python's methods of the same name."""
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "**" and (not _small(left) or not _small(right)):
            raise TooLarge(f"a power above {HIGHEST_POWER} isn't computed")
        if operator == "*":
            for one, times in ((left, right), (right, left)):
                if isinstance(one, str | list | tuple) and isinstance(times, int):
                    _check_size(len(one) * times, one)
        return super().call_binop(context, operator, left, right)


def _small(number: Any) -> bool:
    return isinstance(number, int | float) and abs(number) <= HIGHEST_POWER


def _range(*bounds: int) -> range:
    numbers = range(*bounds)
    _check_size(len(numbers), [])
    return numbers


def _in_text(value: Any) -> str:
    """A value that stands inside text, written as YAML would."""
    if isinstance(value, Undefined):
        _refuse_undefined(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    said = "null" if value is None else f"a {_sort(value)}"
    raise TypeError(f"{said} stands inside text; only text, numbers and true or false may")


def _environment() -> _Sandbox:
    made = _Sandbox(
        undefined=_Strict, autoescape=False, finalize=_in_text, keep_trailing_newline=True
    )
    made.globals.clear()
    made.globals.update(range=_range, dict=dict)
    del made.filters["random"]  # a plan must come out the same when it is made again
    return made


ENVIRONMENT = _environment()
"""The one that all templates are compiled with."""


@dataclass(frozen=True)
class Compiled:
    """A template that was read."""

    names: frozenset[str]
    """The variables that it reads."""
    evaluate: Callable[[Mapping[str, Any]], Any]
    """What it comes to: plain values alone."""


@lru_cache(maxsize=20_000)
def compiled(text: str) -> Compiled:
    """Read a template.

    Raises:
        jinja2.TemplateSyntaxError: it isn't one.
    """
    tree = ENVIRONMENT.parse(text)
    read = frozenset(find_undeclared_variables(tree)) - set(ENVIRONMENT.globals)
    if _is_one_expression(tree):
        # Whitespace control belongs to the braces: {{-1}} is 1, as in text.
        inner = text.rstrip("\n")[2:-2].removeprefix("-").removeprefix("+").removesuffix("-")
        expression = ENVIRONMENT.compile_expression(inner, undefined_to_none=False)
        return Compiled(read, partial(_value, expression))
    return Compiled(read, partial(_text, ENVIRONMENT.from_string(text)))


def _is_one_expression(tree: nodes.Template) -> bool:
    match tree.body:
        case [nodes.Output(nodes=[expression])]:
            return not isinstance(expression, nodes.TemplateData)
        case [nodes.Output(nodes=[expression, nodes.TemplateData(data=data)])]:
            return not isinstance(expression, nodes.TemplateData) and not data.strip("\n")
    return False


def _value(expression: TemplateExpression, context: Mapping[str, Any]) -> Any:
    return _plain(expression(**context))


def _text(template: Any, context: Mapping[str, Any]) -> str:
    pieces: list[str] = []
    length = 0
    for piece in template.generate(context):
        length += len(piece)
        _check_size(length, "")
        pieces.append(piece)
    return "".join(pieces)


def _plain(value: Any) -> Any:
    """*value* as dicts, lists and scalars; whatever it holds is looked at."""
    if isinstance(value, Undefined):
        _refuse_undefined(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        _check_size(len(value), value)
        return str(value)
    if isinstance(value, Mapping):
        _check_size(len(value), [])
        return {_key(key): _plain(child) for key, child in value.items()}
    if isinstance(value, Sequence | Iterator | KeysView | ValuesView | ItemsView):
        items = list(islice(value, MOST + 1))
        _check_size(len(items), [])
        return [_plain(child) for child in items]
    raise TypeError(f"it comes to a {_sort(value)}, which isn't a value")


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a key is a {_sort(key)}, and must be text")
    return str(key)


def _sort(value: Any) -> str:
    if callable(value):
        return "function"
    return {"dict": "mapping", "tuple": "list"}.get(type(value).__name__, type(value).__name__)


def _refuse_undefined(value: Undefined) -> None:
    value._fail_with_undefined_error()  # noqa: SLF001 -- the way that jinja2 raises it itself


def _check_size(size: int, sort: str | list[Any] | tuple[Any, ...]) -> None:
    most, what = (LONGEST, "characters") if isinstance(sort, str) else (MOST, "items")
    if size > most:
        raise TooLarge(f"the template comes to more than {most:,} {what}")
