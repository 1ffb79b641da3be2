"""The chains: what verifying finds, that it never cries wolf, and that the clock never goes back."""

from __future__ import annotations

import asyncio
import io
import os
import random
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import Column
from tests.builtin_plugins.audit.things import Things, call_of, run, sql

from newel.app import App
from newel.contracts.audit import Act, Change
from newel.contracts.database import Database
from newel.errors import BootError
from newel.testing import FakeClock, make_app
from newel.testing.engines import LASTING, current
from newel_audit import keys
from newel_audit.chain import HEAD_FIELDS, ROW_FIELDS, row_hash
from newel_audit.hlc import HybridClock
from newel_audit.tables import heads, log

PLUGINS = ["database", "migrations", "audit", Things.manifest]
DAY = 86_400
MOST = 1000
PLACED = "SELECT * FROM audit_log WHERE day IS NOT NULL ORDER BY day, stripe, seq"


@asynccontextmanager
async def opened(folder: Path, clock: FakeClock, stripes: int = 1, **audit: Any) -> AsyncIterator[App]:
    """A site on the folder's database, with as many chains a day as are asked for, whatever the engine."""
    config = {**LASTING, "audit": audit}
    if current.engine.plugin == "sqlite":
        config["sqlite"] = {"synchronous": "normal"}  # for speed
    with patch("newel_audit.writing.stripes_of", lambda dialect: stripes):
        async with make_app(PLUGINS, config, folder=folder, clock=clock) as app:
            yield app


async def fill(app: App, clock: FakeClock, days: int, writes: int = 8) -> None:
    for _ in range(days):
        for number in range(writes):
            await run(app, "things.change", ids=[str(number), "x"])
            await clock.advance(60)
        await clock.advance(DAY - 60 * writes)
    await run(app, "things.change")


async def kinds(app: App, **order: Any) -> set[str]:
    return {one.kind for one in (await run(app, "audit.verify", **order)).findings}


async def test_an_untouched_trail_is_whole(tmp_path: Path, clock: FakeClock) -> None:
    async with opened(tmp_path, clock, 3) as app:
        await fill(app, clock, 3)
        verdict = await run(app, "audit.verify")
        assert (verdict.whole, verdict.rows, verdict.days, verdict.found) == (True, 3 * 16 + 1, 4, 0)
        assert (verdict.unchained, verdict.pruned) == (0, 0)
        assert (await run(app, "audit.verify", since="2030-01-02", until="2030-01-03")).whole
        assert (await run(app, "audit.verify", since="2030-01-02", until="2030-01-03")).rows == 16
        (row,) = (await run(app, "audit.list", operation="audit.verify", limit=1)).data
        assert (row.outcome, row.day) == ("done", "2030-01-04")


async def test_a_row_follows_the_one_before_it(tmp_path: Path, clock: FakeClock) -> None:
    async with opened(tmp_path, clock) as app:
        await fill(app, clock, 1)
        (head, _) = await sql(app, "SELECT * FROM audit_heads ORDER BY day")
        prior = head["start"]
        for number, row in enumerate(await sql(app, PLACED.replace("NOT NULL", "NOT NULL AND day = '2030-01-01'"))):
            assert row["seq"] == number + 1
            assert row["hash"] == row_hash(prior, row)
            prior = row["hash"]
        assert (head["hash"], head["seq"]) == (prior, 16)


# -- tampering --------------------------------------------------------------------------------------------------------


