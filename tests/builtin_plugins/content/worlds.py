"""Random types, entries and queries (hypothesis), in the database and as the oracle sees them."""

# ruff: noqa: RUF001 - letters that fold in odd ways are the point

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen
from hypothesis import strategies as st
from tests.builtin_plugins.content import oracle
from tests.builtin_plugins.content.seeding import Seed, entry_id, moment, seed
from tests.builtin_plugins.content.site import Site, field

LETTERS = "aAbBéßıİ%_! \U0001f9f6\ue000"
ALIKE = ("", "a", "A", "aB", "Ab", "ab", "ss", "ß", "a_", "ax", "%", "!")
"""Texts that differ in case, fold to the same, or are patterns: few, so that filters and values meet."""
TEXTS = st.sampled_from(ALIKE) | st.text(LETTERS, max_size=4)
DATES = st.sampled_from(("2024-02-29", "2024-03-01", "1999-12-31"))
TARGETS = 4
VALUES: Mapping[str, st.SearchStrategy[Any]] = {
    "title": TEXTS,
    "count": st.integers(-2, 2) | st.sampled_from((-(2**63), 2**63 - 1)),
    "price": st.sampled_from((-1.5, -1, 0, 0.25, 2, 10, 100000)),
    "open": st.booleans(),
    "day": DATES,
    "when": DATES.map(lambda day: f"{day}T10:00:00.000Z"),
    "tags": st.lists(st.sampled_from(("x", "X", "yz", "%")), max_size=3, unique=True),
    "friend": st.integers(0, TARGETS - 1).map(entry_id),
    "friends": st.lists(st.integers(0, TARGETS - 1).map(entry_id), max_size=3, unique=True),
}
TYPES: Mapping[str, dict[str, Any]] = {
    "title": {"type": "text"},
    "count": {"type": "integer"},
    "price": {"type": "number"},
    "open": {"type": "boolean"},
    "day": {"type": "date"},
    "when": {"type": "datetime"},
    "tags": {"type": "tags"},
    "friend": {"type": "reference", "options": {"targets": ["target"]}},
    "friends": {"type": "reference", "options": {"targets": ["target"], "many": True}},
}
SINGLE = ("title", "count", "price", "open", "day", "when")
COLUMNS = ("id", "created_at", "updated_at")
LOCALES = ("en", "de")


@frozen
class Sample:
    """Entries of two types. ``local``: which fields are localised."""

    local: frozenset[str]
    targets: Sequence[Seed]
    things: Sequence[Seed]


def values(names: Sequence[str]) -> st.SearchStrategy[dict[str, Any]]:
    chosen = {name: st.none() | VALUES[name] for name in names}
    return st.fixed_dictionaries(chosen).map(
        lambda found: {name: value for name, value in found.items() if value is not None and value != []}
    )


@st.composite
def samples(draw: st.DrawFn) -> Sample:
    local = frozenset(name for name in SINGLE if draw(st.booleans()))
    targets = draw(st.lists(_seeds(("title", "count"), frozenset(("title",))), min_size=TARGETS, max_size=TARGETS))
    least = draw(st.sampled_from((0, 3, 6)))  # left to itself, hypothesis makes two or three
    things = draw(st.lists(_seeds(tuple(VALUES), local), min_size=least, max_size=9))
    return Sample(local, targets, things)


@st.composite
def _seeds(draw: st.DrawFn, names: Sequence[str], local: frozenset[str]) -> Seed:
    shared = draw(values([name for name in names if name not in local]))
    localized = {code: draw(values([name for name in names if name in local])) for code in LOCALES}
    published = {}
    for code in LOCALES:
        if draw(st.booleans()):
            # Every now and then readers see other values than those of the draft.
            other = draw(values(names)) if draw(st.booleans()) else {}
            published[code] = {name: other.get(name) for name in names} if other else {}
    first = draw(st.integers(0, 3))
    return Seed(
        shared=shared, local=localized, published=published, at=draw(st.integers(0, 3)), first=first,
        again=first + draw(st.integers(0, 1)),
    )  # fmt: skip


async def planted(site: Site, sample: Sample) -> None:
    """Puts a sample into the database."""
    both = dict.fromkeys(("title", "count"))
    await site.type("target", *(field(name, **TYPES[name], indexed=True, localized=name == "title") for name in both))
    await site.type(
        "thing", *(field(name, **TYPES[name], indexed=True, localized=name in sample.local) for name in TYPES)
    )
    catalogue = await site.store.catalogue.load(site.store.db)
    await seed(site.store, catalogue.model("target"), catalogue, sample.targets)
    await seed(site.store, catalogue.model("thing"), catalogue, sample.things, start=100)


def seen(sample: Sample, chain: Sequence[str] | None, draft: str = "en") -> oracle.World:
    """The sample through a reader's eyes: published in a chain of locales, or (``None``) the drafts of one locale."""
    if chain is None:
        things = [_draft(one, entry_id(100 + number), draft) for number, one in enumerate(sample.things)]
        targets = {
            entry_id(number): [_draft(one, entry_id(number), draft)] for number, one in enumerate(sample.targets)
        }
        return oracle.World(things, targets)
    things = []
    for number, one in enumerate(sample.things):
        code = next((code for code in chain if code in one.published), None)
        if code is not None:
            things.append(_published(one, entry_id(100 + number), code))
    targets = {
        entry_id(number): [_published(one, entry_id(number), code) for code in chain if code in one.published]
        for number, one in enumerate(sample.targets)
    }
    return oracle.World(things, targets)


