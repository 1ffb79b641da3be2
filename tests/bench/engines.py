"""The engines next to each other: the contract's cost, writes with audit and outbox, copying, statements an operation.

``python -m tests.bench engines [sqlite postgres mysql]``. All data lies where syncing costs nothing, as in the tests:
it is our work that is compared, not the disk's.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from time import perf_counter
from typing import Any, ClassVar

import uvloop

from newel import Call, Manifest, hookimpl
from newel.app import App
from newel.context import SYSTEM
from newel.contracts.audit import Act, Change
from newel.contracts.content import EntryEvent
from newel.contracts.database import Database
from newel.sql.copying import Copying
from newel.sql.tables import emptied, in_order
from newel.testing import make_app
from tests.bench import _statements, mysql, postgres, sqlite
from tests.builtin_plugins.content.seeding import Seed, seed
from tests.builtin_plugins.content.site import SLUG, TITLE, Site, field
from tests.engines import ENGINES, Servers, missing
from tests.servers import fast_folder

ALONE: Mapping[str, Any] = {"sqlite": sqlite.alone, "postgres": postgres.alone, "mysql": mysql.alone}
SECONDS = 1.0
TURNS = 3
ENTRIES = 10_000
COPIES = ("sqlite", "postgres"), ("sqlite", "mysql"), ("postgres", "sqlite")


class Listens:
    """A subscriber: without one there is nothing for the outbox to keep."""

    manifest: ClassVar[Manifest] = Manifest(
        name="listens", summary="Hears of each save.", load="tests.bench.engines:Listens"
    )

    def __init__(self, app: App) -> None:
        """Nothing to set up."""

    @hookimpl
    async def content_after_save(self, event: EntryEvent, call: Call) -> None:
        return None


def _plugins(engine: str, *more: str) -> list[Any]:
    return [engine, "migrations", "content", *more, *([Listens.manifest] if "jobs" in more else [])]


async def _contract(engine: str, url: str, folder: Path) -> dict[str, str]:
    ids = _statements.numbers()
    async with _statements.filled(engine, url, folder) as db, ALONE[engine](url, ids) as bare:
        times = await _statements.compared(_statements.ours(db, ids), bare)
    return {name: f"{1e6 / taken:8,.0f} /s {base / taken:5.2f}" for name, (base, taken) in times.items()}


async def _type(site: Site) -> None:
    await site.type("post", TITLE, SLUG, field("text"), kind="page")


async def _rate(site: Site, clients: int) -> float:
    """Entries made a second."""
    done = 0
    begun = perf_counter()

    async def write(client: int) -> None:
        nonlocal done
        while perf_counter() < begun + SECONDS:
            await site.create("post", title=f"Post {clients} {client} {done}", text="One step. " * 20)
            done += 1

    await asyncio.gather(*(write(client) for client in range(clients)))
    return done / (perf_counter() - begun)


async def _writes(engine: str, make: Callable[[], str], folder: Path) -> dict[str, str]:
    """The sites take turns, so that what else the machine does meets them all."""
    sites: dict[tuple[str, ...], Site] = {}
    rates: dict[tuple[str, ...], list[float]] = {}
    async with AsyncExitStack() as stack:
        for more in (("audit", "jobs"), ("jobs",), ("audit",)):
            config = {"database": {"url": make()}, "log": {"level": "warning"}}
            app = await stack.enter_async_context(make_app(_plugins(engine, *more), config, folder=folder))
            sites[more] = Site(app)
            await _type(sites[more])
        for clients in (1, 16):
            turns = [[await _rate(site, clients) for site in sites.values()] for _ in range(TURNS)]
            for more, found_rates in zip(sites, zip(*turns, strict=True), strict=True):
                rates.setdefault(more, []).append(max(found_rates))
    both = rates["audit", "jobs"]
    found = {}
    for place, clients in enumerate((1, 16)):
        found[f"entries made, {clients} at once"] = f"{both[place]:8,.0f} /s"
        for part, without in (("audit", ("jobs",)), ("outbox", ("audit",))):
            found[f"  share of {part}, {clients} at once"] = f"{1 - both[place] / rates[without][place]:8.0%}"
    return found


async def _statements_of(engine: str, url: str, folder: Path) -> dict[str, str]:
    found = {}
    config = {"database": {"url": url}, "log": {"level": "warning"}}
    async with make_app(_plugins(engine, "audit", "jobs"), config, folder=folder) as app:
        site = Site(app)
        await _type(site)
        one = await site.create("post", title="First", text="x")  # what is asked once is asked
        await app.settle()
        calls: dict[str, Callable[[], Awaitable[Any]]] = {
            "create": lambda: site.create("post", title="Second", text="x"),
            "update": lambda: site.update(one, title="Other"),
            "publish": lambda: site.on("publish", one),
            "get": lambda: site.get(one),
        }
        for name, call in calls.items():
            with _statements.counted(app.need(Database)) as texts:
                await call()
                own = len(texts)  # before the outbox is woken: that is another task
            found[f"statements: {name}"] = f"{own:8}"
            await app.settle()
    return found


async def _site(url: str, folder: Path) -> None:
    """Some 100,000 rows, on SQLite."""
    async with make_app(_plugins("sqlite", "audit"), {"database": {"url": url}}, folder=folder) as app:
        site = Site(app)
        await _type(site)
        catalogue = await site.store.catalogue.load(site.store.db)
        seeds = (
            Seed(
                shared={"text": "One step after another. " * 20},
                local={"en": {"title": f"title {number}", "slug": f"s{number}"}},
                published={"en": {}}, at=number, first=number, paths={"en": f"s{number}"},
            )
            for number in range(ENTRIES)
        )  # fmt: skip
        await seed(site.store, catalogue.model("post"), catalogue, seeds)
        trail = app.plugins["audit"].trail  # type: ignore[attr-defined]  # plugins are objects to the kernel
        changes = [Change(entity="entry", id=str(n), before={"size": n}, after={"size": n + 1}) for n in range(500)]
        call = app.call(SYSTEM, "bench")
        for _ in range(20):
            async with app.need(Database).transaction() as tx:
                await trail.append(tx, [Act(call=call, operation="bench.fill", changes=changes)])


async def _copied(source: tuple[str, str], target: tuple[str, str], folder: Path) -> str:
    async with (
        make_app(_plugins(source[0], "audit"), {"database": {"url": source[1]}}, folder=folder) as here,
        make_app(_plugins(target[0], "audit"), {"database": {"url": target[1]}}, folder=folder) as there,
    ):
        shapes = in_order(one for one in await here.need(Database).tables() if one.name != "migrations_ledger")
        await emptied(there.need(Database), shapes)
        begun = perf_counter()
        copied = await Copying(here.need(Database), there.need(Database), shapes, lambda *_: None).run()
        seconds = perf_counter() - begun
    rows = sum(one.rows for one in copied)
    return f"{rows:,} rows, {rows / seconds:,.0f} a second with the comparison"


def _table(found: Mapping[str, Mapping[str, str]]) -> None:
    print(f"  {'':<36}" + "".join(f"{name:>20}" for name in found))
    for label in next(iter(found.values())):
        print(f"  {label:<36}" + "".join(f"{column[label]:>20}" for column in found.values()))


def _measured(servers: Servers, name: str, folder: Path) -> dict[str, str]:
    numbers = _statements.numbers()

    def make() -> str:
        if name == "sqlite":
            return f"sqlite:///{folder}/{next(numbers)}.db"
        return servers.engine(name, fresh=True).make()

    found = uvloop.run(_contract(name, make(), folder))
    found |= uvloop.run(_writes(name, make, folder))
    return found | uvloop.run(_statements_of(name, make(), folder))


def run(wanted: Sequence[str] = ()) -> None:
    absent = {name: why for name in ENGINES if (why := missing(name)) is not None}
    chosen = [name for name in wanted or ENGINES if name not in absent]
    for name in set(wanted or ENGINES) & set(absent):
        print(f"  {name}: {absent[name]}")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="newel-bench-", dir=fast_folder())))
        servers = Servers()
        stack.callback(servers.stop)
        _table({name: _measured(servers, name, folder) for name in chosen})
        print("  (statements a second, and of the driver's own speed: target 0.6)")
        urls = {"sqlite": f"sqlite:///{folder}/site.db"}
        if "sqlite" in chosen:
            uvloop.run(_site(urls["sqlite"], folder))
        for source, target in COPIES:
            if source in urls and target in chosen:
                back = "" if target != "sqlite" else f"sqlite:///{folder}/back.db"
                goal = back or servers.engine(target, fresh=True).make()
                told = uvloop.run(_copied((source, urls[source]), (target, goal), folder))
                print(f"  copy {source} to {target}: {told}")
                urls.setdefault(target, goal)
