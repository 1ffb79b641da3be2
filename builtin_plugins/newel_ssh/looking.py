"""Whether the door can be opened. None of it needs a site that runs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING

from newel import ports
from newel.contracts.site import Finding, HealthCheck
from newel.errors import BootError
from newel_ssh.hostkey import host_key

if TYPE_CHECKING:
    from newel.app import App
    from newel_ssh.config import SshConfig

INSTALL = "pip install 'newel[ssh]'"


class Looking:
    """Brings the checks."""

    def __init__(self, app: App, config: SshConfig) -> None:
        self._app = app
        self._config = config

    def checks(self) -> Sequence[HealthCheck]:
        return (
            HealthCheck(name="ssh.host_key", summary="The key of the SSH door", look=self.host_key, running=False),
            HealthCheck(name="ssh.port", summary="The port of the SSH door", look=self.port, running=False),
        )

    async def host_key(self) -> Finding:
        if find_spec("asyncssh") is None:
            return Finding(state="warning", detail="the door stays shut: its library is missing", remedy=INSTALL)
        file = self._app.folder / self._config.host_key
        if not await asyncio.to_thread(file.exists):
            return Finding(detail="it is made at the first start")
        try:
            key = await asyncio.to_thread(host_key, file)
        except BootError as error:
            told, _, remedy = error.detail.partition(": ")
            return Finding(state="failing", detail=told, remedy=remedy)
        return Finding(detail=f"{key.get_fingerprint()}")

    async def port(self) -> Finding:
        if self._app.serving:
            return Finding(detail="this process listens")
        return await ports.look(self._config.host, self._config.port, lambda said: said.startswith(b"SSH-2.0-Newel"))
