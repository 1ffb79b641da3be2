"""``log`` of plugins: structured, bounded, and no way to forge a line or to show a secret."""

from __future__ import annotations

import io
import json
import logging
from typing import Any

import pytest
from attrs import frozen
from tests.builtin_plugins.lua.conftest import Load, run_of
from tests.builtin_plugins.lua.services.machines import Here

from newel import Secret
from newel.log import LogConfig, logger
from newel.testing import FakeClock
from newel_lua.model import Grants, LuaValue, Self
from newel_lua.modules.log import LINES, SECONDS, LogModule

CANARY = 'canary-"9\u00e4c1'


@frozen
class Written:
    module: LogModule
    clock: FakeClock
    stream: io.StringIO

    async def __call__(self, level: str, *args: LuaValue, name: str = "shop") -> None:
        plugin = Self(
            name=name, version="1", grants=Grants(), settings={"key": Secret(CANARY), "n": 5, "s": Secret("abc")}
        )
        await self.module.functions[level](run_of(plugin, self.clock), args)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]


@pytest.fixture
def written(clock: FakeClock) -> Written:
    stream = io.StringIO()
    return Written(LogModule(clock, logger(LogConfig(level="debug", format="json"), clock, stream)), clock, stream)


async def test_a_line_has_level_plugin_message_and_fields(written: Written) -> None:
    for level in ("debug", "info", "warn", "error"):
        await written(level, "100 % done %s", {"count": 3, "ok": True, "ratio": 0.5, "who": "ä"})
    assert [line["level"] for line in written.lines] == ["debug", "info", "warning", "error"]
    line = written.lines[0]
    assert (line["message"], line["plugin"]) == ("100 % done %s", "shop")
    assert {key: line[f"lua.{key}"] for key in ("count", "ok", "ratio", "who")} == {
        "count": 3, "ok": True, "ratio": 0.5, "who": "ä",
    }  # fmt: skip


async def test_nothing_forges_a_line_or_a_field_of_ours(written: Written) -> None:
    ours = ("message", "level", "plugin", "request_id", "time", "exc_info", "name", "args")
    fields = dict.fromkeys(ours, "forged") | {"x\ny=1": "b\r\nc\x7f"}
    await written("info", "a\n00:00 error forged\x1b[31m\u202e\x00\x9b", {**fields, "odd": b"\xff\n"})
    (line,) = written.lines
    assert line["message"] == "a\\n00:00 error forged\\x1b[31m\\u202e\\x00\\x9b"
    assert line["plugin"] == "shop"
    assert line["lua.plugin"] == "forged"
    assert line["lua.x_y_1"] == "b\\r\\nc\\x7f"
    assert line["lua.odd"] == "\ufffd\\n"
    assert "request_id" not in line


async def test_lines_are_short(written: Written) -> None:
    await written("info", "x" * 10_000, {f"field{number}": "y" * 10_000 for number in range(100)})
    await written("info", {"a": [1, {"b": "c"}]}, "no table")
    await written("info")
    line, second, third = written.lines
    assert len(line["message"]) == 2000
    assert len([key for key in line if key.startswith("lua.")]) == 20
    assert max(len(str(value)) for key, value in line.items() if key.startswith("lua.")) == 500
    assert second["message"] == '{"a":[1,{"b":"c"}]}'
    assert third["message"] == "None"


async def test_e8_40_a_secret_setting_is_not_written(written: Written) -> None:
    await written(
        "info", f"key is {CANARY}!", {"key": CANARY, CANARY: 1, "deep": {"a": [CANARY]}, "n": 5, "word": "abc"}
    )
    text = written.stream.getvalue()
    assert "canary" not in text
    assert "9\\u00e4c1" not in text
    (line,) = written.lines
    assert line["message"] == "key is ***!"
    assert line["lua.key"] == "***"
    assert line["lua.word"] == "abc", "what short secrets have in common with words is left"


async def test_a_flood_is_counted_instead_of_written(written: Written) -> None:
    for _ in range(LINES + 50):
        await written("info", "again")
    assert len(written.lines) == LINES
    await written("info", "another plugin's", name="blog")
    assert "lines_dropped" not in written.lines[-1]
    await written.clock.advance(SECONDS)
    await written("info", "later")
    assert (written.lines[-1]["message"], written.lines[-1]["lines_dropped"]) == ("later", 50)
    await written("info", "and more")
    assert "lines_dropped" not in written.lines[-1]


PLUGIN = """
function say()
  local fields = { a = 1, deep = { 1, 2 }, f = print, [7] = true }
  log.info("first", fields)
  fields.a = 2
  log.warn("second", fields)
  log.error(setmetatable({}, { __tostring = function() return "made" end }))
  log.debug(nil)
  log.info("fields that are none", "x")
  return "said"
end
function much() for i = 1, 1000 do log.info("line " .. i) end end
function endless() log.info(setmetatable({}, { __tostring = function() while true do end end })) end
"""


def test_what_a_plugin_hands_over_is_what_it_was_then() -> None:
    here = Here(PLUGIN, "json", "log")
    assert here.call("say") == "said"
    assert here.notes == [
        ["log.info", "first", {"a": 1, "deep": "[1,2]", "f": "a function", "7": True}],
        ["log.warn", "second", {"a": 2, "deep": "[1,2]", "f": "a function", "7": True}],
        ["log.error", "made"],
        ["log.debug", "nil"],
        ["log.info", "fields that are none"],
    ]
    here.notes.clear()
    here.call("much")
    assert len(here.notes) == 100
    assert Here(PLUGIN, "log").call("say") == "said", "without json there are no deep fields"


async def test_lines_come_from_a_worker_with_what_the_plugin_answers(load: Load, written: Written) -> None:
    machine = await load(PLUGIN, [written.module])
    assert await machine.call("say") == "said"
    assert [line["message"] for line in written.lines][:2] == ["first", "second"]
    assert logging.getLevelName(logging.WARNING).lower() == written.lines[1]["level"]
