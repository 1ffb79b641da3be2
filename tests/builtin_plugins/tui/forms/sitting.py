"""A form on a desk, above a site that answers what a test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any

from attrs import Factory, define

from newel.contracts.layout import Line, Text
from newel.contracts.tui import ScreenSession, Submitted
from newel.contracts.views import Form
from newel.pages import Pages
from newel.testing import FakeClock
from newel_tui.boxes.form import FormBox
from newel_tui.desk import Desk
from newel_tui.gateway import Known, Offered, Person

Answer = Callable[[Mapping[str, Any]], Any]


@define
class Site:
    """Keeps ``Gateway``: operations are functions of their input, and every run is written down."""

    answers: dict[str, Answer] = Factory(dict)
    ran: list[tuple[str, Mapping[str, Any]]] = Factory(list)
    sessions: dict[tuple[str, str], Any] = Factory(dict)
    offered: list[Offered] = Factory(list)
    person: Person = Factory(lambda: Person(id="one", name="One", everything=True))
    title: str = "test"
    local_files: bool = False
    last_request: str = ""

    @property
    def operations(self) -> Mapping[str, Known]:
        return {
            name: Known(name=name, summary=name, doc="", needs="signed_in", effect="write", schema={})
            for name in self.answers
        }

    def may(self, operation: str) -> bool:
        return operation in self.answers

    async def start(self) -> None: ...

    async def run(self, operation: str, params: Mapping[str, Any]) -> Any:
        self.ran.append((operation, dict(params)))
        answer = self.answers[operation](params)
        return await answer if isinstance(answer, Awaitable) else answer

    async def screens(self) -> Sequence[Offered]:
        return []

    async def interfaces(self) -> Sequence[Offered]:
        return self.offered

    async def open(self, plugin: str, name: str, params: Mapping[str, Any]) -> ScreenSession:
        return self.sessions[plugin, name]  # type: ignore[no-any-return]  # as a test put it there

    async def edit(self, plugin: str, name: str, value: Any, config: Mapping[str, Any]) -> ScreenSession:
        return self.sessions[plugin, name]  # type: ignore[no-any-return]  # as a test put it there

    def upload(self, file: Any, params: Mapping[str, Any]) -> AsyncIterator[Any]:
        raise NotImplementedError

    async def close(self) -> None: ...

    def sent(self, operation: str = "save") -> list[Mapping[str, Any]]:
        """The inputs that an operation was given."""
        return [params for name, params in self.ran if name == operation]


class Home(Pages):
    """What lies below a form."""

    async def first(self, event: Any) -> Text:
        return Text(lines=(Line(text="at home"),))


class Shown(Pages):
    """A screen that shows a form, and notes what it is told."""

    def __init__(self, form: Form) -> None:
        super().__init__()
        self.form = form
        self.taken: list[Submitted] = []

    async def first(self, event: Any) -> Form:
        return self.form

    async def submitted(self, answer: Any, values: Mapping[str, Any]) -> Form:
        self.taken.append(Submitted(answer=answer, values=values))
        return self.form


@define
class Sat:
    """Somebody at a desk with a form."""

    desk: Desk
    site: Site
    clock: FakeClock
    screen: Shown

    @property
    def box(self) -> FormBox:
        box = self.desk.places[-1].box
        assert isinstance(box, FormBox)
        return box

    def type(self, text: str) -> Sat:
        for letter in text:
            self.desk.press(letter)
        return self

    def press(self, *keys: str) -> Sat:
        for key in keys:
            self.desk.press(key)
        return self

    async def does(self, *keys: str) -> str:
        """Presses keys one by one, each when nothing is under way; what is seen then."""
        for key in keys:
            self.desk.press(key)
            await self.rests()
        return self.text

    async def rests(self) -> None:
        """Until nothing runs that does not wait for a key or for the clock."""
        for _ in range(20):
            await asyncio.sleep(0)

    async def waits(self, seconds: float) -> str:
        await self.rests()
        await self.clock.advance(seconds)
        await self.rests()
        return self.text

    @property
    def text(self) -> str:
        return self.desk.text()


Sit = Callable[..., Awaitable[Sat]]
