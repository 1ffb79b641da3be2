"""What a plugin in Lua costs: a route and a before-hook beside the same in Python and beside none; workers, memory."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from statistics import quantiles
from time import perf_counter
from typing import Any

import aiohttp
import psutil

from newel import PUBLIC, Call, hookimpl
from newel.app import App
from newel.context import SYSTEM
from newel.contracts.content import EntryDraft
from newel.contracts.http import HttpAnswer, HttpRequest, HttpServer, Route
from newel.testing import make_app
from tests.kernel.plugins import plugin

PLUGINS = ("sqlite", "migrations", "accounts", "audit", "jobs", "content", "http", "lua")
ROUTE = """
plugin_info = {name = "%s", version = "1.0.0", description = "For the bench."}
http.handle("GET", "/hello", function(req)
  return {status = 200, json = {hello = req.query.name or "you"}}
end, {public = true})
"""
HOOK = """
hooks.on("before_create", "note", function(entry) return {title = entry.data.title .. "!"} end)
hooks.on("before_update", "note", function(entry) return {title = entry.data.title .. "!"} end)
"""
CALLS, CLIENTS, SAVES, MANY = 3000, 16, 400, 100


class InPython:
    """The same route, the same hook."""

    hooked = False

    @hookimpl
    def register_routes(self) -> list[Route]:
        return [Route(method="GET", path="/python/hello", handler=self.hello, needs=PUBLIC, summary="Hello",
                      query={"name": "Whom."})]  # fmt: skip

    async def hello(self, request: HttpRequest, call: Call) -> HttpAnswer:
        return HttpAnswer(body=b'{"hello":"you"}', headers={"Content-Type": "application/json"})

    @hookimpl
    async def content_before_save(self, draft: EntryDraft) -> EntryDraft | None:
        from attrs import evolve

        return evolve(draft, data={**draft.data, "title": f"{draft.data['title']}!"}) if self.hooked else None


async def _spread(calls: int, clients: int, one: Callable[[], Awaitable[Any]]) -> tuple[float, float, float]:
    """Microseconds at the middle and at 99 of 100, and calls a second."""
    times: list[float] = []

    async def client() -> None:
        for _ in range(calls // clients):
            begun = perf_counter()
            await one()
            times.append(perf_counter() - begun)

    await client()  # warms up
    times.clear()
    begun = perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    took = perf_counter() - begun
    cuts = quantiles(times, n=100)
    return cuts[49] * 1e6, cuts[98] * 1e6, len(times) / took


def _line(label: str, found: tuple[float, float, float], beside: tuple[float, float, float] | None = None) -> None:
    ratio = f"  x {found[0] / beside[0]:.2f}" if beside else ""
    print(f"  {label:<46} p50 {found[0]:>8.0f} µs  p99 {found[1]:>8.0f} µs  {found[2]:>8.0f}/s{ratio}")


async def _routes(app: App) -> None:
    url = app.need(HttpServer).url
    async with aiohttp.ClientSession() as session:

        def getting(path: str) -> Callable[[], Awaitable[Any]]:
            async def get() -> None:
                async with session.get(url + path) as answer:
                    assert answer.status == 200, await answer.text()
                    await answer.read()

            return get

        for clients in (1, CLIENTS):
            python = await _spread(CALLS, clients, getting("/api/v1/python/hello"))
            _line(f"route in Python, {clients} clients", python)
            _line(
                f"route in Lua, {clients} clients",
                await _spread(CALLS, clients, getting("/api/v1/plugins/a0/hello")),
                python,
            )


async def _saves(app: App, label: str, beside: tuple[float, float, float] | None = None) -> tuple[float, float, float]:
    async def save() -> None:
        await app.operations.run("content.create", {"type": "note", "data": {"title": "x"}}, app.call(SYSTEM, "bench"))

    found = await _spread(SAVES, 1, save)
    _line(label, found, beside)
    return found


def _write(folder: Path, name: str, text: str) -> None:
    (folder / name).mkdir(parents=True)
    (folder / name / "init.lua").write_text(text % name, "utf-8")


async def _enable(app: App, name: str) -> None:
    await app.operations.run("lua.approve", {"name": name, "all": True}, app.call(SYSTEM, "bench"))
    await app.operations.run("lua.enable", {"name": name}, app.call(SYSTEM, "bench"))


async def _disable(app: App, name: str) -> None:
    await app.operations.run("lua.disable", {"name": name}, app.call(SYSTEM, "bench"))


def _memory(app: App) -> tuple[int, float]:
    """How many workers, and megabytes of their own (what they share with each other counted once)."""
    workers = [one for one in psutil.Process().children(recursive=True) if "newel_lua.worker" in one.cmdline()]
    return len(workers), sum(one.memory_full_info().pss for one in workers) / 1e6


async def _measure() -> None:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        _write(folder, "a0", ROUTE)
        _write(folder, "hooked", ROUTE + HOOK)
        for number in range(1, MANY):
            _write(folder, f"b{number}", ROUTE)
        config: Mapping[str, Any] = {
            "lua": {"folder": str(folder), "shipped": False, "watch": False, "requests_per_second": 1_000_000},
            "log": {"level": "error"},
        }
        async with make_app([*PLUGINS, plugin("python", InPython)], config, serving=True) as app:
            fields = [{"name": "title", "type": "text"}]
            await app.operations.run("types.create", {"name": "note", "fields": fields}, app.call(SYSTEM, "bench"))
            lua: Any = app.plugins["lua"]
            begun = perf_counter()
            await _enable(app, "a0")
            await lua.life.settled()
            print(f"  the first plugin answers after {1000 * (perf_counter() - begun):.0f} ms, worker and all")
            _, alone = _memory(app)
            await _routes(app)
            none = await _saves(app, "content.create, no hook")
            python: Any = app.plugins["python"]
            python.hooked = True
            await _saves(app, "content.create, before-hook in Python", none)
            python.hooked = False
            await _enable(app, "hooked")
            await lua.life.settled()
            await _saves(app, "content.create, before-hook in Lua", none)
            await _disable(app, "hooked")
            await lua.life.settled()
            begun = perf_counter()
            for number in range(1, MANY):
                await _enable(app, f"b{number}")
            await lua.life.settled()
            print(f"  {MANY - 1} more plugins enabled in {perf_counter() - begun:.2f} s")
            count, megabytes = _memory(app)
            print(f"  {MANY} plugins: {count} workers, {megabytes:.0f} MB; one: {alone:.0f} MB;"
                  f" a plugin more: {1000 * (megabytes - alone) / (MANY - 1):.0f} KB")  # fmt: skip
            await _routes(app)


def run() -> None:
    asyncio.run(_measure())
