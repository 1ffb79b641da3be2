"""The Lua host, as tests of plugins run it: with the module ``test`` besides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from newel import hookimpl
from newel.contracts.egress import Egress
from newel.contracts.jobs import Schedule
from newel_lua.config import LuaConfig
from newel_lua.harness.calls import Calls
from newel_lua.harness.module import TestModule
from newel_lua.plugin import LuaPlugin

if TYPE_CHECKING:
    from newel.app import App


class TestedLua(LuaPlugin):
    """``test`` has to be given its site before a test runs."""

    __test__ = False

    def __init__(self, app: App, config: LuaConfig) -> None:
        self.test = TestModule()
        calls = Calls(lambda: app.find(Egress), app.clock, app.log, local=config.local_requests)
        super().__init__(app, config, more=(self.test, calls))

    @hookimpl
    def register_schedules(self) -> Sequence[Schedule]:
        """None: what plugins schedule runs when a test says so, not because its clock moved."""
        return ()