def _draft(one: Seed, id: str, code: str) -> oracle.Thing:
    times = {"created_at": moment(one.at), "updated_at": moment(one.at)}
    return oracle.Thing(id, {**one.shared, **one.local.get(code, {})}, times)


def _published(one: Seed, id: str, code: str) -> oracle.Thing:
    found = {**one.shared, **one.local.get(code, {}), **one.published[code]}
    times = {
        "created_at": moment(one.at), "updated_at": moment(one.again or one.first),
        "published_at": moment(one.again or one.first), "first_published_at": moment(one.first),
    }  # fmt: skip
    return oracle.Thing(id, {name: value for name, value in found.items() if value is not None}, times)


# -- queries ----------------------------------------------------------------------------------------------------------


def _tests(name: str) -> st.SearchStrategy[dict[str, Any]]:
    """Operators of a field with operands, one or two of them."""
    item = {"tags": st.sampled_from(("x", "X", "yz", "%")), "friends": VALUES["friend"]}.get(name, VALUES.get(name))
    assert item is not None
    equal: dict[str, Any] = {
        "_eq": item, "_neq": item, "_in": st.lists(item, min_size=1, max_size=5),
        "_nin": st.lists(item, min_size=1, max_size=2),
    }  # fmt: skip
    empty: dict[str, Any] = {one: st.booleans() for one in ("_null", "_nnull", "_empty", "_nempty")}
    order: dict[str, Any] = dict.fromkeys(("_lt", "_lte", "_gt", "_gte"), item)
    order["_between"] = st.lists(item, min_size=2, max_size=2)
    text: dict[str, Any] = {}
    if name in ("title", "tags"):
        text = {one: st.text(LETTERS + "xyz", min_size=1, max_size=2) for one in (
            "_contains", "_icontains", "_starts_with", "_ends_with")}  # fmt: skip
    if name in ("friend", "friends"):
        inner = st.fixed_dictionaries({"_eq": item}) | _deferred_target()
        known = equal | empty | {"_some": inner, "_none": inner}
    elif name == "tags":
        positive = dict((order | text | {"_eq": item}).items())
        inner = st.fixed_dictionaries({}, optional=positive).filter(bool)
        known = equal | empty | order | text | {"_some": inner, "_none": inner}
    else:
        known = equal | empty | order | text
    one = st.sampled_from(sorted(known)).flatmap(lambda operator: st.fixed_dictionaries({operator: known[operator]}))
    return one | st.tuples(one, one).map(lambda pair: pair[0] | pair[1])


def _deferred_target() -> st.SearchStrategy[dict[str, Any]]:
    names = st.deferred(
        lambda: st.fixed_dictionaries({}, optional={"title": _tests("title"), "count": _tests("count")})
    )
    plain = names.filter(bool)
    return (
        plain
        | st.lists(plain, min_size=1, max_size=2).map(lambda parts: {"_or": parts})
        | plain.map(lambda part: {"_not": part})
    )


def _columns() -> st.SearchStrategy[dict[str, Any]]:
    ids = st.integers(99, 110).map(entry_id)
    times = st.integers(0, 4).map(moment)
    return st.one_of(
        st.fixed_dictionaries({"id": st.sampled_from(("_eq", "_neq", "_lt", "_gte")).flatmap(
            lambda operator: st.fixed_dictionaries({operator: ids}))}),
        st.fixed_dictionaries({"id": st.fixed_dictionaries({"_in": st.lists(ids, min_size=1, max_size=6)})}),
        st.fixed_dictionaries({"created_at": st.sampled_from(("_eq", "_lt", "_gte")).flatmap(
            lambda operator: st.fixed_dictionaries({operator: times}))}),
        st.fixed_dictionaries({"updated_at": st.sampled_from(("_neq", "_lte", "_gt")).flatmap(
            lambda operator: st.fixed_dictionaries({operator: times}))}),
    )  # fmt: skip


def _leaf() -> st.SearchStrategy[dict[str, Any]]:
    fields = st.sampled_from(sorted(VALUES)).flatmap(lambda name: st.fixed_dictionaries({name: _tests(name)}))
    return fields | fields | fields | _columns()


_CONDITIONS = st.recursive(
    _leaf(),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"_and": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"_or": parts}),
        inner.map(lambda part: {"_not": part}),
        st.tuples(inner, inner).map(lambda pair: pair[0] | pair[1]),
    ),
    max_leaves=5,
)


def _depth(wanted: Mapping[str, Any]) -> int:
    """How deep a filter is nested; a reference that is followed counts as a level."""
    below = [0]
    for name, inner in wanted.items():
        if name in ("_and", "_or"):
            below += [_depth(one) for one in inner]
        elif name == "_not":
            below.append(_depth(inner))
        elif name in ("friend", "friends"):
            below += [_depth(inner[some]) for some in ("_some", "_none") if some in inner]
    return 1 + max(below)


_CONDITIONS = _CONDITIONS.filter(lambda wanted: _depth(wanted) <= 5)  # deeper ones are refused
FILTERS: st.SearchStrategy[dict[str, Any]] = st.integers(0, 7).flatmap(lambda n: _CONDITIONS if n else st.just({}))
SORTS = st.lists(
    st.tuples(st.sampled_from((*SINGLE, *COLUMNS)), st.booleans()), max_size=4, unique_by=lambda key: key[0]
).map(lambda keys: tuple(f"{'-' if down else ''}{name}" for name, down in keys))
