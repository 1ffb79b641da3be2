"""Looking round the library."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal

from attrs import frozen

from newel import Call, Malformed, Max, MaxLength, Min, MinLength, NotFound, Pattern, operation
from newel.contracts.database import Row, Value
from newel.contracts.media import Status
from newel.ids import encode
from newel.structure import rfc3339
from newel_media.model import Asset, Id, Tag
from newel_media.permissions import MEDIA_MANAGE, MEDIA_READ
from newel_media.service import cursor
from newel_media.service.texts import folded, tagged
from newel_media.service.using import Uses
from newel_media.store.listing import SORTS, WORDS, Filter, escaped, key_of

if TYPE_CHECKING:
    from newel.app import App
    from newel_media.config import MediaConfig
    from newel_media.store import Store
    from newel_media.view import View

SCANNED = 1000
"""Assets that are looked at for one page of those that nothing uses."""
WEEK = 604_800
Kind = Literal["image", "video", "audio", "font", "document", "other"]


@frozen(kw_only=True)
class MediaQuery:
    """Which assets, and in which order."""

    folder: Annotated[str | None, "Only in this folder; empty text: in the root.", MaxLength(26)] = None
    below: Annotated[bool, "Also in the folders below `folder`."] = False
    kind: Annotated[Kind | None, "Only files of this kind."] = None
    mime: Annotated[
        str | None, "Only this type, such as `image/png` or `image/*`.", Pattern(r"[a-z]+/([a-z0-9][a-z0-9.+-]*|\*)")
    ] = None
    tag: Annotated[Tag | None, "Only with this tag."] = None
    q: Annotated[str, "Words that all occur in name, texts or tags.", MaxLength(200)] = ""
    private: Annotated[bool | None, "Only private files, or only those that are not."] = None
    status: Annotated[Status | None, "Only where the renditions are in this state."] = None
    author: Annotated[str | None, "Only of who uploaded them: the id of a user.", MaxLength(64)] = None
    since: Annotated[datetime | None, "Only uploaded at this moment or later."] = None
    until: Annotated[datetime | None, "Only uploaded before this moment."] = None
    unused: Annotated[bool, "Only what no content points at."] = False
    sort: Annotated[Literal["newest", "oldest", "name", "-name", "size", "-size"], "The order."] = "newest"
    limit: Annotated[int, "Assets a page.", Min(1), Max(100)] = 25
    cursor: Annotated[str | None, "Where the previous page ended (`next`).", MaxLength(2000)] = None
    count: Annotated[Literal["none", "exact"], "Whether `total` is counted."] = "none"


@frozen(kw_only=True)
class AssetPage:
    """A page of assets; ``next`` is the cursor of the following one. With ``unused`` a page may be short, or empty,
    and have a following one all the same."""

    data: tuple[Asset, ...]
    next: str | None = None
    total: int | None = None


@frozen(kw_only=True)
class AssetId:
    """Which asset."""

    id: Id


@frozen(kw_only=True)
class Similar:
    """To which asset."""

    id: Id
    limit: Annotated[int, "Assets at most.", Min(1), Max(100)] = 25


@frozen(kw_only=True)
class Sign:
    """An address that expires."""

    id: Id
    seconds: Annotated[int, "How long it is good.", Min(1), Max(WEEK)] = 900


@frozen(kw_only=True)
class Signed:
    """Whoever has the address may read the file until then."""

    url: Annotated[str, MinLength(1)]
    expires_at: str


class Browsing:
    """``media.list`` and other reads of assets."""

    def __init__(self, app: App, config: MediaConfig, store: Store, view: View) -> None:
        self._app = app
        self._config = config
        self._store = store
        self._view = view
        self._uses = Uses(app)

    @operation("media.list", needs=MEDIA_READ, http="GET /media")
    async def assets(self, call: Call, order: MediaQuery) -> AssetPage:
        """Lists files of the library, the newest first."""
        wanted = _filter(order)
        marks = {"given": dict(wanted.given), "words": list(wanted.words), "unused": order.unused, "sort": order.sort}
        kinds = [int if name == "bytes" else str for name in SORTS[order.sort][0]]
        after: list[Value] = [] if order.cursor is None else cursor.opened(marks, order.cursor, kinds)
        if order.unused and order.count == "exact":
            raise Malformed("what is unused cannot be counted: turn the pages")
        rows, more = await (
            self._unused(wanted, order, after) if order.unused else self._page(wanted, order, after)
        )  # fmt: skip
        total = await self._store.listing.count(wanted) if order.count == "exact" else None
        return AssetPage(
            data=await self._shown(rows), next=None if more is None else cursor.sealed(marks, more), total=total
        )

    async def _page(self, wanted: Filter, order: MediaQuery, after: list[Value]) -> tuple[Sequence[Row], Any]:
        """Rows, and the sort keys behind which there are more."""
        rows = await self._store.listing.page(wanted, order.sort, after, order.limit + 1)
        page = rows[: order.limit]
        return page, key_of(page[-1], order.sort) if len(rows) > order.limit else None

    async def _unused(self, wanted: Filter, order: MediaQuery, after: list[Value]) -> tuple[Sequence[Row], Any]:
        found: list[Row] = []
        for _ in range(SCANNED // 100):
            rows = await self._store.listing.page(wanted, order.sort, after, 101)
            used = await self._uses.used([row["id"] for row in rows[:100]])
            for row in rows[:100]:
                if row["id"] not in used:
                    if len(found) == order.limit:
                        return found, key_of(found[-1], order.sort)
                    found.append(row)
            if len(rows) <= 100:
                return found, None
            after = key_of(rows[99], order.sort)
        return found, after

    async def _shown(self, rows: Sequence[Row]) -> tuple[Asset, ...]:
        now = self._app.clock.now()
        tags = await self._store.assets.tags_of(self._store.db, [row["id"] for row in rows])
        return tuple(self._view.asset(row, tags.get(row["id"], ()), now) for row in rows)

    @operation("media.get", needs=MEDIA_READ, http="GET /media/{id}")
    async def get(self, call: Call, order: AssetId) -> Asset:
        """Shows one file of the library."""
        return (await self._shown([await self._found(order.id)]))[0]

    @operation("media.similar", needs=MEDIA_READ, http="GET /media/{id}/similar")
    async def similar(self, call: Call, order: Similar) -> AssetPage:
        """Lists images that look the same as this one, the nearest first. Files that are no images have none."""
        row = await self._found(order.id)
        if not row["phash"] or self._config.near < 0:
            return AssetPage(data=())
        near = await self._store.looks.near(self._store.db, row["phash"], self._config.near, order.limit + 1)
        rows = await self._store.assets.many(self._store.db, [id for id in near if id != order.id])
        return AssetPage(data=await self._shown([rows[id] for id in near if id in rows][: order.limit]))

    @operation("media.sign", needs=MEDIA_MANAGE, http="POST /media/{id}/sign", privileged=True)
    async def sign(self, call: Call, order: Sign) -> Signed:
        """Makes an address that is good for some time, a week at most, for whoever has it. Nobody can take it back
        but by other signing keys."""
        row = await self._found(order.id)
        until = self._app.clock.now().replace(microsecond=0) + timedelta(seconds=order.seconds)
        return Signed(url=self._view.addresses.file(row["id"], row["name"], until), expires_at=rfc3339(until))

    async def _found(self, id: str) -> Row:
        row = await self._store.assets.get(self._store.db, id)
        if row is None:
            raise NotFound(f"there is no asset '{id}'")
        return row


def _filter(order: MediaQuery) -> Filter:
    given: dict[str, Value] = {
        name: value for name in ("kind", "status", "author") if (value := getattr(order, name)) is not None
    }
    if order.folder is not None and not (order.below and order.folder == ""):
        given["below" if order.below else "folder"] = order.folder
    elif order.below and order.folder is None:
        raise Malformed("`below` is about a folder: say which")
    if order.mime is not None:
        main, _, sub = order.mime.partition("/")
        given |= {"main": f"{escaped(main)}/%"} if sub == "*" else {"mime": order.mime}
    if order.tag is not None:
        given["tag"] = tagged([order.tag])[0]
    if order.private is not None:
        given["private"] = int(order.private)
    if order.since is not None:
        given["since"] = _id_at(order.since)
    if order.until is not None:
        given["until"] = _id_at(order.until)
    words = tuple(dict.fromkeys(folded(order.q).split()))
    if len(words) > WORDS:
        raise Malformed(f"a search takes {WORDS} words at most")
    return Filter(given=given, words=words)


def _id_at(moment: datetime) -> str:
    """The least id of a moment; of times before 1970 the least of all."""
    return encode(max(0, int(moment.timestamp() * 1000)), 0)