class Hand:
    """Somebody with the database in their hands, but not the key."""

    def __init__(self, app: App, dice: random.Random) -> None:
        self.app = app
        self.dice = dice

    async def start(self) -> None:
        self.rows = await sql(self.app, PLACED)
        self.heads = await sql(self.app, "SELECT * FROM audit_heads ORDER BY day, stripe")

    async def restore(self) -> None:
        await sql(self.app, "DELETE FROM audit_log")
        await sql(self.app, "DELETE FROM audit_heads")
        for table, rows in (("audit_log", self.rows), ("audit_heads", self.heads)):
            for row in rows:
                await self.insert(table, row)

    async def insert(self, table: str, row: dict[str, Any]) -> None:
        names = ", ".join(row)
        await sql(self.app, f"INSERT INTO {table} ({names}) VALUES ({', '.join(f':{name}' for name in row)})", **row)

    def row(self) -> dict[str, Any]:
        return dict(self.dice.choice(self.rows))

    def used(self) -> dict[str, Any]:
        return dict(self.dice.choice([head for head in self.heads if head["seq"] > head["pruned"]]))

    def chain(self, head: dict[str, Any]) -> list[dict[str, Any]]:
        return [dict(row) for row in self.rows if (row["day"], row["stripe"]) == (head["day"], head["stripe"])]

    async def set(self, row: dict[str, Any], **values: Any) -> None:
        sets = ", ".join(f"{name} = :{name}" for name in values)
        await sql(self.app, f"UPDATE audit_log SET {sets} WHERE id = :which", which=row["id"], **values)

    async def set_head(self, head: dict[str, Any], **values: Any) -> None:
        sets = ", ".join(f"{name} = :{name}" for name in values)
        where = "day = :which_day AND stripe = :which_stripe"
        ends = {"which_day": head["day"], "which_stripe": head["stripe"]}
        await sql(self.app, f"UPDATE audit_heads SET {sets} WHERE {where}", **values, **ends)

    def other(self, column: Column[Any], value: Any) -> Any:
        """Another value that every engine takes in this column: none that is too long or of the wrong type."""
        if isinstance(value, int):
            return value + self.dice.choice([-1, 1, 1000])
        if not value:
            return "x"
        changed = value[:-1] + ("y" if value[-1] == "x" else "x")
        longer = f"{value}x" if len(value) < (column.type.length or MOST) else changed  # type: ignore[attr-defined]  # all are text
        shorter = value[:-1]
        return self.dice.choice([changed, longer, shorter, None if column.nullable else shorter])

    # what they do

    async def edit(self) -> None:
        row, name = self.row(), self.dice.choice([*ROW_FIELDS, "hash"])
        await self.set(row, **{name: self.other(log.c[name], row[name])})

    async def edit_and_hash_anew(self) -> None:
        head = self.used()
        chain = self.chain(head)
        first = self.dice.randrange(len(chain))
        prior = chain[first - 1]["hash"] if first else head["start"]
        chain[first]["actor"] = "somebody else"
        for row in chain[first:]:
            prior = row["hash"] = row_hash(prior, row)
            await self.set(row, actor=row["actor"], hash=row["hash"])
        await self.set_head(head, hash=prior)

    async def remove(self) -> None:
        await sql(self.app, "DELETE FROM audit_log WHERE id = :id", id=self.row()["id"])

    async def remove_end(self) -> None:
        head = self.used()
        first = self.dice.choice(self.chain(head))["seq"]
        await self._cut(head, first)

    async def remove_end_and_turn_back(self) -> None:
        head = self.used()
        chain = self.chain(head)
        seq = self.dice.randrange(len(chain))
        await self._cut(head, seq + 1)
        await self.set_head(head, seq=seq, hash=chain[seq - 1]["hash"] if seq else head["start"])

    async def _cut(self, head: dict[str, Any], first: int) -> None:
        where = "day = :day AND stripe = :stripe AND seq >= :first"
        await sql(self.app, f"DELETE FROM audit_log WHERE {where}", day=head["day"], stripe=head["stripe"], first=first)

    async def turn_back(self) -> None:
        head = self.used()
        seq = self.dice.randrange(head["seq"])
        rows = self.chain(head)
        await self.set_head(head, seq=seq, hash=rows[seq - 1]["hash"] if seq else head["start"])

    async def remove_day(self) -> None:
        day = self.used()["day"]
        await sql(self.app, "DELETE FROM audit_log WHERE day = :day", day=day)
        if self.dice.random() < 0.5:
            await sql(self.app, "DELETE FROM audit_heads WHERE day = :day", day=day)

    async def remove_head(self) -> None:
        head = self.dice.choice(self.heads)
        where = "day = :day AND stripe = :stripe"
        await sql(self.app, f"DELETE FROM audit_heads WHERE {where}", day=head["day"], stripe=head["stripe"])
        if self.dice.random() < 0.5:
            await sql(self.app, f"DELETE FROM audit_log WHERE {where}", day=head["day"], stripe=head["stripe"])

    async def reorder(self) -> None:
        one, two = self.dice.sample(self.rows, 2)
        places = ["day", "stripe", "seq", *(["hash"] if self.dice.random() < 0.5 else [])]
        await self.set(one, **{name: two[name] for name in places})
        await self.set(two, **{name: one[name] for name in places})

    async def add(self) -> None:
        row = self.row() | {"id": self.app.ids.new(), "actor": "nobody"}
        how = self.dice.randrange(5)
        if how == 0:
            row |= {"seq": row["seq"] + self.dice.choice([-100, 1, 100])}
        elif how == 1:
            row |= {"day": None, "stripe": None, "seq": None, "hash": None}
        elif how == 2:
            row |= {"day": self.dice.choice(["", "2029-12-31", "2031-01-01", "zzz"])}
        elif how == 3:
            row |= {"stripe": self.dice.choice([-1, 99, None])}
        await self.insert("audit_log", row)

    async def pretend_pruning(self) -> None:
        head = self.used()
        upto = self.dice.choice(self.chain(head))
        await sql(
            self.app,
            "DELETE FROM audit_log WHERE day = :day AND stripe = :stripe AND seq <= :seq",
            day=head["day"], stripe=head["stripe"], seq=upto["seq"],
        )  # fmt: skip
        await self.set_head(head, pruned=upto["seq"], pruned_hash=upto["hash"])

    async def edit_head(self) -> None:
        head, name = dict(self.dice.choice(self.heads)), self.dice.choice([*HEAD_FIELDS[2:], "mac"])
        await self.set_head(head, **{name: self.other(heads.c[name], head[name])})

    async def write_on_after(self) -> None:
        """Turns a head of the newest day back, and waits until the site has signed it again."""
        newest = [head for head in self.heads if head["day"] == self.heads[-1]["day"] and head["seq"]]
        head = dict(self.dice.choice(newest))
        await self._cut(head, head["seq"])
        chain = self.chain(head)
        await self.set_head(head, seq=head["seq"] - 1, hash=chain[-2]["hash"] if len(chain) > 1 else head["start"])
        for _ in range(30):
            await run(self.app, "things.change")


