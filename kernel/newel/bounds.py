"""What a field's annotation can say: its sentence and its bounds. Cheap to import, since every manifest does.

Fields are written ``Annotated[type, "One sentence.", Min(1), ...]``: the sentence becomes documentation, the bounds are
checked by ``structure.py`` and shown in the JSON Schema.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from attrs import frozen

from newel.errors import Problem
from newel.secrets import Secret

hints_of: Callable[[Any], dict[str, Any]] = lru_cache(1024)(partial(get_type_hints, include_extras=True))
"""The annotations of a class's fields, by name."""


class FromText(str):
    """Text from a place that knows no types."""

    __slots__ = ()


@frozen
class Min:
    value: float


@frozen
class Max:
    value: float


@frozen
class MinLength:
    value: int


@frozen
class MaxLength:
    value: int


@frozen
class Pattern:
    """The whole text must match. For patterns of our own only: a pattern from users needs a time limit."""

    value: str


Bound = Min | Max | MinLength | MaxLength | Pattern


class Fault(ValueError):
    """A value is wrong: a stable code and a sentence."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class Faults(Exception):
    """All that is wrong with an input."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{problem.pointer}: {problem.detail}" for problem in problems))
        self.problems = problems


def described(value: Any) -> str:
    """A short name of a value's JSON type, for messages. The value itself may be secret and is not shown."""
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "list", dict: "object"}
    return "null" if value is None else names.get(type(value), type(value).__name__)


def check_bounds(value: Any, bounds: tuple[Bound, ...]) -> None:
    """Raises ``Fault`` for the first bound that the value breaks; ``None`` breaks none."""
    if value is None:
        return
    plain = value.reveal() if isinstance(value, Secret) else value
    for bound in bounds:
        match bound:
            case Min(least) if plain < least:
                raise Fault("min", f"must be at least {least:g}")
            case Max(most) if plain > most:
                raise Fault("max", f"must be at most {most:g}")
            case MinLength(least) if len(plain) < least:
                raise Fault("min_length", f"needs at least {least} characters or items")
            case MaxLength(most) if len(plain) > most:
                raise Fault("max_length", f"takes at most {most} characters or items")
            case Pattern(pattern) if not re.fullmatch(pattern, plain):
                raise Fault("pattern", f"must match {pattern}")
            case _:
                pass


def bounds_of(annotation: Any) -> tuple[Bound, ...]:
    """The bounds that an ``Annotated`` type carries."""
    return tuple(extra for extra in get_args(annotation)[1:] if isinstance(extra, Bound))


def sentence_of(annotation: Any) -> str:
    """The sentence that an ``Annotated`` type carries, or an empty text."""
    if get_origin(annotation) is not Annotated:
        return ""
    return next((extra for extra in get_args(annotation)[1:] if isinstance(extra, str)), "")
