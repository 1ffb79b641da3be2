"""Fields whose value is a mapping of locales: one locale is edited, another one may be seen beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import evolve

from newel.contracts.views import MISSING
from newel_tui.actions import Action
from newel_tui.boxes.form.checks import empty
from newel_tui.boxes.form.field import Fault, Field, Placed, Stop, same, step
from newel_tui.boxes.form.items import first_text
from newel_tui.boxes.form.lines import Drawn, Line, beside, cut, length_of


class LocalizedField(Field):
    """A field for each locale, of which one is shown. A locale that the form does not name keeps its value."""

    def load(self, value: Any) -> None:
        from newel_tui.boxes.form.making import field_for  # which makes fields of all kinds, also this one

        known: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
        self._rest = {code: one for code, one in known.items() if code not in self.form.locales}
        self._all = {}
        for index, code in enumerate(self.form.locales):
            control = evolve(self.control, localized=False, required=self.control.required and index == 0)
            self._all[code] = field_for(self.form, control, known.get(code, MISSING))

    def value(self) -> Any:
        found = {code: one.value() for code, one in self._all.items()}
        found = self._rest | {code: value for code, value in found.items() if value is not MISSING}
        return found if found or isinstance(self.original, Mapping) else MISSING

    def kept(self) -> Any:
        found = {code: one.kept() for code, one in self._all.items()}
        return self._rest | {code: value for code, value in found.items() if value is not MISSING}

    def changes(self) -> Any:
        """The locales that differ; the site keeps the others."""
        return {code: one.changes() for code, one in self._all.items() if self._differs(code, one)}

    def _differs(self, code: str, one: Field) -> bool:
        before = self.original.get(code, MISSING) if isinstance(self.original, Mapping) else MISSING
        return one.dirty or not same(one.value(), before)

    @property
    def dirty(self) -> bool:
        return any(self._differs(code, one) for code, one in self._all.items())

    def takes(self, value: Any) -> None:
        """Of the locales that are named; the others keep what was typed."""
        for code, one in value.items() if isinstance(value, Mapping) else ():
            if code in self._all:
                self._all[code].takes(MISSING if one is None else one)
        if isinstance(value, Mapping):
            known = self.original if isinstance(self.original, Mapping) else {}
            self.original = {**known, **value}

    def settled(self) -> None:
        for one in self._all.values():
            one.settled()
        super().settled()

    def missing(self) -> list[str]:
        """The locales without a value."""
        return [code for code, one in self._all.items() if empty(one.value())]

    def placed(self, pointer: str, indent: int) -> Iterator[Placed]:
        shown = self._all.get(self.form.locale)
        if shown is None:
            return
        other = self._all.get(self.form.second)
        for one in shown.placed(pointer + step(self.form.locale), indent):
            stop = one.stop
            if stop is shown:
                stop = self._seen(shown, other)
            yield evolve(one, stop=stop, covers=pointer)

    def _seen(self, shown: Field, other: Field | None) -> Stop:
        key = (self.form.locale, self.form.second)
        if key not in self._views:
            self._views[key] = Seen(self, shown, self.form.locale, other, self.form.second)
        return self._views[key]

    def faults(self, pointer: str) -> Iterator[Fault]:
        for code, one in self._all.items():
            yield from one.faults(pointer + step(code))

    @property
    def _views(self) -> dict[tuple[str, str], Stop]:
        if self._seen_of is not self._all:
            self._seen_of, self._made = self._all, {}
        return self._made

    _seen_of: Any = None
    _made: dict[tuple[str, str], Stop]


class Seen(Stop):
    """The field of one locale, with that of another one beside it to read."""

    def __init__(self, whole: LocalizedField, shown: Field, code: str, other: Field | None, second: str) -> None:
        self._whole = whole
        self._shown = shown
        self._code = code
        self._other = other
        self._second = second

    @property
    def typing(self) -> bool:  # type: ignore[override]  # fixed for other stops
        return self._shown.typing

    @property
    def label(self) -> str:  # type: ignore[override]  # fixed for other stops
        return self._shown.label

    @property
    def help(self) -> str:  # type: ignore[override]  # fixed for other stops
        return self._shown.help

    @property
    def required(self) -> bool:  # type: ignore[override]  # fixed for other stops
        return self._whole.required

    @property
    def tall(self) -> bool:  # type: ignore[override]  # fixed for other stops
        return self._shown.tall or self._other is not None

    @property
    def note(self) -> str:
        missing = self._whole.missing()
        told = f"[{self._code}]" + (f" missing: {' '.join(missing)}" if missing and len(missing) < 6 else "")
        return f"{told} {self._shown.note}".strip()

    def drawn(self, width: int, focused: bool) -> Drawn:
        if self._other is None:
            return self._shown.drawn(width, focused)
        half = (width - 3) // 2
        mine = self._shown.drawn(half, focused)
        theirs: Sequence[Line] = self._other.drawn(half, False).lines
        if empty(self._other.value()):
            theirs = [[("warn", cut("missing", half))]]
        rows = max(len(mine.lines), min(len(theirs), max(8, len(mine.lines))))
        lines = []
        for index in range(rows):
            left = list(mine.lines[index]) if index < len(mine.lines) else []
            right = theirs[index] if index < len(theirs) else []
            mark = f"{self._second} " if index == 0 else " " * (len(self._second) + 1)
            lines.append([*beside(left, [("dim", "│ "), ("dim", mark)], half), *_fits(right, half - len(mark))])
        return Drawn(lines, mine.cursor)

    def key(self, key: str) -> bool:
        return self._shown.key(key)

    def pasted(self, text: str) -> bool:
        return self._shown.pasted(text)

    def actions(self) -> Sequence[Action]:
        return self._shown.actions()

    def out(self) -> bool:
        return self._shown.out()


def _fits(line: Line, width: int) -> Line:
    if length_of(line) <= width:
        return line
    return [("value", cut(first_text("".join(text for _, text in line)), width))]
