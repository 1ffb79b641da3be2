"""What lists ask of the database: how often, in which words, and by which index."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.builtin_plugins.content import worlds
from tests.builtin_plugins.content.seeding import Seed, seed, watched
from tests.builtin_plugins.content.site import Site, field

from newel import Malformed, NotFound
from newel.contracts.content import ListQuery
from newel.contracts.database import Database
from newel.structure import Faults
from newel_content import tables
from newel_content.config import ContentConfig
from newel_content.query import listing
from newel_content.query.asking import Asker, locales_of
from newel_content.query.sides import DRAFT, PUBLISHED, TRASH, Side

WORDS = frozenset(
    [
        "select",
        "from",
        "where",
        "and",
        "or",
        "not",
        "exists",
        "in",
        "is",
        "null",
        "like",
        "escape",
        "between",
        "as",
        "join",
        "left",
        "outer",
        "on",
        "order",
        "by",
        "asc",
        "desc",
        "limit",
        "offset",
        "union",
        "all",
        "distinct",
        "count",
        "sum",
        "cast",
        "varchar",
        "case",
        "when",
        "then",
        "else",
        "end",
        "coalesce",
    ]
)
OWN = frozenset(["page", "found", "entry", "locale", "n", "published", "draft"])
TOKEN = re.compile(r":?[A-Za-z_][A-Za-z0-9_]*|'[^']*'|\d+")
COUNTED = re.compile(r":(p|l|s|c|i)\d+|(k|w|t|anon_|count_)\d+|\d+")
PARAMETERS = frozenset((":type", ":wanted", ":after", ":space", ":field", ":key", ":seconds", ":siblings"))


def vocabulary() -> frozenset[str]:
    """Every word that a statement of ours may have: SQL's, the tables', ours, and counted ones."""
    known = {table.name for table in tables.metadata.tables.values()}
    known |= {column.name for table in tables.metadata.tables.values() for column in table.columns}
    return frozenset(known | WORDS | OWN | {"'published'", "'draft'", "''", "'!'"})


def foreign(text: str) -> set[str]:
    """The words of a statement that are not of the vocabulary."""
    words = vocabulary()
    return {
        token for token in TOKEN.findall(text)
        if token.lower() not in words and not COUNTED.fullmatch(token) and token not in PARAMETERS
    }  # fmt: skip


# -- words ------------------------------------------------------------------------------------------------------------

HOSTILE = st.text("ab'\";:%_[]().$ -\\/*\0\u202e", max_size=12)
NAMES = st.sampled_from(("title", "tags", "count", "id", "_or", "_not", "_eq", "_some", "friend")) | HOSTILE
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | HOSTILE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
ANY_FILTER = st.dictionaries(NAMES, JUNK, max_size=3) | worlds.FILTERS
ANY_SORT = worlds.SORTS | st.lists(HOSTILE, max_size=4).map(tuple)
QUERIES = st.lists(st.tuples(ANY_FILTER, ANY_SORT, st.none() | HOSTILE), min_size=20, max_size=20)


class Listening:
    """A database that only takes down what it is asked: it has one row of everything."""

    def __init__(self, render: Any) -> None:
        self.render = render
        self.dialect = "sqlite"
        self.asked: list[tuple[str, Mapping[str, Any]]] = []

    async def fetch_all(self, statement: str, values: Any = None) -> list[Any]:
        self.asked.append((statement, values))
        return []

    async def fetch_one(self, statement: str, values: Any = None) -> Any:
        self.asked.append((statement, values))
        return {"n": 0, "w0": 5, "w1": 5000, "w2": 7}


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
@given(queries=QUERIES, few=st.sampled_from((0, 1000)))
def test_no_input_becomes_a_word_of_a_statement(frame: Any, queries: Any, few: int) -> None:
    """However a filter is written, the statements' words are from a finite list; operands and numbers are bound."""
    import asyncio

    kept, listing.FEW = listing.FEW, few  # type: ignore[attr-defined]  # where it is used
    try:
        asyncio.run(_fuzzed(frame, queries))
    finally:
        listing.FEW = kept  # type: ignore[attr-defined]  # as above


async def _fuzzed(frame: Any, queries: Any) -> None:
    render, catalogue, clock = frame
    database = Listening(render)
    lister = listing.Lister(database)  # type: ignore[arg-type]  # as much of one as is needed
    asker = Asker(ContentConfig(), clock.now)
    model = catalogue.model("thing")
    for wanted, sort, cursor in queries:
        for side in (PUBLISHED, DRAFT, TRASH):
            query = ListQuery(type="thing", filter=wanted, sort=sort, cursor=cursor, count="exact")
            try:
                asked = asker.read(catalogue, side, model, query, locales_of(catalogue, query, side), lambda _: True)
            except Malformed:
                continue
            await lister.page(database, asked)  # type: ignore[arg-type]  # as above
    for text, values in database.asked:
        assert foreign(text) == set(), text
        assert set(re.findall(r":(\w+)", text)) == set(values)


