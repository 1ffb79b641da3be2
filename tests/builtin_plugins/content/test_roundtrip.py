"""Whatever is accepted comes back the same: through a draft, a version and a restore."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.builtin_plugins.content.site import field, opened

CHOICES = {"choices": [{"value": "a"}, {"value": "b"}, {"value": "ç"}]}
FIELDS = [
    field("line", localized=True, indexed=True),
    field("area", "textarea", indexed=True),
    field("mark", "markdown", localized=True),
    field("mail", "email"),
    field("link", "url"),
    field("sum", "number", options={"exact": True}, indexed=True),
    field("size", "number", indexed=True, localized=True),
    field("count", "integer", indexed=True),
    field("open", "boolean", indexed=True),
    field("day", "date", indexed=True),
    field("hour", "time"),
    field("moment", "datetime", indexed=True),
    field("one", "select", options=CHOICES, indexed=True),
    field("several", "multiselect", options=CHOICES, indexed=True),
    field("words", "tags", indexed=True, localized=True),
    field("tone", "color"),
    field("extra", "json"),
    field("place", "geo"),
    field("body", "blocks", localized=True),
]
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=300)
LINE = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=300)
INTEGERS = st.integers(-(2**63), 2**63 - 1)
FLOATS = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15)
SMALL = st.floats(allow_nan=False, allow_infinity=False, min_value=-90, max_value=90)
PLAIN = st.none() | st.booleans() | INTEGERS | FLOATS | TEXT
JSON = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=8
)
WORD = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=20)
MOMENTS = st.datetimes().map(lambda one: one.isoformat(timespec="milliseconds") + "Z")
BLOCK = st.fixed_dictionaries({"text": st.none() | TEXT, "more": JSON})


def blocks(data: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"id": f"b{number}", "type": "piece", "data": one} for number, one in enumerate(data)]


VALUES = st.fixed_dictionaries(
    {
        "line": LINE,
        "area": TEXT,
        "mark": TEXT,
        "mail": st.sampled_from(["a@example.org", "Ä.b+c@exämple.org"]),
        "link": st.sampled_from(["https://example.org/ä?b#c", "/x", "#y", "mailto:a@example.org"]),
        "sum": st.integers(-(10**12), 10**12).map(lambda cents: f"{cents}.25"),
        "size": FLOATS.filter(lambda one: abs(one) > 1e-300 or one == 0).map(lambda one: one or 0.0),
        "count": INTEGERS,
        "open": st.booleans(),
        "day": st.dates().map(str),
        "hour": st.times().map(lambda one: one.isoformat("seconds")),
        "moment": MOMENTS,
        "one": st.sampled_from(["a", "b", "ç"]),
        "several": st.lists(st.sampled_from(["a", "b", "ç"]), unique=True),
        "words": st.lists(WORD, unique=True, max_size=5),
        "tone": st.sampled_from(["#fff", "#A1b2C3", "#12345678"]),
        "extra": JSON.filter(lambda one: one is not None),
        "place": st.fixed_dictionaries({"lat": SMALL, "lng": SMALL}),
        "body": st.lists(BLOCK, max_size=3).map(blocks),
    }
).flatmap(lambda whole: st.sets(st.sampled_from(sorted(whole))).map(lambda gone: {**whole, **dict.fromkeys(gone)}))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(VALUES, VALUES)
def test_every_value_comes_back(first: dict[str, Any], second: dict[str, Any]) -> None:
    asyncio.run(_there_and_back(first, second))


async def _there_and_back(first: dict[str, Any], second: dict[str, Any]) -> None:
    async with opened() as site:
        await site.type("piece", field("text", "textarea"), field("more", "json"), kind="block")
        await site.type("thing", *FIELDS)
        made = await site.create("thing", **first)
        assert made.data == first
        assert (await site.get(made)).data == first
        await site.on("publish", made)
        assert (await site.get(made, status="published")).data == first
        replaced = await site.on("replace", made, data=second)
        assert replaced.data == second
        assert (await site.get(made, status="published")).data == first
        assert (await site.on("restore", made, number=1)).data == first
        again = await site.on("replace", made, data=first)
        assert (again.revision, again.state["en"]) == ((await site.get(made)).revision, "published")
