"""A desk with one view, above a site that is made up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from newel.contracts.tui import ScreenSession
from newel.contracts.views import View
from newel.errors import NotFound
from newel.pages import standing
from newel.testing import FakeClock
from newel_tui.config import TuiConfig
from newel_tui.desk import Desk
from newel_tui.gateway import Known, Offered, Person

Answers = Callable[[Mapping[str, Any]], Any]


def known(name: str, *inputs: str, effect: str = "read") -> Known:
    """An operation with such input fields, all texts."""
    properties = {one: {"type": "string"} for one in inputs}
    return Known(
        name=name, summary=name, doc=name, needs=name, effect=effect,  # type: ignore[arg-type]  # read or write
        schema={"type": "object", "properties": properties},
    )  # fmt: skip


class MadeUp:
    """A gateway whose operations are functions. ``calls`` is what was run."""

    local_files = False
    title = "made up"

    def __init__(self, session: Callable[[], ScreenSession] | None = None) -> None:
        self.person = Person(id="1", name="Ada", everything=True)
        self.operations: dict[str, Known] = {}
        self.last_request = ""
        self.calls: list[tuple[str, Mapping[str, Any]]] = []
        self._answers: dict[str, Answers] = {}
        self.view: View | None = None
        self._session = session

    def add(self, one: Known, answers: Answers) -> None:
        self.operations[one.name] = one
        self._answers[one.name] = answers

    def may(self, operation: str) -> bool:
        return operation in self.operations and self.person.may(self.operations[operation].needs)

    async def start(self) -> None: ...

    async def run(self, operation: str, params: Mapping[str, Any]) -> Any:
        if operation not in self._answers:
            raise NotFound(f"there is no operation '{operation}'")
        self.calls.append((operation, dict(params)))
        return self._answers[operation](params)

    async def screens(self) -> Sequence[Offered]:
        return [Offered(plugin="t", name="main", label="Test")]

    async def interfaces(self) -> Sequence[Offered]:
        return []

    async def open(self, plugin: str, name: str, params: Mapping[str, Any]) -> ScreenSession:
        if self._session is not None:
            return self._session()
        assert self.view is not None
        return await standing(self.view)(None, params)  # type: ignore[arg-type]  # it is not looked at

    async def edit(self, plugin: str, name: str, value: Any, config: Mapping[str, Any]) -> ScreenSession:
        raise NotFound("no editors here")

    async def upload(self, file: Path, params: Mapping[str, Any]) -> AsyncIterator[tuple[int, int] | Mapping[str, Any]]:
        raise NotFound("no files here")
        yield 0, 0

    async def close(self) -> None: ...


class Rig:
    """What a person does and sees."""

    def __init__(self, gateway: MadeUp, desk: Desk, clock: FakeClock) -> None:
        self.gateway = gateway
        self.desk = desk
        self.clock = clock
        self.copied: list[str] = []
        desk.clipboard = self.copied.append

    async def press(self, *keys: str) -> None:
        for key in keys:
            self.desk.press(key)
            await self.desk.settle()

    async def type(self, text: str) -> None:
        await self.press(*text)

    async def wait(self, seconds: float) -> None:
        await asyncio.sleep(0)  # what has been started comes to its waiting
        await self.clock.advance(seconds)
        await self.desk.settle()

    @property
    def text(self) -> str:
        return self.desk.text()

    @property
    def here(self) -> str:
        """The line under the cursor."""
        return next((line for line in self.text.splitlines() if line.lstrip("│ ").startswith(">")), "")


@asynccontextmanager
async def desk_with(
    view: View | None, gateway: MadeUp, *, size: tuple[int, int] = (80, 24), config: TuiConfig | None = None
) -> AsyncIterator[Rig]:
    gateway.view = view
    clock = FakeClock()
    desk = Desk(gateway, config or TuiConfig(home="t/main"), clock, lambda: None)
    desk.size = size
    try:
        await desk.begin()
        desk.canvas()
        await desk.settle()
        yield Rig(gateway, desk, clock)
    finally:
        await desk.close()


def pages(count: int, size: int = 50, **more: Callable[[int], Any]) -> Answers:
    """Answers pages of so many rows: ``{"data": [...], "next": "50"}``."""

    def answer(params: Mapping[str, Any]) -> Any:
        begin = int(params.get("cursor", 0))
        end = min(count, begin + int(params.get("limit", size)))
        rows = [{"id": f"r{n}", "title": f"row {n}"} | {key: make(n) for key, make in more.items()}
                for n in range(begin, end)]  # fmt: skip
        return {"data": rows, "next": str(end) if end < count else None}

    return answer