DEEDS: list[Callable[[Hand], Any]] = [
    Hand.edit, Hand.edit_and_hash_anew, Hand.remove, Hand.remove_end, Hand.remove_end_and_turn_back, Hand.turn_back,
    Hand.remove_day, Hand.remove_head, Hand.reorder, Hand.add, Hand.pretend_pruning, Hand.edit_head,
    Hand.write_on_after,
]  # fmt: skip


@pytest.mark.slow
async def test_every_tampering_is_found_and_nothing_else(tmp_path: Path, clock: FakeClock) -> None:
    seed = int(os.environ.get("NEWEL_SEED") or random.randrange(2**32))
    print("NEWEL_SEED", seed)
    dice = random.Random(seed)
    async with opened(tmp_path, clock, 1) as app:
        await fill(app, clock, 1, 6)
    async with opened(tmp_path, clock, 3) as app:  # as after a move from an engine with one writer to a server
        await fill(app, clock, 3, 6)
        await run(app, "audit.prune", keep_days=3)
        hand = Hand(app, dice)
        await hand.start()
        for number in range(130):
            deed = DEEDS[number % len(DEEDS)]
            verdict = await run(app, "audit.verify")
            assert verdict.whole, (seed, number, verdict.findings)
            await hand.restore()
            await deed(hand)
            verdict = await run(app, "audit.verify")
            assert not verdict.whole, (seed, number, deed.__name__)
            assert verdict.found >= len(verdict.findings) > 0
            await hand.restore()


