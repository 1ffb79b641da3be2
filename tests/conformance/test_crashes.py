"""A process that dies between any two calls of its database: whatever was begun is there whole, or not at all."""

from __future__ import annotations

import random
import secrets
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.conformance.crashing import PLUGINS
from tests.deaths import Death, When, install
from tests.engines import for_child
from tests.support import environment

from newel.app import App
from newel.contracts.database import Database, TableShape
from newel.errors import BootError
from newel.hooks.lifecycle import register_migrations
from newel.testing import actor, make_app
from newel.testing.app import build_app
from newel.testing.engines import LASTING, Engine
from newel_migrations import service as migrating
from newel_migrations.ledger import Ledger
from newel_migrations.rendering import rendered
from newel_migrations.service import Service
from newel_migrations.steps import Step, steps_of
from newel_migrations.stepwise import Stepwise

MOST = {"sqlite": 1000, "postgres": 6, "mysql": 12}
"""Deaths between the first call and the last, for each plugin's tables. On servers a drawn few of them."""
COMMIT = -1
ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.fresh, pytest.mark.slow, pytest.mark.may_block]  # it reads the steps' sources in the loop


@pytest.fixture(autouse=True)
def _seam(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)
    known: dict[Any, list[str]] = {}

    def remembered(upgrade: Any, *engine: Any) -> list[str]:
        """Alembic takes its time, and answers the same each time."""
        if (upgrade, *engine) not in known:
            known[upgrade, *engine] = rendered(upgrade, *engine)
        return known[upgrade, *engine]

    monkeypatch.setattr(migrating, "rendered", remembered)


def steps_by_plugin(folder: Path) -> dict[str, list[Step]]:
    found: dict[str, list[Step]] = {}
    for step in steps_of(build_app(PLUGINS, LASTING, folder=folder).collected(register_migrations)):
        found.setdefault(step.plugin, []).append(step)
    return found


@asynccontextmanager
async def process(folder: Path) -> AsyncIterator[App]:
    """The database as a new process finds it."""
    app = build_app(["database"], LASTING, folder=folder)
    async with app.running_only(Database):
        yield app


async def migrate(app: App, steps: list[Step]) -> None:
    db = app.need(Database)
    assert await Service(db, Ledger(db, app.clock), steps, app.log).migrate([one.plugin for one in steps]) == {}


async def state(db: Database) -> tuple[list[TableShape], dict[str, list[Any]]]:
    """All tables, and all rows but for when and how fast steps were applied."""
    shapes = await db.tables()
    rows = {}
    for shape in shapes:
        told = [column for column in shape.columns if column not in ("applied_at", "ms")]
        found = await db.fetch_all(f"SELECT {', '.join(told)} FROM {shape.name}")
        rows[shape.name] = sorted(repr(tuple(row.values())) for row in found)
    return shapes, rows


async def emptied(db: Database) -> None:
    shapes = {shape.name: shape for shape in await db.tables()}
    order: list[str] = []
    while shapes:
        pointed_at = {to for shape in shapes.values() for to in shape.points_at.values() if to != shape.name}
        free = sorted(set(shapes) - pointed_at)
        order += free
        for name in free:
            del shapes[name]
    for one in order if db.dialect == "sqlite" else [", ".join(order)] if order else []:
        await db.execute(f"DROP TABLE {one}")


def places(count: int, most: int, dice: random.Random) -> Iterator[tuple[int, When]]:
    """Where to die: the first, the last, after the last, and so many between."""
    between = list(range(2, count))
    yield 1, "before"
    for at in sorted(dice.sample(between, min(len(between), most))):
        yield at, "before"
    yield count, "before"
    yield count, "after"


async def test_migrations_go_on_wherever_they_were_cut(engine: Engine, tmp_path: Path) -> None:
    """On an empty database, for each plugin that ships: every place on SQLite, some on the servers."""
    seed = secrets.randbits(32)
    print("seed", seed)
    dice = random.Random(seed)
    for plugin, steps in steps_by_plugin(tmp_path).items():
        whole = Death()
        async with process(tmp_path) as app:
            with whole.upon():
                await migrate(app, steps)
            wanted = await state(app.need(Database))
            await emptied(app.need(Database))
        for at, when in places(len(whole.calls), MOST[engine.plugin], dice):
            death = Death(at, when)
            async with process(tmp_path) as app:
                with death.upon():
                    await migrate(app, steps)
                assert death.dead
            async with process(tmp_path) as app:
                await migrate(app, steps)
                assert await state(app.need(Database)) == wanted, f"{plugin}: {at} {death.calls[-1]}"
                await emptied(app.need(Database))


async def rows_of(db: Database) -> dict[str, Counter[str]]:
    _, rows = await state(db)
    return {name: Counter(found) for name, found in rows.items()}


async def changed(db: Database, before: dict[str, Counter[str]]) -> dict[str, tuple[int, int]]:
    """By table, how many rows came (or are other ones now) and how many went since then."""
    after = await rows_of(db)
    counts = {name: ((after[name] - before[name]).total(), (before[name] - after[name]).total()) for name in after}
    return {name: both for name, both in counts.items() if both != (0, 0)}


PAGE = {
    "name": "post",
    "fields": [
        {"name": "title", "type": "text", "indexed": True},
        {"name": "stars", "type": "integer", "indexed": True},
    ],
}


