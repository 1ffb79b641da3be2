"""What lists ask of the database: how often, in which words, and by which index."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.builtin_plugins.content import worlds
from tests.builtin_plugins.content.seeding import watched
from tests.builtin_plugins.content.site import Site

from newel import Malformed, NotFound
from newel.contracts.content import ListQuery
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
        "inner",
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
        "nulls",
        "first",
        "last",
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

    def __init__(self, render: Any, dialect: str) -> None:
        self.render = render
        self.dialect = dialect
        self.asked: list[tuple[str, Mapping[str, Any]]] = []

    async def fetch_all(self, statement: str, values: Any = None) -> list[Any]:
        self.asked.append((statement, values))
        return []

    async def fetch_one(self, statement: str, values: Any = None) -> Any:
        self.asked.append((statement, values))
        return {"n": 0, "w0": 5, "w1": 5000, "w2": 7}


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)
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
    render, dialect, catalogue, clock = frame
    database = Listening(render, dialect)
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
    return site.store.db.render, site.store.db.dialect, catalogue, site.app.clock


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


async def test_statements_per_list(things: Site, subtests: pytest.Subtests) -> None:
    """One for the catalogue, one for the page; one more to weigh conditions, one more to count. Not one per entry."""
    reader = things.app.plugins["content"].reader  # type: ignore[attr-defined]  # the plugin's own
    counting = watched(things.store, reader)
    for query, expected in COUNTS:
        with subtests.test(str(query)):
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
