"""A site with a hostile plugin, from outside: clean answers, a plugin that rests, and everybody else as before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.builtin_plugins.lua.hostile.conftest import ATTACKS

from newel.context import SYSTEM
from newel.testing import Client, FakeAccounts, FakeClock

pytestmark = [pytest.mark.engines("sqlite"), pytest.mark.needs_plugin("http")]

CHOSEN = (
    "loop_pcall", "loop_sort", "memory_table_global", "memory_double", "stack_c_gsub", "value_cycle", "driver_yield",
    "pattern_backtrack", "loop_tostring_c",
)  # fmt: skip
HELLO = 'http.handle("GET", "/hello", function() return { json = { hello = "you" } } end, { public = true })\n'


def attacker() -> str:
    parts = [HELLO]
    for one in ATTACKS:
        if one.name in CHOSEN:
            route = f'http.handle("GET", "/{one.name}", function() return {{ json = run() }} end, {{ public = true }})'
            parts.append(f"do\n{one.text}\nlocal run = attack\n{route}\nend")
    return "\n".join(parts)


async def test_a_hostile_plugin_rests_and_the_others_go_on(make_app: Any, tmp_path: Path, clock: FakeClock) -> None:
    for name, text in (("hostile", attacker()), ("neighbour", HELLO)):
        (tmp_path / "lua" / name).mkdir(parents=True)
        told = f'plugin_info = {{ name = "{name}", version = "1.0.0", description = "For tests." }}\n'
        (tmp_path / "lua" / name / "init.lua").write_text(told + text)
    lua = {
        "folder": str(tmp_path / "lua"), "shipped": False, "watch": False, "cpu_seconds": 0.2, "memory_mb": 8,
        "instructions": 10_000_000, "failures": 3, "rest_seconds": 60,
    }  # fmt: skip
    plugins = ["database", "migrations", FakeAccounts.manifest, "http", "lua"]
    app = await make_app(plugins, {"lua": lua}, folder=tmp_path, clock=clock, serving=True)

    async def does(operation: str, **given: Any) -> Any:
        return await app.operations.run(operation, given, app.call(SYSTEM, "test"))

    for name in ("hostile", "neighbour"):
        await does("lua.approve", name=name, all=True)
        await does("lua.enable", name=name)
    await app.plugins["lua"].life.settled()
    async with Client.of(app) as client:
        for at, name in enumerate(CHOSEN):
            answer = await client.get(f"/api/v1/plugins/hostile/{name}")
            assert answer.status in (500, 504), (name, answer.body)
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert answer.json()["error"]["code"] in ("HANDLER_ERROR", "HANDLER_TIMEOUT"), name
            assert b"attack" not in answer.body
            assert (await client.get("/api/v1/plugins/neighbour/hello")).json() == {"hello": "you"}
            if at % 3 == 2:  # three in a row
                answer = await client.get("/api/v1/plugins/hostile/hello")
                assert (answer.status, answer.json()["error"]["code"]) == (503, "CIRCUIT_BREAKER_OPEN")
                assert 0 < int(answer.headers["Retry-After"]) <= 60
                told = await does("lua.get", name="hostile")
                assert told.circuit_breaker_state == "open"
                assert told.counters["breaker_trips"] == (at + 1) // 3
                await clock.advance(61)
                assert (await client.get("/api/v1/plugins/hostile/hello")).json() == {"hello": "you"}
        assert (await client.get("/livez")).status == 200
