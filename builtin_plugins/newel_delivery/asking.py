"""Requests as values: what is asked for, read and checked."""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

from attrs import field, frozen

from newel import FromText, Malformed, Max, MaxLength, Min, NotFound
from newel.bounds import Faults
from newel.contracts.content import ListQuery
from newel.contracts.http import HttpRequest
from newel.structure import Structurer

T = TypeVar("T")
ONE = {
    "locale": "The locale; empty: the default one.",
    "fallback": "`false`: no gap is filled from the locale's fallback.",
    "fields": "Only these fields, as a comma list; dotted through what is expanded (`author.name`).",
    "expand": "References to answer in full, as a comma list, up to three levels deep (`author.employer,body.post`).",
}
PAGE = ONE | {"depth": "How many levels of pages below to answer as well, 0 to 3."}
MANY = ONE | {
    "filter[]": "Conditions, e.g. `filter[price][_gte]=10`, or JSON.",
    "sort": "Field names as a comma list, up to four, `-` for descending.",
    "limit": "Entries a page, up to 100; 25 where none is given.",
    "cursor": "Where the previous page ended (`links.next`).",
    "count": "`exact` counts all entries into `meta.total`.",
}
TABLE = {
    "locale": "The locale; empty: the default one.",
    "after": "Only paths behind this one (`links.next`).",
    "limit": "Rows a page, up to 1,000.",
}
FEED = {
    "since": "The token of the last answer (`meta.next`); empty: from the beginning.",
    "limit": "Changes a page, up to 1,000; 100 where none is given.",
}
Kind = Literal["page", "list", "one", "single", "singles", "routes", "locales", "changes"]


@frozen(kw_only=True)
class PageQuery(ListQuery):
    """A page, and what is below it."""

    depth: Annotated[int, "Levels of pages below.", Min(0), Max(3)] = 0


@frozen(kw_only=True)
class TableQuery:
    """A part of the route table."""

    locale: str | None = None
    after: Annotated[str | None, "The last path of the previous page.", MaxLength(700)] = None
    limit: Annotated[int, "Rows a page.", Min(1), Max(1000)] = 1000


@frozen(kw_only=True)
class FeedQuery:
    """A part of what changed."""

    since: Annotated[str | None, "The token of the last answer.", MaxLength(500)] = None
    limit: Annotated[int, "Changes a page.", Min(1), Max(1000)] = 100


@frozen(kw_only=True)
class Asked:
    """What an answer is composed from, and nothing else: two equal ones have the same answer."""

    kind: Kind
    query: PageQuery = field(factory=lambda: PageQuery(type="any"))
    table: TableQuery = field(factory=TableQuery)
    feed: FeedQuery = field(factory=FeedQuery)
    key: str = ""
    """The path, id or slug."""
    private: bool = False
    """Whether types that are not public are there."""


def parameters(structurer: Structurer, request: HttpRequest, kind: type[T], **more: str) -> T:
    """The query parameters as a value. Raises ``Malformed``; ``NotFound`` for what cannot be a type's name."""
    given = {**request.nested, **{name: FromText(value) for name, value in more.items()}}
    try:
        return structurer.structure(given, kind)
    except Faults as faults:
        if any(problem.pointer == "/type" for problem in faults.problems):
            raise NotFound("there is no such content type") from None
        raise Malformed("the query is not valid", problems=faults.problems) from None
