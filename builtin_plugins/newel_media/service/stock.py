"""What the library holds: tags and sums."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from attrs import frozen

from newel import Call, Max, MaxLength, Min, operation
from newel_media.permissions import MEDIA_READ
from newel_media.service.texts import tagged

if TYPE_CHECKING:
    from newel_media.config import MediaConfig
    from newel_media.store import Store

PEOPLE = 100
"""Of those with the most bytes."""


@frozen(kw_only=True)
class TagQuery:
    """Which tags, in order."""

    prefix: Annotated[str, "Only those that begin so.", MaxLength(64)] = ""
    limit: Annotated[int, "Tags a page.", Min(1), Max(1000)] = 100
    cursor: Annotated[str, "Where the previous page ended (`next`).", MaxLength(64)] = ""


@frozen(kw_only=True)
class TagCount:
    """A tag, and how many files have it."""

    tag: str
    files: int


@frozen(kw_only=True)
class TagPage:
    """A page of tags; ``next`` is the cursor of the following one."""

    data: tuple[TagCount, ...]
    next: str | None = None


@frozen(kw_only=True)
class KindSum:
    """Files of one kind."""

    kind: str
    files: int
    bytes: int


@frozen(kw_only=True)
class PersonSum:
    """Files of who uploaded them."""

    author: str
    files: int
    bytes: int


@frozen(kw_only=True)
class Usage:
    """Sums in bytes. A quota of 0 is none."""

    files: int
    bytes: Annotated[int, "Of all originals, as quotas count them: the same bytes twice count twice."]
    stored: Annotated[int, "What lies in the store: each original once, and renditions."]
    renditions: int
    rendition_bytes: int
    kinds: tuple[KindSum, ...]
    people: Annotated[tuple[PersonSum, ...], "Those with the most bytes first; 100 at most."]
    own: Annotated[int, "Of the caller's originals."]
    quota_bytes: int
    quota_bytes_per_user: int


class Stock:
    """``media.tags`` and ``media.usage``."""

    def __init__(self, config: MediaConfig, store: Store) -> None:
        self._config = config
        self._store = store

    @operation("media.tags", needs=MEDIA_READ, http="GET /media/tags")
    async def tags(self, call: Call, order: TagQuery) -> TagPage:
        """Lists tags, with the number of their files."""
        prefix = tagged([order.prefix])[0]
        rows = await self._store.figures.tags(prefix, order.cursor, order.limit + 1)
        page = tuple(TagCount(tag=row["tag"], files=int(row["files"])) for row in rows[: order.limit])
        return TagPage(data=page, next=page[-1].tag if len(rows) > order.limit else None)

    @operation("media.usage", needs=MEDIA_READ, http="GET /media/usage")
    async def usage(self, call: Call) -> Usage:
        """Says how much the library holds, of what and of whom, and how much it may."""
        figures = self._store.figures
        kinds, people = await figures.kinds(), await figures.people(PEOPLE)
        renditions, rendition_bytes = await figures.rendered()
        return Usage(
            files=sum(int(row["files"]) for row in kinds), bytes=sum(int(row["bytes"]) for row in kinds),
            stored=await figures.stored(), renditions=renditions, rendition_bytes=rendition_bytes,
            kinds=tuple(KindSum(kind=row["kind"], files=int(row["files"]), bytes=int(row["bytes"])) for row in kinds),
            people=tuple(
                PersonSum(author=row["author"], files=int(row["files"]), bytes=int(row["bytes"])) for row in people
            ),
            own=await self._store.assets.total(self._store.db, call.actor.id[:64]),
            quota_bytes=self._config.quota_bytes, quota_bytes_per_user=self._config.quota_bytes_per_user,
        )  # fmt: skip
