"""From what is asked to finished bytes, with all that they depend on. A cache of answers belongs in front of
``Composer.compose``: its key is the ``Asked``, and what drops an answer are its ``keys``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any

import orjson
from attrs import evolve, frozen

from newel import NotFound
from newel.contracts.content import Content, ContentType, Entry, RouteRow
from newel_delivery.asking import Asked

SHOWN = ("id", "type", "locale", "path", "parent", "created_at", "published_at", "data")
CHANGE = ("entry", "type", "locale", "change", "version", "path", "at")


@frozen
class Composed:
    """A finished answer."""

    body: bytes
    etag: str
    keys: tuple[str, ...]
    """The types and entries it was made of, types first; then what it shows from outside of content (``kind:id``)."""
    locales: tuple[str, ...] = ()
    modified: str | None = None
    """When the newest part of it was published; ``None`` where parts may have gone without a trace."""
    next: str | None = None
    lasting: bool = True
    """Whether it may be kept without asking; a feed may not, as no key tells when it grows."""
    types: tuple[str, ...] = ()
    """Of the entries it is made of; of a list, its own type first."""
    entries: tuple[str, ...] = ()


class Composer:
    """Composes answers from published content."""

    def __init__(self, content: Content) -> None:
        self._content = content

    async def compose(self, asked: Asked) -> Composed:
        """Raises ``NotFound`` and ``Malformed``."""
        match asked.kind:
            case "page":
                return await self._page(asked)
            case "list":
                return await self._list(asked)
            case "one":
                entry = await self._content.get_published(
                    asked.query.type, asked.key, asked.query, private=asked.private
                )
                return _finished(entry, Parts([entry]), single=True)
            case "single":
                return await self._single(asked)
            case "singles":
                entries = await self._content.singles(asked.query, private=asked.private)
                return _finished({"data": {entry.type: entry for entry in entries}}, Parts(entries))
            case "routes":
                return await self._routes(asked)
            case "changes":
                return await self._changes(asked)
            case "locales":
                known = [one for one in await self._content.locales() if one.enabled]
                names = ("code", "label", "default", "fallback")
                return _finished({"data": [{name: getattr(one, name) for name in names} for one in known]}, Parts())

    async def _page(self, asked: Asked) -> Composed:
        depth = asked.query.depth
        target, below = await self._content.page_at(asked.key, asked.query, depth=depth, private=asked.private)
        if target.entry is None:
            return _finished({"redirect": {"location": target.redirect, "status": target.status}}, Parts())
        page = plain(target.entry)
        if depth:
            made = {target.entry.id: page} | {entry.id: plain(entry) for entry in below}
            page["children"] = []
            for entry in below:
                one = made[entry.id]
                made[entry.parent or ""].setdefault("children", []).append(one)
        return _finished(page, Parts([target.entry, *below]), single=True)

    async def _list(self, asked: Asked) -> Composed:
        page = await self._content.list_published(asked.query, private=asked.private)
        answer = {"data": page.data, "meta": {"total": page.total}, "links": {"next": page.next}}
        return _finished(answer, Parts(page.data, [asked.query.type]), following=page.next)

    async def _single(self, asked: Asked) -> Composed:
        """The one entry of a type, which must be of kind ``single``."""
        known = await self._content.types()
        if not any(_is_single(type, asked) for type in known):
            raise NotFound(f"there is no global '{asked.query.type}'")
        page = await self._content.list_published(asked.query, private=asked.private)
        if not page.data:
            raise NotFound(f"the global '{asked.query.type}' is not published")
        return _finished(page.data[0], Parts(page.data), single=True)

    async def _routes(self, asked: Asked) -> Composed:
        wanted = asked.table
        rows = await self._content.routes(wanted.locale, after=wanted.after, limit=wanted.limit, private=asked.private)
        following = rows[-1].path if len(rows) == wanted.limit else None
        answer = {"data": [_route(row) for row in rows], "links": {"next": following}}
        return _finished(answer, Parts((), sorted({row.type for row in rows if row.type})), following=following)

    async def _changes(self, asked: Asked) -> Composed:
        page = await self._content.changes(asked.feed.since, limit=asked.feed.limit, private=asked.private)
        following = page.next if page.more else None
        answer = {
            "data": [{name: getattr(one, name) for name in CHANGE} for one in page.data],
            "meta": {"next": page.next},
            "links": {"next": following},
        }
        return evolve(_finished(answer, Parts(), following=following), lasting=False)


class Parts:
    """The entries that an answer is made of, those in the place of references too."""

    def __init__(self, entries: Iterable[Entry] = (), types: Sequence[str] = ()) -> None:
        self.types = dict.fromkeys(types)
        self.ids: dict[str, None] = {}
        self.outside: dict[str, None] = {}
        self.locales: dict[str, None] = {}
        self.modified = ""
        for entry in entries:
            self._note(entry)

    def _note(self, entry: Entry) -> None:
        self.types[entry.type] = None
        self.ids[entry.id] = None
        self.outside |= dict.fromkeys(entry.outside)
        self.locales[entry.locale] = None
        self.modified = max(self.modified, entry.published_at or "")
        self._inside(entry.data.values())

    def _inside(self, values: Iterable[Any]) -> None:
        for value in values:
            if isinstance(value, Entry):
                self._note(value)
            elif isinstance(value, list):
                self._inside(value)
            elif isinstance(value, Mapping):
                self._inside(value.values())

    @property
    def keys(self) -> tuple[str, ...]:
        return (*self.types, *self.ids, *self.outside)


def plain(entry: Entry) -> dict[str, Any]:
    """An entry as JSON-like data: what readers may know of it."""
    return {name: getattr(entry, name) for name in SHOWN}


def _default(value: Any) -> Any:
    if isinstance(value, Entry):
        return plain(value)
    raise TypeError(type(value))


def _finished(answer: Any, parts: Parts, *, single: bool = False, following: str | None = None) -> Composed:
    body = orjson.dumps(answer, default=_default)
    etag = f'"{blake2b(body, digest_size=16).hexdigest()}"'
    # What is outside of content changes without a trace in the entries.
    modified = parts.modified if single and not parts.outside else None
    return Composed(
        body, etag, parts.keys, tuple(parts.locales), modified, following, types=tuple(parts.types),
        entries=tuple(parts.ids),
    )  # fmt: skip


def _is_single(type: ContentType, asked: Asked) -> bool:
    return type.name == asked.query.type and type.kind == "single" and (type.public or asked.private)


def _route(row: RouteRow) -> dict[str, Any]:
    redirect = None if row.redirect is None else {"location": row.redirect, "status": row.status}
    return {
        "path": row.path, "locale": row.locale, "entry": row.entry, "type": row.type, "redirect": redirect,
        "updated_at": row.updated_at,
    }  # fmt: skip
