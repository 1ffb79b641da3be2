"""Where an image was made is taken out of every format, and nothing else changes."""

from __future__ import annotations

import asyncio
import io
import shutil
import subprocess
import zlib
from typing import Any

import pytest
from PIL import Image
from tests.builtin_plugins.images.conftest import MIMES, Work
from tests.builtin_plugins.images.pictures import encoded, photo, png_chunk, quarters

from newel.contracts.images import BadImage

XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="52,31.2N" dc:creator="Ada">'
    b"<exif:GPSLongitude>13,24.3E</exif:GPSLongitude><exif:GPSMapDatum/><photoshop:City>Berlin</photoshop:City>"
    b"</rdf:Description></rdf:RDF></x:xmpmeta>"
)
FORMATS: dict[str, dict[str, Any]] = {
    "jpg": {"format": "JPEG", "xmp": XMP},
    "png": {"format": "PNG"},
    "webp": {"format": "WEBP", "xmp": XMP},
    "avif": {"format": "AVIF", "xmp": XMP},
}


def exif(order: str = "<") -> bytes:
    """A camera's, with a place."""
    made = Image.Exif()
    made.endian = order
    made[0x010F] = "Camera of Ada"
    made[0x0112] = 1
    made.get_ifd(0x8769)[0x9003] = "2030:01:01 12:00:00"
    made.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.5), 3: "E", 4: (13.0, 24.0, 18.25), 29: "2030:01:01"})
    return made.tobytes()


def place(data: bytes) -> list[Any]:
    """All that the library finds of a place."""
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        found = [*image.getexif().get_ifd(0x8825).values()]
        text = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    return found + (["xmp"] if b"GPS" in (text if isinstance(text, bytes) else text.encode()) else [])


async def without(work: Work, data: bytes, kind: str) -> bytes | None:
    target = work.folder / f"out.{kind}"
    target.unlink(missing_ok=True)
    told = await work.images.without_place(work.file(data, f"in.{kind}"), MIMES[kind], target)
    assert told is target.exists()
    return target.read_bytes() if told else None


@pytest.mark.parametrize("kind", FORMATS)
async def test_it_is_taken_out_and_the_pixels_stay(work: Work, kind: str) -> None:
    for order in ("<", ">"):
        data = encoded(photo(64, 48), **FORMATS[kind], exif=exif(order))
        assert len(place(data)) >= 5
        assert (await work.facts(data, kind)).gps is True
        made = await without(work, data, kind)
        assert made is not None
        assert len(made) == len(data)
        assert place(made) == []
        assert b"52,31" not in made
        assert b"2030:01:01\0" not in made  # the day of the GPS, not only the pointer to it
        assert (await work.facts(made, kind)).gps is False
        with Image.open(io.BytesIO(data)) as before, Image.open(io.BytesIO(made)) as after:
            assert before.tobytes() == after.tobytes()
            assert after.getexif()[0x010F] == "Camera of Ada"
            assert after.getexif().get_ifd(0x8769)[0x9003] == "2030:01:01 12:00:00"
        if "xmp" in FORMATS[kind]:
            assert b'dc:creator="Ada"' in made
            assert b"<photoshop:City>Berlin" in made  # a name that somebody wrote is meant to be read
        assert await without(work, made, kind) is None


@pytest.mark.parametrize("kind", [*FORMATS, "gif"])
async def test_without_a_place_nothing_is_written(work: Work, kind: str) -> None:
    data = encoded(quarters(), {**FORMATS, "gif": {"format": "GIF"}}[kind]["format"])
    assert await without(work, data, kind) is None
    assert (await work.facts(data, kind)).gps is False


