"""Pixels of renditions: turned, in sRGB, with their transparency, cut where they should be."""

from __future__ import annotations

import struct

import pytest
from PIL import Image, ImageCms
from tests.builtin_plugins.images.conftest import Work
from tests.builtin_plugins.images.pictures import (
    BLUE,
    GREEN,
    RED,
    WHITE,
    YELLOW,
    corners,
    encoded,
    jpeg,
    near,
    photo,
    png,
    quarters,
)

from newel.contracts.images import BadImage, Focal, Rendition
from newel.errors import Reject

TURNS = {
    1: [RED, GREEN, BLUE, WHITE],
    2: [GREEN, RED, WHITE, BLUE],
    3: [WHITE, BLUE, GREEN, RED],
    4: [BLUE, WHITE, RED, GREEN],
    5: [RED, BLUE, GREEN, WHITE],
    6: [BLUE, RED, WHITE, GREEN],
    7: [WHITE, GREEN, BLUE, RED],
    8: [GREEN, WHITE, RED, BLUE],
}
"""By value of EXIF's orientation: what people see, row by row, of stored red, green, blue, white."""


def _exif(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif.tobytes()


async def test_each_orientation_is_baked_in(work: Work) -> None:
    for value, seen in TURNS.items():
        for kind, data in {
            "jpg": jpeg(exif=_exif(value)),
            "webp": encoded(quarters(), "WEBP", lossless=True, exif=_exif(value)),
            "png": encoded(quarters(), "PNG", exif=_exif(value)),
        }.items():
            facts = await work.facts(data, kind)
            assert (facts.width, facts.height) == ((80, 120) if value >= 5 else (120, 80)), (kind, value)
            [made, small] = await work.render(data, kind, Rendition(format="png"), Rendition(width=40, format="png"))
            for one in (made, small):
                with Image.open(one.path) as image:
                    assert image.size == (one.width, one.height)
                    assert all(map(near, corners(image), seen)), (kind, value)
                    assert not image.getexif()
            assert (made.width, made.height) == (facts.width, facts.height)


async def test_renditions_carry_no_metadata(work: Work) -> None:
    exif = Image.Exif()
    exif[0x010E] = "a secret note"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = jpeg(exif=exif.tobytes(), icc_profile=profile, comment=b"a secret note", xmp=b"<x>a secret note</x>")
    wanted = [Rendition(format=name) for name in ("webp", "avif", "jpeg", "png", "gif")]  # type: ignore[arg-type]  # they are the formats
    for made in await work.render(data, "jpg", *wanted):
        text = made.path.read_bytes()
        assert b"secret" not in text
        assert b"acsp" not in text  # the mark of a colour profile
        assert len(text) == made.bytes


async def test_a_profile_is_brought_to_srgb(work: Work) -> None:
    """A file whose profile swaps red and green is shown in the colours that it means."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for at in range(132, 132 + 12 * struct.unpack_from(">I", profile, 128)[0], 12):
        name = bytes(profile[at : at + 4])
        if name in (b"rXYZ", b"gXYZ"):
            profile[at : at + 4] = b"gXYZ" if name == b"rXYZ" else b"rXYZ"
        if name == b"desc":  # a name is no proof, but one that says sRGB is believed
            profile[at : at + 4] = b"zzzz"
    [made] = await work.render(encoded(quarters(), "PNG", icc_profile=bytes(profile)), "png", Rendition(format="png"))
    with Image.open(made.path) as image:
        assert all(map(near, corners(image), [GREEN, RED, BLUE, WHITE]))


async def test_a_profile_of_another_colour_space_is_not_used(work: Work) -> None:
    """Such a mismatch wrote outside of memory once."""
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    for profile in (lab, b"no profile at all", lab[:200]):
        [made] = await work.render(encoded(quarters(), "PNG", icc_profile=profile), "png", Rendition(format="png"))
        with Image.open(made.path) as image:
            assert all(map(near, corners(image), TURNS[1]))


async def test_cmyk_is_not_inverted(work: Work) -> None:
    """Adobe stores it inverted, and so does our encoder: what was red is red."""
    [made] = await work.render(jpeg(quarters(mode="CMYK")), "jpg", Rendition(format="webp", quality=100))
    with Image.open(made.path) as image:
        assert all(map(near, corners(image), TURNS[1], [60] * 4)), corners(image)
        assert image.mode == "RGB"


async def test_16_bits_become_8(work: Work) -> None:
    rows = b"".join(b"\0" + struct.pack(">4H", 0, 0x4000, 0x8000, 0xFFFF) for _ in range(4))
    [made] = await work.render(png(4, 4, depth=16, colour=0, data=rows), "png", Rendition(format="png"))
    with Image.open(made.path) as image:
        assert near([image.convert("L").getpixel((x, 0)) for x in range(4)], (0, 64, 128, 255), 1)
    rows = b"".join(b"\0" + struct.pack(">6H", 0xFFFF, 0x8000, 0, 0, 0x4000, 0xFFFF) for _ in range(2))
    [made] = await work.render(png(2, 2, depth=16, colour=2, data=rows), "png", Rendition(format="png"))
    with Image.open(made.path) as image:
        assert near(image.convert("RGB").getpixel((0, 0)), (255, 128, 0), 1)


@pytest.mark.parametrize("mode", ["P", "LA", "RGBA", "1", "L"])
async def test_modes_keep_what_is_seen_through(work: Work, mode: str) -> None:
    """Transparency stays where the format has it, and becomes the background in a JPEG."""
    image = Image.new("RGBA", (40, 40), (0, 0, 0, 255))
    clear = mode in ("P", "LA", "RGBA")
    image.paste((255, 255, 255, 0) if clear else WHITE, (20, 0, 40, 40))
    options = {}
    if mode == "P":
        image = Image.new("P", (40, 40), 0)
        image.putpalette([0, 0, 0, 255, 255, 255])
        image.paste(1, (20, 0, 40, 40))
        options = {"transparency": 1}
    data = encoded(image.convert(mode), "PNG", **options)
    assert (await work.facts(data, "png")).alpha is clear
    made = await work.render(
        data, "png", Rendition(format="webp", width=20), Rendition(format="jpeg", background="#ffff00", quality=100)
    )
    with Image.open(made[0].path) as webp, Image.open(made[1].path) as flat:
        assert webp.convert("RGBA").getpixel((2, 10))[3] == 255  # type: ignore[index]  # four numbers
        assert (webp.convert("RGBA").getpixel((17, 10))[3] < 20) is clear  # type: ignore[index]  # four numbers
        assert near(flat.getpixel((2, 10)), (0, 0, 0))
        assert near(flat.getpixel((37, 10)), YELLOW if clear else WHITE)


async def test_no_dark_seam_round_what_is_transparent(work: Work) -> None:
    """Colours under full transparency do not bleed in when an image is made smaller."""
    image = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
    image.paste((255, 0, 0, 255), (25, 25, 75, 75))
    [made] = await work.render(encoded(image, "PNG"), "png", Rendition(format="png", width=33))
    with Image.open(made.path) as small:
        seen = [one for one in small.convert("RGBA").get_flattened_data() if one[3] > 100]
    assert seen
    assert all(near(one[:3], RED, 3) for one in seen)


FITS = [
    (Rendition(width=60, height=60), (60, 40)),
    (Rendition(width=60), (60, 40)),
    (Rendition(height=20), (30, 20)),
    (Rendition(width=60, height=60, fit="outside"), (90, 60)),
    (Rendition(width=60, height=60, fit="cover"), (60, 60)),
    (Rendition(width=60, height=60, fit="contain"), (60, 60)),
    (Rendition(width=500, height=500), (120, 80)),
    (Rendition(width=500, height=500, enlarge=True), (500, 333)),
    (Rendition(width=200, height=200, fit="cover"), (80, 80)),
    (Rendition(width=200, height=200, fit="cover", enlarge=True), (200, 200)),
    (Rendition(width=240, height=160, fit="outside"), (120, 80)),
    (Rendition(), (120, 80)),
    (Rendition(width=1, height=1), (1, 1)),
]


async def test_fits(work: Work) -> None:
    made = await work.render(encoded(quarters(), "PNG"), "png", *(one for one, _ in FITS))
    assert [(one.width, one.height) for one in made] == [size for _, size in FITS]
    for one in made:
        with Image.open(one.path) as image:
            assert image.size == (one.width, one.height)


async def test_contain_fills_with_the_background(work: Work) -> None:
    [made] = await work.render(
        encoded(quarters(), "PNG"),
        "png",
        Rendition(width=60, height=60, fit="contain", background="#00f", format="png"),
    )
    with Image.open(made.path) as image:
        assert near(image.convert("RGB").getpixel((30, 3)), BLUE)
        assert near(image.convert("RGB").getpixel((10, 15)), RED)
        assert near(image.convert("RGB").getpixel((30, 57)), BLUE)
    with pytest.raises(BadImage, match="background"):
        await work.render(
            encoded(quarters(), "PNG"), "png", Rendition(width=9, height=9, fit="contain", background="sky")
        )


async def test_a_crop_keeps_its_focal_point(work: Work) -> None:
    points = {
        (0.25, 0.25): RED,
        (0.75, 0.25): GREEN,
        (0.25, 0.75): BLUE,
        (0.75, 0.75): WHITE,
        (0, 0): RED,
        (1, 1): WHITE,
    }
    wanted = [Rendition(width=50, height=25, fit="cover", focal=Focal(x=x, y=y), format="png") for x, y in points] + [
        Rendition(width=25, height=50, fit="cover", focal=Focal(x=x, y=y), format="png") for x, y in points
    ]
    made = await work.render(encoded(quarters(400, 400), "PNG"), "png", *wanted)
    # At the wide crops the point decides up or down, at the tall ones left or right.
    for at, colour in enumerate([*points.values()] * 2):
        with Image.open(made[at].path) as image:
            seen = {c for c in (RED, GREEN, BLUE, WHITE) for found in corners(image) if near(c, found)}
            assert colour in seen, at
            assert len(seen) == 2, at


async def test_a_large_photo_decoded_small_looks_the_same(work: Work) -> None:
    """Draft decoding and cascading cost no visible quality: 38 dB and more against one step from full size."""
    source = photo(2000, 1500)
    data = jpeg(source)
    sizes = (960, 640, 320)
    made = await work.render(data, "jpg", *(Rendition(width=width, format="png") for width in sizes))
    for one, width in zip(made, sizes, strict=True):
        best = source.resize((width, width * 3 // 4), Image.Resampling.LANCZOS)
        with Image.open(one.path) as image:
            assert psnr(image.convert("RGB"), best) > 38, width


def psnr(one: Image.Image, other: Image.Image) -> float:
    from math import log10

    from PIL import ImageChops, ImageStat

    squares = ImageStat.Stat(ImageChops.difference(one, other)).sum2
    error = sum(squares) / (3 * one.width * one.height)
    return 99.0 if not error else 10 * log10(255**2 / error)


async def test_what_cannot_be_made_is_refused(work: Work) -> None:
    data = jpeg()
    for bad in (Rendition(width=0), Rendition(height=10**6), Rendition(quality=0), Rendition(quality=101)):
        with pytest.raises(Reject):
            await work.render(data, "jpg", bad)
    with pytest.raises(Reject, match="cannot be written"):
        await work.render(data, "jpg", Rendition(format="tiff"))  # type: ignore[arg-type]  # that is the point
    with pytest.raises(BadImage, match="side"):
        await work.render(encoded(quarters(2, 1000), "PNG"), "png", Rendition(width=1000, enlarge=True))
    assert [one.name for one in work.folder.iterdir() if not one.name.startswith("in.")] == []


async def test_a_small_picture_comes_pixel_by_pixel(work: Work) -> None:
    """As people see it, inside of the box, on white."""
    made = await work.images.pixels(work.file(jpeg(exif=_exif(6)), "in.jpg"), "image/jpeg", 64, 64)
    assert (made.width, made.height, len(made.data)) == (43, 64, 3 * 43 * 64)
    small = Image.frombytes("RGB", (made.width, made.height), made.data)
    assert all(map(near, corners(small), TURNS[6]))
    clear = encoded(Image.new("RGBA", (300, 100), (0, 0, 0, 0)), "PNG")
    made = await work.images.pixels(work.file(clear, "clear.png"), "image/png", 100, 100)
    assert (made.width, made.height, set(made.data)) == (100, 33, {255})


async def test_the_largest_that_is_sent_pixel_by_pixel_comes_through(work: Work) -> None:
    made = await work.images.pixels(work.file(jpeg(photo(800, 800)), "in.jpg"), "image/jpeg", 384, 384)
    assert (made.width, made.height, len(made.data)) == (384, 384, 3 * 384 * 384)


@pytest.mark.parametrize("size", [(0, 10), (10, 385)])
async def test_pictures_pixel_by_pixel_are_small(work: Work, size: tuple[int, int]) -> None:
    with pytest.raises(Reject, match="1 to 384 pixels"):
        await work.images.pixels(work.file(jpeg(), "in.jpg"), "image/jpeg", *size)
