"""A filter as conditions: what they look like (``shape``), apart from what they compare with (``values``).

Statements are written per shape, values are bound. A shape is made of nested tuples:

``("all", shapes)`` ``("any", shapes)`` ``("not", shape)``
    logic; it is two-valued, so ``not`` finds exactly what the inner condition does not
``("field", localized, tests)``
    one index row of the field passes all tests; values: the field's number, then those of the tests
``("own", column, test)``
    a column that every entry has; values: those of the test
``("cover", shapes)``
    entries that one of these may find: wider than the ``any`` that it was made of, to look among them

A test is ``("eq",)``, ``("same",)`` (the key and the text as written), ``("lt",)``, ``("lte",)``, ``("gt",)``,
``("gte",)``, ``("between",)``, ``("in", n)`` and ``("among", n)`` (one of n keys; the texts as well), ``("null",)``,
``("present",)`` (not null), ``("filled",)`` (nor the empty text), ``("contains",)``, ``("icontains",)``,
``("starts",)``, ``("ends",)``, or ``("via", shape)``: the row points at an entry for which the inner condition holds;
values: the type's id, then the inner ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from attrs import frozen

from newel.contracts.database import Value

Shape: TypeAlias = tuple[Any, ...]
SIZES = (1, 4, 16, 64, 256, 1024)
"""The lengths of lists in statements; shorter ones repeat their last value, so that there are few texts."""


@frozen
class Test:
    """What one value must be like."""

    shape: Shape
    values: tuple[Value, ...] = ()


@frozen
class Node:
    """A condition. ``field`` is the number of the field that it is about, where it is about a single one."""

    shape: Shape
    values: tuple[Value, ...]
    field: int | None = None
    many: bool = False
    """Whether an entry may have several index rows that pass."""
    tests: tuple[Test, ...] = ()
    parts: tuple[Node, ...] = ()
    """What it is joined of."""


def arity(shape: Shape) -> int:
    """How many values a condition of the shape has."""
    match shape:
        case ("all" | "any" | "cover", inner):
            return sum(arity(one) for one in inner)
        case ("not", inner):
            return arity(inner)
        case ("field", _, tests):
            return 1 + sum(_test_arity(test) for test in tests)
        case ("own", _, test):
            return _test_arity(test)
    raise ValueError(shape)


def _test_arity(test: Shape) -> int:
    match test:
        case ("in", size):
            return int(size)
        case ("among", size):
            return 2 * int(size)
        case ("via", inner):
            return 1 + arity(inner)
    return _ARITIES.get(test[0], 1)


_ARITIES = {"null": 0, "present": 0, "filled": 0, "same": 2, "between": 2, "contains": 2, "ends": 2, "starts": 3}


def on_field(number: int, localized: bool, many: bool, tests: Sequence[Test]) -> Node:
    values: list[Value] = [number]
    for test in tests:
        values += test.values
    return Node(("field", localized, tuple(test.shape for test in tests)), tuple(values), number, many, tuple(tests))


def on_column(name: str, test: Test) -> Node:
    return Node(("own", name, test.shape), test.values)


def negated(node: Node) -> Node:
    return Node(("not", node.shape), node.values)


def joined(kind: str, nodes: Sequence[Node]) -> Node:
    """``all`` or ``any`` of the conditions."""
    if len(nodes) == 1:
        return nodes[0]
    values = tuple(value for node in nodes for value in node.values)
    return Node((kind, tuple(node.shape for node in nodes)), values, parts=tuple(nodes))


def via(target: str, inner: Node) -> Test:
    """The row's reference leads to an entry of that type for which the condition holds."""
    return Test(("via", inner.shape), (target, *inner.values))


def padded(values: Sequence[Value]) -> tuple[Value, ...]:
    """The values, filled up to one of a few lengths."""
    size = next(size for size in SIZES if size >= len(values))
    return (*values, *[values[-1]] * (size - len(values)))
