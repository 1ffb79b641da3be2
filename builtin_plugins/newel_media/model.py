"""Assets, presets and what their operations take and answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from attrs import Factory, field, frozen

from newel import Max, MaxLength, Min, Pattern
from newel.contracts.images import Fit, Focal
from newel.contracts.media import Status

Id = Annotated[str, "The id of the asset.", Pattern(r"[0-9A-HJKMNP-TV-Z]{26}")]
Tag = Annotated[str, MaxLength(64), Pattern(r"\S(.*\S)?")]
Sized = Annotated[int, Min(1), Max(8192)]
PRESET_NAME = r"[a-z][a-z0-9_]{0,47}"
TEXTS = ("title", "caption", "credit", "copyright")
Locale = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


@frozen(kw_only=True)
class Preset:
    """How an image is shown somewhere. Every image of the library is rendered for every preset."""

    name: Annotated[str, "The name in addresses.", Pattern(PRESET_NAME)]
    width: Annotated[int | None, "Pixels; empty: as the height makes it.", Min(1), Max(8192)] = None
    height: Annotated[int | None, "Pixels; empty: as the width makes it.", Min(1), Max(8192)] = None
    widths: Annotated[
        tuple[Sized, ...], "Several widths, for `srcset`; a height then is one for the largest, in proportion.",
        MaxLength(12),
    ] = ()  # fmt: skip
    fit: Annotated[Fit, "`cover` crops, `contain` adds bars, `inside` and `outside` do neither."] = "inside"
    format: Annotated[
        Literal["auto", "avif", "webp", "jpeg", "png", "gif"],
        "`auto`: AVIF, WebP and a fallback, those that save something.",
    ] = "auto"  # fmt: skip
    quality: Annotated[int | None, "1 to 100; empty: a good one of the format.", Min(1), Max(100)] = None
    focal: Annotated[bool, "Whether `cover` crops round the focal point, or round the middle."] = True
    enlarge: Annotated[bool, "Whether smaller images are made larger."] = False
    background: Annotated[str, "Behind bars and transparency.", Pattern(r"#[0-9a-fA-F]{6}")] = "#ffffff"
    revision: Annotated[int, "Counts its changes.", Min(0)] = 0


@frozen(kw_only=True)
class Made:
    """A rendition that is there, as it stands in ``renditions_json``."""

    preset: str
    hash: str
    mime: str
    width: int
    height: int
    bytes: int


@frozen(kw_only=True)
class Asset:
    """A file of the library."""

    id: str
    revision: Annotated[int, "Counts its changes; it is the ETag."]
    name: str
    folder: str | None
    kind: Annotated[str, "`image`, `video`, `audio`, `font`, `document` or `other`."]
    mime: str
    bytes: int
    hash: Annotated[str, "SHA-256 of its bytes, in hexadecimal."]
    width: int | None
    height: int | None
    focal: Focal | None
    focal_by_hand: bool
    placeholder: Annotated[Mapping[str, str] | None, "`thumbhash` (base64) and `color`, to show before it is loaded."]
    private: bool
    status: Annotated[Status, "Of its renditions: `none`, `pending`, `ready`, `failed`."]
    url: Annotated[str, "Stays the same when it gets other bytes. Signed where it is private."]
    sources: Annotated[tuple[Mapping[str, str], ...], "`type` and `srcset`, for `<picture>`."]
    presets: Annotated[Mapping[str, Any], "The sources of each preset."]
    alt: Annotated[Mapping[str, str], "By locale."]
    title: str
    caption: str
    credit: str
    copyright: str
    tags: tuple[str, ...]
    author: str
    created_at: str
    updated_at: str


@frozen(kw_only=True)
class Stored(Asset):
    """An asset that was just uploaded."""

    created: Annotated[bool, "Whether it is new; else it is the one that has the same bytes."] = True
    duplicates: Annotated[tuple[str, ...], "Other assets with the same bytes; ten at most."] = ()
    similar: Annotated[tuple[str, ...], "Images that look the same; ten at most."] = ()


@frozen(kw_only=True)
class Given:
    """What somebody says of a file that they upload."""

    name: Annotated[str, "What it is called; empty: as the client says.", MaxLength(1000)] = ""
    folder: Annotated[str | None, "The id of its folder; empty: the root.", MaxLength(26)] = None
    tags: Annotated[tuple[Tag, ...], "Words to find it by.", MaxLength(50)] = ()
    alt: Annotated[Mapping[str, str], "What the image shows, by locale."] = field(factory=dict)
    title: Annotated[str, MaxLength(500)] = ""
    caption: Annotated[str, MaxLength(5000)] = ""
    credit: Annotated[str, MaxLength(500)] = ""
    copyright: Annotated[str, MaxLength(500)] = ""
    private: Annotated[bool, "Whether only signed addresses lead to it."] = False
    focal: Annotated[Focal | None, "What crops keep in sight."] = None
    on_duplicate: Annotated[
        Literal["keep", "reuse", "refuse"] | None, "What becomes of the same bytes once more; empty: as configured."
    ] = None


@frozen(kw_only=True)
class Found:
    """What an upload turned out to be: kept with it until it is an asset."""

    name: str
    mime: str
    bytes: int
    sha256: str
    source: str
    given: Given
    facts: Mapping[str, Any] = Factory(dict)
    """Of an image: ``newel.contracts.images.ImageFacts`` as data; else empty."""
