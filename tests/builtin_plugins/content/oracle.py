"""What a list must be, in plain Python: filters, orders and fallbacks over entries that are dicts."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import frozen

TEXT = ("title", "slug")
MANY = ("tags", "friends")


@frozen
class Thing:
    """An entry as one reader sees it."""

    id: str
    values: Mapping[str, Any]
    columns: Mapping[str, str]


@frozen
class World:
    """The entries that a list is made from, and those that references lead to (by id, in every locale of the chain)."""

    things: Sequence[Thing]
    targets: Mapping[str, Sequence[Thing]]


def folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def rank(name: str, value: Any) -> Any:
    """What sorts a value, ``None`` first."""
    if value is None:
        return (0, 0)
    return (1, folded(value) if name == "title" else value)


def value_of(thing: Thing, name: str) -> Any:
    if name == "id":
        return thing.id
    return thing.columns[name] if name in thing.columns else thing.values.get(name)


def ordered(things: Sequence[Thing], sort: Sequence[str]) -> list[Thing]:
    """Stable sorts from the last key to the first; equal ones by id in the last key's direction."""
    found = sorted(things, key=lambda thing: thing.id, reverse=sort[-1].startswith("-"))
    for key in reversed(sort):
        name = key.removeprefix("-")
        found.sort(key=lambda thing, name=name: rank(name, value_of(thing, name)), reverse=key.startswith("-"))  # type: ignore[misc]  # mypy knows no defaults in lambdas
    return found


def passes(world: World, thing: Thing, wanted: Mapping[str, Any]) -> bool:
    """Whether a filter lets an entry through."""
    return all(_one(world, thing, name, inner) for name, inner in wanted.items())


def _one(world: World, thing: Thing, name: str, inner: Any) -> bool:
    if name == "_and":
        return all(passes(world, thing, one) for one in inner)
    if name == "_or":
        return any(passes(world, thing, one) for one in inner)
    if name == "_not":
        return not passes(world, thing, inner)
    value = value_of(thing, name)
    return all(_operator(world, name, value, operator, operand) for operator, operand in inner.items())


def _operator(world: World, name: str, value: Any, operator: str, operand: Any) -> bool:
    opposite = {"_neq": "_eq", "_nin": "_in", "_nnull": "_null", "_nempty": "_empty", "_none": "_some"}
    if operator in opposite:
        return not _operator(world, name, value, opposite[operator], operand)
    items = (value or []) if name in MANY else [] if value is None else [value]
    if operator == "_null":
        return (not items) == operand
    if operator == "_empty":
        return all(item == "" for item in items) == operand
    if operator == "_some":
        return any(_item(world, name, item, operand) for item in items)
    return any(TESTS[operator](name, item, operand) for item in items)


def _item(world: World, name: str, item: Any, wanted: Mapping[str, Any]) -> bool:
    tests = {key: inner for key, inner in wanted.items() if key in TESTS}
    inside = {key: inner for key, inner in wanted.items() if key not in TESTS}
    if not all(TESTS[operator](name, item, operand) for operator, operand in tests.items()):
        return False
    return not inside or any(passes(world, target, inside) for target in world.targets.get(item, ()))


def _ordering(compare: Callable[[Any, Any], bool]) -> Callable[[str, Any, Any], bool]:
    def test(name: str, item: Any, operand: Any) -> bool:
        return compare(_key(name, item), _key(name, operand))

    return test


def _key(name: str, value: Any) -> Any:
    return folded(value) if name in ("title", "tags") else value


def _between(name: str, item: Any, operand: Any) -> bool:
    return bool(_key(name, operand[0]) <= _key(name, item) <= _key(name, operand[1]))


TESTS: Mapping[str, Callable[[str, Any, Any], bool]] = {
    "_eq": lambda name, item, operand: item == operand,
    "_in": lambda name, item, operand: item in operand,
    "_lt": _ordering(lambda one, other: bool(one < other)),
    "_lte": _ordering(lambda one, other: bool(one <= other)),
    "_gt": _ordering(lambda one, other: bool(one > other)),
    "_gte": _ordering(lambda one, other: bool(one >= other)),
    "_between": _between,
    "_contains": lambda name, item, operand: operand in item and folded(operand) in folded(item),
    "_icontains": lambda name, item, operand: folded(operand) in folded(item),
    "_starts_with": lambda name, item, operand: item.startswith(operand) and folded(item).startswith(folded(operand)),
    "_ends_with": lambda name, item, operand: item.endswith(operand) and folded(operand) in folded(item),
}
