"""How a list is found. A plan names the shape of its statement; the texts of statements are kept by plan.

``scan``
    along the order: the first key's covering index, other conditions looked up entry by entry, until the page is full.
    Right where many entries pass.
``match``
    along one value of one field, whose index rows are in the order of ids. Right for one condition and order by id.
``gather``
    the few entries that one condition finds, sorted then. Right where few pass.

Which it is depends on how many entries pass, so a list with conditions first weighs up to three of them: it counts
their index rows, each up to ``FEW``. That is one statement, and bounded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from attrs import frozen

from newel_content.query.nodes import Node, Shape
from newel_content.query.sides import Side
from newel_content.query.sorting import Key

FEW = 1000
WEIGHED = 3
_FITNESS = {
    "eq": 0, "same": 0, "in": 1, "among": 1, "via": 2, "starts": 3, "between": 4, "null": 5, "present": 5, "filled": 5,
    "lt": 6, "lte": 6, "gt": 6, "gte": 6, "icontains": 7, "contains": 8, "ends": 8,
}  # fmt: skip
"""What finds rows by itself, the likely narrow ones first."""

Mode = Literal["scan", "match", "gather", "count"]
Part = Literal["first", "after", "empty", "empty_after", "filled"]


@frozen
class Plan:
    """The shape of a page's statement."""

    side: str
    mode: Mode
    keys: tuple[tuple[str, bool], ...]
    """Source and direction of each sort key."""
    driver: Shape | None
    own: tuple[Shape, ...]
    """Tests on the first key's own row."""
    rest: tuple[Shape, ...]
    part: Part
    after: tuple[bool, ...]
    """Which keys of the cursor are empty."""
    arms: int
    """The locales of the chain."""
    routable: bool
    distinct: bool = False
    """Whether the driver may find an entry several times."""


@frozen
class Route:
    """A way to the entries: which condition leads, which are tests on the first key's row, which are looked up."""

    mode: Mode
    driver: Node | None
    own: tuple[Node, ...]
    rest: tuple[Node, ...]

    def values(self) -> Iterator[object]:
        """In the order in which statements take them."""
        if self.driver is not None:
            yield from self.driver.values
        for node in self.own:
            yield from node.values[1:]  # the number is the key's
        for node in self.rest:
            yield from node.values

    def own_tests(self) -> tuple[Shape, ...]:
        return tuple(test.shape for node in self.own for test in node.tests)


def driving(shape: Shape) -> int | None:
    """How narrow a condition that finds entries by itself likely is; ``None`` for all others."""
    if shape[0] == "own":
        return 0 if shape[1] in ("id", "parent") and shape[2][0] in ("eq", "in") else None
    if shape[0] != "field":
        return None
    return min((_FITNESS[test[0]] for test in shape[2] if test[0] in _FITNESS), default=None)


def candidates(nodes: Sequence[Node]) -> list[Node]:
    """The conditions that may lead, narrow ones first."""
    found = []
    for index, node in enumerate(nodes):
        leading = node if driving(node.shape) is not None else covering(node)
        if leading is not None:
            found.append((_fitness(leading.shape), index, leading))
    return [leading for *_, leading in sorted(found, key=lambda one: one[:2])[:WEIGHED]]


def covering(node: Node) -> Node | None:
    """A condition that finds all that an ``any`` does, and perhaps more: one that leads out of each alternative."""
    if node.shape[0] != "any":
        return None
    leads = []
    for part in node.parts:
        choices = [one for one in (part.parts if part.shape[0] == "all" else (part,)) if driving(one.shape) is not None]
        if not choices:
            return None
        leads.append(min(choices, key=lambda one: _fitness(one.shape)))
    values = tuple(value for one in leads for value in one.values)
    return Node(("cover", tuple(one.shape for one in leads)), values, many=True)


def _fitness(shape: Shape) -> int:
    if shape[0] == "cover":
        return max(_fitness(one) for one in shape[1])
    return driving(shape) or 0


def matching(side: Side, keys: Sequence[Key], nodes: Sequence[Node]) -> Node | None:
    """The condition whose index rows stand in the wanted order already."""
    if keys[0].name != "id" or not side.indexed:
        return None
    return next(
        (one for one in nodes if one.field is not None and not one.many and one.shape[2] in ((("eq",),), (("same",),))),
        None,
    )


def split_own(keys: Sequence[Key], nodes: Sequence[Node]) -> tuple[tuple[Node, ...], tuple[Node, ...]]:
    """The conditions on the first key's field, and the others."""
    number = keys[0].number
    own = tuple(node for node in nodes if number and node.field == number)
    return own, tuple(node for node in nodes if node not in own)


def without(nodes: Sequence[Node], leading: Node) -> tuple[Node, ...]:
    return tuple(node for node in nodes if node is not leading)
