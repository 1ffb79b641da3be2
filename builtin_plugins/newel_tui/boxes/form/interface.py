"""Fields that a plugin's editor edits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from attrs import evolve

from newel.contracts.layout import Input, List, Progress, Select, Text
from newel.contracts.tui import Action as Ending
from newel.contracts.tui import Commit
from newel.contracts.views import MISSING
from newel.errors import NewelError
from newel_tui.actions import Action
from newel_tui.boxes.form.conversing import Conversation, Window
from newel_tui.boxes.form.field import Fault, Field
from newel_tui.boxes.form.lines import Drawn, Line

HIGHEST = 8
"""Rows of an editor in the form."""
LEADS = ("tab", "shift+tab", "ctrl+s", "ctrl+n")
"""Keys that stay the form's while an editor in it is open."""


class InterfaceField(Field):
    """Shows its value as its kind does; ``enter`` starts the editor, in the form or above it. Where the editor is gone,
    the value is edited by its kind."""

    def load(self, value: Any) -> None:
        from newel_tui.boxes.form.making import field_for  # which makes fields of all kinds, also this one

        self.plain = field_for(self.form, evolve(self.control, interface=None), value)
        self._talk: Conversation | None = None
        self._inline = False
        self._gone = False

    def value(self) -> Any:
        return self.plain.value()

    def kept(self) -> Any:
        return self.plain.kept()

    def changes(self) -> Any:
        return self.plain.changes()

    def settled(self) -> None:
        self.plain.settled()
        super().settled()

    def faults(self, pointer: str) -> Iterator[Fault]:
        yield from self.plain.faults(pointer)

    @property
    def typing(self) -> bool:  # type: ignore[override]  # fixed for other stops
        return (self._talk is not None and self._inline) or (self._gone and self.plain.typing)

    @property
    def tall(self) -> bool:  # type: ignore[override]  # fixed for other stops
        return (self._talk is not None and self._inline) or self.plain.tall

    @property
    def note(self) -> str:
        return "" if self._gone or self.control.interface is None else f"({self.control.interface[1]})"

    # -- the editor -----------------------------------------------------------------------------------------------

    async def _start(self) -> None:
        if self.control.interface is None or self._talk is not None:
            return
        plugin, name = self.control.interface
        gateway = self.form.host.gateway
        try:
            offered = await gateway.interfaces()
            value = None if self.value() is MISSING else self.value()
            session = await gateway.edit(plugin, name, value, dict(self.control.schema))
        except NewelError as error:
            self._gone = True
            self.form.host.toast(f"edited as it is: {error.detail}", "warning")
            return
        modes = [one.mode for one in offered if (one.plugin, one.name) == (plugin, name)]
        self._inline = modes[:1] == ["inline"]
        talk = self._talk = Conversation(self.form.host, plugin, name, session, self._ended)
        self.form.talks.add(talk)
        width, height = self.form.host.size
        await talk.begin(value, dict(self.control.schema), (width - 6, HIGHEST if self._inline else height - 4))
        if self._talk is talk and not self._inline:
            self._window = Window(self.form.host, talk, self.label)
            await self.form.host.fill(self.label, self._window)
            await talk.close()  # it was left from outside
            self._over(talk)

    def _ended(self, how: Ending | None) -> None:
        talk = self._talk
        if isinstance(how, Commit):
            self.plain.load(how.value)
            self.changed()
        if talk is not None:
            self._over(talk)
        if self._window is not None:
            self.form.host.finish(self._window, None)

    def _over(self, talk: Conversation) -> None:
        self.form.talks.discard(talk)
        if self._talk is talk:
            self._talk = None

    _window: Window | None = None

    # -- what is seen, and keys -----------------------------------------------------------------------------------

    def drawn(self, width: int, focused: bool) -> Drawn:
        box = self._talk.box if self._talk is not None and self._inline else None
        if box is None:
            drawn = self.plain.drawn(width, focused and self._gone)
            if not focused or self._gone:
                return drawn
            first: Line = [("field.focus", text) for _, text in drawn.lines[0]] if drawn.lines else []
            return Drawn([first, *drawn.lines[1:]], (0, 0))
        canvas = box.render((width, _height(box.view)), focused)
        lines = [[(look, text.decode("utf-8", "replace")) for look, _, text in row] for row in canvas.content()]
        return Drawn(lines, canvas.cursor)

    def key(self, key: str) -> bool:
        if self._gone:
            return self.plain.key(key)
        box = self._talk.box if self._talk is not None and self._inline else None
        if box is not None:
            return key not in LEADS and box.keypress((80, HIGHEST), key) is None
        return False

    def pasted(self, text: str) -> bool:
        if self._talk is not None and self._talk.box is not None:
            self._talk.box.pasted(text)
            return True
        return self._gone and self.plain.pasted(text)

    def actions(self) -> Sequence[Action]:
        if self._gone:
            return self.plain.actions()
        if self.control.readonly or self._talk is not None:
            return ()
        return (Action(name="form.interface", label="edit", keys=("enter",), hint=True, run=self._start),)


def _height(view: Any) -> int:
    """How many rows a primitive needs, of those there are."""
    match view:
        case Input() | Progress():
            return 1
        case Text():
            rows = len(view.lines)
        case List():
            rows = len(view.items)
        case Select():
            rows = len(view.options)
        case _:
            rows = HIGHEST
    return max(1, min(HIGHEST, rows))
