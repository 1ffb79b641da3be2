"""Reading and making images, away from the server: what decodes a stranger's file may crash, and nothing else does."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, Protocol

from attrs import frozen

from newel.bounds import Max, Min
from newel.errors import Reject

Fit = Literal["cover", "contain", "inside", "outside"]
Format = Literal["avif", "webp", "jpeg", "png", "gif"]


class BadImage(Reject):
    """The file is no image that we read: broken, too large, a bomb, or of a kind that is not on the list."""

    code = "bad_image"


@frozen(kw_only=True)
class Focal:
    """The point that a crop keeps in sight; ``x`` and ``y`` from 0 to 1, from the top left, as people see the image."""

    x: Annotated[float, "From the left, 0 to 1.", Min(0), Max(1)] = 0.5
    y: Annotated[float, "From the top, 0 to 1.", Min(0), Max(1)] = 0.5


@frozen(kw_only=True)
class ImageFacts:
    """What a file is. ``width`` and ``height`` are as people see it, with its orientation applied."""

    mime: str
    width: int
    height: int
    frames: int = 1
    """More than 1: animated."""
    alpha: bool = False
    gps: bool = False
    """Whether the file says where it was made."""
    thumbhash: str = ""
    """Base64; a blurred preview of about 25 bytes."""
    color: str = ""
    """The dominant colour, ``#rrggbb``."""
    phash: str = ""
    """64 bits as hex: near for images that look alike (``newel.contracts.images.distance``)."""
    salient: Focal = Focal()
    """Where people would look, as far as a machine can tell."""


@frozen(kw_only=True)
class Rendition:
    """An image to make of another one.

    ``fit`` as in CSS and sharp: ``cover`` fills the box and crops round ``focal``; ``contain`` fits inside the box and
    fills the rest with ``background``; ``inside`` fits inside it; ``outside`` covers it without a crop. Without
    ``enlarge`` an image that is smaller stays as large as it is (a ``cover`` keeps the ratio of its box).
    """

    width: int | None = None
    height: int | None = None
    fit: Fit = "inside"
    format: Format = "webp"
    quality: int | None = None
    """1 to 100; ``None``: a good one of the format."""
    focal: Focal = Focal()
    background: str = "#ffffff"
    enlarge: bool = False
    animated: bool = True
    """Whether an animation stays one, in formats that can (``gif``, ``webp``); else its first frame is taken."""


@frozen(kw_only=True)
class Rendered:
    """A rendition, as a file that the caller now owns."""

    path: Path
    mime: str
    width: int
    height: int
    bytes: int


@frozen(kw_only=True)
class Pixels:
    """A small picture as it is: red, green and blue of each pixel, row by row."""

    width: int
    height: int
    data: bytes


class Images(Protocol):
    """Image work in processes of its own, with limits on memory, CPU and time, and without a network.

    Errors: ``BadImage`` for whatever is wrong with the file, also where it killed its process; ``Transient`` where no
    process is free in time.
    """

    @property
    def formats(self) -> frozenset[str]:
        """What can be written here, such as ``webp`` and ``avif``."""

    @property
    def reads(self) -> frozenset[str]:
        """The MIME types that are read."""

    @property
    def posters(self) -> frozenset[str]:
        """The MIME types (of films, PDF) that a still picture can be made of here."""

    async def facts(self, path: Path, mime: str) -> ImageFacts:
        """What the file is; ``mime`` is what its content was taken for, and no other decoder is tried."""

    async def render(self, path: Path, mime: str, wanted: Sequence[Rendition], folder: Path) -> list[Rendered]:
        """All of them from one decoding, in order, as files in ``folder``. Colours end up in sRGB, orientation is
        baked in, metadata is left out."""

    async def pixels(self, path: Path, mime: str, width: int, height: int) -> Pixels:
        """The first frame inside of this box (1 to 384 a side), on white where it is transparent."""

    async def without_place(self, path: Path, mime: str, target: Path) -> bool:
        """Writes the file without where it was made, its pixels untouched. ``False``: there was nothing to take out,
        and nothing is written."""

    async def sanitised_svg(self, path: Path, target: Path) -> bool:
        """Writes the SVG with only what draws: no script, handler, link, animation, foreign content or reference to
        outside. ``True``: something was left out. ``BadImage``: it is no SVG, or has entities, or draws without end."""

    async def poster(self, path: Path, mime: str, target: Path) -> Rendered | None:
        """A PNG of a PDF's first page, or of a film, at ``target`` with the suffix ``.png``. ``None``: nothing here
        can make one of that type."""


def distance(one: str, other: str) -> int:
    """In how many of the 64 bits two ``phash`` differ; up to about 6 is the same picture."""
    return (int(one, 16) ^ int(other, 16)).bit_count()
