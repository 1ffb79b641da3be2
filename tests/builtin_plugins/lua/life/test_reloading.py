"""New code takes over while calls run, or does not and the old goes on."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.builtin_plugins.lua.life.site import Site

from newel.testing import actor
from newel_lua.doors import Routes
from newel_lua.faults import Away, LuaError, Resting
from newel_lua.routing.runtime import Mounted

pytestmark = pytest.mark.engines("sqlite")


async def ask(site: Site, path: str = "/x", routes: Routes | None = None) -> Any:
    """As the door does: find, then call."""
    routes = routes or Routes(site.life.registry)
    mounted = routes.find("a")
    if mounted is None:
        raise Away("no plugin")
    return await call(site, routes, mounted, path)


async def call(site: Site, routes: Routes, mounted: Mounted, path: str = "/x") -> Any:
    route, _ = mounted.table.find(path)["GET"]
    return await routes.call(mounted, route, {}, site.app.call(actor("admin"), "test"))


async def test_new_code_answers_new_calls_and_the_old_finishes_its_own(site: Site) -> None:
    site.write(routes={"GET /x": "wait"})
    await site.start()
    slow = asyncio.create_task(ask(site))
    await asyncio.sleep(0)
    site.write(routes={"GET /x": "new"})
    await site.run("lua.reload")
    assert await ask(site) == "new"
    old, new = site.host.loaded
    assert not old.unloaded
    site.host.gate.set()
    assert await slow == "wait"
    await until(lambda: old.unloaded)
    assert site.host.told[-1] == ("shutdown a", "1.0")
    assert not new.unloaded


async def test_calls_that_do_not_end_are_given_ten_seconds(site: Site) -> None:
    site.write(routes={"GET /x": "wait"})
    await site.start()
    slow = asyncio.create_task(ask(site))
    await asyncio.sleep(0)
    site.write(routes={"GET /x": "new"})
    await site.run("lua.reload")
    old = site.host.loaded[0]
    for _ in range(20):  # the task that waits for the calls begins to wait
        await asyncio.sleep(0)
    await site.clock.advance(9.9)
    assert not old.unloaded
    await site.clock.advance(0.2)
    await until(lambda: old.unloaded)
    site.host.gate.set()
    await slow


@pytest.mark.parametrize("broken", [{"error": "init.lua:4: unexpected symbol"}, {"init_error": "init.lua:4: no"}])
async def test_broken_new_code_leaves_the_old_serving(site: Site, broken: dict[str, Any]) -> None:
    site.write(routes={"GET /x": "old"})
    await site.start()
    site.write(routes={"GET /x": "new"}, **broken)
    site.life.registry.look("a")  # as the watcher does
    await site.life.settled()
    assert await ask(site) == "old"
    info = await site.info()
    assert info.state == "running"
    assert info.failed_reason.startswith("init.lua:4: ")
    assert info.manifest_drift
    site.write(routes={"GET /x": "repaired"})
    site.life.registry.look("a")
    await site.life.settled()
    assert await ask(site) == "repaired"
    assert (await site.info()).failed_reason is None


async def test_a_request_that_came_before_the_reload_is_answered_after_it(site: Site) -> None:
    """A long body may take longer than the old code is kept."""
    routes = Routes(site.life.registry)
    site.write(routes={"GET /x": "old", "GET /gone": "gone"})
    await site.start()
    mounted = routes.find("a")
    assert mounted is not None
    site.write(routes={"GET /x": "new"})
    await site.run("lua.reload")
    await until(lambda: site.host.loaded[0].unloaded)
    assert await call(site, routes, mounted) == "new"
    with pytest.raises(Away):
        await call(site, routes, mounted, "/gone")


async def test_whoever_was_let_in_by_other_terms_is_not_let_in_by_a_reload(site: Site) -> None:
    routes = Routes(site.life.registry)
    site.write(routes={"GET /x public": "old"})
    await site.start()
    mounted = routes.find("a")
    assert mounted is not None
    site.write(routes={"GET /x": "for those who are signed in"})
    await site.run("lua.approve", all=True)
    await site.run("lua.reload")
    await until(lambda: site.host.loaded[0].unloaded)
    with pytest.raises(Away):
        await call(site, routes, mounted)


async def test_what_is_revoked_is_not_called_by_who_found_it_before(site: Site) -> None:
    routes = Routes(site.life.registry)
    site.write(routes={"GET /x": "1", "GET /wait": "wait"})
    await site.start()
    mounted = routes.find("a")
    assert mounted is not None
    slow = asyncio.create_task(call(site, routes, mounted, "/wait"))
    await asyncio.sleep(0)
    site.write(routes={"GET /y": "2"})
    await site.run("lua.reload")
    assert await call(site, routes, mounted) == "1", "the old code ends what it began"
    await site.run("lua.revoke", items=["route:GET /x"])
    with pytest.raises(Away):
        await call(site, routes, mounted)
    site.host.gate.set()
    await slow


async def test_no_call_fails_while_the_plugin_is_reloaded_again_and_again(site: Site) -> None:
    site.write(routes={"GET /x": "0"})
    await site.start()
    routes, answers = Routes(site.life.registry), []
    ended = asyncio.Event()

    async def asking() -> None:
        while not ended.is_set():
            answers.append(await ask(site, routes=routes))
            await asyncio.sleep(0)

    askers = [asyncio.create_task(asking()) for _ in range(8)]
    for number in range(1, 6):
        site.write(routes={"GET /x": str(number)})
        await site.run("lua.reload")
        await until(lambda: len(set(answers)) > number)  # noqa: B023 - awaited at once
    ended.set()
    await asyncio.gather(*askers)
    assert set(answers) == {"0", "1", "2", "3", "4", "5"}
    assert sorted(answers) == answers, "never again the code before"


async def test_settings_come_with_a_reload(site: Site) -> None:
    toml = 'name="a"\nversion="1.0"\nsummary="x"\n[settings]\nword="hi"\n[settings.key]\ntype="secret"\n'
    site.write(toml=toml)
    await site.start()
    await site.run("lua.set", settings={"word": "hello", "key": "sesame"})
    live = site.life.registry.plugins["a"].live
    assert live is not None
    assert live.self.settings["word"] == "hello"
    assert live.self.settings["key"].reveal() == "sesame"
    shown = {one["name"]: one["value"] for one in (await site.info()).settings}
    assert shown == {"word": "hello", "key": "***"}
    await site.run("lua.set", settings={"word": None})
    live = site.life.registry.plugins["a"].live
    assert live is not None
    assert live.self.settings["word"] == "hi"
    assert len(site.host.loaded) == 3


async def test_a_plugin_that_fails_again_and_again_rests(site: Site) -> None:
    site.write(routes={"GET /x": "fail", "GET /y": "fine"})
    await site.start()
    for _ in range(5):
        with pytest.raises(LuaError):
            await ask(site)
    with pytest.raises(Resting):
        await ask(site, "/y")
    info = await site.info()
    assert (info.circuit_breaker_state, info.counters["breaker_trips"]) == ("open", 1)
    assert info.counters["kinds"]["route"]["errors"] == 5
    assert sum(info.counters["kinds"]["route"]["buckets"]) == 5
    assert info.last_error["message"] == "no luck"
    assert (info.last_error["file"], info.last_error["line"]) == ("init.lua", 7)
    site.write(routes={"GET /x": "fail", "GET /y": "finer"})
    await site.run("lua.reload")
    assert await ask(site, "/y") == "finer", "what failed was other code"


async def until(condition: Any) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0)
