"""``newel jobs run`` and ``newel jobs show``; the other commands are the operations."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

import click

from newel.app import App
from newel.cli.output import show as print_value
from newel.commands.console import Console
from newel.commands.planned import remote
from newel.context import SIGNED_IN

NAME = "jobs"


class Site(Protocol):
    """What the command line hands to its commands."""

    def app(self) -> App: ...
    def run(self, work: Any) -> Any: ...


class Works(Protocol):
    """The plugin, as its commands see it."""

    async def until_nothing_is_due(self, places: int) -> Counter[str]: ...
    def in_the_background(self, places: int) -> AbstractAsyncContextManager[Counter[str]]: ...


def group() -> click.Group:
    """The commands below ``newel jobs`` that are written by hand."""

    @click.group("jobs", help="Jobs, schedules, and events that could not be told.", no_args_is_help=True)
    def jobs() -> None:
        pass

    @jobs.command("run")
    @click.option("--watch", is_flag=True, help="Go on until SIGTERM or Ctrl+C.")
    @click.option("--workers", type=click.IntRange(1, 256), default=4, show_default=True, help="Jobs at once.")
    @click.option("--json", "as_json", is_flag=True, help="Print the numbers as JSON.")
    @click.pass_obj
    def run(site: Site, watch: bool, workers: int, as_json: bool) -> int:
        """Do jobs and tell events until nothing is due any more.

        Exit code 3: some job died.
        """
        outcomes: Counter[str] = site.run(_work(site.app(), workers, watch))
        numbers = {"done": outcomes["done"], "failed": outcomes["waiting"], "dead": outcomes["dead"]}
        print_value({**numbers, "cancelled": outcomes["cancelled"]}, as_json=as_json)
        return 3 if outcomes["dead"] else 0

    @jobs.command("show")
    @click.argument("id")
    @click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
    @remote(needs=SIGNED_IN)
    async def show(console: Console, id: str, as_json: bool) -> None:
        """Show a job."""
        answer = await console.app.operations.run("jobs.get", {"id": id}, console.call)
        await console.show(console.app.structurer.unstructure(answer, show=True), as_json=as_json)

    return jobs


async def _work(app: App, workers: int, watch: bool) -> Counter[str]:
    async with app.running():
        works: Any = app.plugins[NAME]
        return await (_watch(works, workers) if watch else _once(works, workers))


async def _once(works: Works, workers: int) -> Counter[str]:
    return await works.until_nothing_is_due(workers)


async def _watch(works: Works, workers: int) -> Counter[str]:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    names = (signal.SIGTERM, signal.SIGINT)
    for name in names:
        loop.add_signal_handler(name, stop.set)
    try:
        async with works.in_the_background(workers) as outcomes:
            await stop.wait()
    finally:
        for name in names:
            loop.remove_signal_handler(name)
    return outcomes