@pytest.fixture
async def frame(site: Site) -> Any:
    await worlds.planted(site, worlds.Sample(frozenset(("title", "day")), [], []))
    catalogue = await site.store.catalogue.load(site.store.db)
    return site.store.db.render, catalogue, site.app.clock


async def test_texts_differ_by_shape_only(things: Site) -> None:
    """Other fields of a kind, other values, other types: the same text."""
    reader = things.app.plugins["content"].reader  # type: ignore[attr-defined]  # the plugin's own
    counting = watched(things.store, reader)
    texts = set()
    for name, value in (("code", "c1"), ("code", "x' OR 1=1 --"), ("title", "Title 3"), ("title", "%")):
        await reader.list_published(ListQuery(type="thing", filter={name: value}, sort=(name,)))
        texts.add(counting.taken()[-1])
    assert len(texts) == 1
    assert foreign(texts.pop()) == set()


# -- how often --------------------------------------------------------------------------------------------------------


@pytest.fixture
async def things(site: Site) -> Site:
    """2,000 published entries, a tenth of them without a number."""
    await site.type(
        "thing",
        field("title", indexed=True),
        field("code", indexed=True),
        field("number", "integer", indexed=True),
        field("half", "boolean", indexed=True),
        field("tags", "tags", indexed=True),
        field("next", "reference", indexed=True, options={"targets": ["thing"]}),
    )
    catalogue = await site.store.catalogue.load(site.store.db)
    seeds = [
        Seed(
            shared={
                "title": f"Title {index * 7919 % 2000}", "code": f"c{index % 100}", "half": index % 2 == 0,
                "number": None if index % 10 == 0 else index % 50, "tags": ["a", "b"][: index % 3],
            },
            published={"en": {}},
            first=index,
            at=index,
        )
        for index in range(2000)
    ]  # fmt: skip
    await seed(site.store, catalogue.model("thing"), catalogue, seeds)
    return site


COUNTS: list[tuple[dict[str, Any], int]] = [
    ({}, 2),
    ({"sort": ("title",)}, 2),
    ({"sort": ("-number", "title", "-created_at", "id")}, 2),
    ({"filter": {"number": {"_gte": 3}}, "sort": ("number",)}, 2),
    ({"filter": {"half": True}, "sort": ("id",)}, 2),
    ({"filter": {"half": True}}, 3),
    ({"filter": {"code": "c7", "half": False, "tags": "a"}, "sort": ("title",)}, 3),
    ({"filter": {"_or": [{"code": "c7"}, {"number": 3}]}}, 3),
    ({"filter": {"_not": {"half": True}}}, 2),
    ({"filter": {"next": {"title": "x"}}}, 3),
    ({"count": "exact"}, 3),
    ({"filter": {"half": True}, "count": "exact"}, 4),
]


@pytest.mark.parametrize(("query", "expected"), COUNTS)
async def test_statements_per_list(things: Site, query: dict[str, Any], expected: int) -> None:
    """One for the catalogue, one for the page; one more to weigh conditions, one more to count. Not one per entry."""
    reader = things.app.plugins["content"].reader  # type: ignore[attr-defined]  # the plugin's own
    counting = watched(things.store, reader)
    for limit in (1, 25, 100):
        await reader.list_published(ListQuery(type="thing", limit=limit, **query))
        assert len(counting.taken()) == expected


async def test_a_page_across_the_border_of_the_empty_takes_one_more(things: Site) -> None:
    reader = things.app.plugins["content"].reader  # type: ignore[attr-defined]  # the plugin's own
    counting = watched(things.store, reader)
    taken = []
    cursor = None
    while True:
        page = await reader.list_published(ListQuery(type="thing", sort=("-number",), limit=100, cursor=cursor))
        taken.append(len(counting.taken()))
        cursor = page.next
        if cursor is None:
            break
    assert sorted(set(taken)) == [2, 3]
    assert taken.count(3) <= 2  # the page at the border, and the one that finds out it ends there


# -- by which index ---------------------------------------------------------------------------------------------------

PLANS: list[tuple[str, dict[str, Any], str]] = [
    ("default", {}, "content_published_first"),
    ("by id", {"sort": ("-id",)}, "content_published_entry"),
    ("by position", {"sort": ("position",)}, "content_published_position"),
    ("by creation", {"sort": ("created_at",)}, "content_entries_created"),
    ("by field", {"sort": ("title",)}, "content_index_key"),
    ("by field, down", {"sort": ("-title",)}, "content_index_key"),
    ("range and order of one field", {"sort": ("number",), "filter": {"number": {"_gte": 5}}}, "content_index_key"),
    ("one value by id", {"sort": ("id",), "filter": {"half": True}}, "content_index_key"),
    ("many of one value by field", {"sort": ("title",), "filter": {"half": True}}, "content_index_key"),
    ("many of one value, default", {"filter": {"half": True}}, "content_published_first"),
]


