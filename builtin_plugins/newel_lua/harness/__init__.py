"""Tests of plugins in Lua: a site in memory, the plugin with all that it asks for, and what its test files say."""

from __future__ import annotations

from newel_lua.harness.broken import Broken
from newel_lua.harness.running import Result, names_in, results

__all__ = ["Broken", "Result", "names_in", "results"]
