"""Hooks reach the code that runs, before, while and after it is replaced."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.builtin_plugins.lua.life.site import Site

from newel.testing import actor
from newel_lua.doors import Hooks
from newel_lua.faults import LuaError
from newel_lua.hooks.calling import Calling
from newel_lua.hooks.model import LuaHook
from newel_lua.registry import Registry

pytestmark = pytest.mark.engines("sqlite")
CREATE = "before_create"


def hooks_of(site: Site) -> Hooks:
    return Hooks(site.life.registry, site.app.log)


async def call(site: Site, hooks: Hooks, hook: LuaHook) -> Any:
    return await hooks.call(hook, [{}], "before", site.app.call(actor("admin"), "test"), seconds=2.0)


async def test_approved_hooks_of_running_plugins_are_called_in_order(site: Site) -> None:
    hooks = hooks_of(site)
    site.write("b", hooks=["before_create posts", "before_create pages", "after_update *"])
    site.write("a", hooks=["before_create *"])
    await site.start("b")
    await site.start("a")
    found = hooks.hooks_for(CREATE)
    assert [(one.plugin, one.table) for one in found] == [("a", "*"), ("b", "posts"), ("b", "pages")]
    assert hooks.hooks_for(CREATE) is found, "quick: nothing changed"
    await site.run("lua.revoke", "b", items=["hook:before_create posts"])
    assert [(one.plugin, one.table) for one in hooks.hooks_for(CREATE)] == [("a", "*"), ("b", "pages")]
    assert hooks.hooks_for(CREATE)[0] is found[0], "they count for as long as their code is there"
    await site.run("lua.disable", "a")
    assert [one.plugin for one in hooks.hooks_for(CREATE)] == ["b"]


async def test_a_hook_that_was_found_before_a_reload_is_called_after_it(site: Site) -> None:
    hooks = hooks_of(site)
    site.write(hooks=["before_create posts", "before_create pages"], answer="old")
    await site.start()
    posts, pages = hooks.hooks_for(CREATE)
    site.write(hooks=["before_create posts"], answer="new")
    await site.run("lua.reload")
    await until(lambda: site.host.loaded[0].unloaded)
    assert await call(site, hooks, posts) == "new"
    assert await call(site, hooks, pages) is None, "the new code has no such hook"


async def test_no_hook_is_lost_while_the_plugin_is_reloaded(site: Site) -> None:
    hooks = hooks_of(site)
    site.write(hooks=["before_create posts"], answer="0")
    await site.start()
    answers: list[Any] = []
    ended = asyncio.Event()

    async def saving() -> None:
        while not ended.is_set():
            found = hooks.hooks_for(CREATE)
            assert len(found) == 1
            await asyncio.sleep(0)
            answers.append(await call(site, hooks, found[0]))
            await asyncio.sleep(0)

    savers = [asyncio.create_task(saving()) for _ in range(8)]
    for number in range(1, 6):
        site.write(hooks=["before_create posts"], answer=str(number))
        await site.run("lua.reload")
        await until(lambda: len(set(answers)) > number)  # noqa: B023 - awaited at once
    ended.set()
    await asyncio.gather(*savers)
    assert set(answers) == {"0", "1", "2", "3", "4", "5"}


async def test_a_hook_that_fails_again_and_again_is_switched_off_until_a_reload(site: Site) -> None:
    hooks = hooks_of(site)
    registry: Registry = site.life.registry
    calling = Calling(hooks, registry._config)
    site.write(hooks=["before_create posts"], answer="fail")
    await site.start()
    (hook,) = hooks.hooks_for(CREATE)
    for _ in range(10):
        with pytest.raises(LuaError):
            await calling.call(hook, [{}], "before", site.app.call(actor("admin"), "test"))
    assert calling.matching(CREATE, "posts") == []
    info = await site.info()
    assert info.hooks_off == ("before_create posts",)
    assert info.counters["breaker_trips"] == 1
    assert info.circuit_breaker_state == "closed", "its routes have done nothing wrong"
    await site.run("lua.reload")
    assert len(calling.matching(CREATE, "posts")) == 1
    assert (await site.info()).hooks_off == ()


async def until(condition: Any) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0)
