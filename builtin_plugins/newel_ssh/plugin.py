"""Starts and stops the SSH door."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from newel import Permission, hookimpl, operations_of
from newel.commands.permissions import PLUGINS_READ, SITE_SETTINGS
from newel.contracts.accounts import Accounts
from newel.contracts.site import HealthCheck
from newel.contracts.tui import Screen
from newel.errors import BootError
from newel.hooks.lifecycle import register_commands
from newel.operations import Operation
from newel_ssh.config import SshConfig
from newel_ssh.looking import INSTALL, Looking
from newel_ssh.screens import screens
from newel_ssh.service import Service

if TYPE_CHECKING:
    from newel.app import App

ADD_A_KEY = "nobody has a key yet: newel ssh keys add --user EMAIL --key @FILE.pub"


class SshPlugin:
    """The door. A site whose door cannot be opened is served without it, and says so."""

    def __init__(self, app: App, config: SshConfig) -> None:
        self._app = app
        self._config = config
        self.service = Service(app, config)
        app.follow(lambda: None, register_commands)  # looked at anew for each command

    @hookimpl
    def register_operations(self) -> Sequence[Operation]:
        return operations_of(self.service)

    @hookimpl
    def register_permissions(self) -> Sequence[Permission]:
        return (PLUGINS_READ, SITE_SETTINGS)

    @hookimpl
    def register_health_checks(self) -> Sequence[HealthCheck]:
        return Looking(self._app, self._config).checks()

    @hookimpl
    def register_screens(self) -> Sequence[Screen]:
        return screens(self._app)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        app = self._app
        if find_spec("asyncssh") is None:
            app.log.warning("the SSH door stays shut, since its library is missing: %s", INSTALL)
            yield
            return
        from newel_ssh.listening import opened

        async with AsyncExitStack() as stack:
            try:
                found = await stack.enter_async_context(opened(app, self._config))
            except BootError as error:
                app.report_part("ssh", "door", error.detail, "the site is served without it")
                app.announce("ssh", f"shut: {error.detail}")
                yield
                return
            self.service.opened = found
            app.report_part("ssh", "door", "")
            app.announce("ssh", f"{found.address(self._config.host)}  host key {found.fingerprint}")
            if not await app.need(Accounts).any_keys():
                app.announce("ssh", ADD_A_KEY)
            try:
                yield
            finally:
                self.service.opened = None
