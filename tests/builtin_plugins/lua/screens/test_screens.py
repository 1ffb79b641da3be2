"""Screens in Lua, driven by a terminal: what they show, what they ask for, and what becomes of those that fail."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any

import pytest
from attrs import define, field
from tests.kernel.plugins import plugin

from newel import SYSTEM, Call, Forbidden, Transient, hookimpl
from newel.contracts import tui
from newel.errors import PluginError
from newel.testing import FakeTerminal, actor, make_app
from newel_lua.config import LuaConfig
from newel_lua.host.host import Host
from newel_lua.host.instance import Code, Instance
from newel_lua.host.session import Session
from newel_lua.model import Function, Grants, Kind, LuaFault, Run, Self
from newel_lua.screens.source import LuaScreens, Offer

LISTS = """
function screen(ctx)
  local cursor, items = 0, { "milk", "bread" }
  while true do
    local shown = {}
    for index, item in ipairs(items) do
      shown[index] = { label = item }
    end
    local event = coroutine.yield(tui.grid({
      tui.column(4, { tui.cell("List " .. ctx.width, 1.0, tui.list(shown, cursor)) }),
      tui.column(8, { tui.cell("For " .. ctx.params.who, 0.5, tui.text({ "plain", { text = "bold", bold = true } })) }),
    }, { { key = "q", label = "quit" } }))
    if event.type == "resize" then
      ctx.width = event.width
    elseif event.key == "q" then
      return
    elseif event.key == "j" then
      cursor = cursor + 1
    elseif event.key == "d" then
      local answer = coroutine.yield({ action = "confirm", title = "Delete " .. items[cursor + 1] .. "?" })
      if answer.type == "dialog" and answer.accepted then
        table.remove(items, cursor + 1)
        coroutine.yield({ action = "toast", message = "gone", level = "success" })
      end
    elseif event.key == "f" then
      local data = coroutine.yield({ action = "fetch", id = "all", query = "tasks", params = { limit = 2 } })
      items = data.ok and data.result or { data.id .. ": " .. data.error }
    elseif event.key == "r" then
      local data = coroutine.yield({ action = "request", id = "x", method = "GET", url = "https://example.org/" })
      items = { data.ok and data.result.body or data.error }
    elseif event.key == "n" then
      coroutine.yield({ action = "navigate", plugin = "a", screen = "pages", params = { page = 2 } })
    elseif event.key == "e" then
      error("broken")
    elseif event.key == "t" then
      coroutine.yield({ type = "grid", columns = { { span = 13, cells = {} } } })
    elseif event.key == "l" then
      while true do end
    end
  end
end
"""
PICKER = """
function interface(ctx)
  local colour = ctx.value or "#000000"
  while true do
    local event = coroutine.yield({ type = "text", lines = { { text = colour, style = { fg = ctx.config.fg } } } })
    if event.key == "enter" then
      coroutine.yield({ action = "commit", value = colour })
      return
    elseif event.key == "esc" then
      coroutine.yield({ action = "cancel" })
    end
    colour = event.key
  end
end
"""
KINDS = """
function screen()
  local node = { label = "leaf" }
  for _ = 1, 19 do
    node = { label = "twig", expanded = true, children = { node } }
  end
  for _, one in ipairs({
    tui.detail({ { label = "k", value = 7 } }), tui.table({ "a", "b" }, { { "x", 1.5 }, { true } }, 1),
    tui.input("q", nil, "search"), tui.select_field("s", { { label = "One", value = "1" } }),
    tui.tree({ node }), tui.progress(0.5, "half"), tui.list({}), { type = "list", items = {}, empty_text = "none" },
    tui.text("one\\ntwo"),
  }) do
    coroutine.yield(one)
  end
