"""Shows a form: keys, focus, and what is drawn."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import urwid

from newel.contracts.views import Act, Form, View
from newel_tui.actions import Action
from newel_tui.boxes.base import Box, Host, Owner, permitted
from newel_tui.boxes.form.asking import Asking
from newel_tui.boxes.form.conversing import Conversation
from newel_tui.boxes.form.field import Fault, Placed, Stop
from newel_tui.boxes.form.keeping import Keeper
from newel_tui.boxes.form.lines import Line, canvas_of, cut
from newel_tui.boxes.form.painting import painted
from newel_tui.boxes.form.sending import Sender
from newel_tui.boxes.form.state import Fields, belongs

CHECK_AFTER = 0.4
KEEP_AFTER = 3.0
"""Seconds after the last key."""
WIDE = 110
"""From so many columns on, two locales fit beside each other."""


class _Paper(urwid.Widget):
    """What a form is drawn on. It changes with every key, so nothing is remembered."""

    _sizing = frozenset([urwid.BOX])
    _selectable = True
    no_cache = ("render",)

    def __init__(self, form: FormBox) -> None:
        super().__init__()
        self._form = form

    def render(self, size: tuple[()] | tuple[int] | tuple[int, int], focus: bool = False) -> urwid.Canvas:
        columns, rows = (*size, 0, 0)[:2]
        return self._form.paint((columns, rows), focus)


class FormBox(Box):
    """A form. Two ways of keys: while one types, text goes to the field; after ``esc`` letters are what can be done
    here, and ``enter`` goes on typing. Keeps ``Around``."""

    def __init__(self, host: Host, owner: Owner, view: Form) -> None:
        super().__init__(host, owner, view, _Paper(self))
        self.height = max(6, host.size[1] - 4)
        self.locales: Sequence[str] = view.locales
        self.locale = view.locales[0] if view.locales else ""
        self.second = ""
        self._beside_wanted: bool | None = None
        self.talks: set[Conversation] = set()
        self.typing_now = False
        self.editing = True
        self.fields = Fields(self, view)
        self.sender = Sender(self)
        self.keeper = Keeper(self)
        self._wanted: Stop | None = None
        self._top = 0
        self._spots: list[tuple[int, int, Stop]] = []
        """Which rows each stop was drawn on: from, and up to but not with."""
        self._timers: dict[str, asyncio.Task[None]] = {}
        self._running: set[asyncio.Task[None]] = set()
        self.fields.tell(view.problems)
        self.keeper.begin()

    # -- what a box is --------------------------------------------------------------------------------------------

    @property
    def title(self) -> str:
        return f"{self.view.title}" + (" *" if self.fields.dirty else "")

    @property
    def typing(self) -> bool:  # type: ignore[override]  # fixed for other boxes
        return self.editing or (self.stop is not None and not self.stop.typing)

    @property
    def above(self) -> bool:
        """Whether it lies above a screen, and somebody waits for its answer."""
        return self.host.above(self)

    def wants(self, width: int, height: int) -> tuple[int, int] | None:
        """Above a screen as high as its fields are now; one that is long takes all there is."""
        rows = sum(8 if one.stop is not None and one.stop.tall else 1 for one in self.placed) + 4
        return None if rows > height else (min(width, 90), rows)

    def show(self, view: View) -> bool:
        if view is self.view or view == self.view:
            return True
        if not isinstance(view, Form) or view.keep != self.view.keep or not self.fields.again(view):
            return False
        self.view, self.locales = view, view.locales
        self.sender.again(view)
        return True

    async def leave(self) -> bool:
        if not self.fields.dirty or self.sender.over:
            return True
        answers = (("save", "s", "send it, and leave"), ("discard", "d", "throw it away, and leave"))
        lines: list[Line] = [[("", "What was changed here is not sent yet.")]]
        match await self.host.fill("not saved", Asking(self.host, self.owner, "not saved", lines, answers)):
            case "save":
                return await self.sender.send(leaving=True)
            case "discard":
                self.sender.over = True
                await self.keeper.drop()
                return True
        return False

    async def parting(self) -> None:
        """The session ends: what was typed is kept."""
        await self.keeper.keep()

    def pointed(self, column: int, row: int) -> str:
        """To the field that is there."""
        if not self.keeper.offered and row < self.height - 1:  # the last row is not the fields'
            for stop in [stop for start, end, stop in self._spots if start <= row < end]:
                self.go(stop)
                self.editing = True
        return ""

    def pasted(self, text: str) -> None:
        if self.stop is not None and self.stop.pasted(text):
            self.host.redraw()

    def close(self) -> None:
        for one in (*self._timers.values(), *self._running):
            one.cancel()
        for talk in tuple(self.talks):
            self.host.start(talk.close())

    # -- stops ----------------------------------------------------------------------------------------------------

    @property
    def placed(self) -> list[Placed]:
        return list(self.fields.placed())

    @property
    def stop(self) -> Stop | None:
        """What has the focus."""
        stops = [one.stop for one in self.fields.placed() if one.stop is not None]
        if self._wanted not in stops:
            self._wanted = stops[0] if stops else None
        return self._wanted

    def go(self, stop: Stop | None) -> None:
        if stop is not None:
            self._wanted = stop

    def move(self, by: int) -> None:
        """To the next stop, or the one before; it stays at the ends."""
        stops = [one.stop for one in self.fields.placed() if one.stop is not None]
        if stops:
            at = stops.index(self.stop) if self.stop in stops else 0
            self._wanted = stops[max(0, min(len(stops) - 1, at + by))]

    @property
    def last(self) -> bool:
        stops = [one.stop for one in self.fields.placed() if one.stop is not None]
        return bool(stops) and self.stop is stops[-1]

    def to_fault(self) -> None:
        """To the next stop below with a fault, from the end to the first; opens what it is in."""
        faults = self.fields.faults()
        for fault in faults:
            self._open_for(fault)
        found = belongs(faults, self.placed)
        stops = [one.stop for one in self.fields.placed() if one.stop is not None]
        at = stops.index(self.stop) if self.stop in stops else 0
        for one in [*stops[at + 1 :], *stops[: at + 1]]:
            if id(one) in found:
                self._wanted, self.editing = one, True
                return

    def _open_for(self, fault: Fault) -> None:
        for _ in range(20):
            near = [one for one in self.placed if one.stop is not None and one.opens_for(fault.pointer)]
            if not near:
                return
            for one in near:
                if one.stop is not None:
                    one.stop.open()

    def changed(self, stop: Stop) -> None:
        for one in self.fields.placed():
            if one.stop is stop:
                self.fields.forget(one.covers or one.pointer)
                break
        if self.view.check is not None:
            self._later("check", CHECK_AFTER, self.sender.check)
        if self.view.keep:
            self._later("keep", KEEP_AFTER, self.keeper.keep)

    def _later(self, name: str, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        """Does something when nothing was typed for a while."""

        async def waits() -> None:
            await self.host.clock.sleep(seconds)
            self._running.add(self._timers.pop(name))  # from here on it is not given up for another key
            await work()
            self.host.redraw()

        if name in self._timers:
            self._timers[name].cancel()
        task = self._timers[name] = asyncio.ensure_future(waits())
        task.add_done_callback(self._running.discard)

    # -- keys -----------------------------------------------------------------------------------------------------

    def keypress(self, size: tuple[int, ...], key: str) -> str | None:
        stop = self.stop
        if self.keeper.offered and key in ("enter", "esc"):
            return key
        self.typing_now = True
        try:
            if stop is not None and stop.key(key):
                return None
        finally:
            self.typing_now = False
        return key

    def actions(self) -> Sequence[Action]:
        stop = self.stop
        mine = [
            Action(name="form.save", label="save", keys=("ctrl+s",), hint=True, run=self._save),
            Action(name="form.next", label="next field", keys=("tab",), run=lambda: self._moves(1)),
            Action(name="form.previous", label="field before", keys=("shift+tab",), run=lambda: self._moves(-1)),
            Action(name="form.down", label="down", keys=("down", "j"), run=lambda: self.move(1)),
            Action(name="form.up", label="up", keys=("up", "k"), run=lambda: self.move(-1)),
            Action(name="form.enter", label="edit", keys=("enter", "i"), run=self._enter),
            Action(name="form.out", label=self._way_out, keys=("esc",), hint=self.editing, run=self._out),
        ]
        if self.fields.faults():
            mine.insert(
                1, Action(name="form.fault", label="next fault", keys=("ctrl+n",), hint=True, run=self.to_fault)
            )
        if len(self.locales) > 1:
            label = f"locale ({self.locale})"
            mine.append(Action(name="form.locale", label=label, keys=("alt+l", "]"), hint=True, run=self._locale(1)))
            mine.append(Action(name="form.locale_back", label="locale before", keys=("[",), run=self._locale(-1)))
            mine.append(Action(name="form.beside", label="locales side by side", keys=("alt+s",), run=self._beside))
        return [*self.keeper.actions(), *(stop.actions() if stop else ()), *mine, *self._acts()]

    def _acts(self) -> list[Action]:
        view: Form = self.view
        offered: list[Act] = []
        if self.editing and not self.above:
            return []  # letters are text here
        for act in view.acts:
            if not permitted(self.host, act):
                continue
            if not self.fields.dirty or act.name in view.saves or act.back:
                offered.append(act)
        place = f"{self.owner.plugin}.{self.owner.screen}"
        return [
            Action(name=f"{place}.{one.name}", label=one.label, keys=(one.key,), hint=True, run=self._does(one))
            for one in offered
        ]

    def _does(self, act: Act) -> Callable[[], Awaitable[None]]:
        async def done() -> None:
            if self.fields.dirty and act.name in self.view.saves and not await self.sender.send():
                return
            await self.owner.act(act, (self.view.subject,))

        return done

    def _save(self) -> Awaitable[None]:
        async def saved() -> None:
            await self.sender.send()

        return saved()

    def _moves(self, by: int) -> None:
        self.editing = True
        self.move(by)

    def _enter(self) -> Awaitable[None] | None:
        if not self.editing:
            self.editing = True
        elif self.last and self.above:
            return self._save()
        else:
            self.move(1)
        return None

    def _out(self) -> Awaitable[None] | None:
        """``esc``: out of what is open, then out of typing, then out of the form."""
        if self.stop is not None and self.stop.out():
            return None
        inner = next((one for one in self.fields.placed() if one.stop is self.stop), None)
        if inner is not None and inner.parent is not None:
            self._wanted = inner.parent
            inner.parent.out()
            return None
        if self.editing and not self.above and ((self.stop is not None and self.stop.typing) or self.view.acts):
            self.editing = False
            return None
        return self._left()

    @property
    def _way_out(self) -> str:
        return "more" if self.editing and self.view.acts and not self.above else "leave"

    async def _left(self) -> None:
        if not self.above:
            await self.host.back()
        elif await self.leave():
            self.host.finish(self, None)

    def _locale(self, by: int) -> Callable[[], None]:
        def turn() -> None:
            at = self.locales.index(self.locale) + by
            self.locale = self.locales[at % len(self.locales)]

        return turn

    def _beside(self) -> None:
        self._beside_wanted = not self.second

    # -- drawing --------------------------------------------------------------------------------------------------

    def paint(self, size: tuple[int, int], focus: bool) -> urwid.Canvas:
        columns, rows = size
        self.height = rows
        wanted = columns >= WIDE if self._beside_wanted is None else self._beside_wanted
        self.second = next((one for one in self.locales if one != self.locale), "") if wanted else ""
        placed, faults = self.placed, self.fields.faults()
        by_stop = belongs(faults, placed)
        told = {one: [self._said(fault) for fault in some] for one, some in by_stop.items()}
        told |= {id(one): told.get(id(one.stop), []) for one in placed if one.stop is not None}
        page = painted(placed, self.stop, told, columns, self.editing and focus)
        lines, body = page.lines, max(1, rows - 1)
        start, end = page.spans.get(id(self.stop), (0, 1))
        if page.cursor is not None:
            start, end = min(start, page.cursor[1]), max(end, page.cursor[1] + 1)
        if end > self._top + body:
            self._top = end - body
        if page.cursor is not None and not self._top <= page.cursor[1] < self._top + body:
            self._top = page.cursor[1]
        elif page.cursor is None and start < self._top:
            self._top = start
        elif page.cursor is not None:
            self._top = min(self._top, max(start, page.cursor[1] - body + 1))
        self._top = max(0, min(self._top, len(lines) - body))
        spans = [(one.stop, page.spans[id(one.stop)]) for one in placed if one.stop is not None]
        self._spots = [(start - self._top, end - self._top, stop) for stop, (start, end) in spans]
        seen: list[Line] = list(lines[self._top : self._top + body])
        seen += [[] for _ in range(body - len(seen))]
        seen.append(self._state(columns, faults, told.get(0, []), len(lines) - body))
        cursor = page.cursor and (page.cursor[0], page.cursor[1] - self._top)
        return canvas_of(seen, size, cursor or None)

    def _said(self, fault: Fault) -> str:
        last = fault.pointer.rpartition("/")[2]
        return f"{last}: {fault.detail}" if last in self.locales and last != self.locale else fault.detail

    def _state(self, width: int, faults: Sequence[Fault], loose: Sequence[str], below: int) -> Line:
        """The last line: what is unsaved, wrong, and where one is."""
        if self.keeper.offered:
            return [("warn", cut(self.keeper.offered, width))]
        line: Line = []
        if self.sender.busy:
            line.append(("dim", "sending …  "))
        elif self.fields.dirty:
            line.append(("warn", "● not saved  "))
        if faults:
            count = f"{len(faults)} fault" + ("s" if len(faults) > 1 else "")
            line.append(("bad", f"{count}: {loose[0]}  " if loose else f"{count} (ctrl+n)  "))
        if self.locale and len(self.locales) > 1:
            line.append(("label", " ".join(f"[{one}]" if one == self.locale else one for one in self.locales) + "  "))
        if below > 0:
            line.append(("dim", f"{round(100 * self._top / below)} %"))
        return [(look, cut(text, width)) for look, text in line]