@pytest.mark.parametrize(
    ("statement", "kind", "place"),
    [
        ("UPDATE audit_log SET actor = 'x' WHERE seq = 3 AND day = '2030-01-02'", "row_changed", ("2030-01-02", 0, 3)),
        ("DELETE FROM audit_log WHERE seq = 3 AND day = '2030-01-02'", "row_missing", ("2030-01-02", 0, 4)),
        ("DELETE FROM audit_log WHERE seq = 16 AND day = '2030-01-02'", "row_missing", ("2030-01-02", 0, None)),
        ("UPDATE audit_heads SET seq = 15 WHERE day = '2030-01-02'", "head_behind", ("2030-01-02", 0, 16)),
        ("DELETE FROM audit_heads WHERE day = '2030-01-02'", "head_missing", ("2030-01-02", None, None)),
    ],
)
async def test_a_finding_says_where(
    tmp_path: Path, clock: FakeClock, statement: str, kind: str, place: tuple[str, int | None, int | None]
) -> None:
    async with opened(tmp_path, clock) as app:
        await fill(app, clock, 3)
        await sql(app, statement)
        verdict = await run(app, "audit.verify")
        assert (kind, *place) in {(one.kind, one.day, one.stripe, one.seq) for one in verdict.findings}


@pytest.mark.engines("sqlite")  # others keep text out of a column of numbers
async def test_text_in_place_of_a_number_is_found(tmp_path: Path, clock: FakeClock) -> None:
    async with opened(tmp_path, clock) as app:
        await fill(app, clock, 1)
        await sql(app, "UPDATE audit_heads SET pruned = '' WHERE day = '2030-01-01'")
        assert "head_forged" in await kinds(app)


async def test_the_last_day_removed_whole_is_found(tmp_path: Path, clock: FakeClock) -> None:
    async with opened(tmp_path, clock) as app:
        await fill(app, clock, 2)
        await sql(app, "DELETE FROM audit_log WHERE day = '2030-01-03'")
        await sql(app, "DELETE FROM audit_heads WHERE day = '2030-01-03'")
        assert await kinds(app) == {"day_missing"}
        await run(app, "things.change")
        assert "head_changed" in await kinds(app), "the new head says that there was another"


async def test_marks_kept_elsewhere_find_that_the_whole_database_was_turned_back(
    tmp_path: Path, clock: FakeClock
) -> None:
    """The one thing that cannot be found from within: everything, heads and all, as it once was."""
    async with opened(tmp_path, clock) as app:
        await fill(app, clock, 2)
        hand = Hand(app, random.Random(1))
        await hand.start()
        await run(app, "things.change", "the deed to be hidden")
        verdict = await run(app, "audit.verify")
        marks = app.structurer.unstructure(verdict.marks)
        assert (await run(app, "audit.verify", against=marks)).whole
        await hand.restore()
        assert (await run(app, "audit.verify")).whole
        await hand.restore()
        assert await kinds(app, against=marks) == {"mark_missing"}
        for _ in range(5):
            await run(app, "things.change")
        assert await kinds(app, against=marks) == {"mark_differs"}


async def test_the_key_is_for_its_owner_and_another_one_is_told(tmp_path: Path, clock: FakeClock) -> None:
    async with opened(tmp_path, clock) as app:
        await run(app, "things.change")
    key = tmp_path / "data" / "audit.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    old = key.read_text("ascii")
    key.unlink()
    async with opened(tmp_path, clock) as app:
        assert await kinds(app) == {"key_unknown"}
    fresh = key.read_text("ascii")
    assert fresh != old
    key.write_text(fresh + old, "ascii")
    async with opened(tmp_path, clock) as app:
        assert await kinds(app) == {"head_changed"}, "its rows were added by somebody without the key"
    for nonsense in ("", "abc\n", "0" * 62 + "\n", "é" * 64):
        key.write_text(nonsense, "utf-8")
        with pytest.raises(BootError, match="must hold keys"):
            async with opened(tmp_path, clock):
                pass


