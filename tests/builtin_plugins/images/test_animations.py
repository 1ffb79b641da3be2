"""Animations stay animations where the format can, and are their first frame elsewhere."""

from __future__ import annotations

from PIL import Image, ImageDraw, ImageSequence
from tests.builtin_plugins.images.conftest import Work
from tests.builtin_plugins.images.pictures import BLUE, GREEN, RED, encoded, near

from newel.contracts.images import Rendition

COLOURS = [RED, GREEN, BLUE]
DURATIONS = [100, 200, 300]


def moving(format: str, **options: object) -> bytes:
    first, *rest = [Image.new("RGB", (90, 60), colour) for colour in COLOURS]
    return encoded(first, format, save_all=True, append_images=rest, duration=DURATIONS, **options)


async def test_they_stay_animated(work: Work) -> None:
    for kind, options in {"gif": {"loop": 2}, "webp": {"loop": 3, "lossless": True}, "png": {"loop": 3}}.items():
        data = moving(kind.upper(), **options)
        assert (await work.facts(data, kind)).frames == 3
        for made in await work.render(
            data,
            kind,
            Rendition(width=30),
            Rendition(width=30, format="gif"),
            Rendition(width=20, height=20, fit="cover"),
        ):
            with Image.open(made.path) as image:
                assert image.size == (made.width, made.height)
                # A GIF says how often it is repeated, WebP how often it is shown.
                assert image.info["loop"] == (2 if made.mime == "image/gif" else 3), (kind, made.mime)
                seen = []
                for frame in ImageSequence.Iterator(image):
                    frame.load()
                    seen.append((frame.convert("RGB").getpixel((5, 5)), frame.info["duration"]))
            assert [time for _, time in seen] == DURATIONS, (kind, made.mime)
            assert all(near(colour, wanted, 25) for (colour, _), wanted in zip(seen, COLOURS, strict=True))


async def test_elsewhere_the_first_frame_is_taken(work: Work) -> None:
    wanted = [Rendition(format="jpeg"), Rendition(format="png"), Rendition(format="avif"), Rendition(animated=False)]
    for made in await work.render(moving("GIF"), "gif", *wanted):
        with Image.open(made.path) as image:
            assert getattr(image, "n_frames", 1) == 1
            assert near(image.convert("RGB").getpixel((5, 5)), RED, 25)


async def test_one_that_is_shown_once_is_shown_once(work: Work) -> None:
    once, webp = await work.render(moving("GIF"), "gif", Rendition(format="gif"), Rendition(format="webp"))
    with Image.open(once.path) as image:
        assert "loop" not in image.info
    with Image.open(webp.path) as image:
        assert image.info["loop"] == 1


async def test_transparent_frames_do_not_pile_up(work: Work) -> None:
    first = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    second = first.copy()
    ImageDraw.Draw(first).ellipse((0, 0, 25, 40), fill=(*RED, 255))
    ImageDraw.Draw(second).ellipse((15, 0, 39, 39), fill=(*BLUE, 255))
    data = encoded(first, "GIF", save_all=True, append_images=[second], duration=100, disposal=2)
    for made in await work.render(data, "gif", Rendition(format="gif"), Rendition(format="webp")):
        with Image.open(made.path) as image:
            image.seek(1)
            frame = image.convert("RGBA")
        assert frame.getpixel((5, 20))[3] == 0  # type: ignore[index]  # four numbers
        assert near(frame.getpixel((27, 20))[:3], BLUE, 25)  # type: ignore[index]  # four numbers
