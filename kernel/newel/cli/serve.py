"""``newel serve``, ``newel init``, ``newel check``."""

from __future__ import annotations

import asyncio
import os
import signal
from time import perf_counter
from typing import TYPE_CHECKING

import click

from newel import systemd
from newel.cli.runs import forget_ended, telling
from newel.errors import BootError
from newel.versions import VERSION

if TYPE_CHECKING:
    from pathlib import Path

    from newel.app import App
    from newel.cli.site import Site

TEMPLATE = """\
# Newel's configuration. Every setting with its default and a sentence: newel config explain
# A value may also come from the environment (NEWEL__HTTP__PORT=8420) or from --set http.port=8420.

# [database]
# url = "sqlite:///data/newel.db"

# [http]
# host = "127.0.0.1"
# port = 8420

[plugins]
disable = []
enable = []
"""


def set_up(site: Site) -> bool:
    """Writes ``newel.toml`` and ``data/`` where they are missing; answers whether the file is new."""
    try:
        site.folder.mkdir(parents=True, exist_ok=True)
        data = site.folder / "data"
        data.mkdir(exist_ok=True)
        _writable(data)
        if site.file.exists():
            return False
        with site.file.open("x", encoding="utf-8") as file:
            file.write(TEMPLATE)
    except FileExistsError:
        return False
    except OSError as error:
        raise BootError(
            f"cannot write into {site.folder}: {error.strerror}. Choose another folder with --site."
        ) from None
    return True


def _writable(data: Path) -> None:
    """Raises ``BootError`` before plugin after plugin fails: a folder that a container was lent is often root's."""
    if os.access(data, os.W_OK | os.X_OK):
        return
    user, group = os.geteuid(), os.getegid()
    raise BootError(
        f"cannot write into {data}, which belongs to user {data.stat().st_uid}, as user {user}: "
        f"chown -R {user}:{group} the folder (of a container: the one that is mounted there), or mount it writable."
    )


@click.command()
@click.option("--yes", is_flag=True, help="Ask nothing (it asks nothing today; for scripts).")
@click.pass_obj
def init(site: Site, yes: bool) -> None:
    """Set up a site in this folder without starting it.

    Writes newel.toml and data/. What is there already stays as it is.
    """
    new = set_up(site)
    click.echo(f"{'wrote' if new else 'kept'} {site.file}")
    click.echo("next: newel serve")


@click.command()
@click.option("--demo", is_flag=True, help="Fill an empty site with a small magazine (same as --enable demo).")
@click.option("--enable", multiple=True, metavar="PLUGIN", help="Switch on an optional plugin for this run.")
@click.option(
    "--no-migrate", is_flag=True, help="Refuse to start while table changes are pending (--set migrations.auto=false)."
)
@click.option("--quiet", is_flag=True, help="Print nothing but errors and one-time credentials.")
@click.option("--set", "sets", multiple=True, metavar="SECTION.KEY=VALUE", help="Set one configuration value.")
@click.pass_obj
def serve(
    site: Site, demo: bool, enable: tuple[str, ...], no_migrate: bool, quiet: bool, sets: tuple[str, ...]
) -> None:
    """Start the site, and set it up when the folder is empty.

    Stops cleanly on SIGTERM or Ctrl+C: running requests finish first.
    """
    begun = perf_counter()
    new = set_up(site)
    if no_migrate:
        site.sets = (*site.sets, "migrations.auto=false")
    site.enable = [*enable, *(["demo"] if demo else [])]
    site.sets = (*site.sets, *sets)
    if new and not quiet:
        click.echo(f"a new site in {site.folder}")
    forget_ended(site.folder)
    site.run(_serve(site.app(), begun, quiet))


async def _serve(app: App, begun: float, quiet: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    with telling(app):
        async with systemd.telling() as tell, app.running(serving=True):
            await _up(app, begun, quiet, stop, tell)


async def _up(app: App, begun: float, quiet: bool, stop: asyncio.Event, tell: systemd.Tell) -> None:
    if not quiet:
        click.echo(f"Newel {VERSION} is up after {perf_counter() - begun:.1f} s")
    width = max((len(label) for label, _ in app.notices), default=0)
    for label, text in app.notices:
        click.echo(f"  {label:<{width}}  {text}")
    app.notices.clear()
    tell(f"READY=1\nSTATUS=Newel {VERSION} is up")
    await stop.wait()
    tell("STOPPING=1\nSTATUS=running requests finish first")
    if not quiet:
        click.echo("stopping: running requests finish first (once more to stop at once)")
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().remove_signal_handler(name)


@click.command()
@click.pass_obj
def check(site: Site) -> int:
    """Check configuration and plugins; touches nothing outside.

    Exit code 0: all is well; 1: the site cannot start; 3: it starts without the plugins named here.
    """
    app = site.app()
    for failure in app.failures:
        click.echo(str(failure), err=True)
    click.echo(f"{len(app.plugins)} plugins, {len(list(app.operations))} operations; order: {' → '.join(app.plugins)}")
    return 3 if app.failures else 0
