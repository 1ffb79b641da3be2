"""The plugins in Lua that ship pass their own tests."""

from __future__ import annotations

from pathlib import Path

from newel.testing.lua import lua_tests

PLUGINS = Path(__file__).parents[2] / "lua_plugins"

test_hello = lua_tests(PLUGINS / "hello")
test_reading_time = lua_tests(PLUGINS / "reading_time")
test_sitemap_data = lua_tests(PLUGINS / "sitemap_data")
test_redirects = lua_tests(PLUGINS / "redirects")
test_forms = lua_tests(PLUGINS / "forms")


def test_every_shipped_plugin_is_tested() -> None:
    there = {one.parent.name for one in PLUGINS.glob("*/init.lua")}
    assert {f"test_{name}" for name in there} <= set(globals())
    for name in there:
        assert (PLUGINS / name / "README.md").is_file()
        assert list((PLUGINS / name / "test").glob("*.test.lua"))
