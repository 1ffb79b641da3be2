"""Still pictures of PDFs and films, by programs under the same limits."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from pathlib import Path

import pytest
from attrs import evolve
from PIL import Image
from tests.builtin_plugins.images.conftest import Begin, Work
from tests.builtin_plugins.images.pictures import RED, encoded, near, quarters

from newel.contracts.images import BadImage

pdf = pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="pdftoppm is not installed")
film = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")


@pdf
async def test_the_first_page_of_a_pdf(work: Work) -> None:
    assert "application/pdf" in work.images.posters
    pages = [Image.new("RGB", (300, 200), colour) for colour in (RED, (0, 0, 0))]
    document = work.file(encoded(pages[0], "PDF", save_all=True, append_images=pages[1:]), "in.pdf")
    made = await work.images.poster(document, "application/pdf", work.folder / "poster")
    assert made is not None
    assert (made.path, made.mime) == (work.folder / "poster.png", "image/png")
    assert max(made.width, made.height) == 1600
    with Image.open(made.path) as image:
        assert image.size == (made.width, made.height)
        assert near(image.convert("RGB").getpixel((800, 500)), RED)


@film
@pytest.mark.parametrize(("name", "mime"), [("in.mp4", "video/mp4"), ("in.webm", "video/webm")])
async def test_a_picture_of_a_film(work: Work, name: str, mime: str) -> None:
    await asyncio.to_thread(_film, work.folder / name)
    made = await work.images.poster(work.folder / name, mime, work.folder / "poster.png")
    assert made is not None
    assert (made.width, made.height) == (64, 48)
    with Image.open(made.path) as image:
        assert near(image.convert("RGB").getpixel((30, 20)), RED, 40)


@pdf
@film
async def test_what_is_none_is_refused(work: Work) -> None:
    """A playlist that names other files is no film: only the demuxer of its type is tried."""
    secret = work.file(encoded(quarters(), "PNG"), "secret.png")
    playlist = f"#EXTM3U\n#EXTINF:1,\nfile://{secret}\n".encode()
    for data, mime in (
        (playlist, "video/mp4"),
        (f"ffconcat version 1.0\nfile '{secret}'\n".encode(), "video/webm"),
        (b"%PDF-1.7\n", "application/pdf"),
        (bytes(1000), "application/pdf"),
        (b"", "video/mp4"),
    ):
        with pytest.raises(BadImage):
            await work.images.poster(work.file(data, "in"), mime, work.folder / "poster.png")
    assert sorted(one.name for one in work.folder.iterdir()) == ["in", "secret.png"]


async def test_none_where_nothing_can_make_one(work: Work) -> None:
    bare = evolve(work.images, tools={})  # type: ignore[type-var]  # our provider is an attrs class
    assert bare.posters == frozenset()
    document = work.file(b"%PDF-1.7\n", "in.pdf")
    assert await bare.poster(document, "application/pdf", work.folder / "poster.png") is None
    assert await work.images.poster(document, "application/zip", work.folder / "poster.png") is None


@pytest.mark.slow
async def test_a_tool_that_hangs_is_ended_with_its_worker(begin: Begin) -> None:
    work = await begin(processes=1, seconds=1.0)
    tool = work.file(b"#!/bin/sh\nexec sleep 613\n", "tool")
    tool.chmod(0o700)
    hanging = evolve(work.images, tools={"application/pdf": str(tool)})  # type: ignore[type-var]  # as above
    with pytest.raises(BadImage, match="takes more than"):
        await hanging.poster(work.file(b"%PDF", "in.pdf"), "application/pdf", work.folder / "poster.png")
    listed = await asyncio.to_thread(subprocess.run, ["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    assert str(tool) not in listed.stdout
    assert "sleep 613" not in listed.stdout


@pytest.mark.slow
async def test_a_tool_has_no_network(work: Work) -> None:
    tool = work.file(
        b'#!/bin/sh\npython3 -c \'import socket; socket.socket()\' 2>/dev/null && cp "$9" "${10}.png"\n', "tool"
    )
    tool.chmod(0o700)
    asking = evolve(work.images, tools={"application/pdf": str(tool)})  # type: ignore[type-var]  # as above
    with pytest.raises(BadImage, match="no picture"):
        await asking.poster(
            work.file(encoded(quarters(), "PNG"), "in.pdf"), "application/pdf", work.folder / "poster.png"
        )
    # The same without a socket does make one, so the socket was the reason.
    tool.write_bytes(b'#!/bin/sh\ncp "$9" "${10}.png"\n')
    made = await asking.poster(work.folder / "in.pdf", "application/pdf", work.folder / "poster.png")
    assert made.width == 120


def _film(path: Path) -> None:
    subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=red:s=64x48:d=1", "-pix_fmt", "yuv420p", str(path)],
        check=True,
    )