async def test_a_key_is_changed_by_a_new_first_line(tmp_path: Path, clock: FakeClock) -> None:
    async with opened(tmp_path, clock) as app:
        await fill(app, clock, 1)
    key = tmp_path / "data" / "audit.key"
    key.write_text("ab" * 32 + "\n" + key.read_text("ascii"), "ascii")
    async with opened(tmp_path, clock) as app:
        await run(app, "things.change")
        assert (await run(app, "audit.verify")).whole
        assert len({head["key_id"] for head in await sql(app, "SELECT key_id FROM audit_heads")}) == 2


async def test_rows_of_before_the_chain_are_reported_and_no_fault(tmp_path: Path, clock: FakeClock) -> None:
    async with opened(tmp_path, clock) as app:
        await fill(app, clock, 1)
        await sql(app, "UPDATE audit_log SET day = NULL, stripe = NULL, seq = NULL, hash = NULL, hlc = NULL")
        await sql(app, "DELETE FROM audit_heads")
        await run(app, "things.change")
        verdict = await run(app, "audit.verify")
        assert (verdict.whole, verdict.unchained, verdict.rows) == (True, 17, 1)
        page = await run(app, "audit.list", limit=200)
        assert page.data[-1].hlc is None
        assert page.data[-1].outcome == "done"


# -- the clock, and others --------------------------------------------------------------------------------------------


async def test_stamps_never_go_back_though_the_clock_does(tmp_path: Path) -> None:
    clock = FakeClock(datetime(2030, 1, 2, 0, 0, 1, tzinfo=UTC))
    async with opened(tmp_path, clock) as app:
        for back in (0, 2, 0, 3600):
            clock._now -= timedelta(seconds=back)
            await run(app, "things.change", ids=["a", "b"])
    async with opened(tmp_path, FakeClock(datetime(2029, 12, 25, tzinfo=UTC))) as app:
        await run(app, "things.change", "after the restart")
        rows = await sql(app, PLACED)
        assert (await run(app, "audit.verify")).whole
        newest = (await run(app, "audit.list", operation="things.change", limit=1)).data[0]
    stamps = [row["hlc"] for row in rows]
    assert stamps == sorted(set(stamps))
    assert [row["id"] for row in rows] == sorted({row["id"] for row in rows})
    assert {row["day"] for row in rows} == {"2030-01-02"}
    assert [row["at"][:10] for row in rows][-1] == "2029-12-25", "what the clock said is kept as well"
    assert newest.actor == "after the restart"
    nodes = {row["node"] for row in rows}
    assert len(nodes) == 2
    assert len({node.partition(".")[0] for node in nodes}) == 1


@pytest.mark.slow
async def test_two_sites_on_one_file_share_the_chains(tmp_path: Path) -> None:
    clocks = FakeClock(), FakeClock(datetime(2029, 12, 31, 23, 59, 50, tzinfo=UTC))
    async with opened(tmp_path, clocks[0], 2) as one, opened(tmp_path, clocks[1], 2) as two:

        async def write(app: App, clock: FakeClock) -> None:
            for number in range(25):
                await run(app, "things.change", ids=[str(number), "x"])
                await clock.advance(7200)

        await asyncio.gather(*(write(app, clock) for app, clock in zip((one, two), clocks, strict=True) for _ in "ab"))
        verdict = await run(two, "audit.verify")
        assert verdict.whole, verdict.findings
        assert verdict.rows == 200
        stamps = [row["hlc"] for row in await sql(one, "SELECT hlc FROM audit_log ORDER BY day, stripe, seq")]
        assert len(set(stamps)) == len(stamps)


