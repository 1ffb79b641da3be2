"""References: values that are chosen from a list, and shown by their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import evolve

from newel.contracts.layout import harmless
from newel.contracts.views import MISSING, Pick, at, meant
from newel.errors import NewelError
from newel_tui.actions import Action
from newel_tui.boxes.form.field import Field
from newel_tui.boxes.form.lines import Drawn, Line, cut


class PickField(Field):
    """One reference, or several in an order. ``enter`` opens the list to choose from."""

    @property
    def many(self) -> bool:
        return self.control.kind == "references"

    @property
    def tall(self) -> bool:  # type: ignore[override]  # fixed for other stops
        return self.many

    def load(self, value: Any) -> None:
        self._labels: dict[str, str] = {}
        self._asked: set[str] = set()
        self._there = value is not MISSING and value is not None
        self._at = 0
        if self.many:
            self._values = list(value) if isinstance(value, list | tuple) else []
        else:
            self._values = [] if value is MISSING or value is None else [value]

    def value(self) -> Any:
        if self.many:
            return list(self._values) if self._values or self._there else MISSING
        return self._values[0] if self._values else MISSING

    # -- names ----------------------------------------------------------------------------------------------------

    def _label(self, value: Any) -> str:
        known = str(value)
        pick = self.control.pick
        if known not in self._labels and pick is not None and pick.shown is not None and known not in self._asked:
            self._asked.add(known)
            self.form.host.start(self._learn(value, pick))
        return harmless(self._labels.get(known, known))

    async def _learn(self, value: Any, pick: Pick) -> None:
        if pick.shown is None:
            return
        try:
            row = await self.form.host.gateway.run(pick.shown.operation, meant(pick.shown.params, value))
        except NewelError as error:
            self._labels[str(value)] = f"{value} ({error.detail})"
        else:
            self._named(value, row, pick)
        self.form.host.redraw()

    def _named(self, value: Any, row: Any, pick: Pick) -> None:
        label = at(row, pick.label)
        if isinstance(label, Mapping):
            label = label.get(self.form.locale) or next(iter(label.values()), MISSING)
        if label is not MISSING and label not in (None, ""):
            self._labels[str(value)] = str(label)

    # -- what is seen ---------------------------------------------------------------------------------------------

    def drawn(self, width: int, focused: bool) -> Drawn:
        if not self.many:
            text = self._label(self._values[0]) if self._values else "-"
            look = "field.focus" if focused else "value" if self._values else "dim"
            return Drawn([[(look, cut(text, width))]], (0, 0) if focused else None)
        lines: list[Line] = []
        for index, one in enumerate(self._values):
            here = focused and index == self._at
            lines.append([("cursor" if here else "value", cut(f"{index + 1}. {self._label(one)}", width))])
        if not self._values or (focused and not self.control.readonly):
            here = focused and self._at >= len(self._values)
            lines.append([("cursor" if here else "dim", "+ enter adds" if not self.control.readonly else "-")])
        return Drawn(lines, (0, min(self._at, len(lines) - 1)) if focused else None)

    # -- keys -----------------------------------------------------------------------------------------------------

    def key(self, key: str) -> bool:
        if self.many and key in ("up", "down"):
            at = self._at + (1 if key == "down" else -1)
            if 0 <= at <= len(self._values) - (1 if self.control.readonly else 0):
                self._at = at
                return True
        return False

    def actions(self) -> Sequence[Action]:
        pick, found = self.control.pick, list[Action]()
        # A screen would open below a form that lies above one.
        if pick is not None and pick.opens is not None and self._here is not None and not self.form.above:
            found.append(Action(name="form.look", label="look at it", keys=("o",), hint=True, run=self._look))
        if self.control.readonly or pick is None:
            return found
        found.append(Action(name="form.pick", label="choose", keys=("enter", "n"), hint=True, run=self._choose))
        if self._values:
            keys = ("d", "delete", "backspace")
            found.append(Action(name="form.remove", label="remove", keys=keys, run=self._remove))
        if self.many:
            later, earlier = (lambda: self._shift(1)), (lambda: self._shift(-1))
            found.append(Action(name="form.later", label="later", keys=("J", "shift+down"), run=later))
            found.append(Action(name="form.earlier", label="earlier", keys=("K", "shift+up"), run=earlier))
        return found

    @property
    def _here(self) -> Any:
        """The value under the cursor; ``None`` where there is none."""
        at = self._at if self.many else 0
        return self._values[at] if at < len(self._values) else None

    async def _look(self) -> None:
        pick, here = self.control.pick, self._here
        if pick is not None and pick.opens is not None and here is not None:
            await self.form.owner.navigate(evolve(pick.opens, params=meant(pick.opens.params, here)))

    async def _choose(self) -> None:
        pick = self.control.pick
        if pick is None:
            return
        rows = await self.form.host.pick(pick.listing, many=self.many)
        chosen = [(at(row, pick.value), row) for row in rows or ()]
        if not chosen:
            return
        for value, row in chosen:
            self._named(value, row, pick)
        values = [value for value, _ in chosen if value is not MISSING]
        if self.many:
            new = [one for one in values if one not in self._values]
            self._values[self._at + 1 : self._at + 1] = new
            self._at = min(self._at + len(new), len(self._values) - 1)
        else:
            self._values = values[:1]
        self.changed()
        self.form.host.redraw()

    def _remove(self) -> None:
        if self.many and self._at >= len(self._values):
            return
        del self._values[self._at if self.many else 0]
        self._at = max(0, min(self._at, len(self._values) - 1))
        self.changed()

    def _shift(self, by: int) -> None:
        at = self._at + by
        if 0 <= at < len(self._values) and self._at < len(self._values):
            self._values.insert(at, self._values.pop(self._at))
            self._at = at
            self.changed()
