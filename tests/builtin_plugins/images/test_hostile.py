"""Files that want to do harm: refused, quickly, and the next file is served."""

from __future__ import annotations

import struct
import zlib
from contextlib import suppress
from time import perf_counter

import pytest
from PIL import Image
from tests.builtin_plugins.images.conftest import Begin, Work
from tests.builtin_plugins.images.pictures import encoded, jpeg, photo, png, png_chunk, quarters

from newel.contracts.images import BadImage, Rendition

SIDE = 64_250


def huge_jpeg() -> bytes:
    """5 kB that say 64250 x 64250."""
    data = bytearray(jpeg(Image.new("RGB", (8, 8))))
    at = data.index(b"\xff\xc0")
    struct.pack_into(">HH", data, at + 5, SIDE, SIDE)
    return bytes(data)


def many_frames(count: int) -> bytes:
    """A GIF of one pixel, many times over."""
    frame = b"\x21\xf9\x04\x00\x01\x00\x00\x00" + b"\x2c\0\0\0\0\x01\0\x01\0\0" + b"\x02\x02\x44\x01\x00"
    return b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff" + frame * count + b"\x3b"


def huge_webp(kind: bytes) -> bytes:
    big = 16_383
    if kind == b"VP8X":
        body = b"\0\0\0\0" + (big).to_bytes(3, "little") * 2
    elif kind == b"VP8L":
        body = b"\x2f" + (big | big << 14).to_bytes(4, "little") + bytes(40)
    else:
        body = b"\x30\x01\x00\x9d\x01\x2a" + struct.pack("<HH", big, big) + bytes(40)
    chunk = kind + len(body).to_bytes(4, "little") + body
    return b"RIFF" + (len(chunk) + 4).to_bytes(4, "little") + b"WEBP" + chunk


def huge_avif() -> bytes:
    data = bytearray(encoded(quarters(), "AVIF"))
    at = data.index(b"ispe") + 8
    struct.pack_into(">II", data, at, SIDE, SIDE)
    return bytes(data)


