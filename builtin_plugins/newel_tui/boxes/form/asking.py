"""A question with several answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import urwid

from newel.contracts.layout import harmless
from newel_tui.actions import Action
from newel_tui.boxes.base import Box, Host, Owner
from newel_tui.boxes.form.lines import Line


class Asking(Box):
    """Lines to read, and a key for each answer: its name, key and label. ``esc`` answers ``None``."""

    def __init__(
        self, host: Host, owner: Owner, title: str, lines: Sequence[Line], answers: Sequence[tuple[str, str, str]]
    ) -> None:
        rows = [urwid.Text([*line] or "") for line in lines]
        keys = [urwid.Text([("hint.key", f"{key:>6}"), ("", f"  {label}")]) for _, key, label in answers]
        stay = urwid.Text([("hint.key", "   esc"), ("", "  go on as it is")])
        body: list[urwid.Text | urwid.Divider] = [*rows, urwid.Divider(), *keys, stay]
        self._list = urwid.ListBox(urwid.SimpleListWalker(body))
        super().__init__(host, owner, None, self._list)
        self._title = harmless(title)
        self._answers = answers

    @property
    def title(self) -> str:
        return self._title

    def actions(self) -> Sequence[Action]:
        return [
            *(
                Action(name=f"question.{name}", label=label, keys=(key,), hint=True, run=self._gives(name))
                for name, key, label in self._answers
            ),
            Action(name="question.none", label="go on", keys=("esc", "q"), hint=True, run=self._gives(None)),
            Action(name="list.down", label="down", keys=("down", "j", "pgdn"), run=self._scrolls("down")),
            Action(name="list.up", label="up", keys=("up", "k", "pgup"), run=self._scrolls("up")),
        ]

    def _gives(self, name: str | None) -> Callable[[], None]:
        return lambda: self.host.finish(self, name)

    def _scrolls(self, key: str) -> Callable[[], None]:
        def scroll() -> None:
            self._list.keypress(self.host.size, key)

        return scroll
