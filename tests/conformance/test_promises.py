"""What Newel promises, on every engine, under kills and among concurrent writers. Each test prints its seed."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.builtin_plugins.content.site import SLUG, TITLE, Site, field, pointers
from tests.conformance.site import LEASE, observed, pair, seeded
from tests.engines import for_child
from tests.support import environment

from newel import Conflict, PreconditionFailed
from newel.contracts.jobs import Jobs
from newel.contracts.outbox import Outbox
from newel.testing import FakeClock

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("engine")]
ROOT = Path(__file__).parents[2]

# -- committed means kept ---------------------------------------------------------------------------------------------


def killed(folder: Path, name: str, dice: random.Random) -> list[str]:
    """Lets a process write for a while, kills it, and answers what it had said."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.conformance.child", str(folder), name],
        stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment(**for_child(folder)),
    )  # fmt: skip
    assert process.stdout is not None
    with process.stdout as said:
        lines = [said.readline() for _ in range(dice.randrange(1, 60))]
        time.sleep(dice.uniform(0, 0.02))  # not just after an answer: anywhere in the next acts
        process.send_signal(signal.SIGKILL)
        lines += said
    assert process.wait(30) == -signal.SIGKILL, "it ended by itself"
    return [line.strip() for line in lines if line.endswith("\n")]


@pytest.mark.may_block  # waiting for the child is what it does
async def test_committed_means_kept(tmp_path: Path) -> None:
    """After ``kill -9`` each answered act is there with its audit row and its event, and no act is there in part."""
    dice = seeded()
    async with observed(tmp_path) as site:
        await site.type("note", TITLE)
    kept = [line.split() for number in range(3) for line in killed(tmp_path, f"r{number}", dice)]
    assert len(kept) > 5
    clock = FakeClock(datetime.now(UTC) + timedelta(seconds=LEASE + 1))  # what the lost ones held has run out
    async with observed(tmp_path, clock) as site:
        for _ in range(20):
            await site.app.need(Jobs).settle()
            await site.app.need(Outbox).settle()
            if not await site.rows("SELECT seq FROM jobs_events"):
                break
            await clock.advance(10)
        assert await site.rows("SELECT seq FROM jobs_events") == [], "everything was told"
        indexed = await site.rows("SELECT entry, text_value FROM content_index WHERE stage = 'draft'")
        titles = {row["entry"]: row["text_value"] for row in indexed}
        there = {
            "create": await _ids(site, "SELECT id FROM content_entries"),
            "publish": await _ids(site, "SELECT entry AS id FROM content_published"),
        }
        for verb, hook in (("create", "save"), ("publish", "publish")):
            audited = "SELECT entity_id AS id FROM audit_log WHERE operation = :verb"
            acted = await _ids(site, audited, verb=f"content.{verb}")
            told = await _ids(site, "SELECT entry AS id FROM witness_heard WHERE hook = :hook", hook=hook)
            assert {id for _, act, id, _ in kept if act == verb} <= set(there[verb])
            assert there[verb] == acted == told, verb
        assert all(titles[id] == title for _, _, id, title in kept)
        assert set(titles) == set(there["create"])
        assert (await site.run("audit.verify")).whole


async def _ids(site: Site, statement: str, **values: Any) -> list[str]:
    return sorted(row["id"] for row in await site.rows(statement, **values))


# -- published means whole --------------------------------------------------------------------------------------------

VERSIONS = 25
READS = 600


def version(number: int) -> dict[str, Any]:
    """The data of one version: two localised fields and a shared one that say the same."""
    text = {"en": f"en {number}", "de": f"de {number}"}
    return {"title": text, "text": text, "number": number}


async def test_published_means_whole(tmp_path: Path) -> None:
    """While a subtree is published again and again, each reading of an entry, or of all, is of one version."""
    dice = seeded()
    async with pair(tmp_path) as (writing, reading):
        fields = [field(name, localized=True, indexed=True) for name in ("title", "text")]
        await writing.type("page", *fields, field("number", "integer", indexed=True), SLUG, kind="page")
        root = await writing.create("page", locale="*", **version(0), slug={"en": "top", "de": "top"})
        below = [
            await writing.create("page", locale="*", parent=root.id, **version(0), slug={"en": name, "de": name})
            for name in "ab"
        ]
        pages = [root, *below]
        await writing.on("publish", root, locale="*", descendants=True)
        writer = asyncio.create_task(_publish(writing, pages))
        seen: set[int] = set()
        done = 0
        while done < READS or not writer.done():
            seen |= set(await asyncio.gather(*(_read(dice.choice((writing, reading)), pages, dice) for _ in range(6))))
            done += 6
        await writer
        print("reads", done, "versions seen", len(seen))
        assert len(seen) > 5, "readers and the writer worked at the same time"


async def _publish(site: Site, pages: Sequence[Any]) -> None:
    for number in range(1, VERSIONS):
        for page in pages:
            await site.update(page, locale="*", **version(number))
        await site.on("publish", pages[0], locale="*", descendants=True)