@pytest.mark.parametrize("analyzed", [False, True], ids=["fresh", "analyzed"])
@pytest.mark.parametrize(("label", "query", "index"), PLANS, ids=[plan[0] for plan in PLANS])
async def test_pages_come_out_of_an_index_in_order(
    things: Site, monkeypatch: pytest.MonkeyPatch, label: str, query: dict[str, Any], index: str, analyzed: bool
) -> None:
    """No sorting and no table rows before the page is full, on the first page and behind a cursor; with and without
    the planner's figures, so that it holds for any number of entries."""
    monkeypatch.setattr(listing, "FEW", 500)
    if analyzed:
        await things.store.db.execute("ANALYZE")
    reader = things.app.plugins["content"].reader  # type: ignore[attr-defined]  # the plugin's own
    counting = watched(things.store, reader)
    cursor = None
    for _ in range(2):
        page = await reader.list_published(ListQuery(type="thing", cursor=cursor, **query))
        cursor = page.next
        steps = await plan_of(things.store.db._inner, counting.texts[-1], counting.values[-1])
        counting.taken()
        inner = steps[: next(number for number, step in enumerate(steps) if step.startswith("SCAN page"))]
        assert not any("TEMP B-TREE" in step for step in steps), steps
        assert any(f"COVERING INDEX {index} " in step for step in inner), steps
        assert all("COVERING" in step for step in inner if step.startswith(("SEARCH", "SCAN"))), steps


async def test_few_entries_are_gathered_first(things: Site) -> None:
    """A narrow condition begins; only what it finds is looked at and sorted, whatever the planner knows."""
    reader = things.app.plugins["content"].reader  # type: ignore[attr-defined]  # the plugin's own
    for analyzed in (False, True):
        if analyzed:
            await things.store.db.execute("ANALYZE")
        counting = watched(things.store, reader)
        for query in (
            {"filter": {"code": "c7"}},
            {"filter": {"title": {"_icontains": "99"}}},
            {"filter": {"next": {"_nnull": True}}},
            {"filter": {"next": {"_null": False}}},
            {"filter": {"next": {"_nempty": True}}},
        ):
            await reader.list_published(ListQuery(type="thing", **query))
            steps = await plan_of(counting._inner, counting.texts[-1], counting.values[-1])
            first = next(step for step in steps if step.startswith(("SEARCH", "SCAN")))
            assert "content_index_key" in first, steps
            assert not any(step.startswith("SCAN t") for step in steps), steps
        things.store.db = counting._inner


async def test_alternatives_are_weighed_without_reading_them_all(things: Site) -> None:
    """Counting up to a bound stops there, so no step gathers the rows of every alternative first."""
    reader = things.app.plugins["content"].reader  # type: ignore[attr-defined]  # the plugin's own
    counting = watched(things.store, reader)
    query = ListQuery(type="thing", filter={"_or": [{"half": True}, {"code": "c7"}]})
    assert len((await reader.list_published(query)).data) == 25
    weighing = next(number for number, text in enumerate(counting.texts) if "count(*)" in text)
    steps = await plan_of(counting._inner, counting.texts[weighing], counting.values[weighing])
    assert not any("TEMP B-TREE" in step or "MATERIALIZE" in step for step in steps), steps


@pytest.mark.parametrize("sort", ["position", "-position", "created_at", "-updated_at", "id"])
async def test_drafts_come_out_of_an_index_in_order(things: Site, sort: str) -> None:
    """On the first page and behind a cursor."""
    counting = watched(things.store, things.app.plugins["content"].reader)  # type: ignore[attr-defined]  # the plugin's own
    cursor = None
    for _ in range(2):
        page = await things.run("content.list", type="thing", sort=[sort], cursor=cursor)
        cursor = page.links.next
        listed = next(number for number, text in enumerate(counting.texts) if ":wanted" in text)
        steps = await plan_of(counting._inner, counting.texts[listed], counting.values[listed])
        counting.taken()
        assert not any("TEMP B-TREE" in step for step in steps), steps


async def plan_of(db: Database, text: str, values: Any) -> list[str]:
    return [str(row["detail"]) for row in await db.fetch_all(f"EXPLAIN QUERY PLAN {text}", values)]


# -- what readers' statements can reach -------------------------------------------------------------------------------


async def test_readers_statements_name_no_draft(things: Site) -> None:
    """The side is a literal in the text; the draft's document, revision and times are in none of them."""
    reader = things.app.plugins["content"].reader  # type: ignore[attr-defined]  # the plugin's own
    counting = watched(things.store, reader)
    for query, _ in COUNTS:
        await reader.list_published(ListQuery(type="thing", expand=("next",), **query))
    for verb in (reader.page_at("", ListQuery(type="any")), reader.get_published("thing", "x", ListQuery(type="any"))):
        with pytest.raises((NotFound, Faults)):
            await verb
    await reader.singles(ListQuery(type="any"))
    await reader.routes()
    for text in counting.texts:
        assert "'draft'" not in text
        for column in ("document", "revision", "updated_at", "author"):
            assert f"content_entries.{column}" not in text, text
        assert not re.search(r"\bSELECT \*", text)


def test_sides_are_literals() -> None:
    sides: tuple[Side, ...] = (PUBLISHED, DRAFT, TRASH)
    assert [side.name for side in sides] == ["published", "draft", "trash"]
