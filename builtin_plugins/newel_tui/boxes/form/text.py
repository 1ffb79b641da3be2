"""One line of text, and what is typed as one: numbers, secrets, tags."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from typing import Any

import urwid

from newel.contracts.layout import harmless
from newel.contracts.views import MISSING
from newel_tui.boxes.form.buffer import Buffer
from newel_tui.boxes.form.checks import types_of
from newel_tui.boxes.form.field import Fault, Field
from newel_tui.boxes.form.lines import Drawn, Line, cut, width_of

LARGEST = 8_000_000
"""Characters of a field: more is refused where it is pasted."""


class TextField(Field):
    """Text in one line. It scrolls to the side where it is too long."""

    mask = ""

    @property
    def typing(self) -> bool:  # type: ignore[override]  # fixed for other stops
        return not self.control.readonly

    def load(self, value: Any) -> None:
        self.buffer = Buffer(self.written(value), single=True)

    def written(self, value: Any) -> str:
        """The text for a value."""
        return "" if value is MISSING or value is None else value if isinstance(value, str) else str(value)

    def value(self) -> Any:
        if self.buffer.text == self.written(self.original):
            return self.original
        return self.read(self.buffer.text) if self.buffer.text.strip() else self.nothing()

    def read(self, text: str) -> Any:
        """The value that was typed; a text that is none stays a text, which ``faults`` tells of."""
        return text

    def nothing(self) -> Any:
        """The value of an empty line: an empty text only where the field takes no ``null`` and had a text."""
        plain = types_of(self.control.schema) == ("string",) and self.original not in (MISSING, None)
        return self.buffer.text if plain or self.buffer.text else MISSING

    @property
    def note(self) -> str:
        most = self.control.schema.get("maxLength")
        return f"{len(self.buffer.text)}/{most}" if most is not None else ""

    def drawn(self, width: int, focused: bool) -> Drawn:
        text = harmless(self.buffer.text) if not self.mask else self.mask * len(self.buffer.text)
        if not focused or self.control.readonly:
            return Drawn([[("value", cut(text, width))] if text else self.hint(width)])
        column = self.buffer.at[1]
        start = max(0, column - width + 1)
        while width_of(text[start:column]) >= width:
            start += 1
        shown = text[start : start + width]
        if width_of(shown) > width:
            shown = shown[: urwid.calc_text_pos(shown, 0, len(shown), width)[0]]
        rest = " " * (width - width_of(shown))
        return Drawn([[("field.focus", shown + rest)]], (width_of(text[start:column]), 0))

    def hint(self, width: int) -> Line:
        """What stands there where nothing does."""
        default = self.control.schema.get("default")
        told = f"default: {default}" if default not in (None, "", []) else "-"
        return [("dim", cut(told, width))]

    def key(self, key: str) -> bool:
        if self.control.readonly:
            return False
        before = self.buffer.version
        known = self.buffer.key(key)
        if self.buffer.version != before:
            self.changed()
        return known

    def pasted(self, text: str) -> bool:
        if self.control.readonly:
            return False
        if len(self.buffer.text) + len(text) > LARGEST:
            self.form.host.toast(f"a field takes at most {LARGEST:,} characters here", "error")
            return True
        self.buffer.insert(text)
        self.changed()
        return True


class SecretField(TextField):
    """Text that is not shown, and not kept."""

    mask = "•"

    def kept(self) -> Any:
        return MISSING


class NumberField(TextField):
    """A number, whole or not."""

    @property
    def whole(self) -> bool:
        return self.control.kind == "integer"

    def read(self, text: str) -> Any:
        try:
            found = int(text) if self.whole or text.strip().lstrip("+-").isdigit() else float(text)
        except ValueError:
            return text
        return found if math.isfinite(found) and text.isascii() and "_" not in text else text

    def nothing(self) -> Any:
        return MISSING

    def faults(self, pointer: str) -> Iterator[Fault]:
        if isinstance(self.value(), str):
            yield Fault(pointer, f"expected {'a whole number' if self.whole else 'a number'}", stops=True)
        else:
            yield from super().faults(pointer)


class TagsField(TextField):
    """Words with commas between them; one with a comma inside stands in quotes."""

    def written(self, value: Any) -> str:
        if not isinstance(value, list | tuple):
            return super().written(value)
        return ", ".join(f'"{one}"' if "," in str(one) else str(one) for one in value)

    def read(self, text: str) -> Any:
        try:
            words = [word.strip() for row in csv.reader([text], skipinitialspace=True) for word in row]
        except csv.Error:  # a word that is longer than it takes
            words = [word.strip() for word in text.split(",")]
        return list(dict.fromkeys(word for word in words if word))

    def nothing(self) -> Any:
        return MISSING if self.original in (MISSING, None) else []
