"""What a list is sorted by.

An entry without a value counts as smaller than every value: it is first going up and last going down, on all engines.
Entries that are equal in all keys are in the order of their ids, in the direction of the last key.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from newel import Malformed, Problem
from newel.config import did_you_mean
from newel_content.documents.checking import pointer
from newel_content.model import REFERENCE, Model
from newel_content.query.grammar import is_many
from newel_content.query.sides import Side

FIELD = "field:"


@frozen
class Key:
    """One key of the order. ``number`` is a field's; of a column that every entry has it is 0."""

    name: str
    down: bool
    number: int = 0
    localized: bool = False

    @property
    def source(self) -> str:
        """The column, or which kind of index row: all that statements differ in."""
        if not self.number:
            return self.name
        return f"{FIELD}{'localized' if self.localized else 'shared'}"

    @property
    def nullable(self) -> bool:
        return self.number > 0


def read_sort(side: Side, model: Model, wanted: Sequence[str]) -> tuple[Key, ...]:
    """The keys, at least one. Raises ``Malformed``."""
    keys: list[Key] = []
    problems: list[Problem] = []
    for index, text in enumerate(wanted or side.default):
        where = pointer("sort", index)
        name, down = text.removeprefix("-"), text.startswith("-")
        if any(key.name == name for key in keys):
            problems.append(Problem(where, "duplicate", f"'{name}' stands in the order twice"))
        elif name in side.sortable:
            keys.append(Key(name, down))
        elif (refusal := _refusal(side, model, name)) is not None:
            problems.append(Problem(where, *refusal))
        else:
            bound = model.fields[name]
            keys.append(Key(name, down, bound.number, bound.localized))
    if problems:
        raise Malformed("the sort order is not valid", problems=problems)
    ids = [index for index, key in enumerate(keys) if key.name == "id"]
    return tuple(keys[: ids[0] + 1]) if ids else tuple(keys)


def _refusal(side: Side, model: Model, name: str) -> tuple[str, str] | None:
    if name in side.columns:
        return "not_sortable", f"this list cannot be sorted by '{name}'; it can by {', '.join(sorted(side.sortable))}"
    bound = model.fields.get(name)
    if bound is None:
        return "unknown", f"there is no '{name}' to sort by{did_you_mean(name, [*model.fields, *side.sortable])}"
    if not side.indexed:
        return "not_indexed", "what is in the trash cannot be sorted by its fields"
    if bound.kind.key is None or bound.field.type == REFERENCE:
        return "not_sortable", f"fields of the type '{bound.field.type}' have no order"
    if is_many(bound):
        return "not_sortable", f"'{name}' holds several values, which have no order"
    if not bound.indexed:
        return "not_indexed", f"mark the field '{name}' as `indexed` to sort by it"
    return None
