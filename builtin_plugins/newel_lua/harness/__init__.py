"""Tests of plugins in Lua: a site in memory, the plugin with all that it asks for, and what its test files say."""

from __future__ import annotations

from newel_lua.harness.running import Broken, Result, names_in, tested

__all__ = ["Broken", "Result", "names_in", "tested"]
