"""The same statements through the contract and through a driver alone, for every engine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from pathlib import Path

from newel.contracts.database import Database
from newel.testing import make_app
from tests.bench.timing import best_async

COLUMNS = [f"c{n}" for n in range(29)]
POINT = "SELECT * FROM wide WHERE id = {0}"
PAGE = "SELECT * FROM wide WHERE id >= {0} ORDER BY id LIMIT 50"
INSERT = "INSERT INTO small (id, t) VALUES ({0}, {1})"
BUMP = "UPDATE small SET t = {0} WHERE id = {1}"
TARGET = 0.6
ROUNDS = 5
NAMES = {
    "a row of 30 columns by its key": 500,
    "50 rows of 30 columns": 100,
    "an insert": 200,
    "a transaction of three statements": 100,
}
"""What is timed, and how many calls make a round."""
Call = Callable[[], Awaitable[object]]


async def fill(db: Database) -> None:
    await db.execute(f"CREATE TABLE wide (id INTEGER PRIMARY KEY, {', '.join(f'{c} VARCHAR(80)' for c in COLUMNS)})")
    await db.execute("CREATE TABLE small (id BIGINT PRIMARY KEY, t VARCHAR(80))")
    names = ["id", *COLUMNS]
    insert = f"INSERT INTO wide ({', '.join(names)}) VALUES ({', '.join(f':{name}' for name in names)})"
    await db.execute_many(insert, [{"id": n, **dict.fromkeys(COLUMNS, "x" * 20)} for n in range(1000)])


@asynccontextmanager
async def filled(engine: str, url: str, folder: Path) -> AsyncIterator[Database]:
    """The contract, on a database with the tables."""
    async with make_app([engine], {"database": {"url": url}}, folder=folder) as app:
        db = app.need(Database)
        await fill(db)
        yield db


def ours(db: Database, ids: Iterator[int]) -> dict[str, Call]:
    point, page, insert = POINT.format(":id"), PAGE.format(":id"), INSERT.format(":id", ":t")
    bump = BUMP.format(":t", ":id")
    one = {"id": 500}

    async def transaction() -> None:
        async with db.transaction() as tx:
            await tx.fetch_one(point, one)
            await tx.execute(insert, {"id": next(ids), "t": "x"})
            await tx.execute(bump, {"t": "y", "id": 1})

    calls: list[Call] = [
        lambda: db.fetch_one(point, one),
        lambda: db.fetch_all(page, one),
        lambda: db.execute(insert, {"id": next(ids), "t": "x"}),
        transaction,
    ]
    return dict(zip(NAMES, calls, strict=True))


async def compared(ours: Mapping[str, Call], bare: Mapping[str, Call]) -> dict[str, tuple[float, float]]:
    """Microseconds of the driver alone, and through the contract: the best of rounds that take turns."""
    found = {}
    for name, calls in NAMES.items():
        times = [[await best_async(call, calls, 1) for call in (bare[name], ours[name])] for _ in range(ROUNDS)]
        base, taken = (min(one) for one in zip(*times, strict=True))
        found[name] = base, taken
    return found


def numbers() -> count[int]:
    """Keys for ``small``, where row 1 is the one that is changed."""
    return count(10)


@contextmanager
def counted(db: Database) -> Iterator[list[str]]:
    """Collects the texts of all statements, but for BEGIN, COMMIT and savepoints; of many rows at once as one."""
    texts = vars(db).get("_texts") or vars(db)["_statements"]  # each statement is looked up there, once
    of, seen = texts.of, []

    def watched(text: str) -> object:
        seen.append(text)
        return of(text)

    texts.of = watched
    try:
        yield seen
    finally:
        texts.of = of
