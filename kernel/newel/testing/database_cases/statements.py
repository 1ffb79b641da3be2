"""Rows and counts; parameters and literals; errors."""

from __future__ import annotations

import pytest

from newel.contracts.database import Database, ForeignKeyViolation, UniqueViolation
from newel.errors import Conflict, NewelError
from newel.testing.database_cases import tables
from newel.testing.database_cases.tables import BUMP, PUT, ids, number, put, values


class Statements:
    """What a statement answers."""

    async def test_no_row_is_none(self, db: Database) -> None:
        assert await db.fetch_one("SELECT id FROM suite_items") is None

    async def test_no_rows_are_an_empty_list(self, db: Database) -> None:
        assert await db.fetch_all("SELECT id FROM suite_items") == []

    async def test_one_is_the_first(self, db: Database) -> None:
        for id in "bca":
            await put(db, id)
        row = await db.fetch_one("SELECT id FROM suite_items ORDER BY id")
        assert row is not None
        assert row["id"] == "a"

    async def test_rows_come_in_order(self, db: Database) -> None:
        for id in "bca":
            await put(db, id)
        assert await ids(db) == ["a", "b", "c"]

    async def test_a_row_is_a_mapping_by_column_name(self, db: Database) -> None:
        await put(db, "a", n=3)
        row = await db.fetch_one("SELECT id, n AS many FROM suite_items")
        assert row is not None
        assert dict(row) == {"id": "a", "many": 3}
        assert list(row) == ["id", "many"]
        assert "n" not in row

    async def test_an_insert_counts_one(self, db: Database) -> None:
        assert await put(db, "a") == 1

    async def test_an_insert_from_a_select_counts_its_rows(self, db: Database) -> None:
        for id in "abc":
            await put(db, id)
        insert = "INSERT INTO suite_children (id, item) SELECT id, id FROM suite_items WHERE id > :id"
        assert await db.execute(insert, {"id": "a"}) == 2

    async def test_an_update_counts_the_rows_it_matched(self, db: Database) -> None:
        for id in "abc":
            await put(db, id)
        assert await db.execute("UPDATE suite_items SET n = 7 WHERE id > 'a'") == 2

    async def test_an_update_that_changes_nothing_counts_all_the_same(self, db: Database) -> None:
        await put(db, "a", n=7)
        assert await db.execute("UPDATE suite_items SET n = 7 WHERE id = 'a'") == 1

    async def test_an_update_of_nothing_is_zero_also_after_an_insert(self, db: Database) -> None:
        await put(db, "a")
        assert await db.execute(BUMP, {"id": "gone"}) == 0

    async def test_a_delete_counts(self, db: Database) -> None:
        for id in "abc":
            await put(db, id)
        assert await db.execute("DELETE FROM suite_items WHERE id = 'a'") == 1
        assert await db.execute("DELETE FROM suite_items") == 2
        assert await db.execute("DELETE FROM suite_items") == 0

    async def test_tables_come_and_go(self, db: Database) -> None:
        await db.execute("CREATE TABLE suite_more (id INTEGER NOT NULL)")
        assert await db.execute("INSERT INTO suite_more (id) VALUES (1)") == 1
        await db.execute("DROP TABLE suite_more")
        with pytest.raises(Exception, match="suite_more"):
            await db.fetch_all("SELECT id FROM suite_more")

    async def test_many_rows_go_in_at_once(self, db: Database) -> None:
        assert await db.execute_many(PUT, [values(f"{n:03}", n=n) for n in range(500)]) == 500
        assert await number(db, "499") == 499

    async def test_many_updates_count_what_they_matched(self, db: Database) -> None:
        await put(db, "a")
        assert await db.execute_many(BUMP, [{"id": "a"}, {"id": "gone"}, {"id": "a"}]) == 2

    async def test_no_rows_at_all_run_nothing(self, db: Database) -> None:
        assert await db.execute_many("this is no statement", []) == 0

    async def test_many_rows_are_all_or_none(self, db: Database) -> None:
        with pytest.raises(UniqueViolation):
            await db.execute_many(PUT, [values("a"), values("b"), values("a")])
        assert await ids(db) == []

    async def test_a_parameter_may_stand_twice(self, db: Database) -> None:
        await put(db, "a", n=2)
        await put(db, "b", n=1)
        found = await db.fetch_all("SELECT id FROM suite_items WHERE id = :x OR k = :x", {"x": "a"})
        assert [row["id"] for row in found] == ["a"]

    async def test_a_parameter_whose_name_begins_as_another(self, db: Database) -> None:
        await put(db, "a", n=1)
        found = await db.fetch_one("SELECT id FROM suite_items WHERE id = :a AND n = :ab", {"a": "a", "ab": 1})
        assert found is not None

    async def test_a_missing_value_is_an_error_and_writes_nothing(self, db: Database) -> None:
        given = values("a")
        del given["t"]
        with pytest.raises(Exception):  # noqa: B017, PT011 - each driver has its own
            await db.execute(PUT, given)
        assert await ids(db) == []

    async def test_hundreds_of_parameters(self, db: Database) -> None:
        await db.execute_many(PUT, [values(f"{n:03}") for n in range(300)])
        names = [f"p{n}" for n in range(300)]
        statement = f"SELECT count(*) AS c FROM suite_items WHERE id IN ({', '.join(f':{name}' for name in names)})"  # noqa: S608 - made here
        found = await db.fetch_one(statement, {name: f"{n:03}" for n, name in enumerate(names)})
        assert found == {"c": 300}

    @pytest.mark.parametrize(
        ("literal", "text"),
        [("'1%'", "1%"), ("'%s %(x)s'", "%s %(x)s"), ("'? $1 @p'", "? $1 @p"), ("'it''s'", "it's"), ("'{x}'", "{x}")],
    )
    async def test_what_other_drivers_take_for_parameters_is_plain_text(
        self, db: Database, literal: str, text: str
    ) -> None:
        assert await db.fetch_one(f"SELECT {literal} AS t WHERE 1 = :one", {"one": 1}) == {"t": text}

    async def test_a_colon_is_written_with_a_backslash(self, db: Database) -> None:
        assert await db.fetch_one("SELECT '10\\:30 \\:x' AS t WHERE 1 = :x", {"x": 1}) == {"t": "10:30 :x"}

    async def test_a_statement_may_be_called_with_values_of_another_type(self, db: Database) -> None:
        for value in ("a", "b"):
            await put(db, value, t=value, x=None)
        await put(db, "c", t=None, x=1.5)
        assert await db.fetch_one("SELECT count(*) AS c FROM suite_items WHERE t IS NULL") == {"c": 1}


