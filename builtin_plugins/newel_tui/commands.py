"""``newel tui``."""

from __future__ import annotations

import io
import logging
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

import click

from newel import Actor, Secret
from newel.cli.operations import operator

if TYPE_CHECKING:
    from newel.app import App

KEPT = 1 << 20
"""Characters of the log that are kept while the screen is somebody else's."""


class Site(Protocol):
    """What the command line hands to its commands."""

    def app(self) -> App: ...
    def expected(self) -> None: ...
    def run(self, work: Any) -> Any: ...


class Operator:
    """Keeps ``Visitor``: whoever may read the site's files may do everything."""

    door = "tui"
    ip = None

    async def actor(self) -> Actor | None:
        return operator()


@click.command("tui")
@click.option("--connect", "url", metavar="URL", help="A site elsewhere, through its HTTP API.")
@click.option(
    "--token", envvar="NEWEL_TOKEN", show_envvar=True, help="An API token for it; asked for where none is given."
)
@click.pass_obj
def tui(site: Site, url: str | None, token: str | None) -> int:
    """The terminal admin of this site, or of one elsewhere."""
    from newel_tui.console import needs_terminal

    needs_terminal()  # told before anything is started or asked
    if url is None:
        site.expected()
        code: int = site.run(_here(site.app()))
    else:
        token = token or click.prompt("API token", hide_input=True, err=True)
        code = site.run(_elsewhere(site.app(), url, Secret(token)))
    return code


async def _here(app: App) -> int:
    from newel_tui.config import TuiConfig
    from newel_tui.console import console

    async with app.running():
        plugin: Any = app.plugins["tui"]
        with _quiet(app.log), console(mouse=app.config(TuiConfig).mouse) as terminal:
            code: int = await plugin.serve(terminal, Operator())
        await app.settle()
    return code


async def _elsewhere(app: App, url: str, token: Secret[str]) -> int:
    from newel_tui.config import TuiConfig
    from newel_tui.console import console
    from newel_tui.gateway.remote import RemoteGateway
    from newel_tui.serving import serve

    gateway = RemoteGateway(url, token)
    try:
        await gateway.start()  # a wrong token is told before the screen is taken
    except BaseException:
        await gateway.close()
        raise
    config = app.config(TuiConfig)
    with _quiet(app.log), console(mouse=config.mouse) as terminal:
        return await serve(gateway, terminal, config, app.clock, app.log)


class Tail(io.TextIOBase):
    """Keeps the end of what is written."""

    def __init__(self) -> None:
        self._written: deque[str] = deque()
        self._length = 0

    def write(self, text: str) -> int:
        self._written.append(text)
        self._length += len(text)
        while self._length - len(self._written[0]) >= KEPT:
            self._length -= len(self._written.popleft())
        return len(text)

    @property
    def text(self) -> str:
        return "".join(self._written)[-KEPT:]


@contextmanager
def _quiet(log: logging.Logger) -> Iterator[None]:
    """Keeps the log off the screen, and prints it afterwards."""
    kept = Tail()
    streams = [one for one in log.handlers if isinstance(one, logging.StreamHandler) and one.stream is sys.stderr]
    for one in streams:
        one.setStream(kept)
    try:
        yield
    finally:
        for one in streams:
            one.setStream(sys.stderr)
        sys.stderr.write(kept.text)
