"""A call of a plugin is a step of the trace that it is made in."""

from __future__ import annotations

from unittest.mock import MagicMock

import pytest
from tests.builtin_plugins.lua.host.conftest import Begin

from newel.contracts.tracing import Span
from newel.spans import Within
from newel_lua.faults import LuaError


async def test_a_call_is_a_step(begin: Begin) -> None:
    bench = await begin()
    plugin = await bench.load("function ask(x) return desk.say(x) end")
    request = MagicMock(Span, recording=True, ended=False)
    with Within(request):
        assert await bench.call(plugin, "ask", 1) == 1
        request.child.assert_called_once_with("lua", "internal", {"newel.plugin": "a", "newel.lua.call": "route"})
        step = request.child.return_value
        step.end.assert_called_once_with(None)
        plugin = await bench.load("function ask() error('no') end", "b")
        with pytest.raises(LuaError) as caught:
            await bench.call(plugin, "ask")
        step.end.assert_called_with(caught.value)