end
"""


class Fake:
    """A module of the server: answers, and counts what it was asked."""

    def __init__(self, name: str, **answers: Any) -> None:
        self.name = name
        self.functions: Mapping[str, Function] = {key: self._answering(value) for key, value in answers.items()}

    def _answering(self, value: Any) -> Function:
        async def answer(run: Run, args: Sequence[Any]) -> Any:
            run.spend(400)
            if isinstance(value, Exception):
                raise value
            return value(args) if callable(value) else value

        return answer


@define
class Theatre:
    """Keeps ``Stage`` with one plugin."""

    host: Host
    instance: Instance | None = None
    there: list[Offer] = field(factory=list)

    def offers(self) -> Iterable[Offer]:
        return self.there

    async def open(self, offer: Offer, target: str, call: Call) -> tuple[Session, Run]:
        assert self.instance is not None
        run = self.run("screen", call)
        return await self.host.open(self.instance, target, run), run

    def run(self, kind: Kind, call: Call | None = None) -> Run:
        call = call or Call(actor=SYSTEM, door="test", request_id="r", now=None)  # type: ignore[arg-type]  # nobody asks
        return Run(plugin=Self(name="a", version="1", grants=Grants()), call=call, kind=kind, operations=1000)


@pytest.fixture
async def terminal() -> AsyncIterator[FakeTerminal]:
    db = Fake("db", query=lambda args: [f"{args[0]} {args[1]['limit']}"])
    modules = [db, Fake("request", send=LuaFault("the domain is not approved")), Fake("tui")]
    host = Host(LuaConfig(seconds=1.0, instructions=200_000), modules, logging.getLogger("test"))
    theatre = Theatre(host)
    files = {
        "init.lua": b"", "screens/main.lua": LISTS.encode(), "screens/pages.lua": KINDS.encode(),
        "interfaces/colour.lua": PICKER.encode(),
    }  # fmt: skip
    code = Code(name="a", files=files, memory=8 << 20, instructions=200_000)
    theatre.instance = await host.load(code, theatre.run)
    theatre.there = [
        Offer(plugin="a", what="screen", name="main", label="Lists"),
        Offer(plugin="a", what="screen", name="pages", hidden=True),
        Offer(plugin="a", what="screen", name="missing"),
        Offer(plugin="a", what="interface", name="colour", mode="overlay"),
    ]

    class Lua:
        @hookimpl
        def register_screens(self) -> Sequence[tui.ScreenSource]:
            return [LuaScreens(theatre, logging.getLogger("test"))]

    async with make_app([plugin("lua", Lua)]) as app:
        yield FakeTerminal(app)
    await host.close()


async def test_a_screen_shows_and_hears(terminal: FakeTerminal) -> None:
    await terminal.open("a", who="Ada")
    assert terminal.text == "[List 80]\n> milk\n  bread\n[For Ada]\nplain\nbold\nq: quit"
    await terminal.press("j")
    await terminal.resize(100, 30)
    assert "[List 100]\n  milk\n> bread" in terminal.text
    await terminal.press("d")
    assert terminal.dialog is not None
    assert terminal.dialog.title == "Delete bread?"
    await terminal.accept()
    assert [one.message for one in terminal.toasts] == ["gone"]
    assert "bread" not in terminal.text, "the toast does not wait for a key"
    await terminal.press("q")
    assert terminal.over
    assert isinstance(terminal.ended, tui.Quit)


async def test_what_it_fetches_comes_as_the_next_event(terminal: FakeTerminal) -> None:
    await (await terminal.open("a", who="")).press("f")
    assert "tasks 2" in terminal.text
    await terminal.press("r")
    assert "the domain is not approved" in terminal.text
    for _ in range(5):
        await terminal.press("f")
    assert "tasks 2" in terminal.text, "each event has a budget of its own"


async def test_a_screen_leads_to_another(terminal: FakeTerminal) -> None:
    await (await terminal.open("a", who="")).press("n")
    assert terminal.text == "k: 7"


async def test_every_primitive_is_shown(terminal: FakeTerminal) -> None:
    await terminal.open("a", "pages")
    seen = [terminal.text]
    while not terminal.over:
        await terminal.press("x")
        seen.append(terminal.text)
    tree = seen.pop(4).split("\n")
    assert seen[:-1] == [
        "k: 7", "  a | b\n  x | 1.5\n> true", "q= (search)", "> One", "50% half", "", "none", "one\ntwo",
    ]  # fmt: skip
    assert len(tree) == 20


async def test_a_field_is_edited(terminal: FakeTerminal) -> None:
    await terminal.edit("a", "colour", "#ff0000", fg="#ff0000")
    assert terminal.text == "#ff0000"
    await terminal.press("blue", "enter")
    assert (terminal.value, terminal.over) == ("blue", True)
    await (await terminal.edit("a", "colour", fg="red")).press("esc")
    assert isinstance(terminal.ended, tui.Cancel)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("e", "screens/main.lua:34: broken"),
        ("t", "columns[1]: a column is 1 to 12 units wide"),
        ("l", "the plugin used up its instructions"),
    ],
)
async def test_a_screen_that_fails_is_closed_and_the_cause_is_told(
    terminal: FakeTerminal, caplog: pytest.LogCaptureFixture, key: str, text: str
) -> None:
    await terminal.open("a", who="")
    with pytest.raises(PluginError, match="the plugin 'a' failed") as caught:
        await terminal.press(key)
    assert str(caught.value.__cause__) == text
    assert terminal.over
    assert text in [getattr(record, "error", "") for record in caplog.records]
    await terminal.open("a", who="again")
    assert "[For again]" in terminal.text


async def test_a_screen_whose_file_is_missing(terminal: FakeTerminal) -> None:
    with pytest.raises(PluginError) as caught:
        await terminal.open("a", "missing")
    assert "there is no file screens/missing.lua" in str(caught.value.__cause__)


async def test_four_screens_at_once_and_no_more(terminal: FakeTerminal) -> None:
    others = [FakeTerminal(terminal.app) for _ in range(4)]
    for one in others:
        await one.open("a", who="")
    with pytest.raises(Transient, match="busy"):
        await terminal.open("a", who="")
    await others[0].close()
    await terminal.open("a", who="me")
    for one in others[1:]:
        await one.close()
    await terminal.close()


async def test_screens_of_plugins_need_a_permission(terminal: FakeTerminal) -> None:
    with pytest.raises(Forbidden):
        await FakeTerminal(terminal.app, actor("eve")).open("a")
    await FakeTerminal(terminal.app, actor("ada", "lua.screens")).open("a", "pages")
