"""Fields inside a field: an object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from newel.contracts.views import MISSING, Control
from newel_tui.boxes.form.checks import broken
from newel_tui.boxes.form.field import Around, Fault, Field, Placed, step
from newel_tui.boxes.form.lines import Line


class Parts:
    """Fields by name that make one mapping. What the mapping has and no field is for stays in it."""

    def __init__(self, form: Around, controls: Sequence[Control], value: Any) -> None:
        from newel_tui.boxes.form.making import field_for  # which makes fields of all kinds, also this one

        known: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
        self.all = {one.name: field_for(form, one, known.get(one.name, MISSING)) for one in controls}
        self._rest = {key: one for key, one in known.items() if key not in self.all}

    def value(self) -> dict[str, Any]:
        found = {name: one.value() for name, one in self.all.items()}
        return self._rest | {name: value for name, value in found.items() if value is not MISSING}

    def kept(self) -> dict[str, Any]:
        found = {name: one.kept() for name, one in self.all.items()}
        return self._rest | {name: value for name, value in found.items() if value is not MISSING}

    def placed(self, pointer: str, indent: int) -> Iterator[Placed]:
        for name, one in self.all.items():
            yield from one.placed(pointer + step(name), indent)

    def faults(self, pointer: str) -> Iterator[Fault]:
        for name, one in self.all.items():
            yield from one.faults(pointer + step(name))

    def settled(self) -> None:
        for one in self.all.values():
            one.settled()


class GroupField(Field):
    """An object: a heading, and its fields below. One that is not there appears when something is typed into it."""

    def load(self, value: Any) -> None:
        self._parts = Parts(self.form, self.control.parts, value)
        self._there = isinstance(value, Mapping)

    def value(self) -> Any:
        value = self._parts.value()
        return value if value or self._there else MISSING

    def kept(self) -> Any:
        return self._parts.kept() or MISSING

    def settled(self) -> None:
        self._parts.settled()
        self._there = bool(self._parts.value()) or self._there
        super().settled()

    def placed(self, pointer: str, indent: int) -> Iterator[Placed]:
        heading: Line = [("title", self.label + ("*" if self.required else ""))]
        if self.help:
            heading.append(("dim", "  " + self.help[:100]))
        yield Placed(pointer, indent, line=heading)
        yield from self._parts.placed(pointer, indent + 1)

    def faults(self, pointer: str) -> Iterator[Fault]:
        value = self.value()
        if value is MISSING:
            yield from broken(value, self.control, pointer, self.touched)
        else:
            yield from self._parts.faults(pointer)
