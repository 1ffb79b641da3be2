"""What a site takes, for docs/operate/sizing.md: a real ``newel serve`` with every plugin that is on by default, its
memory and processor time (of the server and its children; the client is a process of its own), and bytes on disk."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, sleep

import psutil

from tests.bench.http import CLIENT
from tests.bench.media_load import until_rendered, upload
from tests.bench.timing import row
from tests.builtin_plugins.images.pictures import encoded, photo
from tests.support import Site, environment, running

ENTRIES = 1500
READS = 4000
TEXT = "One step after another, and a handrail all the way up. " * 30


def run() -> None:
    with tempfile.TemporaryDirectory() as folder:
        begun = perf_counter()
        with running(Path(folder)) as site:
            row("first start, until it answers", perf_counter() - begun, "s")
            _measure(site, Path(folder))
        begun = perf_counter()
        with running(Path(folder), token=site.token):
            row("a later start", perf_counter() - begun, "s")


def _measure(site: Site, folder: Path) -> None:
    family = Family(site)
    sleep(5)
    row("memory at rest, with its workers", family.memory() / 1e6, "MB")
    fields = [
        {"name": "title", "type": "text", "indexed": True},
        {"name": "slug", "type": "slug", "indexed": True, "options": {"source": "title"}},
        {"name": "number", "type": "integer", "indexed": True},
        {"name": "text", "type": "markdown"},
    ]
    assert site.api("POST", "/types", {"name": "post", "fields": fields}).status == 201
    before = _bytes(folder / "data")
    seconds = family.busy(lambda: _write(site))
    row("an entry made and published: processor time", seconds / ENTRIES * 1e3, "ms")
    row(
        "    on disk, with its versions, indexes and audit rows",
        (_bytes(folder / "data") - before) / ENTRIES / 1e3,
        "kB",
    )
    for label, path in (
        ("one entry by slug", "/api/v1/delivery/post/step-7"),
        ("a page of 25, sorted", "/api/v1/delivery/post?sort=-number&limit=25"),
        (
            "a page of 25 of one filter, in other order",
            "/api/v1/delivery/post?filter[number][_gte]=700&sort=title&limit=25",
        ),
    ):
        cost = family.busy(lambda path=path: _read(site, path)) / READS  # type: ignore[misc]  # a lambda's default
        row(f"{label}: processor time", cost * 1e3, "ms")
        row("    that is, requests a second of a core", 1 / cost, "")
    row("memory after that", family.memory() / 1e6, "MB")
    size = (4000, 3000)
    body = encoded(photo(*size), "JPEG", quality=88)
    before = _bytes(folder / "data")

    def rendered() -> None:
        upload(site, body, "photo.jpg", "image/jpeg")
        until_rendered(site)

    row(f"a photo of 12 megapixels ({len(body) / 1e6:.1f} MB): processor time", family.busy(rendered), "s")
    row("    on disk, with its renditions", (_bytes(folder / "data") - before) / 1e6, "MB")
    row("memory with a decoder at hand", family.memory() / 1e6, "MB")


class Family:
    """The server and what it has started."""

    def __init__(self, site: Site) -> None:
        self._process = psutil.Process(site.process.pid)

    def _members(self) -> list[psutil.Process]:
        return [self._process, *self._process.children(recursive=True)]

    def memory(self) -> int:
        """Bytes that are theirs alone, and their shares of what several hold (PSS)."""
        return sum(one.memory_full_info().pss for one in self._members())

    def _times(self) -> float:
        times = [one.cpu_times() for one in self._members()]
        ended = times[0].children_user + times[0].children_system
        return sum(one.user + one.system for one in times) + ended

    def busy(self, act: Callable[[], object]) -> float:
        """Seconds of processor time that they take for it."""
        before = self._times()
        act()
        return self._times() - before


def _write(site: Site) -> None:
    for number in range(ENTRIES):
        made = site.api("POST", "/content/post", {"data": {"title": f"Step {number}", "number": number, "text": TEXT}})
        assert made.status == 201, made
        done = site.api("POST", f"/content/post/{made.json()['id']}/publish", {})
        assert done.status == 200, done


def _read(site: Site, path: str) -> None:
    assert site.api("GET", path.removeprefix("/api/v1"), anonymous=True).status == 200, path
    host, port = site.url.removeprefix("http://").split(":")
    subprocess.run([sys.executable, "-c", CLIENT, host, port, path, str(READS)], check=True, env=environment())


def _bytes(folder: Path) -> int:
    return sum(one.stat().st_size for one in folder.rglob("*") if one.is_file())
