"""``hooks.on`` and ``hooks.reject``: what they take, and what is told to an author who gives them something else."""

from __future__ import annotations

import pytest
from tests.builtin_plugins.lua.hooks.lua_site import lua_site

from newel.errors import BootError

WRONG = {
    "hooks.on('before_nothing', 'post', print)": "there is no event 'before_nothing'",
    "hooks.on('before_create', 'Post', print)": "the name of a table",
    "hooks.on('before_create', nil, print)": "the name of a table",
    "hooks.on('before_read', '*', print)": "takes the name of a table",
    "hooks.on('before_create', 'post')": "is a function",
    "hooks.on('before_create', 'post', print, 5)": "is a table",
    "hooks.on('before_create', 'post', print, { prio = 5 })": "there is no option 'prio'",
    "hooks.on('before_create', 'post', print, { priority = 0 })": "from 1 to 1000",
    "hooks.on('before_create', 'post', print, { priority = 1001 })": "from 1 to 1000",
    "hooks.on('before_create', 'post', print, { priority = 1.5 })": "from 1 to 1000",
    "for at = 1, 51 do hooks.on('before_create', 'post', print) end": "at most 50 hooks",
    "hooks.reject({}, 'x')": "the name of a field",
}


async def test_what_is_registered() -> None:
    wrong = [f"local ok, why = pcall(function() {code} end) note(ok, why)" for code in WRONG if "51" not in code]
    init = "\n".join([
        *wrong,
        "hooks.on('after_archive', '*', print, { priority = 1000 })",
        "hooks.on('before_read', 'content_data', print)",
        "hooks.on('before_update', 'media', print)",
        "hooks.on('before_create', 'users', print)",
        "function late() hooks.on('before_create', 'post', print) end",
    ])  # fmt: skip
    async with lua_site(init) as site:
        noted = await site.noted()
        for (ok, why), told in zip(noted, [one for code, one in WRONG.items() if "51" not in code], strict=True):
            assert ok is False
            assert told in why
            assert why.startswith("init.lua:")
        found = [(one.event, one.table, one.priority, one.plugin) for one in site.lua.hooks]
        assert found == [("after_archive", "*", 1000, "shop"), ("before_read", "content_data", 100, "shop"),
                         ("before_update", "media", 100, "shop"), ("before_create", "users", 100, "shop")]  # fmt: skip
        assert site.lua.log.said == [
            "hooks.on: before_update of 'media' never happens here",
            "hooks.on: before_create of 'users' never happens here",
        ]  # fmt: skip
        with pytest.raises(Exception, match="while the plugin loads"):
            await site.lua.ask("late")


async def test_a_plugin_has_at_most_fifty_hooks() -> None:
    with pytest.raises(BootError, match="at most 50 hooks"):
        async with lua_site(next(code for code in WRONG if "51" in code)):
            pass