class Errors:
    """What goes wrong, in the contract's words."""

    async def test_a_unique_index_says_its_name_or_columns(self, db: Database) -> None:
        await put(db, "a", k="taken")
        with pytest.raises(UniqueViolation) as caught:
            await put(db, "b", k="taken")
        assert caught.value.index in ("suite_items_k", "suite_items.k")
        assert isinstance(caught.value, Conflict)

    async def test_a_primary_key_is_unique_too(self, db: Database) -> None:
        await put(db, "a")
        with pytest.raises(UniqueViolation):
            await put(db, "a")

    async def test_an_update_may_not_take_a_taken_value(self, db: Database) -> None:
        await put(db, "a", k="one")
        await put(db, "b", k="two")
        with pytest.raises(UniqueViolation):
            await db.execute("UPDATE suite_items SET k = 'one' WHERE id = 'b'")

    async def test_nulls_are_never_equal(self, db: Database) -> None:
        await put(db, "a", k=None)
        await put(db, "b", k=None)
        assert await ids(db) == ["a", "b"]

    async def test_pointing_at_nothing(self, db: Database) -> None:
        with pytest.raises(ForeignKeyViolation):
            await db.execute("INSERT INTO suite_children (id, item) VALUES ('c', 'gone')")

    async def test_deleting_what_is_pointed_at(self, db: Database) -> None:
        await put(db, "a")
        await db.execute("INSERT INTO suite_children (id, item) VALUES ('c', 'a')")
        with pytest.raises(ForeignKeyViolation):
            await db.execute("DELETE FROM suite_items WHERE id = 'a'")
        assert await ids(db) == ["a"]

    @pytest.mark.parametrize("statement", ["SELEKT 1", "SELECT nothing FROM suite_items", "SELECT 1 FROM suite_gone"])
    async def test_a_bug_is_no_outcome_for_the_caller(self, db: Database, statement: str) -> None:
        with pytest.raises(Exception) as caught:  # noqa: PT011 - each driver has its own
            await db.fetch_all(statement)
        assert not isinstance(caught.value, NewelError)

    async def test_a_missing_column_value_is_a_bug_too(self, db: Database) -> None:
        with pytest.raises(Exception) as caught:  # noqa: PT011 - each driver has its own
            await put(db, "a", n=None)
        assert not isinstance(caught.value, NewelError)

    async def test_an_error_leaves_everything_usable(self, db: Database) -> None:
        for _ in range(20):
            with pytest.raises(Exception):  # noqa: B017, PT011 - each driver has its own
                await db.execute("UPDATE suite_gone SET n = 1")
            with pytest.raises(Exception):  # noqa: B017, PT011 - each driver has its own
                await db.fetch_one("SELECT * FROM suite_gone")
        await tables.put(db, "a")
        assert await ids(db) == ["a"]
