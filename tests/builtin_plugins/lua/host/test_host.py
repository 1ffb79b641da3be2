"""The host and its workers: what crosses, what is answered, who is blamed, and that everybody else goes on."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from typing import Any

import pytest
from tests.builtin_plugins.lua.host.conftest import MB, Begin, until

from newel_lua.faults import Away, Busy, Exceeded, LuaError, TimedOut

pytestmark = pytest.mark.engines()

ECHO = "function echo(...) return ... end"


@pytest.mark.parametrize(
    "value",
    [
        1, -1, 2**53, 1.5, True, False, None, "", "text", "ü€😀",
        b"\xff\x00binary", [1, 2, 3], {"a": {"b": [1, {"c": 2}]}},
        [["x"], []], {"1": "text key"}, {"mixed": [1, "2", True]}, "x" * 100_000, [],
    ],
    ids=lambda value: repr(value)[:24],
)  # fmt: skip
async def test_values_come_back_as_they_went(begin: Begin, value: Any) -> None:
    bench = await begin()
    plugin = await bench.load(ECHO)
    assert await bench.call(plugin, "echo", value) == value


async def test_what_changes_on_the_way(begin: Begin) -> None:
    bench = await begin()
    plugin = await bench.load("""
        function given(x) return x.gone == nil and x.list[2] == nil and x.list[3] end
        function made() return {[1]="a", [2]="b"}, 1 end
        function sparse() return {[1]="a", [5]="b"} end
        function object() return {f=function() end, kept=1} end
        function empty() desk.say({}, {}) return {} end
    """)
    assert await bench.call(plugin, "given", {"gone": None, "list": [1, None, 3]}) == 3
    assert await bench.call(plugin, "made") == ["a", "b"]
    assert await bench.call(plugin, "sparse") == {"1": "a", "5": "b"}
    assert await bench.call(plugin, "object") == {"kept": 1}
    assert await bench.call(plugin, "empty") == []  # an answer is more often a list
    assert bench.desk.said == [[{}, {}]]  # an argument more often options


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("local t = {} t.t = t return t", "contains itself"),
        ("return function() end", "a function cannot leave the plugin"),
        ("return coroutine.create(function() end)", "a (thread|function) cannot leave"),
        ("local t = {} for i = 1, 300000 do t[i] = i end return t", "more than 200000 values"),
        ("return {[true] = 1}", "neither text nor number"),
        ("return {['\\255'] = 1}", "no UTF-8"),
    ("local t = {} for i = 1, 7 do t[i] = ('x'):rep(2e6) end return t", "bytes"),
    ],
)  # fmt: skip
async def test_what_cannot_leave_says_why(begin: Begin, code: str, said: str) -> None:
    bench = await begin()
    plugin = await bench.load(f"function go() {code} end", memory=32 * MB)
    with pytest.raises(Exceeded, match=said) as raised:
        await bench.call(plugin, "go")
    assert raised.value.what == "value"
    assert await bench.call(plugin, "nobody") is None


async def test_functions_of_the_server(begin: Begin) -> None:
    bench = await begin()
    plugin = await bench.load("""
        function two() return {desk.two()} end
        function refused() return {desk.refuse()} end
        function caught() return {pcall(desk.fault)} end
        function raised()
          desk.fault()
        end
        function crash() return {pcall(desk.crash)} end
        function huge() return {pcall(desk.huge)} end
        function deep()
          -- through coroutines of its own, a metamethod, an iterator and a pcall
          local found = setmetatable({}, {__index = function(_, key) return desk.say("index " .. key) end})
          local co = coroutine.wrap(function()
            for word in function(_, last) return not last and desk.say("next") or nil end do
              coroutine.yield(word)
            end
            local _, answer = pcall(function() return found.x end)
            return answer
          end)
          return {co(), co()}
        end
    """)
    assert await bench.call(plugin, "two") == [1, "two"]
    assert await bench.call(plugin, "refused") == {"2": "not today", "3": "closed"}
    assert await bench.call(plugin, "caught") == [False, "init.lua:4: say takes a text"]
    with pytest.raises(LuaError, match="say takes a text") as raised:
        await bench.call(plugin, "raised")
    assert (raised.value.file, raised.value.line, raised.value.text) == ("init.lua", 6, "say takes a text")
    assert await bench.call(plugin, "crash") == [False, "init.lua:8: desk.crash failed on the server"]
    assert (await bench.call(plugin, "huge"))[1].endswith("the answer of desk.huge is too large")
    assert await bench.call(plugin, "deep") == ["next", "index x"]


async def test_errors_have_file_line_and_trace(begin: Begin) -> None:
    bench = await begin()
    plugin = await bench.load(
        'local m = require("words")\nfunction go(x)\n  local n = m.count(x)\n  return n\nend\n'
        'function tell() error({code = "E1", message = "no"}) end',
        lib__words="local m = {}\nfunction m.count(x)\n  return #x.text\nend\nreturn m",
    )
    with pytest.raises(LuaError) as raised:
        await bench.call(plugin, "go", 5)
    assert (raised.value.file, raised.value.line) == ("lib/words.lua", 3)
    assert "init.lua:3" in raised.value.trace
    with pytest.raises(LuaError, match="no") as raised:
        await bench.call(plugin, "tell")
    assert raised.value.value == {"code": "E1", "message": "no"}


@pytest.mark.parametrize(
    ("text", "line"),
    [("local x = = 1", 1), ("\n\nfoo.bar()", 3), ('require("missing")', 1), ('require("../x")', 1)],
)
async def test_what_does_not_load_names_its_line(begin: Begin, text: str, line: int) -> None:
    bench = await begin()
    with pytest.raises(LuaError) as raised:
        await bench.load(text)
    assert (raised.value.file, raised.value.line) == ("init.lua", line)


async def test_calls_interleave_in_one_machine(begin: Begin) -> None:
    bench = await begin(calls=8)
    plugin = await bench.load("function wait() return desk.wait() end\n" + ECHO)
    waiting = [asyncio.create_task(bench.call(plugin, "wait")) for _ in range(5)]
    await until(lambda: len(bench.desk.said) == 5)
    assert await bench.call(plugin, "echo", 1) == 1
    bench.desk.gate.set()
    assert await asyncio.gather(*waiting) == ["waited"] * 5


async def test_one_call_is_kept_for_hooks(begin: Begin) -> None:
    bench = await begin(calls=3, acquire_ms=20)
    plugin = await bench.load("function wait() return desk.wait() end\n" + ECHO)
    waiting = [asyncio.create_task(bench.call(plugin, "wait")) for _ in range(2)]
    await until(lambda: len(bench.desk.said) == 2)
    with pytest.raises(Busy):
        await bench.call(plugin, "echo", 1)
    assert await bench.call(plugin, "echo", 2, kind="before") == 2
    bench.desk.gate.set()
    await asyncio.gather(*waiting)
    assert await bench.call(plugin, "echo", 3) == 3
    assert plugin.slots.running == 0


async def test_who_takes_too_long_is_let_go(begin: Begin) -> None:
    bench = await begin()
    plugin = await bench.load("function wait() return desk.wait() end\n" + ECHO)
    with pytest.raises(TimedOut):
        await bench.call(plugin, "wait", seconds=0.05)
    assert await bench.call(plugin, "echo", 1) == 1
    assert bench.deaths == []  # it waited, and cost nobody anything


BACKTRACKS = 'function hang() return (("a"):rep(4000)):find((".-"):rep(20) .. "b") end\n'


async def test_who_brings_a_worker_down_sits_alone_from_then_on(begin: Begin) -> None:
    bench = await begin(cpu_seconds=0.2)
    guilty, other = await bench.load(BACKTRACKS + ECHO, "guilty"), await bench.load(ECHO, "other")
    [before] = bench.host.pids
    # The other's call comes while the worker is stuck, and is made again in the next one.
    stuck = asyncio.create_task(bench.call(guilty, "hang"))
    await asyncio.sleep(0)
    assert await bench.call(other, "echo", "still here") == "still here"
    with pytest.raises(Exceeded) as raised:
        await stuck
    assert raised.value.what == "processor"
    assert bench.deaths == [("guilty", "processor")]
    assert await bench.call(guilty, "echo", "back") == "back"
    assert len(bench.host.pids) == 2
    assert before not in bench.host.pids
    assert guilty.process is not other.process


async def test_a_call_that_had_acted_is_not_made_again(begin: Begin) -> None:
    bench = await begin()
    plugin = await bench.load("function act() desk.say('acted') return desk.wait() end\n" + ECHO)
    acting = asyncio.create_task(bench.call(plugin, "act"))
    await until(lambda: bench.desk.said == [["acted"], "waits"])
    os.kill(bench.host.pids[0], signal.SIGKILL)
    await until(lambda: not bench.host.pids)
    bench.desk.gate.set()
    with pytest.raises(Away):
        await acting
    assert bench.desk.said.count(["acted"]) == 1
    assert await bench.call(plugin, "echo", 1) == 1


async def test_a_machine_that_is_full_is_replaced(begin: Begin) -> None:
    bench = await begin()
    plugin = await bench.load(
        "kept = {} function fill() for i = 1, 1e9 do kept[i] = {i} end end\nfunction size() return #kept end"
    )
    with pytest.raises(Exceeded) as raised:
        await bench.call(plugin, "fill")
    assert raised.value.what == "memory"
    assert await bench.call(plugin, "size") == 0
    assert plugin.revivals == 1


async def test_on_init_runs_once_a_machine_and_fails_the_load(begin: Begin) -> None:
    bench = await begin()
    await bench.load("function on_init() desk.say('up') end")
    assert bench.desk.said == [["up"]]
    assert [one.kind for one in bench.runs] == ["load", "init"]
    with pytest.raises(LuaError, match="no table"):
        await bench.load("function on_init()\n error('no table') end", "b")


async def test_inspection_runs_nothing_for_real(begin: Begin) -> None:
    bench = await begin()
    text = "plugin_info = {name = 'a', version = '1.0'}\ndesk.say('out') function on_init() desk.say('init') end"
    found = await bench.host.inspect(bench.code(text), bench.run)
    assert found.info == {"name": "a", "version": "1.0"}
    assert bench.desk.said == []
    assert bench.host.pids == []


async def test_a_session_is_talked_to(begin: Begin) -> None:
    bench = await begin()
    plugin = await bench.load("""
        function screen(event)
          while event.type ~= "quit" do
            event = coroutine.yield({text = desk.say(event.type)})
          end
        end
        function breaks() coroutine.yield(1) error("broken") end
    """)
    session = await bench.host.open(plugin, "screen", bench.run("screen"))
    assert await session.send({"type": "init"}) == {"text": "init"}
    assert await session.send({"type": "key"}) == {"text": "key"}
    assert await session.send({"type": "quit"}) is None
    assert session.ended
    session = await bench.host.open(plugin, "breaks", bench.run("screen"))
    assert await session.send({}) == 1
    with pytest.raises(LuaError, match="broken"):
        await session.send({})
    assert session.ended
    many = [await bench.host.open(plugin, "screen", bench.run("screen")) for _ in range(4)]
    with pytest.raises(Busy, match="plugin busy"):
        await bench.host.open(plugin, "screen", bench.run("screen"))
    for one in many:
        await one.close()
    with pytest.raises(LuaError, match="yielded outside"):
        await bench.call(plugin, "breaks")


async def test_unloading_ends_its_calls(begin: Begin) -> None:
    bench = await begin()
    plugin = await bench.load("function wait() return desk.wait() end")
    waiting = asyncio.create_task(bench.call(plugin, "wait"))
    await until(lambda: bool(bench.desk.said))
    bench.host.unload(plugin)
    bench.desk.gate.set()
    with pytest.raises(Away):
        await waiting
    with pytest.raises(Away):
        await bench.call(plugin, "wait")


async def test_the_stack_of_a_call_is_closed_whatever_happens(begin: Begin) -> None:
    bench = await begin()
    plugin = await bench.load("function ok() end function bad() error('x') end function slow() desk.wait() end")
    ended: list[str] = []
    for target in ("ok", "bad", "slow"):
        run = bench.run()
        run.stack.callback(ended.append, target)
        with suppress(LuaError, TimedOut):
            await bench.host.call(plugin, target, (), run, seconds=0.05)
    assert ended == ["ok", "bad", "slow"]