async def run(app: App, verb: str, order: dict[str, Any], **details: Any) -> Any:
    return await app.operations.run(verb, order, app.call(actor("admin"), "test", **details))


async def test_a_publish_is_there_whole_or_not_at_all(engine: Engine, tmp_path: Path) -> None:
    """Version, index, feed, audit row, event and the answer under the key; asked again, it is done once."""
    async with (
        make_app(PLUGINS, LASTING, folder=tmp_path) as dying,
        make_app(PLUGINS, LASTING, folder=tmp_path) as other,
    ):
        db = other.need(Database)
        await run(dying, "types.create", PAGE)

        async def published(death: Death) -> tuple[dict[str, tuple[int, int]], dict[str, tuple[int, int]]]:
            """What a publish changed before the process died, and what it has changed once it was asked for again."""
            entry = await run(dying, "content.create", {"type": "post", "data": {"title": "A", "stars": 3}})
            before = await rows_of(db)
            order, key = {"type": "post", "id": entry.id}, f"key-{entry.id}"
            with death.upon():
                await run(dying, "content.publish", order, idempotency_key=key)
            found = await changed(db, before)
            await run(other, "content.publish", order, idempotency_key=key)
            return found, await changed(db, before)

        await published(Death())  # the first makes what later ones find
        whole = Death()
        wanted, _ = await published(whole)
        assert {"content_published", "content_index", "content_changes", "audit_log", "jobs_events"} <= set(wanted)
        assert {"content_versions", "content_entries"} & set(wanted)
        assert "idempotency_keys" in wanted
        seen = []
        for at, when in places(len(whole.calls), 1000, random.Random(0)):
            death = Death(at, when)
            found, again = await published(death)
            assert death.dead
            assert found in ({}, wanted), f"{at} {death.calls[-1]}"
            assert again == wanted, f"{at} {death.calls[-1]}"
            seen.append(bool(found))
        assert seen == sorted(seen), "from the commit on it is there"
        assert {seen[0], seen[-1]} == {False, True}


def killed(folder: Path, what: str, at: int, when: When) -> None:
    """A process that is killed with SIGKILL at that call."""
    ended = subprocess.run(
        [sys.executable, "-m", "tests.conformance.crashing", str(folder), what, str(at), when],
        cwd=ROOT, env=environment(**for_child(folder)), check=False, timeout=60, capture_output=True, text=True,
    )  # fmt: skip
    assert ended.returncode == -signal.SIGKILL, ended.stderr[-2000:]


async def test_a_process_that_is_killed_in_earnest(engine: Engine, tmp_path: Path) -> None:
    seed = secrets.randbits(32)
    print("seed", seed)
    dice = random.Random(seed)
    steps = [step for some in steps_by_plugin(tmp_path).values() for step in some]
    whole = Death()
    async with process(tmp_path) as app:
        with whole.upon():
            await migrate(app, steps)
        wanted = await state(app.need(Database))
        await emptied(app.need(Database))
    killed(tmp_path, "migrate", dice.randrange(1, len(whole.calls)), "before")
    async with process(tmp_path) as app:
        await migrate(app, steps)
        assert await state(app.need(Database)) == wanted
    async with make_app(PLUGINS, LASTING, folder=tmp_path) as app:
        await run(app, "types.create", PAGE)
        for when, there in (("before", 0), ("after", 1)):
            entry = await run(app, "content.create", {"type": "post", "data": {"title": "A"}})
            killed(tmp_path, entry.id, COMMIT, when)  # type: ignore[arg-type]  # one of the two words above
            kept = await app.need(Database).fetch_all(
                "SELECT entry FROM content_published WHERE entry = :id", {"id": entry.id}
            )
            trail = await app.need(Database).fetch_all(
                "SELECT id FROM audit_log WHERE operation = 'content.publish' AND entity_id = :id", {"id": entry.id}
            )
            assert (len(kept), len(trail)) == (there, there)


@pytest.mark.engines("mysql")
async def test_a_step_that_was_edited_or_shortened_while_half_applied_is_refused(tmp_path: Path) -> None:
    steps = steps_by_plugin(tmp_path)["content"]
    statements = rendered(steps[0].migration.upgrade, "mysql", "utf8mb4_nopad_bin")
    death = Death()
    async with process(tmp_path) as app:
        with death.upon():
            await Stepwise(app.need(Database), steps[0], statements).run()
        db = app.need(Database)
        for other in (statements[:-1], [statements[0].replace("(", "( ", 1), *statements[1:]]):
            with pytest.raises(BootError, match="half done"):
                await Stepwise(db, steps[0], other).run()
        await Stepwise(db, steps[0], statements).run()


async def test_a_table_of_somebody_else_is_never_taken_for_ours(engine: Engine, tmp_path: Path) -> None:
    """However often it is tried: the second start must not find the first one's half."""
    steps = steps_by_plugin(tmp_path)["content"]
    async with process(tmp_path) as app:
        db = app.need(Database)
        await db.execute("CREATE TABLE content_entries (theirs INTEGER)")
        for _ in range(3):
            service = Service(db, Ledger(db, app.clock), steps, app.log)
            failed = await service.migrate(["content"])
            assert "content_entries" in str(failed["content"])
        assert next(one for one in await db.tables() if one.name == "content_entries").columns == ("theirs",)
