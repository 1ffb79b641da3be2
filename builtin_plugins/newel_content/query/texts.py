"""Statements by their shape: rendered when a shape is first seen, and kept."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from typing import TYPE_CHECKING, Any

from newel.contracts.database import Database, Value

if TYPE_CHECKING:
    from sqlalchemy.sql.expression import ClauseElement

KEPT = 1000
_NAME = re.compile(r"(?<![\\:\w]):([a-z]\w*)")


class Texts:
    """The texts of statements, the least used ones dropped. A shape holds no input, so there are finitely many."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._kept: OrderedDict[Hashable, tuple[str, tuple[str, ...]]] = OrderedDict()

    def of(
        self, shape: Hashable, make: Callable[[], ClauseElement], values: Mapping[str, Any]
    ) -> tuple[str, dict[str, Value]]:
        """The text, and those of the values that it names."""
        kept = self._kept.get(shape)
        if kept is None:
            text = self._db.render(make())
            kept = self._kept[shape] = (text, tuple(dict.fromkeys(_NAME.findall(text))))
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(shape)
        text, names = kept
        return text, {name: values[name] for name in names}
