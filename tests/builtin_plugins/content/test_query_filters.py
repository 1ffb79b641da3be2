"""Filters and orders: what they refuse, in which words, and what their variables mean."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.builtin_plugins.content.site import Site, field, pointers

from newel import FromText, Malformed
from newel.contracts.content import ListQuery
from newel_content.query.operands import moment

NOW = datetime(2024, 3, 31, 12, tzinfo=UTC)


@pytest.fixture
async def things(site: Site) -> Site:
    """A type ``thing`` with one field of each kind that matters here, and a hidden type behind a reference."""
    await site.type("secret", field("word", indexed=True), public=False)
    await site.type("author", field("name", indexed=True), field("boss", "reference", options={"targets": ["author"]}))
    await site.type(
        "thing",
        field("title", indexed=True),
        field("size", "integer", indexed=True),
        field("day", "date", indexed=True),
        field("tags", "tags", indexed=True),
        field("plain"),
        field("body", "json"),
        field("author", "reference", indexed=True, options={"targets": ["author"]}),
        field("secret", "reference", indexed=True, options={"targets": ["secret"]}),
        field("anything", "reference", indexed=True),
    )
    return site


async def faults(site: Site, **query: Any) -> set[tuple[str, str]]:
    with pytest.raises(Malformed) as error:
        await site.run("content.list", type="thing", **query)
    return pointers(error.value)


REFUSED: list[tuple[Any, set[tuple[str, str]]]] = [
    ({"nope": 1}, {("/filter/nope", "unknown")}),
    ({"plain": {"_eq": "x"}}, {("/filter/plain", "not_indexed")}),
    ({"body": {"_eq": "x"}}, {("/filter/body", "not_indexed")}),
    ({"size": {"_eq": "x"}}, {("/filter/size/_eq", "type")}),
    ({"size": {"_eq": None}}, {("/filter/size/_eq", "type")}),
    ({"size": {"_eq": [1]}}, {("/filter/size/_eq", "type")}),
    ({"size": {"_eq": {"a": 1}}}, {("/filter/size/_eq", "type")}),
    ({"size": {"_contains": "1"}}, {("/filter/size/_contains", "operator")}),
    ({"size": {"_nope": 1}}, {("/filter/size/_nope", "unknown")}),
    ({"size": {"eq": 1}}, {("/filter/size/eq", "unknown")}),
    ({"size": {"_in": []}}, {("/filter/size/_in", "count")}),
    ({"size": {"_in": 3}}, {("/filter/size/_in", "type")}),
    ({"size": {"_in": list(range(101))}}, {("/filter/size/_in", "count")}),
    ({"size": {"_between": [1]}}, {("/filter/size/_between", "count")}),
    ({"size": {"_null": "yes"}}, {("/filter/size/_null", "type")}),
    ({"size": {"_some": {"_eq": 1}}}, {("/filter/size/_some", "operator")}),
    ({"day": {"_lt": "soon"}}, {("/filter/day/_lt", "format")}),
    ({"day": {"_lt": "$NOW(-1 fortnight)"}}, {("/filter/day/_lt", "format")}),
    ({"title": {"_contains": ""}}, {("/filter/title/_contains", "type")}),
    ({"title": {"_eq": "x" * 256}}, {("/filter/title/_eq", "max_length")}),
    ({"title": {"_eq": "a\0b"}}, {("/filter/title/_eq", "characters")}),
    ({"title": {"_eq": "\ud800"}}, {("/filter/title/_eq", "characters")}),
    ({"tags": {"_some": {"_neq": "x"}}}, {("/filter/tags/_some/_neq", "operator")}),
    ({"tags": {"_some": {"name": "x"}}}, {("/filter/tags/_some/name", "unknown")}),
    ({"tags": {"_some": {}}}, {("/filter/tags/_some", "type")}),
    ({"author": {"_lt": "x"}}, {("/filter/author/_lt", "operator")}),
    ({"author": {"nope": 1}}, {("/filter/author/_some/nope", "unknown")}),
    ({"author": {"boss": {"_eq": "x"}}}, {("/filter/author/_some/boss", "not_indexed")}),
    ({"anything": {"_some": {"name": 1}}}, {("/filter/anything/_some", "target")}),
    ({"_and": {}}, {("/filter/_and", "type")}),
    ({"_or": []}, {("/filter/_or", "type")}),
    ({"_or": [{}]}, {("/filter/_or/0", "type")}),
    ({"_not": []}, {("/filter/_not", "type")}),
    ({"_nor": [{"size": 1}]}, {("/filter/_nor", "unknown")}),
    ({"id": {"_contains": "x"}}, {("/filter/id/_contains", "operator")}),
    ({"created_at": {"_gt": "yesterday"}}, {("/filter/created_at/_gt", "format")}),
    ({"parent": {"_gt": "x"}}, {("/filter/parent/_gt", "operator")}),
    ({"document": {"_eq": "x"}}, {("/filter/document", "unknown")}),
    ({"deleted_at": {"_null": True}}, {("/filter/deleted_at", "unknown")}),
    ({"a'b\" --": 1}, {("/filter/a'b\" --", "unknown")}),
    ({"size": {"_eq": "x"}, "nope": 1}, {("/filter/size/_eq", "type"), ("/filter/nope", "unknown")}),
]


@pytest.mark.parametrize(("wanted", "expected"), REFUSED)
async def test_refused_with_the_place(things: Site, wanted: Any, expected: set[tuple[str, str]]) -> None:
    assert await faults(things, filter=wanted) == expected


def nested(levels: int) -> Mapping[str, Any]:
    return {"size": 1} if levels == 1 else {"_not": nested(levels - 1)}


async def test_depth_has_a_limit(things: Site) -> None:
    await things.run("content.list", type="thing", filter=nested(5))
    assert await faults(things, filter=nested(6)) == {("/filter/_not/_not/_not/_not/_not", "depth")}


async def test_a_very_deep_filter_is_not_even_walked(things: Site) -> None:
    deep: Any = {"size": 1}
    for _ in range(300):
        deep = {"_not": deep}
    assert {code for _, code in await faults(things, filter=deep)} == {"depth"}


async def test_conditions_have_a_limit(things: Site) -> None:
    await things.run("content.list", type="thing", filter={"_or": [{"size": number} for number in range(49)]})
    over = {"_or": [{"size": number if number < 60 else "not even read"} for number in range(2000)]}
    assert {code for _, code in await faults(things, filter=over)} == {"count"}


@pytest.mark.parametrize(
    ("sort", "code"),
    [
        ("nope", "unknown"), ("plain", "not_indexed"), ("tags", "not_sortable"), ("author", "not_sortable"),
        ("body", "not_sortable"), ("parent", "not_sortable"), ("published_at", "not_sortable"),
        ("size desc", "unknown"), ("--size", "unknown"),
        ("author.name", "unknown"), ("document", "unknown"), ("id;drop table", "unknown"),
    ],
)  # fmt: skip
async def test_orders_that_are_refused(things: Site, sort: str, code: str) -> None:
    assert await faults(things, sort=[sort]) == {("/sort/0", code)}


async def test_an_order_names_nothing_twice(things: Site) -> None:
    assert await faults(things, sort=["size", "-size"]) == {("/sort/1", "duplicate")}


async def test_refusals_do_not_depend_on_what_is_there(things: Site) -> None:
    """The same words for a value that exists and one that does not, before and after anything exists."""

    async def told() -> list[str]:
        return [str((await failed(things, wanted)).problems) for wanted, _ in REFUSED]

    before = await told()
    made = await things.create("thing", title="x", size=1, plain="x")
    await things.on("publish", made)
    assert before == await told()


async def failed(site: Site, wanted: Any) -> Malformed:
    with pytest.raises(Malformed) as error:
        await site.run("content.list", type="thing", filter=wanted)
    return error.value


async def test_a_reference_to_a_hidden_type_cannot_be_looked_through(things: Site) -> None:
    reader = things.app.plugins["content"].reader  # type: ignore[attr-defined]  # the plugin's own
    query = things.app.structurer.structure({"type": "thing", "filter": {"secret": {"word": "x"}}}, ListQuery)
    with pytest.raises(Malformed) as error:
        await reader.list_published(query)
    assert pointers(error.value) == {("/filter/secret/_some", "target")}
    assert (await reader.list_published(query, private=True)).data == ()


async def test_operands_as_text(things: Site) -> None:
    """A query string has no types: commas make lists, the field says what a number is."""
    for size in (1, 2, 3, None):
        await things.create("thing", size=size, tags=["a"] if size == 1 else [])

    async def sizes(wanted: Any) -> list[Any]:
        page = await things.run("content.list", type="thing", filter=wanted, sort=["size"])
        return [entry.data["size"] for entry in page.data]

    assert await sizes({"size": {"_in": FromText("1, 3")}}) == [1, 3]
    assert await sizes({"size": {"_between": FromText("2,9")}}) == [2, 3]
    assert await sizes({"size": FromText("2")}) == [2]
    assert await sizes({"size": {"_null": FromText("true")}}) == [None]
    assert await sizes({"size": {"_null": FromText("false")}, "tags": {"_empty": FromText("true")}}) == [2, 3]
    assert await faults(things, filter={"size": {"_in": "1,3"}}) == {("/filter/size/_in", "type")}


async def test_now(things: Site) -> None:
    """``$NOW`` is the time of the question; for a day it is that day."""
    today = things.app.clock.now().date().isoformat()
    await things.create("thing", day=today)
    for wanted, found in (({"day": "$NOW"}, 1), ({"day": {"_gt": "$NOW"}}, 0), ({"day": {"_gt": "$NOW(-1 days)"}}, 1)):
        page = await things.run("content.list", type="thing", filter=wanted)
        assert len(page.data) == found, wanted
    page = await things.run("content.list", type="thing", filter={"created_at": {"_gte": "$NOW(-1 hours)"}})
    assert len(page.data) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$NOW", "2024-03-31T12:00:00.000Z"),
        ("$NOW(-7 days)", "2024-03-24T12:00:00.000Z"),
        ("$NOW(+90 minutes)", "2024-03-31T13:30:00.000Z"),
        ("$NOW(-1 month)", "2024-02-29T12:00:00.000Z"),
        ("$NOW(-13 months)", "2023-02-28T12:00:00.000Z"),
        ("$NOW(-1 year)", "2023-03-31T12:00:00.000Z"),
        ("$NOW(1 week)", "2024-04-07T12:00:00.000Z"),
        ("$NOW()", None),
        ("$NOW(1 fortnight)", None),
        ("now", None),
    ],
)
def test_moments(text: str, expected: str | None) -> None:
    assert expected == moment(text, NOW)


@pytest.mark.parametrize("text", ["$NOW(-999999 years)", "$NOW(999999 years)", "$NOW(-999999 weeks)"])
def test_moments_beyond_time(text: str) -> None:
    with pytest.raises(ValueError, match="no such time"):
        moment(text, NOW)


async def test_bare_values_and_references_are_short_for_operators(things: Site) -> None:
    author = await things.create("author", name="Ada")
    one = await things.create("thing", title="x", author=author.id)
    for wanted in (
        {"title": "x"}, {"author": author.id}, {"author": {"name": "Ada"}},
        {"author": {"_some": {"name": {"_eq": "Ada"}}}},
        {"author": {"_some": {"_eq": author.id, "name": "Ada"}}}, {"author": {"_none": {"name": "Bo"}}},
    ):  # fmt: skip
        page = await things.run("content.list", type="thing", filter=wanted)
        assert [entry.id for entry in page.data] == [one.id], wanted


async def test_long_texts_compare_by_their_beginning(things: Site) -> None:
    """The index holds 255 characters as written and 191 folded ones; what lies behind is not found."""
    await things.create("thing", title="a" * 180 + "needle" + "b" * 100)
    for operand, found in (("needle", 1), ("b" * 6, 0)):
        page = await things.run("content.list", type="thing", filter={"title": {"_contains": operand}})
        assert len(page.data) == found


async def test_a_cursor_is_of_one_list(things: Site) -> None:
    """Any other list refuses it, and so does its own once it is damaged; what it takes, it goes on with."""
    for size in range(3):
        await things.on("publish", await things.create("thing", title="x", size=size))
    own: dict[str, Any] = {"type": "thing", "sort": ["size"], "filter": {"title": "x"}, "limit": 1}
    cursor = (await things.run("content.list", **own)).links.next
    assert [one.data["size"] for one in (await things.run("content.list", **own, cursor=cursor)).data] == [1]
    others: list[dict[str, Any]] = [
        {"sort": ["-size"]}, {"sort": ["title"]}, {"sort": ["size", "title"]}, {"filter": {"title": "y"}},
        {"filter": {}},
        {"status": "published"}, {"locale": "de"}, {"type": "author", "sort": ["name"], "filter": {}},
        {"cursor": cursor[:-2]}, {"cursor": cursor + "AA"}, {"cursor": ""}, {"cursor": "\xe4"}, {"cursor": "A" * 40},
        {"cursor": cursor.swapcase()},
    ]  # fmt: skip
    for other in others:
        with pytest.raises(Malformed) as error:
            await things.run("content.list", **{**own, "cursor": cursor, **other})
        assert pointers(error.value) == {("/cursor", "cursor")}, other


async def test_limits_are_reached_exactly(things: Site) -> None:
    """What a limit says still passes; one more does not (which is tested above)."""
    await things.run("content.list", type="thing", filter={"size": {"_in": list(range(100))}})
    await things.run("content.list", type="thing", filter={"_or": [{"size": number} for number in range(49)]})


async def test_one_reference_is_followed_and_no_second(things: Site) -> None:
    await things.type("book", field("writer", "reference", indexed=True, options={"targets": ["book"]}), field("name"))
    await things.run("content.list", type="book", filter={"writer": {"writer": {"_null": True}}})
    with pytest.raises(Malformed) as error:
        await things.run("content.list", type="book", filter={"writer": {"writer": {"writer": {"_null": True}}}})
    assert pointers(error.value) == {("/filter/writer/_some/writer/_some", "depth")}
