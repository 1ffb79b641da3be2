"""Every operator of every kind of field, with every operand that tells two values apart, against the oracle."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import pytest
from tests.builtin_plugins.content import oracle, worlds
from tests.builtin_plugins.content.seeding import Seed, entry_id, moment
from tests.builtin_plugins.content.site import Site
from tests.builtin_plugins.content.test_query_oracle import SIDES, paged

from newel_content.query import listing

POOL: Mapping[str, Sequence[Any]] = {
    "title": worlds.ALIKE,
    "count": (-(2**63), -2, 0, 1, 2, 2**63 - 1),
    "price": (-1.5, -1, 0, 0.25, 2, 10, 100000),
    "open": (True, False),
    "day": ("1999-12-31", "2024-02-29", "2024-03-01"),
    "when": ("1999-12-31T10:00:00.000Z", "2024-02-29T10:00:00.000Z"),
    "tags": ("%", "X", "x", "yz"),
    "friend": tuple(entry_id(number) for number in range(worlds.TARGETS)),
    "friends": tuple(entry_id(number) for number in range(worlds.TARGETS)),
}
LOCAL = frozenset(("title", "count", "day"))
ORDER = ("_lt", "_lte", "_gt", "_gte")
TEXTUAL = ("_contains", "_icontains", "_starts_with", "_ends_with")


def dense() -> worlds.Sample:
    """Thirty entries of few values, some of them lacking, published in one locale, in both, or in none."""
    chance = random.Random(8)

    def values(names: Sequence[str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name in names:
            if name in oracle.MANY:
                found[name] = chance.sample(POOL[name], chance.randrange(3))
            elif chance.randrange(4):
                found[name] = chance.choice(POOL[name])
        return {name: value for name, value in found.items() if value != []}

    def seed(names: Sequence[str], local: frozenset[str], number: int) -> Seed:
        return Seed(
            shared=values([name for name in names if name not in local]),
            local={code: values([name for name in names if name in local]) for code in worlds.LOCALES},
            published={code: {} for code in (("en",), ("de",), ("en", "de"), ())[number % 4]},
            at=number % 5, first=number % 3, again=number % 3 + number % 2,
        )  # fmt: skip

    targets = [seed(("title", "count"), frozenset(("title",)), number) for number in range(worlds.TARGETS)]
    return worlds.Sample(LOCAL, targets, [seed(tuple(POOL), LOCAL, number) for number in range(30)])


def filters(name: str) -> Iterator[dict[str, Any]]:
    """Conditions on a field: each operator with each value, with two of them, and as one test of several."""
    pool = POOL[name]
    yield from ({operator: yes} for operator in ("_null", "_nnull", "_empty", "_nempty") for yes in (True, False))
    for value in pool:
        yield from ({operator: value} for operator in ("_eq", "_neq"))
    for pair in pairwise(pool):
        yield from ({operator: list(pair)} for operator in ("_in", "_nin"))
    yield {"_in": list(pool[:1]) * 3 + list(pool[-2:])}
    if name in ("friend", "friends"):
        yield from _through(pool)
        return
    for value in pool:
        yield from ({operator: value} for operator in ORDER)
    yield from ({"_between": [one, other]} for one in pool for other in pool)
    if name in ("title", "tags"):
        yield from ({operator: value} for operator in TEXTUAL for value in pool if value)
    if name == "tags":
        for one in pool:
            yield from ({some: {"_gte": one, "_lte": other}} for some in ("_some", "_none") for other in pool)


def _through(pool: Sequence[Any]) -> Iterator[dict[str, Any]]:
    inner: list[dict[str, Any]] = [
        {"title": {"_null": True}}, {"title": {"_nempty": True}}, {"count": {"_gte": 0}},
        {"_not": {"count": {"_gte": 0}}},
        *({"title": {"_eq": value}} for value in worlds.ALIKE), *({"count": {"_eq": value}} for value in POOL["count"]),
        {"title": {"_gte": "a"}, "count": {"_lt": 2}}, {"_or": [{"title": {"_eq": "a"}}, {"count": {"_eq": 2}}]},
    ]  # fmt: skip
    for some in ("_some", "_none"):
        yield from ({some: one} for one in inner)
        yield from ({some: {"_eq": value, "count": {"_gte": -2}}} for value in pool)


@pytest.mark.parametrize("few", [-1, 1000], ids=["walked", "gathered"])
@pytest.mark.parametrize("name", POOL)
async def test_every_operator(site: Site, monkeypatch: pytest.MonkeyPatch, name: str, few: int) -> None:
    """For readers of one locale, for those with a fallback, and among drafts; both ways of finding them."""
    monkeypatch.setattr(listing, "FEW", few)
    sample = dense()
    await worlds.planted(site, sample)
    await site.run("locales.update", code="de", fallback="en")
    for locale, chain in SIDES:
        world = worlds.seen(sample, chain, locale)
        for wanted in filters(name):
            expected = [thing.id for thing in world.things if oracle.passes(world, thing, {name: wanted})]
            query = {"filter": {name: wanted}, "sort": ("id",), "limit": 100}
            assert expected == await paged(site, locale, chain is None, **query), (locale, chain, query)


COLUMNS: Mapping[str, Sequence[str]] = {
    "id": [entry_id(number) for number in (99, 100, 104, 120)],
    "created_at": [moment(number) for number in range(5)],
    "updated_at": [moment(number) for number in range(5)],
}


@pytest.mark.parametrize("name", COLUMNS)
async def test_every_operator_of_a_column(site: Site, name: str) -> None:
    sample = dense()
    await worlds.planted(site, sample)
    for locale, chain in SIDES[::2]:
        world = worlds.seen(sample, chain, locale)
        wanted = [{operator: value} for operator in ("_eq", "_neq", *ORDER) for value in COLUMNS[name]]
        pairs = [{operator: list(pair)} for operator in ("_in", "_nin", "_between") for pair in pairwise(COLUMNS[name])]
        for one in [*wanted, *pairs]:
            expected = [thing.id for thing in world.things if oracle.passes(world, thing, {name: one})]
            query = {"filter": {name: one}, "sort": ("id",), "limit": 100}
            assert expected == await paged(site, locale, chain is None, **query), (locale, chain, query)