async def test_xmp_of_a_png_and_a_gif(work: Work) -> None:
    plain = encoded(quarters(), "PNG")
    head = b"XML:com.adobe.xmp\0"
    for chunk in (
        png_chunk(b"iTXt", head + b"\0\0\0\0" + XMP),
        png_chunk(b"iTXt", head + b"\1\0\0\0" + zlib.compress(XMP)),
        png_chunk(b"tEXt", b"Raw profile type exif\0\nexif\n  10\n" + exif().hex().encode()),
        png_chunk(b"zTXt", b"Raw profile type xmp\0\0" + zlib.compress(b"\nxmp\n 9\n" + XMP.hex().encode())),
    ):
        data = plain[:33] + chunk + plain[33:]
        made = await without(work, data, "png")
        assert made is not None
        assert len(made) == len(data)
        with Image.open(io.BytesIO(made)) as image:
            image.load()
            assert b"GPS" not in str(image.info).encode()
            assert "Raw profile" not in str(image.info)
    camera = Image.Exif()
    camera[0x010F] = "Camera of Ada"
    harmless = b"Raw profile type exif\0\nexif\n  10\n" + camera.tobytes().hex().encode()
    assert await without(work, plain[:33] + png_chunk(b"tEXt", harmless) + plain[33:], "png") is None
    gif = encoded(quarters(), "GIF")
    packet = b"\x21\xff\x0bXMP DataXMP" + XMP + b"\x01" + bytes(range(255, -1, -1)) + b"\0"
    at = gif.index(b"\x2c")
    made = await without(work, gif[:at] + packet + gif[at:], "gif")
    assert made is not None
    assert b"GPS" not in made
    assert (await work.facts(made, "gif")).width == 120


async def test_what_a_phone_hangs_behind_a_jpeg_is_cleaned_too(work: Work) -> None:
    """A second picture has its own metadata; a film clip with a place goes as a whole."""
    one = encoded(quarters(), "JPEG", exif=exif())
    clip = b"\0\0\0\x18ftypmp42" + bytes(30) + b"\xa9xyz+52.5200+013.4050/" + bytes(50)
    made = await without(work, one + one + bytes(100) + one + clip, "jpg")
    assert made is not None
    assert len(made) == 3 * len(one) + 100
    assert made.count(b"Camera of Ada") == 3
    for start in (0, len(one), 2 * len(one) + 100):
        assert place(made[start : start + len(one)]) == []
    plain = encoded(quarters(), "JPEG")
    assert await without(work, plain + clip, "jpg") == plain
    assert await without(work, plain + b"\0\0\0\x18ftypmp42" + bytes(30), "jpg") is None


async def test_xmp_in_a_way_of_its_own_goes_as_a_whole(work: Work) -> None:
    for packet in (XMP.decode().encode("utf-16-le"), b"<x exif:GPSLatitude=52,31 note='see &lt;exif:GPSAltitude'/>"):
        made = await without(work, encoded(quarters(), "JPEG", xmp=packet), "jpg")
        assert made is not None
        assert b"GPS" not in made.replace(b"\0", b"")


async def test_broken_metadata_does_no_harm(work: Work) -> None:
    """Loops, lies about sizes and cut directories: answered, never hung or dead."""
    data = encoded(quarters(), "JPEG", exif=exif())
    start = data.index(b"Exif\0\0") + 6
    for at in range(start, start + 120, 3):
        for value in (0, 0xFF, start & 0xFF):
            changed = bytearray(data)
            changed[at] = value
            target = work.folder / "out.jpg"
            target.unlink(missing_ok=True)
            try:
                await work.images.without_place(work.file(bytes(changed), "in.jpg"), "image/jpeg", target)
            except BadImage:
                continue
    assert len(work.workers()) == 1
    with pytest.raises(BadImage):
        await work.images.without_place(work.file(data, "in.jpg"), "image/tiff", work.folder / "out.jpg")


@pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")
@pytest.mark.parametrize("kind", FORMATS)
async def test_exiftool_finds_nothing_either(work: Work, kind: str) -> None:
    made = await without(work, encoded(photo(64, 48), **FORMATS[kind], exif=exif()), kind)
    assert made is not None
    command = ["exiftool", "-a", "-G", "-gps*", "-warning", str(work.folder / f"out.{kind}")]
    ended = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=True)
    assert ended.stdout == ""
