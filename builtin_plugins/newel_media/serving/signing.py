"""Addresses of transforms, for those who may make them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from attrs import frozen

from newel import Call, Max, Min, NotFound, Pattern, operation
from newel.contracts.images import Fit, Focal, Rendition
from newel.structure import rfc3339
from newel_media.model import Id
from newel_media.permissions import MEDIA_WRITE
from newel_media.renditions.plan import ENDINGS, MIMES
from newel_media.serving import options

if TYPE_CHECKING:
    from newel.app import App
    from newel_media.store import Store
    from newel_media.view import View


@frozen(kw_only=True)
class Transform:
    """A rendition of one asset. It needs a width or a height."""

    id: Id
    width: Annotated[int | None, "Pixels.", Min(1), Max(options.LONGEST_SIDE)] = None
    height: Annotated[int | None, "Pixels.", Min(1), Max(options.LONGEST_SIDE)] = None
    fit: Annotated[Fit, "`cover` crops, `contain` adds bars, `inside` and `outside` do neither."] = "inside"
    format: Literal["avif", "webp", "jpeg", "png", "gif"] = "webp"
    quality: Annotated[int | None, "1 to 100; empty: a good one of the format.", Min(1), Max(100)] = None
    focal: Annotated[Focal | None, "What a crop keeps in sight; empty: as the asset says, whenever it is made."] = None
    background: Annotated[str, "Behind bars and transparency.", Pattern(r"#[0-9a-fA-F]{6}")] = "#ffffff"


@frozen(kw_only=True)
class Signed:
    """An address that a page can use."""

    url: str
    expires_at: Annotated[str | None, "Of a private asset; empty: never."]


class Signing:
    """``media.sign_transform``."""

    def __init__(self, app: App, store: Store, view: View) -> None:
        self._app = app
        self._store = store
        self._view = view

    @operation("media.sign_transform", needs=MEDIA_WRITE, http="GET /media/{id}/transform")
    async def sign_transform(self, call: Call, order: Transform) -> Signed:
        """The address of a rendition that no preset asks for. It is made when it is first asked for."""
        wanted = Rendition(
            width=order.width, height=order.height, fit=order.fit, format=order.format, quality=order.quality,
            focal=order.focal or Focal(), background=order.background,
        )  # fmt: skip
        options.check(wanted)
        row = await self._store.assets.get(self._store.db, order.id)
        if row is None:
            raise NotFound(f"there is no asset '{order.id}'")
        until = self._view.addresses.until(call.now) if row["private"] else None
        text = options.written(wanted, focal=order.focal is not None)
        url = self._view.addresses.transform(order.id, text, ENDINGS[MIMES[order.format]], until)
        return Signed(url=url, expires_at=None if until is None else rfc3339(until))
