"""``kv``: what plugins remember, on each engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, get_args

import pytest
from attrs import define
from tests.builtin_plugins.lua.conftest import Load, run_of
from tests.builtin_plugins.lua.services.keeping import Keeping, keeping

from newel.app import App
from newel.contracts.database import Database
from newel.testing import FakeClock
from newel.testing.engines import Engine
from newel_lua.model import Grants, Kind, LuaFault, LuaRefused, LuaValue, Run, Self
from newel_lua.modules import kv as module
from newel_lua.store_kv import KvStore

pytestmark = pytest.mark.fresh


@define
class Kept:
    app: App
    host: Keeping
    clock: FakeClock

    def run(self, name: str = "shop", kind: Kind = "route", needs: frozenset[str] = frozenset({"kv"})) -> Run:
        return run_of(Self(name=name, version="1", grants=Grants(needs=needs)), self.clock, kind)

    async def __call__(self, function: str, *args: LuaValue, run: Run | None = None, name: str = "shop") -> Any:
        return await self.host.kv.functions[function](run or self.run(name), args)


@pytest.fixture
async def kv(engine: Engine, clock: FakeClock) -> AsyncIterator[Kept]:
    async with keeping(clock) as (app, host):
        yield Kept(app, host, clock)


async def test_values_come_back_as_they_were_and_each_plugin_has_its_own(kv: Kept) -> None:
    values = ["text ä \U0001f600", 1, -1.5, True, False, [], [1, [2]], {"a": {"b": [None, "c"]}}, "", 2**53, {}]
    for number, value in enumerate(values):
        assert await kv("set", f"k{number}", value) is True
    assert [await kv("get", f"k{number}") for number in range(len(values))] == values
    assert await kv("get", "k0", name="blog") is None
    await kv("set", "k0", "other", name="blog")
    assert (await kv("get", "k0"), await kv("get", "k0", name="blog")) == (values[0], "other")
    await kv("set", "k0", "new")
    assert await kv("get", "k0") == "new"
    assert (await kv("delete", "k0"), await kv("delete", "k0"), await kv("get", "k0")) == (True, False, None)


async def test_keys_are_told_apart_by_their_bytes(kv: Kept) -> None:
    keys = ["a", "A", "a ", " a", "ä", "a\u0308", "\U0001f600", "a" * 200]
    for key in keys:
        await kv("set", key, key)
    assert [await kv("get", key) for key in keys] == keys


async def test_what_has_expired_is_not_there(kv: Kept) -> None:
    await kv("set", "a", 1, {"ttl": 60})
    await kv("set", "b", 1, 60)
    await kv.clock.advance(59)
    assert await kv("get", "a") == await kv("get", "b") == 1
    await kv("set", "b", 2)
    await kv.clock.advance(1)
    assert (await kv("get", "a"), await kv("get", "b")) == (None, 2)
    assert await kv("delete", "a") is False


async def test_a_counter_in_a_window_lives_as_long_as_it_did_when_it_was_new(kv: Kept) -> None:
    assert [await kv("incr", "n", None, {"ttl": 60}) for _ in range(3)] == [1, 2, 3]
    await kv.clock.advance(59)
    assert await kv("incr", "n", 10, {"ttl": 60}) == 13
    await kv.clock.advance(1)
    assert await kv("get", "n") is None
    assert await kv("incr", "n", -2.5) == -2.5
    assert await kv("get", "n") == -2.5


async def test_no_two_callers_count_the_same(kv: Kept) -> None:
    """Even where the key is not there yet."""
    numbers = await asyncio.gather(*(kv("incr", "n") for _ in range(20)))
    assert sorted(numbers) == list(range(1, 21))


async def test_in_a_transaction_of_the_plugin_it_is_part_of_it(kv: Kept) -> None:
    async def undone() -> None:
        async with kv.app.need(Database).transaction() as tx:
            run = kv.run()
            run.tx = tx
            await kv("set", "a", 1, run=run)
            assert await kv("incr", "n", run=run) == 1
            assert await kv("get", "a", run=run) == 1
            raise LuaFault("undo it")

    with pytest.raises(LuaFault, match="undo it"):
        await undone()
    assert (await kv("get", "a"), await kv("get", "n")) == (None, None)


async def test_what_is_kept_has_its_limits(kv: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    await kv("set", "large", "x" * 65_534)
    with pytest.raises(LuaRefused, match="65537 bytes"):
        await kv("set", "large", "x" * 65_535)
    monkeypatch.setattr(module, "MOST_KEYS", 3)
    await kv("set", "b", 1, 60)
    await kv("set", "c", 1)
    with pytest.raises(LuaRefused, match="kv is full"):
        await kv("set", "d", 1)
    with pytest.raises(LuaRefused, match="kv is full"):
        await kv("incr", "d")
    await kv("set", "c", 2)
    await kv("set", "d", 1, name="blog")
    await kv.clock.advance(60)
    assert await kv("set", "d", 1), "the one that has expired made room"
    for value in (2**53, "text", True, [1]):
        await kv("set", "c", value)
        with pytest.raises(LuaRefused, match="number"):
            await kv("incr", "c")


@pytest.mark.parametrize(
    ("function", "args"),
    [
        ("get", ()), ("get", ("",)), ("get", (5,)), ("get", ("a\0",)), ("get", ("a\n",)), ("get", ("x" * 201,)),
        ("get", ("ä" * 101,)), ("get", (b"\xff",)), ("set", ("a",)), ("set", ("a", None)), ("set", ("a", b"\xff")),
        ("set", ("a", 1, 0)), ("set", ("a", 1, -1)), ("set", ("a", 1, {"ttl": "1"})), ("set", ("a", 1, 1e300)),
        ("set", ("a", 1, float("nan"))), ("set", ("a", 1, True)), ("incr", ("a", "1")), ("incr", ("a", True)),
        ("incr", ("a", float("nan"))), ("incr", ("a", float("inf"))), ("delete", ()),
    ],
)  # fmt: skip
async def test_mistakes_raise(clock: FakeClock, function: str, args: tuple[LuaValue, ...]) -> None:
    plugin = Self(name="shop", version="1", grants=Grants(needs=frozenset({"kv"})))
    with pytest.raises(LuaFault, match=rf"kv\.{function}"):
        await module.KvModule(KvStore(), clock).functions[function](run_of(plugin, clock), args)


async def test_it_must_be_approved_costs_an_operation_and_is_not_for_before_hooks(kv: Kept) -> None:
    for function in ("get", "set", "incr", "delete"):
        with pytest.raises(LuaRefused, match="not approved"):
            await kv(function, "a", 1, run=kv.run(needs=frozenset({"kv.more", "mail"})))
        for kind in get_args(Kind):
            run = kv.run(kind=kind)
            if kind in ("load", "before"):
                with pytest.raises(LuaFault, match="not available"):
                    await kv(function, "a", 1, run=run)
            else:
                await kv(function, "a", 1, run=run)
                assert run.operations == 999
    run = kv.run()
    run.operations = 0
    with pytest.raises(LuaFault, match="budget"):
        await kv("get", "a", run=run)


PLUGIN = """
function count() return kv.incr("visits", 1, { ttl = 60 }) end
function keep(value)
  local ok = kv.set("kept", value)
  return { ok = ok, again = kv.get("kept"), none = kv.get("none") }
end
function why() local value, message = kv.get("a") return { value = value, message = message } end
function wrong() local ok, message = pcall(kv.set, "a") return message end
"""


@pytest.mark.engines("sqlite")
async def test_from_inside_of_a_plugin(engine: Engine, clock: FakeClock, load: Load) -> None:
    store = KvStore()
    approved = await load(PLUGIN, [module.KvModule(store, clock)], needs=["kv"])
    other = await load(PLUGIN, [module.KvModule(store, clock)])
    async with keeping(clock) as (app, _):
        store.open(app.need(Database))
        assert [await approved.call("count") for _ in range(3)] == [1, 2, 3]
        value = {"text": "ä", "list": [1, 2.5, True], "deep": {"a": {"b": "c"}}}
        assert await approved.call("keep", value) == {"ok": True, "again": value}
        assert "a value is expected" in await approved.call("wrong")
        assert await other.call("why") == {"message": "not approved: this plugin may not use 'kv'"}
