"""A site that renders while people work: how long others wait for a page and for an upload, quiet and under load.

A real process with two decoders. The load is first photos of many sizes, then files that are made to hurt.
"""

from __future__ import annotations

import statistics
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, sleep

import psutil

from tests.bench.timing import row
from tests.builtin_plugins.images.pictures import encoded, photo
from tests.support import Site, request, start

PHOTOS = 40
SIZES = ((4000, 3000), (2048, 1536), (1600, 1200), (800, 600))
CALLS = 150
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + b"x" * 20_000


def run() -> None:
    with tempfile.TemporaryDirectory() as folder:
        site = start(Path(folder), until_ready=True)
        try:
            _measure(site)
        finally:
            site.stop()


def _measure(site: Site) -> None:
    process = psutil.Process(site.process.pid)
    bodies = [encoded(photo(*size), "JPEG", quality=85) for size in SIZES]
    upload(site, bodies[-1], "warm.jpg", "image/jpeg")
    until_rendered(site)
    quiet = told("quiet", site)
    begun = perf_counter()
    for number in range(PHOTOS):
        upload(site, bodies[number % len(bodies)] + bytes([number, 0]), f"{number}.jpg", "image/jpeg")
    print(f"  {PHOTOS} photos are in after {perf_counter() - begun:.1f} s")
    most = [0.0]
    with watching(process, most):
        busy = told("while two decoders render", site)
        until_rendered(site)
    seconds = perf_counter() - begun
    row(f"{PHOTOS} photos, 15 or more renditions each: photos/s", PHOTOS / seconds, "/s")
    row("server and decoders, most memory", most[0] / 1e6, "MB")
    ratios("rendering", quiet, busy)
    with hurting(site):
        hurt = told("while bombs and broken files come in", site)
    ratios("bombs", quiet, hurt)


def told(label: str, site: Site) -> dict[str, float]:
    found = {}
    for name, call in calls(site).items():
        times = []
        for _ in range(CALLS):
            begun = perf_counter()
            call()
            times.append((perf_counter() - begun) * 1e3)
        found[name] = statistics.quantiles(times, n=100)[98]
        row(f"{label}: {name}, p50", statistics.median(times), "ms")
        row("    p99", found[name], "ms")
    return found


def ratios(label: str, quiet: dict[str, float], busy: dict[str, float]) -> None:
    for name in quiet:
        row(f"{label}: p99 of {name} against quiet", busy[name] / quiet[name], "x")


def calls(site: Site) -> dict[str, Callable[[], None]]:
    numbers = iter(range(1_000_000))

    def read() -> None:
        assert request("GET", f"{site.url}/api/v1/delivery/locales").status == 200

    def put() -> None:
        upload(site, PDF + str(next(numbers)).encode() + str(perf_counter()).encode(), "a.pdf", "application/pdf")

    return {"a read": read, "an upload of 20 kB": put}


def upload(site: Site, data: bytes, name: str, mime: str, status: int = 201) -> None:
    headers = {"Content-Type": mime}
    reply = request("POST", f"{site.url}/api/v1/media?name={name}", data, site.token, **headers)
    assert reply.status == status, reply


def until_rendered(site: Site) -> None:
    while request("GET", f"{site.url}/api/v1/media?status=pending&limit=1", None, site.token).json()["data"]:
        sleep(0.2)


@contextmanager
def watching(process: psutil.Process, most: list[float]) -> Iterator[None]:
    """Notes the most memory of a process and its children together."""
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(0.1):
            family = [process, *process.children(recursive=True)]
            total = 0
            for one in family:
                try:
                    total += one.memory_info().rss
                except psutil.NoSuchProcess:  # it ended meanwhile
                    continue
            most[0] = max(most[0], total)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@contextmanager
def hurting(site: Site) -> Iterator[None]:
    """Sends what a decoder dies of, again and again."""
    from tests.builtin_plugins.images.test_hostile import HOSTILE

    ended = threading.Event()

    def send() -> None:
        while not ended.is_set():
            for name, (ending, data) in HOSTILE.items():
                if ended.is_set():
                    return
                where = f"{site.url}/api/v1/media?name={name.replace(' ', '-')}.{ending}"
                request("POST", where, data or b"x", site.token, **{"Content-Type": "application/octet-stream"})

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
