"""Which renditions an image has, and what each of them is called: pure, and the same in every process."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from attrs import evolve, frozen

from newel.contracts.images import Focal, Format, Rendition
from newel_media.model import Made, Preset

CENTRE = Focal()
VERSION = 1
"""Goes into every hash: another one renders the whole library anew."""
TRANSFORM = "~transform"
"""Stands for the preset of what no preset asks for. Such renditions come and go, so they share none with presets."""
POSTER = "~poster"
"""Stands for the preset of a still picture that renditions of a film or a document are made of."""
MIMES: dict[Format, str] = {
    "avif": "image/avif", "webp": "image/webp", "jpeg": "image/jpeg", "png": "image/png", "gif": "image/gif",
}  # fmt: skip
ENDINGS = {"image/avif": "avif", "image/webp": "webp", "image/jpeg": "jpg", "image/png": "png", "image/gif": "gif"}
FORMATS: dict[str, Format] = {"avif": "avif", "webp": "webp", "jpg": "jpeg", "jpeg": "jpeg", "png": "png", "gif": "gif"}


@frozen(kw_only=True)
class Source:
    """What renditions are made of."""

    sha256: str
    mime: str
    width: int
    height: int
    frames: int = 1
    alpha: bool = False
    focal: Focal = CENTRE


@frozen(kw_only=True)
class Spec:
    """One rendition to have. The formats of a preset are alternatives: one that saves nothing in all is left out in all
    widths, since a browser that takes to a format takes no width of another."""

    hash: str
    preset: str
    rendition: Rendition
    fallback: bool

    @property
    def mime(self) -> str:
        return MIMES[self.rendition.format]


def specs(source: Source, presets: Iterable[Preset], formats: frozenset[str]) -> list[Spec]:
    """All renditions of an image, in the order of the presets, widths, and formats from the smallest file on."""
    return [one for preset in presets for one in _of_preset(source, preset, formats)]


def spec(source: Source, preset: str, rendition: Rendition) -> Spec:
    """A single one."""
    rendition = _settled(rendition, source)
    return Spec(hash=_hash(source, rendition, preset), preset=preset, rendition=rendition, fallback=True)


def _of_preset(source: Source, preset: Preset, formats: frozenset[str]) -> list[Spec]:
    wanted = _formats(source, preset, formats)
    found: dict[str, Spec] = {}
    for width, height in _sizes(source, preset):
        for format in wanted:
            rendition = Rendition(
                width=width, height=height, fit=preset.fit, format=format, quality=preset.quality,
                focal=source.focal if preset.focal else Focal(), background=preset.background, enlarge=preset.enlarge,
            )  # fmt: skip
            one = evolve(spec(source, preset.name, rendition), fallback=format == wanted[-1])
            found.setdefault(one.hash, one)
    return list(found.values())


def _formats(source: Source, preset: Preset, formats: frozenset[str]) -> Sequence[Format]:
    given = preset.format
    if given != "auto":
        return [given] if given in formats else []
    moves = source.frames > 1
    fallback: Format = "gif" if moves else "png" if source.alpha else "jpeg"
    better: list[Format] = ["webp"] if moves else ["avif", "webp"]
    return [one for one in (*better, fallback) if one in formats]


def _sizes(source: Source, preset: Preset) -> list[tuple[int | None, int | None]]:
    if not preset.widths:
        return [(preset.width, preset.height)]
    largest = max(preset.widths)
    widths = sorted(set(preset.widths))
    if not preset.enlarge:  # the widest that the image has stands for all that are wider
        most = source.width
        if preset.height is not None and preset.fit in ("cover", "contain"):
            most = min(most, max(1, round(source.height * largest / preset.height)))
        widths = sorted({min(width, most) for width in widths})
    return [(one, None if preset.height is None else max(1, round(preset.height * one / largest))) for one in widths]


def _settled(rendition: Rendition, source: Source) -> Rendition:
    """Without what makes no difference, so that it makes none to the hash."""
    if rendition.fit != "cover":
        rendition = evolve(rendition, focal=Focal())
    return rendition if source.frames > 1 else evolve(rendition, animated=True)


def poster_hash(sha256: str) -> str:
    """What the poster of these bytes is called."""
    return _digest([VERSION, POSTER, sha256])


def _hash(source: Source, one: Rendition, preset: str) -> str:
    words = [
        VERSION, source.sha256, one.width, one.height, one.fit, one.format, one.quality, round(one.focal.x, 4),
        round(one.focal.y, 4), one.background.lower(), one.enlarge, one.animated,
    ]  # fmt: skip
    return _digest([*words, TRANSFORM] if preset == TRANSFORM else words)


def _digest(words: list[Any]) -> str:
    return hashlib.blake2b(json.dumps(words).encode(), digest_size=16).hexdigest()


def told(made: Sequence[Made]) -> list[Made]:
    """As they are offered: by preset, the types that save most first, from narrow to wide. A type that lacks a width
    of its preset is left out."""
    order = list(ENDINGS)
    counts = Counter((one.preset, one.mime) for one in made)
    most = {preset: max(n for (other, _), n in counts.items() if other == preset) for preset, _ in counts}
    whole = [one for one in made if counts[one.preset, one.mime] == most[one.preset]]
    return sorted(whole, key=lambda one: (one.preset, order.index(one.mime), one.width))
