"""What goes in comes out; text compares by its bytes; Core statements become text."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite

from newel.contracts.database import Database
from newel.testing.database_cases.tables import children, ids, items, number, put

_TEXTS = [
    "", "plain", "Grüße", "漢字", "👩‍👩‍👧 🇩🇪", "e\u0301", "  spaces  ", "'", '"', "\\", "\\:", "%", ":x", "\t\r\n",
    "a;b--c", "'); DROP TABLE suite_items; --", "null", "\u2028\ufeff", "x" * 1_000_000,
]  # fmt: skip
_INTEGERS = [0, -1, 2**31, -(2**31) - 1, 2**53 + 1, 2**63 - 1, -(2**63)]
_NUMBERS = [0.0, 1.5, -2.25, 0.1, 1e-300, 1.7976931348623157e308]
_BYTES = [b"", b"\0", bytes(range(256)), b"x" * 100_000]


def _named(value: Any) -> str:
    return ascii(value)[:24]


class Values:
    """Types and texts."""

    @pytest.mark.parametrize("value", _TEXTS, ids=_named)
    async def test_text_comes_back(self, db: Database, value: str) -> None:
        await self._there_and_back(db, "t", value)

    @pytest.mark.parametrize("value", _INTEGERS, ids=_named)
    async def test_integers_come_back(self, db: Database, value: int) -> None:
        await self._there_and_back(db, "n", value)

    @pytest.mark.parametrize("value", _NUMBERS, ids=_named)
    async def test_numbers_come_back(self, db: Database, value: float) -> None:
        await self._there_and_back(db, "x", value)

    @pytest.mark.parametrize("value", _BYTES, ids=_named)
    async def test_bytes_come_back(self, db: Database, value: bytes) -> None:
        await self._there_and_back(db, "b", value)

    @pytest.mark.parametrize("column", ["x", "t", "b", "k"])
    async def test_null_comes_back(self, db: Database, column: str) -> None:
        await self._there_and_back(db, column, None)

    async def _there_and_back(self, db: Database, column: str, value: Any) -> None:
        await put(db, "a", **{column: value})
        row = await db.fetch_one(f"SELECT {column} AS v FROM suite_items")  # noqa: S608 - the column is a test's
        assert row is not None
        assert (row["v"], type(row["v"])) == (value, type(value))

    async def test_booleans_go_in_as_numbers(self, db: Database) -> None:
        await put(db, "a", n=1)
        await put(db, "b", n=0)
        found = await db.fetch_all("SELECT id FROM suite_items WHERE n = :yes", {"yes": int(True)})
        assert [row["id"] for row in found] == ["a"]

    async def test_empty_text_is_not_null(self, db: Database) -> None:
        await put(db, "a", t="")
        assert await db.fetch_one("SELECT id FROM suite_items WHERE t IS NULL") is None

    async def test_text_sorts_by_its_bytes(self, db: Database) -> None:
        texts = ["Z", "a", "B", "ä", "Ä", "_", "10", "9", "👍", "漢"]
        for n, text in enumerate(texts):
            await put(db, str(n), k=text)
        found = await db.fetch_all("SELECT k FROM suite_items ORDER BY k")
        assert [row["k"] for row in found] == sorted(texts, key=str.encode)

    @pytest.mark.parametrize("other", ["A", "a ", "á", "\uff41"])
    async def test_text_is_equal_only_to_itself(self, db: Database, other: str) -> None:
        await put(db, "1", k="a")
        await put(db, "2", k=other)  # the unique index tells them apart as well
        found = await db.fetch_all("SELECT id FROM suite_items WHERE k = :k", {"k": "a"})
        assert [row["id"] for row in found] == ["1"]

    async def test_like_minds_case(self, db: Database) -> None:
        await put(db, "1", k="Apple")
        await put(db, "2", k="apple")
        found = await db.fetch_all("SELECT id FROM suite_items WHERE k LIKE :pattern", {"pattern": "App%"})
        assert [row["id"] for row in found] == ["1"]


class Rendering:
    """SQLAlchemy Core to text, once."""

    async def test_parameters_keep_their_names(self, db: Database) -> None:
        insert = db.render(sa.insert(items).values(id=sa.bindparam("id"), n=sa.bindparam("n")))
        assert await db.execute(insert, {"id": "a", "n": 5}) == 1
        assert await number(db, "a") == 5

    async def test_values_in_the_statement_stay_there(self, db: Database) -> None:
        await put(db, "a", n=3, t="it's 100% :x")
        found = db.render(sa.select(items.c.id).where(items.c.t == "it's 100% :x", items.c.n == 3, items.c.x.is_(None)))
        assert await db.fetch_one(found) == {"id": "a"}

    async def test_update_and_delete(self, db: Database) -> None:
        await put(db, "a", n=3)
        update = db.render(
            sa.update(items).where(items.c.id == sa.bindparam("which")).values(n=items.c.n + sa.bindparam("more"))
        )
        assert await db.execute(update, {"which": "a", "more": 4}) == 1
        assert await number(db, "a") == 7
        assert await db.execute(db.render(sa.delete(items).where(items.c.id == sa.bindparam("id"))), {"id": "a"}) == 1

    async def test_lists_limits_and_orders(self, db: Database) -> None:
        for id in "abcd":
            await put(db, id)
        found = db.render(
            sa.select(items.c.id)
            .where(items.c.id.in_(["a", "c", "d"]))
            .order_by(items.c.id.desc())
            .limit(sa.bindparam("limit", type_=sa.Integer))
        )
        assert [row["id"] for row in await db.fetch_all(found, {"limit": 2})] == ["d", "c"]

    async def test_pattern_characters_can_be_escaped(self, db: Database) -> None:
        await put(db, "a", k="100%")
        await put(db, "b", k="1000")
        found = db.render(sa.select(items.c.id).where(items.c.k.startswith("100%", autoescape=True)))
        assert await db.fetch_all(found) == [{"id": "a"}]

    async def test_a_backslash_in_a_pattern_is_a_backslash(self, db: Database) -> None:
        await put(db, "a", k="a\\b")
        await put(db, "b", k="ab")
        found = db.render(sa.select(items.c.id).where(items.c.k.like(sa.bindparam("pattern"))))
        assert await db.fetch_all(found, {"pattern": "a\\%"}) == [{"id": "a"}]
        other = db.render(sa.select(items.c.id).where(items.c.k.not_like(sa.bindparam("pattern"))))
        assert await db.fetch_all(other, {"pattern": "a\\%"}) == [{"id": "b"}]

    async def test_null_sorts_below_everything(self, db: Database) -> None:
        for id, x in (("a", 1.0), ("b", None), ("c", -1.0)):
            await put(db, id, x=x)
        for order, expected in ((items.c.x, "bca"), (items.c.x.asc(), "bca"), (items.c.x.desc(), "acb")):
            found = await db.fetch_all(db.render(sa.select(items.c.id).order_by(order)))
            assert "".join(row["id"] for row in found) == expected
        await db.execute("INSERT INTO suite_children (id, item) VALUES ('1', 'a')")
        outer = sa.select(items.c.id).select_from(items.outerjoin(children)).order_by(children.c.item, items.c.id)
        assert [row["id"] for row in await db.fetch_all(db.render(outer))] == ["b", "c", "a"]
        label = sa.select(items.c.id, (items.c.x * 2).label("twice")).order_by(sa.desc("twice"))
        assert [row["id"] for row in await db.fetch_all(db.render(label))] == ["a", "c", "b"]

    async def test_whole_numbers_divide_to_whole_numbers(self, db: Database) -> None:
        await put(db, "a", n=7)
        assert await db.fetch_one(db.render(sa.select((items.c.n // 2).label("half")))) == {"half": 3}

    async def test_sums_and_counts_are_numbers(self, db: Database) -> None:
        await put(db, "a", n=2**40, x=0.5)
        await put(db, "b", n=2, x=1.5)
        found = await db.fetch_one(
            db.render(sa.select(sa.func.sum(items.c.n).label("n"), sa.func.sum(items.c.x).label("x")))
        )
        assert found == {"n": 2**40 + 2, "x": 2.0}
        assert found is not None
        assert (type(found["n"]), type(found["x"])) == (int, float)

    async def test_text_is_joined(self, db: Database) -> None:
        await put(db, "a", k="k")
        found = await db.fetch_one(db.render(sa.select((items.c.id + items.c.k).label("joined"))))
        assert found == {"joined": "ak"}

    async def test_insert_or_update(self, db: Database) -> None:
        upsert = db.render(_upsert(db.dialect))
        for n in (1, 2):
            await db.execute(upsert, {"id": "a", "n": n})
        assert (await ids(db), await number(db, "a")) == (["a"], 2)

    async def test_a_default_in_python_is_refused(self, db: Database) -> None:
        table = sa.Table(
            "suite_defaults", sa.MetaData(), sa.Column("id", sa.Integer), sa.Column("n", sa.Integer, default=5)
        )
        with pytest.raises(Exception, match="n"):
            db.render(sa.insert(table).values(id=sa.bindparam("id")))


def _upsert(dialect: str) -> Any:
    given: Any = {"id": sa.bindparam("id"), "n": sa.bindparam("n")}
    if dialect == "mysql":
        into = mysql.insert(items).values(given)
        return into.on_duplicate_key_update(n=into.inserted.n)
    kind: Any = sqlite if dialect == "sqlite" else postgresql
    into = kind.insert(items).values(given)
    return into.on_conflict_do_update(index_elements=["id"], set_={"n": into.excluded.n})
