"""From rows to assets, as people and as readers of delivery get them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from newel.contracts.database import Row
from newel.contracts.images import Focal
from newel_media.addresses import Addresses
from newel_media.model import TEXTS, Asset, Made

SCALE = 10_000
"""Focal points lie in the table in ten-thousandths."""


class View:
    """Shows assets. ``addresses`` come with the start."""

    addresses: Addresses

    def __init__(self, default_preset: str) -> None:
        self._default = default_preset

    def asset(self, row: Row, tags: Sequence[str], now: datetime) -> Asset:
        """For people who may see the library: private files have signed addresses."""
        return Asset(**self.plain(row, tags, now))

    def plain(self, row: Row, tags: Sequence[str], now: datetime) -> dict[str, Any]:
        """The fields of ``Asset``."""
        until = self.addresses.until(now) if row["private"] else None
        texts = json.loads(row["texts_json"])
        presets = self._presets(row, until)
        return {
            "id": row["id"], "revision": row["revision"], "name": row["name"], "folder": row["folder"] or None,
            "kind": row["kind"], "mime": row["mime"], "bytes": row["bytes"], "hash": row["sha256"],
            "width": row["width"], "height": row["height"], "focal": focal_of(row),
            "focal_by_hand": row["focal_x"] is not None, "placeholder": _placeholder(row),
            "private": bool(row["private"]), "status": row["status"],
            "url": self.addresses.file(row["id"], row["name"], until),
            "sources": tuple(presets.get(self._default, {}).get("sources", ())), "presets": presets,
            "alt": texts["alt"], **{name: texts[name] for name in TEXTS}, "tags": tuple(tags),
            "author": row["author"], "created_at": row["created_at"], "updated_at": row["updated_at"],
        }  # fmt: skip

    def shown(self, row: Row, locale: str | None, now: datetime) -> dict[str, Any]:
        """For readers: what a page needs. ``alt`` is of the locale, else of its language, else empty."""
        until = self.addresses.until(now) if row["private"] else None
        texts = json.loads(row["texts_json"])
        presets = self._presets(row, until)
        focal = focal_of(row)
        return {
            "id": row["id"], "filename": row["name"], "mime": row["mime"], "bytes": row["bytes"],
            "width": row["width"], "height": row["height"], "hash": row["sha256"],
            "focal": None if focal is None else {"x": focal.x, "y": focal.y}, "placeholder": _placeholder(row),
            "url": self.addresses.file(row["id"], row["name"], until),
            "sources": list(presets.get(self._default, {}).get("sources", ())), "presets": presets,
            "alt": _in(texts["alt"], locale), **{name: texts[name] for name in TEXTS},
        }  # fmt: skip

    def _presets(self, row: Row, until: datetime | None) -> dict[str, Any]:
        groups: dict[str, list[Made]] = {}
        for one in json.loads(row["renditions_json"]):
            made = Made(**one)
            groups.setdefault(made.preset, []).append(made)
        return {name: self._preset(group, until) for name, group in groups.items()}

    def _preset(self, group: Sequence[Made], until: datetime | None) -> dict[str, Any]:
        by_mime: dict[str, list[Made]] = {}
        for one in group:
            by_mime.setdefault(one.mime, []).append(one)
        sources = [
            {"type": mime, "srcset": ", ".join(f"{self.addresses.rendition(one, until)} {one.width}w" for one in made)}
            for mime, made in by_mime.items()
        ]
        largest = group[-1]  # of the last type, which every browser shows
        return {
            "sources": sources, "src": self.addresses.rendition(largest, until), "width": largest.width,
            "height": largest.height,
        }  # fmt: skip


def focal_of(row: Row) -> Focal | None:
    """The point that crops keep in sight: said by hand, else found; ``None`` for what is no image."""
    if row["focal_x"] is not None:
        return Focal(x=row["focal_x"] / SCALE, y=row["focal_y"] / SCALE)
    salient = json.loads(row["facts_json"]).get("focal")
    return None if salient is None else Focal(**salient)


def _placeholder(row: Row) -> Mapping[str, str] | None:
    facts = json.loads(row["facts_json"])
    found = {name: facts[name] for name in ("thumbhash", "color") if facts.get(name)}
    return found or None


def _in(alt: Mapping[str, str], locale: str | None) -> str:
    if locale is None:
        return next(iter(alt.values()), "")
    return alt.get(locale) or alt.get(locale.partition("-")[0]) or ""
