"""A browser that builds a ``<picture>`` of an asset's ``sources`` loads the file that fits, and no other.

To see it: ``KEEP=/tmp/picture.png python -m pytest tests/e2e/test_picture.py`` writes what Chromium shows.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import escape, unescape
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from PIL import Image
from tests.builtin_plugins.images.pictures import encoded, quarters
from tests.builtin_plugins.media.served import Served, served

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PLUGINS = ("database", "migrations", "jobs", "audit", "blobs_local", "images", "media")
WIDTHS = {360: 640, 800: 960, 1600: 1920}
"""Of the window, and of the file that is to be loaded for it."""
OUTER = """<!doctype html><title>Windows</title>%s<pre id="found"></pre><script>
addEventListener("load", async () => {
  const found = {};
  for (const frame of document.querySelectorAll("iframe")) {
    frame.getBoundingClientRect();  // it has its size before it has a page
    const loaded = new Promise(done => frame.addEventListener("load", done));
    frame.src = "/page";
    await loaded;
    const page = frame.contentWindow, image = page.document.querySelector("img");
    found[frame.width] = {
      source: image.currentSrc, shown: [image.clientWidth, image.clientHeight], whole: image.complete,
      natural: image.naturalWidth > 0, loaded: page.performance.getEntriesByType("resource").map(one => one.name),
    };
  }
  document.getElementById("found").textContent = JSON.stringify(found);
});
</script>"""
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium: apt-get install chromium"),
]


def picture(shown: dict[str, Any], site: str) -> str:
    """As a theme would write it."""
    preset = shown["presets"]["responsive"]
    sources = "".join(
        f'<source type="{one["type"]}" srcset="{escape(one["srcset"])}" sizes="100vw">' for one in shown["sources"]
    ).replace("/media/", f"{site}/media/")
    size = f'width="{preset["width"]}" height="{preset["height"]}"'
    image = f'<img src="{site}{preset["src"]}" {size} alt="Four quarters" style="width:100%;height:auto">'
    return f'<!doctype html><title>A page</title><body style="margin:0"><picture>{sources}{image}</picture>'


@asynccontextmanager
async def theme(inner: str) -> AsyncIterator[str]:
    """A website of somebody else, with the page in windows of three widths."""
    frames = "".join(f'<iframe width="{width}" height="900"></iframe>' for width in WIDTHS)

    def page(text: str) -> Any:
        async def answer(request: web.Request) -> web.Response:
            return web.Response(text=text, content_type="text/html")

        return answer

    app = web.Application()
    app.router.add_get("/", page(OUTER % frames))
    app.router.add_get("/page", page(inner))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def chromium(folder: Path, *words: str) -> str:
    """What it writes. Without its own sandbox, which containers do not let it have, and without a network."""
    assert CHROMIUM is not None
    process = await asyncio.create_subprocess_exec(
        CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
        "--disable-dev-shm-usage", f"--user-data-dir={folder}/profile", "--virtual-time-budget=20000",
        "--force-device-scale-factor=1", "--hide-scrollbars", *words,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    async with asyncio.timeout(90):
        written, _ = await process.communicate()
    assert process.returncode == 0
    return written.decode()


@pytest.fixture
async def library() -> AsyncIterator[Served]:
    async with served(plugins=PLUGINS) as made:
        yield made


def scene() -> Image.Image:
    """Four quarters with some noise, so that AVIF saves something."""
    noise = Image.effect_noise((2400, 1200), 60).convert("RGB")
    return Image.blend(quarters(2400, 1200), noise, 0.1)


@pytest.mark.timeout(240)
async def test_a_browser_loads_what_fits(library: Served, tmp_path: Path) -> None:
    shown = await library.picture(encoded(scene(), "JPEG", quality=90), "quarters.jpg")
    async with theme(picture(shown, library.client.url)) as url:
        text = await chromium(tmp_path, "--dump-dom", "--window-size=1900,900", f"{url}/")
        match = re.search(r'<pre id="found">(.+?)</pre>', text)
        assert match, text[-2000:]
        found = json.loads(unescape(match[1]))
        avif = next(one["srcset"] for one in shown["sources"] if one["type"] == "image/avif")
        by_width = {part.rpartition(" ")[2]: part.partition(" ")[0] for part in avif.split(", ")}
        for window, width in WIDTHS.items():
            one = found[str(window)]
            expected = library.client.url + by_width[f"{width}w"]
            assert (one["source"], one["loaded"]) == (expected, [expected]), "this file, and no other"
            assert one["whole"]
            assert one["natural"], "it could be decoded"
            assert one["shown"] == [window, window // 2], "the page knew its place before it was loaded"
        shot = tmp_path / "shot.png"
        await chromium(tmp_path, f"--screenshot={shot}", "--window-size=800,600", f"{url}/page")
    await asyncio.to_thread(looks_right, shot)


def looks_right(shot: Path) -> None:
    with Image.open(shot) as image:
        pixels = image.convert("RGB")
    wanted = {(100, 100): (255, 0, 0), (700, 100): (0, 255, 0), (100, 300): (0, 0, 255), (700, 300): (255, 255, 255)}
    for place, colour in wanted.items():
        pixel: Any = pixels.getpixel(place)
        assert all(abs(one - other) < 32 for one, other in zip(pixel, colour, strict=True)), (place, pixel)
    if "KEEP" in os.environ:
        shutil.copy(shot, os.environ["KEEP"])
