"""The certificate in use: read again when its files change, and looked after."""

from __future__ import annotations

import asyncio
import signal
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from newel.contracts.site import Finding
from newel.errors import BootError
from newel_http.config import SHOWN
from newel_http.tls.contexts import server_context
from newel_http.tls.pair import Pair, read_pair

if TYPE_CHECKING:
    from newel.app import App
    from newel_http.config import HttpConfig

EVERY = 30.0
"""Seconds between two looks at the files."""
SOON = timedelta(days=21)


class Certificates:
    """``context`` is the door's for good: each handshake is led by the newest pair, and open connections stay."""

    def __init__(self, app: App, config: HttpConfig) -> None:
        self._app = app
        self._config = config
        self._files = (app.folder / config.certificate, app.folder / config.key)
        self._pair: Pair | None = None
        self._seen: object = None
        self._trouble = ""
        self._look = asyncio.Event()
        self._reading = asyncio.Lock()
        self.context = server_context()
        self.context.sni_callback = self._lead

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Has a good pair inside the block, or raises ``BootError``."""
        self._seen = await asyncio.to_thread(_marks, self._files)
        await self._take(await asyncio.to_thread(self._read))
        loop, watched = asyncio.get_running_loop(), False
        with suppress(ValueError, RuntimeError):  # not in the main thread: files are looked at all the same
            loop.add_signal_handler(signal.SIGHUP, self._look.set)
            watched = True
        tasks = [asyncio.create_task(work(), name="newel-certificate") for work in (self._rounds, self._signals)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if watched:
                loop.remove_signal_handler(signal.SIGHUP)

    async def look(self) -> Finding:
        """``http.certificate``: of the pair in use, or where the door is closed, of the one that would be."""
        try:
            pair = await asyncio.to_thread(self._read) if self._pair is None else self._pair
        except BootError as error:
            return Finding(state="failing", detail=error.detail, remedy="put a certificate there with its own key")
        left = pair.expires - self._app.clock.now()
        when = f"{pair.expires:%Y-%m-%d %H:%M} UTC"
        renew = f"renew it: {self._files[0]} is read again by itself"
        if left <= timedelta(0):
            return Finding(state="failing", detail=f"the certificate expired on {when}", remedy=renew)
        if self._trouble:
            detail = f"the new certificate cannot be used, the one before serves until {when}: {self._trouble}"
            return Finding(state="failing", detail=detail, remedy="put a certificate there with its own key")
        if left < SOON:
            return Finding(state="warning", detail=f"the certificate expires on {when}", remedy=renew)
        return Finding(detail=f"good until {when}")

    async def again(self, *, asked: bool = False) -> None:
        """Reads the files where they changed (or it is ``asked``). What cannot be used changes nothing, and is told."""
        async with self._reading:  # or a slow reading puts back what a later one has replaced
            marks = await asyncio.to_thread(_marks, self._files)
            if marks == self._seen and not asked:
                return
            self._seen = marks
            try:
                await self._take(await asyncio.to_thread(self._read))
            except BootError as error:
                self._trouble = error.detail
                self._app.log.error("the new certificate cannot be used", extra={"cause": error.detail})
            else:
                self._trouble = ""
                self._app.log.info("a new certificate is in use")

    def _read(self) -> Pair:
        pair = read_pair(*self._files, self._config.key_passphrase)
        if pair.expires <= self._app.clock.now():
            raise BootError(f"http.certificate: {self._files[0]} expired on {pair.expires:%Y-%m-%d}; renew it")
        return pair

    async def _take(self, pair: Pair) -> None:
        if pair.key_is_open:
            self._app.log.warning("everybody on this machine may read http.key", extra={"file": str(self._files[1])})
        self._pair = pair
        try:
            await asyncio.to_thread(_show, self._app.folder / SHOWN, pair.leaf)
        except OSError as error:
            self._app.log.debug("newel probe goes by the file alone", extra={"cause": error.strerror})

    def _lead(self, handshake: ssl.SSLObject, _: str | None, __: ssl.SSLContext) -> None:
        if self._pair is not None:
            handshake.context = self._pair.context

    async def _rounds(self) -> None:
        while True:
            await self._app.clock.sleep(EVERY)
            await self.again()

    async def _signals(self) -> None:
        while True:
            await self._look.wait()
            self._look.clear()
            await self.again(asked=True)


def _marks(files: tuple[Path, ...]) -> object:
    """What changes when a file or who may read it does; a link's target counts, since that is what renewals change."""
    marks = []
    for file in files:
        try:
            found = file.stat()
            marks.append((found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns))
        except (OSError, ValueError):
            marks.append((0, 0, 0, 0))
    return marks


def _show(file: Path, leaf: str) -> None:
    """Lets ``newel probe`` know which certificate it will meet, though the files may hold another by then."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_suffix(".new")
    new.write_text(leaf, "utf-8")
    new.replace(file)
