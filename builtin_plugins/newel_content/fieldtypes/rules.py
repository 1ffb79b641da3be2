"""The rules of a field, checked on the stored value. One fault a rule; a field may break several."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import regex

from newel import Problem
from newel.bounds import Fault
from newel.contracts.content import Field, FieldType

PATTERN_SECONDS = 0.05
"""What matching one value against one pattern may take; a pattern from an administrator can be exponential."""
MAX_PATTERN = 500
COUNTS = ("min_count", "max_count")
LENGTHS = ("min_length", "max_length")
BOUNDS = ("min", "max")
NAMES = (*BOUNDS, *LENGTHS, "pattern", "one_of", *COUNTS)


def broken(value: Any, field: Field) -> Iterator[Fault]:
    """The faults of a stored value that is not ``None``, in the order of ``NAMES``."""
    for name in NAMES:
        if name in field.rules:
            fault = _CHECKS[name](value, field.rules[name])
            if fault is not None:
                yield fault


def _each(check: Callable[[Any, Any], Fault | None]) -> Callable[[Any, Any], Fault | None]:
    """A rule about single values holds for every item of a list."""

    def checked(value: Any, bound: Any) -> Fault | None:
        items = value if isinstance(value, list) else [value]
        return next((fault for item in items if (fault := check(item, bound)) is not None), None)

    return checked


def _comparable(value: Any) -> Any:
    """Numbers compare as numbers even where one is a decimal text; dates and times are texts that sort by time."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return value


def _pair(value: Any, bound: Any) -> tuple[Any, Any]:
    left, right = _comparable(value), _comparable(bound)
    if isinstance(left, Decimal) != isinstance(right, Decimal):
        left, right = Decimal(str(left)), Decimal(str(right))
    return left, right


def _min(value: Any, least: Any) -> Fault | None:
    left, right = _pair(value, least)
    return Fault("min", f"must be at least {least}") if left < right else None


def _max(value: Any, most: Any) -> Fault | None:
    left, right = _pair(value, most)
    return Fault("max", f"must be at most {most}") if left > right else None


def _min_length(value: str, least: int) -> Fault | None:
    return Fault("min_length", f"needs at least {least} characters") if len(value) < least else None


def _max_length(value: str, most: int) -> Fault | None:
    return Fault("max_length", f"takes at most {most} characters") if len(value) > most else None


def _pattern(value: str, pattern: str) -> Fault | None:
    try:
        # Compiled patterns are cached by the library, by text.
        if regex.fullmatch(pattern, value, timeout=PATTERN_SECONDS) is None:
            return Fault("pattern", f"must match {pattern}")
    except TimeoutError:
        return Fault("pattern_time", "takes too long to compare with the field's pattern: simplify the pattern")
    return None


def _one_of(value: Any, choices: list[Any]) -> Fault | None:
    if any(type(value) is type(choice) and value == choice for choice in choices):
        return None
    return Fault("one_of", "must be one of: " + ", ".join(str(choice) for choice in choices))


def _min_count(value: list[Any], least: int) -> Fault | None:
    return Fault("min_count", f"needs at least {least} items") if len(value) < least else None


def _max_count(value: list[Any], most: int) -> Fault | None:
    return Fault("max_count", f"takes at most {most} items") if len(value) > most else None


_CHECKS: Mapping[str, Callable[[Any, Any], Fault | None]] = {
    "min": _each(_min), "max": _each(_max), "min_length": _each(_min_length), "max_length": _each(_max_length),
    "pattern": _each(_pattern), "one_of": _each(_one_of), "min_count": _min_count, "max_count": _max_count,
}  # fmt: skip


# -- the rules themselves ---------------------------------------------------------------------------------------------

ALLOWED: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(
        ("text", "textarea", "markdown", "slug", "email", "url"), frozenset((*LENGTHS, "pattern", "one_of"))
    ),
    **dict.fromkeys(("number", "integer"), frozenset((*BOUNDS, "one_of"))),
    **dict.fromkeys(("date", "datetime", "time"), frozenset(BOUNDS)),
    "tags": frozenset((*LENGTHS, *COUNTS, "pattern", "one_of")),
    **dict.fromkeys(("multiselect", "reference", "blocks"), frozenset(COUNTS)),
}
"""By field type. Types of other plugins: lists take the counts, textual ones the lengths, all others the bounds."""


def allowed(kind: FieldType) -> frozenset[str]:
    """The rules that make sense for a field type."""
    if kind.name in ALLOWED:
        return ALLOWED[kind.name]
    names: set[str] = set()
    if kind.many:
        names.update(COUNTS)
    if kind.textual:
        names.update((*LENGTHS, "pattern", "one_of"))
    return frozenset(names)


def faults(field: Field, kind: FieldType, pointer: str) -> Iterator[Problem]:
    """What is wrong with a field's rules; ``pointer`` is that of ``rules``."""
    for name, bound in field.rules.items():
        here = f"{pointer}/{name}"
        if name not in NAMES:
            yield Problem(here, "unknown", f"there is no rule '{name}'")
        elif name not in allowed(kind):
            yield Problem(here, "rule", f"'{name}' makes no sense for the field type '{kind.name}'")
        else:
            yield from _bound_faults(name, bound, field, kind, here)


def _bound_faults(name: str, bound: Any, field: Field, kind: FieldType, here: str) -> Iterator[Problem]:
    if name in (*LENGTHS, *COUNTS):
        if type(bound) is not int or bound < 0:
            yield Problem(here, "type", "expected a whole number from 0")
    elif name == "pattern":
        yield from _pattern_faults(bound, here)
    elif name == "one_of":
        if not isinstance(bound, list) or not bound:
            yield Problem(here, "type", "expected a list of values")
        else:
            for index, choice in enumerate(bound):
                yield from _value_faults([choice] if kind.many else choice, field, kind, f"{here}/{index}")
    else:
        yield from _value_faults(bound, field, kind, here)


def _pattern_faults(bound: Any, here: str) -> Iterator[Problem]:
    if not isinstance(bound, str) or len(bound) > MAX_PATTERN:
        yield Problem(here, "type", f"expected a regular expression of at most {MAX_PATTERN} characters")
        return
    try:
        regex.compile(bound)
    except (regex.error, RecursionError, OverflowError) as error:
        yield Problem(here, "pattern", f"is not a regular expression: {error}")


def _value_faults(bound: Any, field: Field, kind: FieldType, here: str) -> Iterator[Problem]:
    try:
        kind.parse(bound, field)
    except Fault as fault:
        yield Problem(here, fault.code, str(fault))
