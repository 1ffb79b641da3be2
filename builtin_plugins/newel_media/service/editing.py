"""Changing what is said of an asset, where it lies, what crops keep in sight, and who may see it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from attrs import field, frozen

from newel import Call, MaxLength, NotFound, Reject, operation
from newel.contracts.audit import Change
from newel.contracts.database import Row
from newel.contracts.images import Focal
from newel.contracts.jobs import Jobs
from newel.hooks.media import media_after_update
from newel.structure import rfc3339
from newel_media.model import TEXTS, Asset, Id, Tag
from newel_media.names import cleaned
from newel_media.permissions import MEDIA_WRITE
from newel_media.service.storing import RENDER, check_revision, event, told
from newel_media.service.texts import checked_alt, searchable, tagged
from newel_media.service.undoing import asset_back
from newel_media.view import SCALE

if TYPE_CHECKING:
    from newel.app import App
    from newel_media.store import Store
    from newel_media.view import View


@frozen(kw_only=True)
class AssetChange:
    """What is to change; what is left out stays."""

    id: Id
    revision: Annotated[int | None, "The revision that this is based on."] = None
    name: Annotated[str | None, "What it is called; its extension stays.", MaxLength(1000)] = None
    folder: Annotated[str | None, "The id of its folder; empty text: the root.", MaxLength(26)] = None
    tags: Annotated[tuple[Tag, ...] | None, "All its tags.", MaxLength(50)] = None
    alt: Annotated[Mapping[str, str | None], "What the image shows, by locale: those given; `null` removes one."] = (
        field(factory=dict)
    )
    title: Annotated[str | None, MaxLength(500)] = None
    caption: Annotated[str | None, MaxLength(5000)] = None
    credit: Annotated[str | None, MaxLength(500)] = None
    copyright: Annotated[str | None, MaxLength(500)] = None
    private: Annotated[bool | None, "Whether only signed addresses lead to it."] = None
    focal: Annotated[Focal | None, "What crops keep in sight."] = None
    focal_by_hand: Annotated[bool | None, "`false`: crops look again where they looked before somebody said."] = None


class Editing:
    """``media.update``."""

    def __init__(self, app: App, store: Store, view: View) -> None:
        self._app = app
        self._store = store
        self._view = view

    @operation(
        "media.update", needs=MEDIA_WRITE, http="PATCH /media/{id}", effect="write", revision="revision",
        undo=asset_back,
    )  # fmt: skip
    async def update(self, call: Call, order: AssetChange) -> Asset:
        """Changes what is said of a file, its place and its focal point. Its bytes and its address stay."""
        if order.focal is not None and order.focal_by_hand is False:
            raise Reject.field("/focal_by_hand", "contradiction", "a focal point that is given is given by hand")
        before = await self._store.assets.locked(call.tx, order.id)
        if before is None:
            raise NotFound(f"there is no asset '{order.id}'")
        had = (await self._store.assets.tags_of(call.tx, [order.id])).get(order.id, [])
        check_revision(before, order.revision, self._view, self._app.clock.now(), had)
        if order.folder and not await self._store.folders.hold(call.tx, order.folder):
            raise Reject.field("/folder", "not_found", f"there is no folder '{order.folder}'")
        after = self._changed(before, order)
        tags = had if order.tags is None else sorted(tagged(order.tags))
        after["search"] = searchable(after["name"], json.loads(after["texts_json"]), tags)
        if tags != had or any(after[name] != before[name] for name in after if name != "search"):
            await self._keep(call, before, after, had, tags)
        return self._view.asset(after, tags, self._app.clock.now())

    def _changed(self, before: Row, order: AssetChange) -> dict[str, Any]:
        after = dict(before)
        if order.name is not None:
            after["name"] = renamed(order.name, before)
        if order.folder is not None:
            after["folder"] = order.folder
        if order.private is not None:
            after["private"] = int(order.private)
        texts = json.loads(before["texts_json"])
        given = checked_alt({code: text or "" for code, text in order.alt.items()})
        texts["alt"] = {code: text for code, text in texts["alt"].items() if code not in order.alt} | given
        checked_alt(texts["alt"])
        texts |= {name: value for name in TEXTS if (value := getattr(order, name)) is not None}
        if texts != json.loads(before["texts_json"]):
            after["texts_json"] = json.dumps(texts)
        if order.focal is not None or order.focal_by_hand is False:
            self._refocus(after, order.focal)
        return after

    def _refocus(self, after: dict[str, Any], focal: Focal | None) -> None:
        if after["width"] is None:
            raise Reject.field("/focal", "no_image", "only images have a focal point")
        had = after["focal_x"], after["focal_y"]
        x, y = (None, None) if focal is None else (round(focal.x * SCALE), round(focal.y * SCALE))
        after |= {"focal_x": x, "focal_y": y}
        if had != (x, y) and after["status"] != "none":
            after["status"] = "pending"

    async def _keep(
        self, call: Call, before: Row, after: dict[str, Any], had: list[str], tags: list[str]
    ) -> None:  # fmt: skip
        after |= {"revision": before["revision"] + 1, "updated_at": rfc3339(call.now)}
        await self._store.assets.update(call.tx, after, tags if tags != had else None)
        call.changed(
            Change(
                entity="media", id=after["id"], before=told(before) | {"tags": had}, after=told(after) | {"tags": tags}
            )
        )
        call.emit(media_after_update, event(after))
        jobs = self._app.find(Jobs)
        if jobs is not None and any(after[name] != before[name] for name in ("focal_x", "focal_y")):
            await jobs.enqueue(call, RENDER, {"asset": after["id"]}, key=after["id"])


def renamed(given: str, row: Row) -> str:
    """A name of an asset with the extension that it has. Raises ``Reject``."""
    if not given.strip(". "):
        raise Reject.field("/name", "required", "a file needs a name")
    ending = row["name"].rpartition(".")[2]
    name = cleaned(given, row["mime"])
    return f"{name.rpartition('.')[0]}.{ending}"
