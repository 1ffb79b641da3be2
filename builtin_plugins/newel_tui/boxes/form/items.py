"""Lists: a line an item, whose fields are shown below it when it is opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from newel.contracts.layout import harmless
from newel.contracts.views import MISSING
from newel_tui.actions import Action
from newel_tui.boxes.form.checks import broken
from newel_tui.boxes.form.field import Fault, Field, Placed, Stop, step
from newel_tui.boxes.form.lines import Drawn, cut


class Item:
    """One of a list: what edits it, and its line."""

    def __init__(self, listed: ItemsField, field: Field) -> None:
        self.field = field
        self.line = Row(listed, self)
        self.open = False

    def value(self) -> Any:
        value = self.field.value()
        return None if value is MISSING else value

    def kept(self) -> Any:
        value = self.field.kept()
        return None if value is MISSING else value

    @property
    def told(self) -> str:
        """What its line says."""
        return first_text(self.value()) or "-"

    def placed(self, pointer: str, indent: int) -> Iterator[Placed]:
        yield from self.field.placed(pointer, indent)

    def faults(self, pointer: str) -> Iterator[Fault]:
        yield from self.field.faults(pointer)

    def settled(self) -> None:
        self.field.settled()


class Row(Stop):
    """The line of an item, or, without one, of the list where something can be added."""

    def __init__(self, listed: ItemsField, item: Item | None) -> None:
        self.listed = listed
        self.item = item

    @property
    def closed(self) -> bool:
        return self.item is not None and not self.item.open

    def open(self) -> None:
        if self.item is not None:
            self.item.open = True

    def out(self) -> bool:
        was = self.item is not None and self.item.open
        if self.item is not None:
            self.item.open = False
        return was

    @property
    def label(self) -> str:  # type: ignore[override]  # fixed for other stops
        return ""

    @property
    def help(self) -> str:  # type: ignore[override]  # fixed for other stops
        return self.listed.help if self.item is None else ""

    def drawn(self, width: int, focused: bool) -> Drawn:
        if self.item is None:
            return Drawn([[("field.focus" if focused else "dim", "+ n adds one")]])
        mark = "▾" if self.item.open else "▸"
        number = self.listed.items.index(self.item) + 1
        text = cut(f"{mark} {number}. {self.item.told}", width)
        return Drawn([[("cursor" if focused else "value", text)]])

    def key(self, key: str) -> bool:
        listed, item = self.listed, self.item
        if item is not None and key in ("enter", "+", "right") and not item.open:
            self.open()
        elif item is not None and key in ("enter", "left", "-") and item.open:
            item.open = False
        elif key == "-":
            listed.fold()
        else:
            return False
        return True

    def actions(self) -> Sequence[Action]:
        listed, item = self.listed, self.item
        if listed.control.readonly:
            return ()
        add = Action(name="form.add", label="add", keys=("n", "insert"), hint=True, run=lambda: listed.add(item))
        if item is None:
            return (add,)
        return (
            add,
            self._does("remove", ("d", "delete"), lambda: listed.remove(item), hint=True),
            self._does("duplicate", ("c",), lambda: listed.duplicate(item)),
            self._does("later", ("J", "shift+down"), lambda: listed.shift(item, 1), hint=True),
            self._does("earlier", ("K", "shift+up"), lambda: listed.shift(item, -1)),
            self._does("undo", ("u", "ctrl+z"), listed.undo),
        )

    def _does(self, name: str, keys: tuple[str, ...], run: Callable[[], None], *, hint: bool = False) -> Action:
        return Action(name=f"form.{name}", label=name, keys=keys, hint=hint, run=run)


class ItemsField(Field):
    """A list of values of one kind."""

    def load(self, value: Any) -> None:
        known = value if isinstance(value, list | tuple) else ()
        self.items = [item for one in known if (item := self.made(one)) is not None]
        self._there = isinstance(value, list | tuple)
        self._last = Row(self, None)
        self._gone: list[list[Item]] = []

    def made(self, value: Any) -> Item | None:
        from newel_tui.boxes.form.making import field_for  # which makes fields of all kinds, also this one

        return Item(self, field_for(self.form, self.control.parts[0], value))

    def value(self) -> Any:
        return [one.value() for one in self.items] if self.items or self._there else MISSING

    def kept(self) -> Any:
        return [one.kept() for one in self.items]

    def settled(self) -> None:
        for one in self.items:
            one.settled()
        self._there = self._there or bool(self.items)
        super().settled()

    @property
    def note(self) -> str:
        return str(len(self.items))

    def placed(self, pointer: str, indent: int) -> Iterator[Placed]:
        yield Placed(pointer, indent, line=[("title", f"{self.label}{'*' if self.required else ''} ({self.note})")])
        for index, one in enumerate(self.items):
            yield Placed(pointer + step(index), indent + 1, one.line)
            if one.open:
                for inner in one.placed(pointer + step(index), indent + 2):
                    yield inner if inner.parent is not None else _below(inner, one.line)
        if not self.control.readonly:
            yield Placed(pointer, indent + 1, self._last)

    def faults(self, pointer: str) -> Iterator[Fault]:
        yield from broken(self.value(), self.control, pointer, self.touched)
        for index, one in enumerate(self.items):
            yield from one.faults(pointer + step(index))

    # -- what is done to items ------------------------------------------------------------------------------------

    def add(self, after: Item | None) -> Any:
        item = self.made(MISSING)
        if item is not None:
            self.put(item, after)

    def put(self, item: Item, after: Item | None) -> None:
        """Puts an item below another one, or at the end, and goes into it."""
        self._remember()
        at = self.items.index(after) + 1 if after in self.items else len(self.items)
        self.items.insert(at, item)
        item.open = True
        inner = next((one.stop for one in item.placed("", 0) if one.stop is not None), None)
        self.form.go(inner or item.line)
        self.changed()

    def duplicate(self, item: Item) -> None:
        if (made := self.made(self.copied(item.value()))) is not None:
            self.put(made, item)
            made.open = False
            self.form.go(made.line)

    def copied(self, value: Any) -> Any:
        """The value of a duplicate."""
        return value

    def remove(self, item: Item) -> None:
        self._remember()
        at = self.items.index(item)
        self.items.remove(item)
        self.form.go(self.items[min(at, len(self.items) - 1)].line if self.items else self._last)
        self.changed()

    def shift(self, item: Item, by: int) -> None:
        at = self.items.index(item)
        if 0 <= at + by < len(self.items):
            self._remember()
            self.items.insert(at + by, self.items.pop(at))
            self.form.go(item.line)
            self.changed()

    def fold(self) -> None:
        for one in self.items:
            one.open = False

    def undo(self) -> None:
        """The items as they were before the last one was added, removed or moved."""
        if self._gone:
            self.items = self._gone.pop()
            self.form.go(self.items[0].line if self.items else self._last)
            self.changed()

    def _remember(self) -> None:
        self._gone.append(list(self.items))
        del self._gone[:-50]


def _below(placed: Placed, row: Row) -> Placed:
    from attrs import evolve

    return evolve(placed, parent=row)


def first_text(value: Any) -> str:
    """The first text in a value, in one line."""
    if isinstance(value, str):
        return harmless(value[:200].strip())
    if isinstance(value, Mapping):
        return next((text for one in value.values() if (text := first_text(one))), "")
    if isinstance(value, list | tuple):
        return next((text for one in value[:20] if (text := first_text(one))), "")
    return "" if value is None or value is MISSING else str(value)
