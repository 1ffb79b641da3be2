"""Renditions of a file, all from one decoding."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageColor, ImageSequence

from newel.contracts.images import Rendition
from newel_images.worker.colours import in_srgb, scalable
from newel_images.worker.faults import Refused
from newel_images.worker.geometry import Plan, plan
from newel_images.worker.reading import Bounds, frames, opened, orientation, seen_size, swaps
from newel_images.worker.resizing import Ladder
from newel_images.worker.writing import ANIMATES, Animation, write


def render(path: Path, mime: str, wanted: Sequence[tuple[Rendition, Path]], bounds: Bounds) -> list[dict[str, Any]]:
    """Writes each rendition to its path; answers the size of each."""
    with opened(path, mime, bounds) as image:
        size = seen_size(image)
        moving = frames(image, bounds) > 1
        plans = [plan(*size, one) for one, _ in wanted]
        for made in plans:
            bounds.check(*made.final)
        whole = [at for at, (one, _) in enumerate(wanted) if moving and one.animated and one.format in ANIMATES]
        single = [at for at in range(len(wanted)) if at not in whole]
        if single:
            ladder = Ladder(_still(image, [plans[at] for at in single], size), size)
            # The largest first: the smaller ones are made from it.
            for at in sorted(single, key=lambda at: -plans[at].scale):
                rendition, target = wanted[at]
                write([_finished(ladder.resized(plans[at]), plans[at], rendition)], None, rendition, target)
        if whole:
            _moving(image, [(wanted[at], plans[at]) for at in whole], size)
    return [
        {"width": one.final[0], "height": one.final[1], "bytes": target.stat().st_size}
        for one, (_, target) in zip(plans, wanted, strict=True)
    ]


def thumbnail(image: Image.Image, side: int, size: tuple[int, int]) -> Image.Image:
    """The first frame as people see it, ``RGB`` or ``RGBA``, no side longer than ``side``."""
    small = plan(*size, Rendition(width=side, height=side))
    return Ladder(_still(image, [small], size), size).resized(small)


def pixels(path: Path, mime: str, width: int, height: int, bounds: Bounds) -> dict[str, Any]:
    """The first frame inside of a box, on white: its size, and red, green and blue of each pixel in Base64."""
    with opened(path, mime, bounds) as image:
        size = seen_size(image)
        wanted = Rendition(width=width, height=height, format="jpeg")
        small = plan(*size, wanted)
        made = _finished(Ladder(_still(image, [small], size), size).resized(small), small, wanted).convert("RGB")
        return {"width": made.width, "height": made.height, "data": b64encode(made.tobytes()).decode()}


def _still(image: Image.Image, plans: Sequence[Plan], size: tuple[int, int]) -> Image.Image:
    """The first frame, turned and in sRGB, as large as the largest plan needs it."""
    scale = min(1.0, max(one.scale for one in plans))
    turn = orientation(image)
    profile = image.info.get("icc_profile")
    needed = (round(size[0] * scale), round(size[1] * scale))
    if swaps(turn):
        needed = (needed[1], needed[0])
    # The JPEG decoder gives a half, a quarter or an eighth at a fraction of the cost.
    image.draft(None, (max(1, needed[0]), max(1, needed[1])))
    image.load()
    pixels = scalable(image)
    if pixels.width > needed[0] * 2 and pixels.height > needed[1] * 2:
        # Colours and the turn cost by the pixel: away with those that nobody will see.
        pixels = pixels.resize(
            (max(1, needed[0] * 2), max(1, needed[1] * 2)), Image.Resampling.LANCZOS, reducing_gap=2.0
        )
    return _seen(pixels, turn, profile)


def _seen(pixels: Image.Image, turn: Image.Transpose | None, profile: bytes | None) -> Image.Image:
    made = in_srgb(pixels, profile)
    return made if turn is None else made.transpose(turn)


def _finished(image: Image.Image, plan: Plan, wanted: Rendition) -> Image.Image:
    """On its canvas, and without transparency where the format has none."""
    if plan.canvas is not None and plan.canvas != image.size:
        ground = _colour(wanted.background)
        mode = "RGBA" if image.mode == "RGBA" or ground[3] < 255 else "RGB"
        canvas = Image.new(mode, plan.canvas, ground if mode == "RGBA" else ground[:3])
        canvas.paste(image, ((plan.canvas[0] - image.width) // 2, (plan.canvas[1] - image.height) // 2))
        image = canvas
    if wanted.format == "jpeg" and image.mode == "RGBA":
        ground_layer = Image.new("RGBA", image.size, (*_colour(wanted.background)[:3], 255))
        return Image.alpha_composite(ground_layer, image).convert("RGB")
    # A copy: encoders read and change what is noted on the image, which others may still be made from.
    return image.copy()


def _colour(text: str) -> tuple[int, int, int, int]:
    try:
        found = ImageColor.getcolor(text, "RGBA")
    except ValueError:
        raise Refused("the background is no colour, such as #ffffff") from None
    if not isinstance(found, tuple) or len(found) != 4:
        raise Refused("the background is no colour, such as #ffffff")
    return found


def _moving(image: Image.Image, wanted: Sequence[tuple[tuple[Rendition, Path], Plan]], size: tuple[int, int]) -> None:
    turn, profile, plays = orientation(image), image.info.get("icc_profile"), _plays(image)
    pictures: list[list[Image.Image]] = [[] for _ in wanted]
    durations: list[int] = []
    for frame in ImageSequence.Iterator(image):
        frame.load()
        durations.append(max(0, int(frame.info.get("duration", 100) or 0)))
        ladder = Ladder(_seen(scalable(frame).convert("RGBA"), turn, profile), size)
        for made, ((rendition, _), one) in zip(pictures, wanted, strict=True):
            made.append(_finished(ladder.resized(one), one, rendition))
    for made, ((rendition, target), _) in zip(pictures, wanted, strict=True):
        write(made, Animation(tuple(durations), plays), rendition, target)


def _plays(image: Image.Image) -> int:
    loop = image.info.get("loop")
    if image.format == "GIF":
        return 1 if loop is None else int(loop) + 1 if loop else 0
    return int(loop or 0)
