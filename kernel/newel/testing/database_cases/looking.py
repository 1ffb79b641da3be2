"""What the database tells of itself."""

from __future__ import annotations

from newel.contracts.database import Database, TableShape
from newel.testing.database_cases.tables import PUT, ids, put, values

COUNTING = {
    "sqlite": "CREATE TABLE suite_counting (n INTEGER PRIMARY KEY AUTOINCREMENT, t VARCHAR(9))",
    "postgresql": "CREATE TABLE suite_counting (n BIGSERIAL PRIMARY KEY, t VARCHAR(9))",
    "mysql": "CREATE TABLE suite_counting (n BIGINT PRIMARY KEY AUTO_INCREMENT, t VARCHAR(9))",
}


class Looking:
    """Tables, sizes, and the care that a database needs."""

    async def test_it_lists_its_tables(self, db: Database) -> None:
        assert await db.tables() == [
            TableShape(
                name="suite_children", columns=("id", "item"), key=("id",), points_at={"item": "suite_items"},
                nullable=frozenset(),
            ),
            TableShape(
                name="suite_items", columns=("id", "n", "x", "t", "b", "k"), key=("id",), points_at={},
                nullable=frozenset({"x", "t", "b", "k"}),
            ),
        ]  # fmt: skip

    async def test_a_key_of_several_columns_in_its_own_order(self, db: Database) -> None:
        await db.execute(
            "CREATE TABLE suite_pairs (a VARCHAR(9) NOT NULL, b VARCHAR(9) NOT NULL, c VARCHAR(9), PRIMARY KEY (b, a))"
        )
        (pairs,) = [one for one in await db.tables() if one.name == "suite_pairs"]
        assert (pairs.columns, pairs.key, pairs.nullable) == (("a", "b", "c"), ("b", "a"), frozenset({"c"}))

    async def test_counting_goes_on_behind_the_largest_number(self, db: Database) -> None:
        await db.execute(COUNTING[db.dialect])
        await db.execute("INSERT INTO suite_counting (n, t) VALUES (41, 'x')")
        await db.recount()
        await db.execute("INSERT INTO suite_counting (t) VALUES ('y')")
        assert await db.fetch_one("SELECT n FROM suite_counting WHERE t = 'y'") == {"n": 42}

    async def test_a_table_has_a_size(self, db: Database) -> None:
        await db.execute_many(PUT, [values(f"{n:04}", t="x" * 1000) for n in range(300)])
        assert await db.size("suite_items") > 100_000
        assert await db.size("suite_children") < await db.size("suite_items")

    async def test_compacting_changes_nothing_that_can_be_read(self, db: Database) -> None:
        await db.execute_many(PUT, [values(f"{n:03}") for n in range(100)])
        await db.execute("DELETE FROM suite_items WHERE id > '000'")
        await db.compact()
        assert await ids(db) == ["000"]
        await put(db, "a")
        assert await db.check() == []