async def _read(site: Site, pages: Sequence[Any], dice: random.Random) -> int:
    """The version that a reader sees, who asks in one of several ways. Fails where it sees two."""
    how = dice.randrange(3)
    if how == 0:
        locale = dice.choice(("en", "de"))
        found = [(locale, (await site.get(dice.choice(pages), status="published", locale=locale)).data)]
    else:
        locale = dice.choice(("en", "de"))
        sort = ("-number",) if how == 1 else ("title",)
        listed = await site.run("content.list", type="page", status="published", locale=locale, sort=sort, limit=10)
        assert len(listed.data) == len(pages)
        found = [(locale, one.data) for one in listed.data]
    texts = {text for locale, data in found for text in (data["title"], data["text"], f"{locale} {data['number']}")}
    assert len(texts) == 1, texts
    return int(texts.pop().split()[1])


# -- no silent overwrite ----------------------------------------------------------------------------------------------

WRITERS = 8
TURNS = 10


async def test_no_silent_overwrite(tmp_path: Path) -> None:
    """Eight writers count in one field and in one of their own: merged or refused, and the sums are right."""
    dice = seeded()
    async with pair(tmp_path) as sites:
        own = [f"own_{number}" for number in range(WRITERS)]
        await sites[0].type("count", *(field(name, "integer") for name in ("shared", *own)))
        made = await sites[0].create("count", shared=0, **dict.fromkeys(own, 0))
        refused = await asyncio.gather(
            *(_count(sites[number % 2], made, own[number], random.Random(dice.random())) for number in range(WRITERS))
        )
        found = await sites[1].get(made)
        assert found.data == {"shared": WRITERS * TURNS, **dict.fromkeys(own, TURNS)}
        assert sum(refused) > 0, "the writers met"
        assert found.revision == 1 + 2 * WRITERS * TURNS, "each change is one revision"


async def _count(site: Site, entry: Any, own: str, dice: random.Random) -> int:
    """Adds one, ``TURNS`` times each, by what it last read. How often it was refused."""
    refused = 0
    left = ["shared"] * TURNS + [own] * TURNS
    dice.shuffle(left)
    while left:
        read = await site.get(entry)
        try:
            await site.update(entry, revision=read.revision, **{left[-1]: read.data[left[-1]] + 1})
        except PreconditionFailed as error:
            assert error.extra["fields"] == ["shared"], "nobody else writes what is one's own"  # noqa: PT017 - either outcome is fine
            refused += 1
        else:
            left.pop()
    return refused


# -- a tree is always a tree ------------------------------------------------------------------------------------------


async def test_a_tree_is_always_a_tree(tmp_path: Path) -> None:
    """Six movers at once: no cycle, no page lost, no two in one place, and each stands where its path says."""
    dice = seeded()
    async with pair(tmp_path) as sites:
        await sites[0].type("page", TITLE, SLUG, kind="page")
        made = [await sites[0].create("page", title=f"p{number}") for number in range(12)]
        for page in made:
            await sites[0].on("publish", page)
        moved = await asyncio.gather(
            *(_move(sites[number % 2], made, random.Random(dice.random())) for number in range(6))
        )
        rows = await sites[0].rows("SELECT id, parent, parent_key, position FROM content_entries")
        print("moves", sum(moved))
        assert sum(moved) > 20
        assert {row["id"] for row in rows} == {page.id for page in made}
        assert len({(row["parent_key"], row["position"]) for row in rows}) == len(rows)
        parents = {row["id"]: row["parent"] for row in rows}
        slugs = {page.id: page.data["slug"] for page in made}
        routes = await sites[1].routes()
        assert {id: path for path, id in routes.items() if not id.startswith("→")} == {
            id: path_of(id, parents, slugs) for id in parents
        }


def path_of(id: str | None, parents: dict[str, str | None], slugs: dict[str, str]) -> str:
    """The slugs from the top down. Fails where there is no top."""
    walked: list[str] = []
    while id is not None:
        assert id not in walked, "a cycle"
        walked.append(id)
        id = parents[id]
    return "/".join(slugs[one] for one in reversed(walked))


async def _move(site: Site, pages: Sequence[Any], dice: random.Random) -> int:
    """Moves pages about; how many moves were possible."""
    moved = 0
    for _ in range(15):
        page, other = dice.sample(list(pages), 2)
        where: dict[str, Any] = dice.choice([{"parent": other.id}, {"parent": other.id}, {"top": True}, {}])
        try:
            await site.on("move", page, **where)
        except Conflict as error:
            assert error.reason == "cycle"  # noqa: PT017 - either outcome is fine
        else:
            moved += 1
    return moved


# -- what is unique ---------------------------------------------------------------------------------------------------


async def test_of_fifty_with_one_slug_one_succeeds(tmp_path: Path) -> None:
    """Of fifty creates at once, through two sites, one is there; the others are told where they met."""
    dice = seeded()
    async with pair(tmp_path) as sites:
        await sites[0].type("post", TITLE, SLUG)
        done = await asyncio.gather(
            *(dice.choice(sites).create("post", title=f"t{number}", slug="same") for number in range(50)),
            return_exceptions=True,
        )
        lost = [one for one in done if isinstance(one, BaseException)]
        assert {type(one) for one in lost} == {Conflict}, {type(one).__name__ for one in lost}
        assert all(pointers(one) == {("/data/slug", "not_unique")} for one in lost)
        (won,) = (one for one in done if not isinstance(one, BaseException))
        rows = await sites[1].rows("SELECT id FROM content_entries")
        assert [row["id"] for row in rows] == [won.id]
