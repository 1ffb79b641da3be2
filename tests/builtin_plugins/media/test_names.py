"""Names, types and addresses of files."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from newel import Forbidden
from newel.contracts.images import Focal, Rendition
from newel_media.addresses import Addresses
from newel_media.model import Made, Preset
from newel_media.names import cleaned, name_key
from newel_media.renditions.plan import Source, spec, specs, told
from newel_media.sniffing import sniffed

pytestmark = [pytest.mark.engines(), pytest.mark.may_block]
ALL = frozenset(("avif", "webp", "jpeg", "png", "gif"))
NOW = datetime(2030, 1, 1, tzinfo=UTC)
NAMES = [
    ("cat.JPG", "image/jpeg", "cat.jpg"), ("cat.jpeg", "image/jpeg", "cat.jpeg"), ("cat.png", "image/jpeg", "cat.jpg"),
    ("cat", "image/png", "cat.png"), ("archive.tar.gz", "application/gzip", "archive.tar.gz"),
    ("../../etc/passwd", "text/plain", "passwd.txt"), ("C:\\temp\\a.png", "image/png", "a.png"),
    ("\\\\server\\share\\a.png", "image/png", "a.png"), ("a\x00b.png", "image/png", "a b.png"),
    ("..", "image/png", "file.png"), ("", "image/png", "file.png"), (".png", "image/png", "png.png"),
    ("CON", "text/plain", "file CON.txt"), ("nul.txt", "text/plain", "file nul.txt"),
    ("a. . .png", "image/png", "a.png"),
    ("photo\u202egnp.exe", "image/png", "photo gnp.exe.png"), ("e\u0301.png", "image/png", "\u00e9.png"),
    ("x" * 500 + ".png", "image/png", "x" * 200 + ".png"), ("é" * 300, "image/png", "é" * 120 + ".png"),
    ("report.v2.pdf", "application/pdf", "report.v2.pdf"), ("a/b/", "image/png", "file.png"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "mime", "name"), NAMES)
def test_a_name_is_one_that_every_file_system_takes(given: str, mime: str, name: str) -> None:
    assert cleaned(given, mime) == name
    assert len(cleaned(given, mime).encode()) <= 255


@pytest.mark.parametrize(("one", "other"), [("É.png", "e\u0301.PNG"), ("straße", "STRASSE"), ("ﬁle", "file")])
def test_names_that_some_file_system_takes_for_one(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


def archive(*entries: tuple[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        for name, data in entries:
            file.writestr(name, data)
    return made.getvalue()


OFFICE = "application/vnd.openxmlformats-officedocument."
ODT = "application/vnd.oasis.opendocument.text"
TYPES = [
    (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a.jpg", "image/png"),
    (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "a.png", "image/jpeg"),
    (b"GIF89a\1\0\1\0/*<script>alert(1)</script>*/", "a.js", "image/gif"),
    (b"RIFF\x24\0\0\0WEBPVP8 ", "a", "image/webp"),
    (b"\0\0\0\x1cftypavif\0\0\0\0mif1avifmiaf", "a", "image/avif"),
    (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "a", "video/mp4"),
    (b"%PDF-1.7\n<script>alert(1)</script>", "a.html", "application/pdf"),
    (b"plain words", "a.txt", "text/plain"),
    (b"a,b\n1,2\n", "a.csv", "text/csv"),
    (b"# Title\n\nSome <b>words</b>", "a.md", "text/markdown"),
    ("é ".encode() * 5000, "a.txt", "text/plain"),
    (b"\xff\xfeh\0i\0", "a.txt", "text/plain"),
    (b"<!DOCTYPE html><p>", "a.txt", "text/html"),
    (b"  \n<html>", "a.png", "text/html"),
    (b"<script>alert(1)</script>", "a.md", "text/html"),
    (b"x <img src=x onerror=alert(1)>", "a.txt", "text/html"),
    (b"<?xml version='1.0'?>\n<!-- -->\n<svg xmlns='http://www.w3.org/2000/svg'/>", "a.txt", "image/svg+xml"),
    (b"<?xml version='1.0'?><feed/>", "a.txt", "application/xml"),
    (b"WEBVTT\n\n00:00.000", "a.txt", "text/vtt"),
    (b'{"a": 1}', "a.json", "application/json"),
    (b"\x7fELF\2\1\1" + b"\0" * 60, "a.txt", "application/x-executable"),
    (b"\x00\x01\x02\x03", "a.png", "application/octet-stream"),
    (archive(("a.txt", b"x")), "a.docx", "application/zip"),
    (archive(("[Content_Types].xml", b""), ("word/document.xml", b"")), "a.zip", f"{OFFICE}wordprocessingml.document"),
    (archive(("[Content_Types].xml", b""), ("xl/workbook.xml", b"")), "a.zip", f"{OFFICE}spreadsheetml.sheet"),
    (archive(("mimetype", ODT.encode()), ("content.xml", b"")), "a.zip", ODT),
    (archive(("mimetype", b"text/html"), ("content.xml", b"")), "a.odt", "application/zip"),
    (b"PK\x03\x04" + b"\0" * 40, "a.zip", "application/zip"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "name", "mime"), TYPES)
def test_a_file_is_what_its_content_is(tmp_path: Path, data: bytes, name: str, mime: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    assert sniffed(path, name) == mime


def source(width: int = 4000, height: int = 3000, **more: object) -> Source:
    return Source(sha256="ab" * 32, mime="image/jpeg", width=width, height=height, **more)  # type: ignore[arg-type]


def hashes(made: Source, preset: Preset) -> set[str]:
    return {one.hash for one in specs(made, [preset], ALL)}


def test_a_focal_point_changes_only_what_is_cropped_round_it() -> None:
    crop, inside = Preset(name="crop", width=300, height=300, fit="cover"), Preset(name="inside", width=300)
    middle = Preset(name="middle", width=300, height=300, fit="cover", focal=False)
    here, there = source(focal=Focal(x=0.1, y=0.1)), source(focal=Focal(x=0.9, y=0.1))
    assert not hashes(here, crop) & hashes(there, crop)
    assert hashes(here, inside) == hashes(there, inside)
    assert hashes(here, middle) == hashes(there, middle)
    assert {one.rendition.focal for one in specs(here, [crop], ALL)} == {Focal(x=0.1, y=0.1)}


def test_no_width_is_larger_than_the_image() -> None:
    preset = Preset(name="wide", widths=(320, 640, 1280))
    assert [one.rendition.width for one in specs(source(800, 600), [preset], frozenset(("webp",)))] == [320, 640, 800]
    assert [one.rendition.width for one in specs(source(100, 100), [preset], frozenset(("webp",)))] == [100]
    large = Preset(name="wide", widths=(320, 640, 1280), enlarge=True)
    assert [one.rendition.width for one in specs(source(800, 600), [large], frozenset(("webp",)))] == [320, 640, 1280]


def test_a_height_goes_with_the_widths() -> None:
    preset = Preset(name="banner", widths=(400, 800), height=200, fit="cover")
    sizes = [(one.rendition.width, one.rendition.height) for one in specs(source(), [preset], frozenset(("webp",)))]
    assert sizes == [(400, 100), (800, 200)]


def test_what_moves_goes_on_moving() -> None:
    made = specs(source(frames=12), [Preset(name="one", width=100)], ALL)
    assert [(one.rendition.format, one.fallback) for one in made] == [("webp", False), ("gif", True)]


def test_the_same_rendition_has_the_same_hash_whatever_asked_for_it() -> None:
    [one] = specs(source(), [Preset(name="one", width=100, format="webp")], ALL)
    assert specs(source(), [Preset(name="two", width=100, format="webp")], ALL)[0].hash == one.hash
    assert spec(source(), "~transform", Rendition(width=100)).hash != one.hash, (
        "transforms go, so presets have their own"
    )


def test_a_type_that_lacks_a_width_is_not_offered() -> None:
    made = [
        Made(preset="one", hash=mime, mime=mime, width=width, height=1, bytes=1)
        for mime, width in (
            ("image/avif", 9),
            ("image/webp", 9),
            ("image/webp", 5),
            ("image/jpeg", 9),
            ("image/jpeg", 5),
        )
    ]
    assert [(one.mime, one.width) for one in told(made)] == [
        ("image/webp", 5), ("image/webp", 9), ("image/jpeg", 5), ("image/jpeg", 9),
    ]  # fmt: skip


def parts(url: str) -> tuple[str, str | None, str | None]:
    asked = parse_qs(urlsplit(url).query)
    return urlsplit(url).path, asked.get("expires", [None])[0], asked.get("signature", [None])[0]


def test_a_signed_address_is_good_for_its_path_and_its_time() -> None:
    addresses = Addresses("https://cdn.example.org/", ["new", "old"], 900)
    until = addresses.until(NOW)
    assert timedelta(seconds=900) <= until - NOW <= timedelta(seconds=990)
    url = addresses.file("0" * 26, "a b.pdf", until)
    assert url.startswith("https://cdn.example.org/media/file/00000000000000000000000000/a%20b.pdf?expires=")
    path, expires, signature = parts(url)
    addresses.check(path, expires, signature, NOW)
    Addresses("", ["newer", "new"], 900).check(path, expires, signature, NOW)
    for bad in (
        (path + "x", expires, signature), (path, str(int(expires or 0) + 1), signature),
        (path, expires, (signature or "")[:-1]),
        (path, None, signature), (path, expires, None), (path, "x", signature), (path, "", ""),
    ):  # fmt: skip
        with pytest.raises(Forbidden):
            addresses.check(*bad, NOW)
    with pytest.raises(Forbidden, match="expired"):
        addresses.check(path, expires, signature, until + timedelta(seconds=1))
    with pytest.raises(Forbidden):
        Addresses("", ["other"], 900).check(path, expires, signature, NOW)


def test_addresses_of_one_moment_are_the_same() -> None:
    addresses = Addresses("", ["key"], 900)
    assert addresses.until(NOW) == addresses.until(NOW + timedelta(seconds=80))
    made = Made(preset="thumb", hash="ab" * 16, mime="image/jpeg", width=1, height=1, bytes=1)
    assert addresses.rendition(made) == f"/media/{'ab' * 16}/thumb.jpg"
