"""Databases to test on: of the engines that are wanted, from servers that start when they are first needed.

``NEWEL_TEST_ENGINES`` says which: ``all`` (each must be there; CI), a list such as ``sqlite,postgres``, or nothing:
what is installed. A process of tests has servers of its own, so one test may restart them without disturbing another;
``NEWEL_TEST_POSTGRES_URL`` and ``NEWEL_TEST_MYSQL_URL`` name servers that run already, whatever their kind.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from contextlib import ExitStack
from pathlib import Path

from attrs import define, field

from newel.contracts.database import Database, Value
from newel.contracts.migrations import Migrations
from newel.testing.app import build_app
from newel.testing.engines import SQLITE, Engine, current
from newel.testing.fake_blobs import FakeBlobs
from tests.clients import Mysql, Postgres
from tests.servers import POSTGRES_PLACES, SERVERS, Absent, Server, given, program

ENGINES = ("sqlite", "postgres", "mysql")
PROGRAMS = {"sqlite": (), "postgres": ("initdb", "postgres", "psql"), "mysql": ("mariadbd", "mariadb-install-db")}
OURS = {"accounts", "audit", "backup", "content", "delivery", "idempotency", "jobs", "lua", "media", "ratelimit", "tui"}
"""Whose tables may stay for the next test; others belong to a plugin of one test."""


def missing(name: str) -> str | None:
    """Why an engine cannot be tested on here, ``None`` where it can."""
    if given(name) is not None:
        return None
    try:
        for one in PROGRAMS[name]:
            program(one, *POSTGRES_PLACES)
    except Absent as absent:
        return str(absent)
    return None


def wanted() -> tuple[str, ...]:
    """The engines to test on."""
    text = os.environ.get("NEWEL_TEST_ENGINES", "")
    if text == "all":
        return ENGINES
    named = tuple(part.strip() for part in text.split(",") if part.strip())
    if unknown := set(named) - set(ENGINES):
        raise ValueError(f"NEWEL_TEST_ENGINES names {', '.join(sorted(unknown))}; there are: {', '.join(ENGINES)}")
    return named or tuple(name for name in ENGINES if missing(name) is None)


@define
class Databases:
    """Databases of one server. One that was used is emptied and used again: its tables are there already."""

    server: Server
    maker: Postgres | Mysql
    plugin: str
    _made: int = 0
    _free: list[str] = field(factory=list)
    _taken: list[str] = field(factory=list)
    _spoilt: set[str] = field(factory=set)
    _lasting: dict[Path, str] = field(factory=dict)
    _seeds: str | None = None

    def take(self, *, fresh: bool = False) -> str:
        """The URL of a database as migrations leave it; ``fresh``: without tables, for a test of migrations."""
        name = self._new() if fresh or not self._free else self._free.pop()
        if fresh:
            self._spoilt.add(name)
        self._taken.append(name)
        return f"{self.server.url}/{name}"

    def _new(self) -> str:
        self._made += 1
        # Other processes of tests have databases on a server that was given.
        name = f"newel_{self._made}" if self.server.command else f"newel_{os.getpid()}_{self._made}"
        self.maker.make(name)
        return name

    def lasting(self, folder: Path, *, fresh: bool = False) -> str:
        """The database of a site's folder, the same until ``give_back``."""
        if folder not in self._lasting:
            self._lasting[folder] = self.take(fresh=fresh)
        return self._lasting[folder]

    def give_back(self) -> None:
        """After a test: whatever it took is as new, or gone."""
        self._lasting.clear()
        while self._taken:
            name = self._taken.pop()
            if name in self._spoilt or not self._emptied(name):
                self.maker.drop(name)
            else:
                self._free.append(name)

    def leave(self) -> None:
        """Takes what was made away, from a server that stays."""
        self.give_back()
        while self._free:
            self.maker.drop(self._free.pop())

    def _emptied(self, name: str) -> bool:
        """Leaves tables of ours, as migrations leave them; whether it could."""
        tables = self.maker.tables(name)
        if "migrations_ledger" not in tables:
            return not tables
        ours = ", ".join(f"'{plugin}'" for plugin in sorted(OURS))
        half = "migrations_progress" in tables and f"SELECT plugin FROM migrations_progress WHERE plugin IN ({ours});"
        if half and self.maker.run(half, name):
            return False
        foreign = [one for one in tables if one.partition("_")[0] not in OURS | {"migrations"}]
        emptied = [one for one in tables if one not in foreign and one != "migrations_ledger"]
        theirs = f"DELETE FROM migrations_ledger WHERE plugin NOT IN ({ours});"
        self.maker.empty(name, emptied, foreign, theirs + self.seeds(tables))
        return True

    def seeds(self, tables: list[str]) -> str:
        """The rows that migrations put into new tables, as statements. A line a table."""
        if self._seeds is None:
            name = self._new()
            self._seeds = asyncio.run(_seeds(self.plugin, f"{self.server.url}/{name}"))
            self._free.append(name)
        return "".join(line for line in self._seeds.splitlines() if line.split(" ", 3)[2] in tables)


async def _seeds(plugin: str, url: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        app = build_app(
            [plugin, "migrations", FakeBlobs.manifest, *sorted(OURS)], {"database": {"url": url}}, folder=Path(folder)
        )
        async with app.running_only(Migrations):
            database = app.need(Database)
            found = []
            for shape in await database.tables():
                columns = ", ".join(shape.columns)
                rows = [
                    f"({', '.join(_literal(row[name]) for name in shape.columns)})"
                    async for row in database.iterate(f"SELECT * FROM {shape.name}")
                ]
                if rows and shape.name != "migrations_ledger":
                    found.append(f"INSERT INTO {shape.name} ({columns}) VALUES {', '.join(rows)};\n")
            return "".join(found)


def _literal(value: Value) -> str:
    if isinstance(value, str):
        assert "\\" not in value, "the clients differ in what a backslash means"
        return "'" + value.replace("'", "''") + "'"
    return "NULL" if value is None else str(value)


def for_child(folder: Path) -> dict[str, str]:
    """The environment by which a child process works on the database of ``folder``, whatever the engine."""
    return {"CHILD_ENGINE": current.engine.plugin, "CHILD_DATABASE": current.engine.lasting(folder)}


def in_child() -> None:
    """In a child process: its engine is that of the test that started it."""
    url = os.environ["CHILD_DATABASE"]
    current.engine = Engine(os.environ["CHILD_ENGINE"], lambda: url, lambda folder: url)


@define
class Servers:
    """The servers of this process."""

    _stack: ExitStack = field(factory=ExitStack)
    _started: dict[str, Databases] = field(factory=dict)

    def databases(self, name: str) -> Databases:
        """The databases of a server, which is started at the first call."""
        if name not in self._started:
            server = given(name) or self._stack.enter_context(SERVERS[name]())
            maker = Postgres(server=server) if name == "postgres" else Mysql(server=server)
            self._stack.callback(maker.close)
            self._started[name] = Databases(server, maker, name)
            if not server.command:
                self._stack.callback(self._started[name].leave)
        return self._started[name]

    def engine(self, name: str, *, fresh: bool = False) -> Engine:
        if name == "sqlite":
            return SQLITE
        databases = self.databases(name)
        return Engine(name, lambda: databases.take(fresh=fresh), lambda folder: databases.lasting(folder, fresh=fresh))

    def give_back(self) -> None:
        for databases in self._started.values():
            databases.give_back()

    def stop(self) -> None:
        self._stack.close()