async def test_what_is_undone_leaves_the_chain_whole(tmp_path: Path, clock: FakeClock) -> None:
    async with opened(tmp_path, clock) as app:
        for _ in range(3):
            with pytest.raises(RuntimeError, match="undone"):
                await _undone(app)
            await run(app, "things.change")
            await clock.advance(DAY)
        assert (await run(app, "audit.verify")).whole


class Counting:
    """A transaction that notes what is asked of it."""

    def __init__(self, tx: Any) -> None:
        self._tx = tx
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        self.asked.append(name)
        return getattr(self._tx, name)


@pytest.mark.parametrize("changes", [0, 1, 50])
async def test_a_write_costs_three_statements(tmp_path: Path, clock: FakeClock, changes: int) -> None:
    async with opened(tmp_path, clock, 3) as app:
        await run(app, "things.change")
        made = [Change(entity="thing", id=str(number), before=None, after={}) for number in range(changes)]
        async with app.need(Database).transaction() as tx:
            counting = Counting(tx)
            act = Act(call=call_of(app), operation="things.change", changes=made)
            await app.plugins["audit"].trail.append(counting, [act, act])  # type: ignore[attr-defined]  # plugins are objects to the kernel
        assert counting.asked == ["fetch_one", "execute_many", "execute"]
        assert (await run(app, "audit.verify")).whole


async def test_a_row_that_was_made_unreadable_is_still_listed(tmp_path: Path, clock: FakeClock) -> None:
    async with opened(tmp_path, clock) as app:
        await run(app, "things.change")
        await sql(app, "UPDATE audit_log SET after_json = '{'")
        assert (await run(app, "audit.list")).data[0].after == {"unreadable": "{"}
        assert await kinds(app) == {"row_changed"}


async def _undone(app: App) -> None:
    from tests.builtin_plugins.audit.things import call_of

    from newel.contracts.audit import Act
    from newel.contracts.database import Database

    async with app.need(Database).transaction() as tx:
        await app.plugins["audit"].trail.append(tx, [Act(call=call_of(app), operation="things.change")])  # type: ignore[attr-defined]  # plugins are objects to the kernel
        raise RuntimeError("undone")


async def test_a_tampered_head_is_told_at_the_next_start(tmp_path: Path, clock: FakeClock) -> None:
    async with opened(tmp_path, clock) as app:
        await run(app, "things.change")
        await sql(app, "UPDATE audit_heads SET seq = 0")
        await run(app, "things.change")  # the act goes through all the same
        assert "head_changed" in await kinds(app)
        await sql(app, "UPDATE audit_heads SET mac = 'x'")
    log = io.StringIO()
    config = LASTING
    async with make_app(PLUGINS, config, folder=tmp_path, clock=clock, log=log):
        assert "newel audit verify" in log.getvalue()


def test_a_clock_that_stands_still_never_repeats_a_stamp(clock: FakeClock) -> None:
    hybrid = HybridClock(clock, "node.0000")
    stamps = [hybrid.tick() for _ in range(70_000)]
    assert [one.text for one in stamps] == sorted({one.text for one in stamps})
    ids = [one.new_id() for one in stamps]
    assert ids == sorted(set(ids))
    hybrid.merge("2031-01-01T00:00:00.000Z-0005-other.0000")
    assert hybrid.tick().text == "2031-01-01T00:00:00.000Z-0006-node.0000"
    hybrid.merge("nonsense")
    assert hybrid.day() == "2031-01-01"


async def test_of_several_first_starts_one_makes_the_key(tmp_path: Path) -> None:
    made = await asyncio.gather(*(asyncio.to_thread(keys.load, tmp_path / "data" / "key") for _ in range(8)))
    assert len({one.sign(dict.fromkeys(HEAD_FIELDS, 0))["mac"] for one in made}) == 1
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["key"]
