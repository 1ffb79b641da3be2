"""Yes or no, one of several, some of several."""

from __future__ import annotations

from typing import Any

from newel.contracts.layout import Option
from newel.contracts.views import MISSING
from newel_tui.boxes.form.checks import types_of
from newel_tui.boxes.form.field import Field
from newel_tui.boxes.form.lines import Drawn, Line, cut

MOST = 8
"""Options that are shown at once."""


class FlagField(Field):
    """Yes, no, and, where the field may be empty, neither."""

    def load(self, value: Any) -> None:
        self._value = value

    def value(self) -> Any:
        return self._value

    def drawn(self, width: int, focused: bool) -> Drawn:
        mark = {True: "[x] yes", False: "[ ] no"}.get(self._value, "[-] not set")
        return Drawn([[("field.focus" if focused else "value", cut(mark, width))]], (1, 0) if focused else None)

    def key(self, key: str) -> bool:
        if self.control.readonly or key not in (" ", "y", "n", "left", "right", "backspace", "delete"):
            return False
        if key in ("backspace", "delete"):
            self._value = None if "null" in types_of(self.control.schema) else MISSING
        else:
            self._value = {"y": True, "n": False}.get(key, self._value is not True)
        self.changed()
        return True


class ChoiceField(Field):
    """One of several: left and right go through them, ``enter`` opens the list, letters find one there."""

    def load(self, value: Any) -> None:
        self._value = value
        self._open = False
        self._at = 0

    @property
    def options(self) -> tuple[Option, ...]:
        return self.control.options

    def value(self) -> Any:
        return self._value

    def _index(self) -> int:
        return next((at for at, one in enumerate(self.options) if self._is(one)), -1)

    def drawn(self, width: int, focused: bool) -> Drawn:
        at = self._index()
        unknown = "-" if self._value in (MISSING, None) else str(self._value)
        label = self.options[at].label or self.options[at].value if at >= 0 else unknown
        if not (focused and self._open):
            shown = f"< {label} >" if focused else label
            return Drawn([[("field.focus" if focused else "value", cut(shown, width))]], (0, 0) if focused else None)
        lines, row = listed(self.options, self._at, width, lambda one: "(•)" if self._is(one) else "( )")
        return Drawn(lines, (0, row))

    def key(self, key: str) -> bool:
        if self.control.readonly or not self.options:
            return False
        if self._open:
            return self._pick(key)
        if key in ("left", "right"):
            step = 1 if key == "right" else -1
            at = self._index()
            self._choose((at + step) % len(self.options) if at >= 0 else (0 if step > 0 else -1))
        elif key in ("enter", " "):
            self._open, self._at = True, max(0, self._index())
        elif key in ("backspace", "delete"):
            self._value = MISSING
            self.changed()
        elif len(key) == 1 and key.isalnum():
            self._open, self._at = True, found(self.options, key, self._index())
        else:
            return False
        return True

    def _pick(self, key: str) -> bool:
        if key in ("up", "down"):
            self._at = max(0, min(len(self.options) - 1, self._at + (1 if key == "down" else -1)))
        elif key in ("enter", " "):
            self._choose(self._at)
            self._open = False
        elif len(key) == 1:
            self._at = found(self.options, key, self._at)
        else:
            self._open = False
            return False
        return True

    def out(self) -> bool:
        was, self._open = self._open, False
        return was

    def _is(self, option: Option) -> bool:
        return self._value not in (MISSING, None) and option.value == str(self._value)

    def _choose(self, at: int) -> None:
        chosen = self.options[at].value  # a text, where the schema may name numbers
        self._value = next((one for one in self.control.schema.get("enum", ()) if str(one) == chosen), chosen)
        self.changed()


class ChoicesField(Field):
    """Some of several, in the order in which they are offered: ``space`` marks."""

    tall = True

    def load(self, value: Any) -> None:
        self._value = value
        self._at = 0

    def value(self) -> Any:
        return self._value

    @property
    def _chosen(self) -> list[Any]:
        return list(self._value) if isinstance(self._value, list | tuple) else []

    def drawn(self, width: int, focused: bool) -> Drawn:
        chosen = self._chosen
        if not focused:
            named = [one.label or one.value for one in self.control.options if one.value in chosen]
            named += [str(one) for one in chosen if one not in {option.value for option in self.control.options}]
            return Drawn([[("value", cut(", ".join(named) or "-", width))]])
        options = self.control.options
        lines, row = listed(options, self._at, width, lambda one: "[x]" if one.value in chosen else "[ ]")
        return Drawn(lines, (1, row))

    def key(self, key: str) -> bool:
        options = self.control.options
        if self.control.readonly or not options:
            return False
        if key in ("up", "down"):
            at = self._at + (1 if key == "down" else -1)
            if not 0 <= at < len(options):
                return False
            self._at = at
        elif key in (" ", "enter"):
            chosen, value = self._chosen, options[self._at].value
            chosen = [one for one in chosen if one != value] if value in chosen else [*chosen, value]
            known = [one.value for one in options]
            kept = [one for one in chosen if one not in known]
            self._value = [one for one in known if one in chosen] + kept
            self.changed()
        elif len(key) == 1 and key.isalnum():
            self._at = found(options, key, self._at)
        else:
            return False
        return True


def found(options: tuple[Option, ...], letter: str, at: int) -> int:
    """The next option that begins with a letter."""
    turned = [*range(at + 1, len(options)), *range(at + 1)]
    begins = letter.casefold()
    return next((one for one in turned if (options[one].label or options[one].value).casefold().startswith(begins)), at)


def listed(options: tuple[Option, ...], at: int, width: int, mark: Any) -> tuple[list[Line], int]:
    """Some options round one, and the row of that one."""
    start = max(0, min(at - MOST // 2, len(options) - MOST))
    lines: list[Line] = []
    for index, one in enumerate(options[start : start + MOST], start):
        text = cut(f"{mark(one)} {one.label or one.value}", width)
        lines.append([("cursor" if index == at else "value", text)])
    if len(options) > MOST:
        lines.append([("dim", cut(f"{at + 1} of {len(options)}", width))])
    return lines, at - start