BOMB = zlib.compress(bytes(200 << 20))
HOSTILE = {
    "huge jpeg": ("jpg", huge_jpeg()),
    "huge png": ("png", png(SIDE, SIDE)),
    "huge png, small side": ("png", png(2**31 - 1, 1)),
    "huge gif": ("gif", b"GIF89a\xff\xff\xff\xff\x80\0\0" + many_frames(1)[13:]),
    "huge webp VP8X": ("webp", huge_webp(b"VP8X")),
    "huge webp VP8L": ("webp", huge_webp(b"VP8L")),
    "huge webp VP8": ("webp", huge_webp(b"VP8 ")),
    "huge avif": ("avif", huge_avif()),
    "50,000 frames": ("gif", many_frames(50_000)),
    "zTXt bomb": ("png", png(4, 4, png_chunk(b"zTXt", b"Comment\0\0" + BOMB), data=bytes(52))),
    "iTXt bomb": ("png", png(4, 4, png_chunk(b"iTXt", b"Comment\0\1\0\0\0" + BOMB), data=bytes(52))),
    "iCCP bomb": ("png", png(4, 4, png_chunk(b"iCCP", b"icc\0\0" + BOMB), data=bytes(52))),
    "pixels that are not there": ("png", png(5000, 5000, data=b"")),
    "no pixels": ("png", png(0, 0)),
    "empty": ("png", b""),
    "HTML with a PNG's head": ("png", b"\x89PNG\r\n\x1a\n<html><script>alert(1)</script>"),
    "PDF with JavaScript": ("jpg", b"%PDF-1.7\n1 0 obj<</JS(app.alert(1))>>"),
    "a script that calls itself GIF": ("gif", b"GIF89a=1;alert(document.domain)//" + bytes(40)),
    "another format inside": ("jpg", encoded(quarters(), "PNG")),
    "TIFF": ("png", encoded(quarters(), "TIFF")),
    "BMP": ("jpg", encoded(quarters(), "BMP")),
    "PSD": ("jpg", b"8BPS\0\x01" + bytes(60)),
    "EPS": ("jpg", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"),
}


async def test_each_is_refused_quickly_and_the_next_is_served(work: Work) -> None:
    for name, (kind, data) in HOSTILE.items():
        begun = perf_counter()
        if "TXt" in name or "iCCP" in name:  # a comment, which may be skipped: what counts is that it is not unpacked
            with suppress(BadImage):
                assert (await work.facts(data, kind)).width == 4
        else:
            for refused in (work.facts(data, kind), work.render(data, kind, Rendition(width=10))):
                with pytest.raises(BadImage) as said:
                    await refused
                assert str(work.folder) not in said.value.detail, name
        assert perf_counter() - begun < 20, name
        assert len(work.workers()) <= 1
    assert (await work.facts(jpeg(), "jpg")).width == 120
    assert sorted({one.stem for one in work.folder.iterdir()}) == ["in"]


async def test_only_types_on_the_list_are_opened(work: Work) -> None:
    for mime in ("image/tiff", "image/svg+xml", "application/postscript", "text/html", ""):
        with pytest.raises(BadImage, match="is not read"):
            await work.images.facts(work.file(jpeg(), "in.jpg"), mime)
    with pytest.raises(BadImage):
        await work.images.facts(work.folder / "none.jpg", "image/jpeg")


async def test_polyglots_lose_what_is_not_picture(work: Work) -> None:
    """An image that is also a script or an archive is an image; its renditions are nothing else."""
    script = b"=1;/*" + encoded(quarters(), "GIF")[6:] + b"*/;alert(1)"
    for kind, data in {
        "gif": b"GIF89a" + script[5:],
        "jpg": jpeg(comment=b"<?php system($_GET[0]); __HALT_COMPILER();") + b"PK\x03\x04 an archive, alert(1)",
        "png": encoded(quarters(), "PNG") + b"<script>alert(1)</script>",
        "webp": encoded(quarters(), "WEBP", exif=b"Exif\0\0<script>alert(1)</script>"),
    }.items():
        for made in await work.render(data, kind, Rendition(), Rendition(format="gif"), Rendition(format="jpeg")):
            text = made.path.read_bytes()
            for trace in (b"alert", b"PK\x03\x04", b"php", b"HALT", b"script"):
                assert trace not in text, (kind, trace)


TRUNCATED = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP", "gif": "GIF", "avif": "AVIF"}


@pytest.mark.parametrize("kind", TRUNCATED)
async def test_truncated_files_are_refused(work: Work, kind: str) -> None:
    """At any length: never half a picture."""
    options = {"progressive": True} if kind == "jpg" else {}
    data = encoded(photo(160, 120), TRUNCATED[kind], **options)
    for at in range(1, 40):
        with pytest.raises(BadImage):
            await work.facts(data[: len(data) * at // 41], kind)
    assert len(work.workers()) == 1


async def test_sizes_are_settings(begin: Begin) -> None:
    work = await begin(processes=1, max_pixels=10_000, max_side=150, max_frames=2)
    assert (await work.facts(encoded(quarters(100, 100), "PNG"), "png")).width == 100
    for picture, said in ((quarters(101, 100), "more pixels"), (quarters(151, 4), "150 pixels")):
        with pytest.raises(BadImage, match=said):
            await work.facts(encoded(picture, "PNG"), "png")
    frames = [Image.new("RGB", (9, 9), (at * 80, 0, 0)) for at in range(3)]
    with pytest.raises(BadImage, match="3 frames"):
        await work.facts(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]), "gif")
    with pytest.raises(BadImage, match="10000 pixels"):
        await work.render(encoded(quarters(50, 50), "PNG"), "png", Rendition(width=140, enlarge=True))


async def test_a_file_that_grows_too_large_is_no_death(begin: Begin) -> None:
    work = await begin(processes=1, file_mb=1)
    noise = photo(1000, 800)
    noise.info = {}
    data = encoded(noise, "PNG")
    await work.facts(jpeg(), "jpg")
    [before] = work.workers()
    with pytest.raises(BadImage, match="png of 1000 x 800 pixels cannot be made within the limits"):
        await work.render(data, "png", Rendition(format="png"))
    assert work.workers() == [before]
    assert [one.name for one in work.folder.iterdir() if one.suffix == ".png" and one.name != "in.png"] == []


async def test_a_target_is_whole_or_not_touched(work: Work) -> None:
    """What lies there stays where a file is bad; a link there is replaced, never followed."""
    target = work.folder / "target.svg"
    target.write_text("mine")
    with pytest.raises(BadImage):
        await work.images.sanitised_svg(work.file(b"no svg", "in.svg"), target)
    assert target.read_text() == "mine"
    target.unlink()
    target.symlink_to(work.folder / "elsewhere")
    await work.images.sanitised_svg(work.file(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "in.svg"), target)
    assert not target.is_symlink()
    assert sorted(one.name for one in work.folder.iterdir()) == ["in.svg", "target.svg"]
