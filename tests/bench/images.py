"""Renditions: a photo of 12 megapixels with each library, and two hundred mixed photos through two workers.

The libraries are put into folders of their own below the system's temporary folder, at the first run; each measurement
is a fresh process that loads one of them.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from tests.bench.timing import row
from tests.builtin_plugins.images.pictures import encoded, photo
from tests.support import environment

WIDTHS = (1920, 1280, 960, 640, 320)
JOBS = {"5 WebP": ("webp",), "5 AVIF + 5 WebP": ("avif", "webp")}
LIBRARIES = {
    "pillow-simd": ("pillow-simd", "pillow-avif-plugin"),
    "Pillow": ("pillow",),
    "pyvips": ("pyvips[binary]",),
}
PLACE = Path(tempfile.gettempdir()) / "newel-bench-images"
PHOTOS = 200
MIXED = (
    ((4000, 3000), "jpeg"),
    ((3024, 4032), "jpeg"),
    ((2048, 1536), "jpeg"),
    ((1600, 1200), "webp"),
    ((800, 600), "png"),
)
ROUNDS = 3


def run() -> None:
    PLACE.mkdir(exist_ok=True)
    source = PLACE / "photo.jpg"
    source.write_bytes(encoded(photo(4000, 3000), "JPEG", quality=80))
    print(f"  4000 x 3000 JPEG, {source.stat().st_size / 1e6:.1f} MB, to widths {WIDTHS}; best of {ROUNDS}")
    for job, formats in JOBS.items():
        found = {name: measured(name, formats, source) for name in LIBRARIES}
        least = found["pillow-simd"]["cpu"]
        for name, one in found.items():
            # CPU first: it is the same on a busy machine.
            row(f"{job}, {name}: CPU", one["cpu"], f"s  ({one['cpu'] / least:.2f} x)")
            row("    wall", one["seconds"], "s")
            row("    peak memory", one["memory"] / 1e6, "MB")
    asyncio.run(mixed())


def measured(name: str, formats: tuple[str, ...], source: Path) -> dict[str, float]:
    """The best of some fresh processes."""
    folder = PLACE / name
    if not folder.exists():
        command = ["uv", "pip", "install", "-q", "--python", sys.executable, "--target", str(folder)]
        subprocess.run([*command, *LIBRARIES[name]], check=True)
    places = os.pathsep.join([str(folder), *filter(None, sys.path)])
    way = "vips" if name == "pyvips" else "pillow"
    code = f"from tests.bench.images import {way}; {way}({formats!r}, {str(source)!r})"
    runs = []
    for _ in range(ROUNDS):
        ended = subprocess.run(
            [sys.executable, "-P", "-c", code], capture_output=True, check=True, text=True,
            env=environment(PYTHONPATH=places), cwd=Path(__file__).parents[2],
        )  # fmt: skip
        runs.append(json.loads(ended.stdout.splitlines()[-1]))
    return {key: min(one[key] for one in runs) for key in runs[0]}


def pillow(formats: tuple[str, ...], source: str) -> None:
    """What a worker does, in this process."""
    from newel.contracts.images import Rendition
    from newel_images.worker.reading import Bounds
    from newel_images.worker.rendering import render

    with _told(), tempfile.TemporaryDirectory() as folder:
        wanted = [
            (Rendition(width=width, format=name), Path(folder, f"{width}.{name}"))  # type: ignore[arg-type]  # a format
            for name in formats
            for width in WIDTHS
        ]
        render(Path(source), "image/jpeg", wanted, Bounds(50_000_000, 20_000, 100))


def vips(formats: tuple[str, ...], source: str) -> None:
    """The same sizes and settings, each from the file by its shrinking loader, as its manual has it."""
    import pyvips  # type: ignore[import-not-found]  # only here, from a folder of the bench

    options = {"webp": {"Q": 80, "effort": 4}, "avif": {"Q": 55, "effort": 1}}
    with _told(), tempfile.TemporaryDirectory() as folder:
        for name in formats:
            for width in WIDTHS:
                image = pyvips.Image.thumbnail(source, width)
                image.write_to_file(str(Path(folder, f"{width}.{name}")), keep="none", **options[name])


class _told:
    """Prints what the block took, as JSON."""

    def __enter__(self) -> None:
        self._begun, self._used = perf_counter(), process_time()

    def __exit__(self, *_: object) -> None:
        took = {"seconds": perf_counter() - self._begun, "cpu": process_time() - self._used}
        # Not the peak of getrusage, which begins with that of the process that it was forked from.
        [peak] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
        print(json.dumps(took | {"memory": int(peak.split()[1]) * 1024}))


async def mixed() -> None:
    """Photos of phones and cameras, and some drawings, with five WebP of each."""
    from newel.clock import SystemClock
    from newel.contracts.images import Rendition
    from newel_images.config import ImagesConfig
    from newel_images.images import WorkedImages, tools
    from newel_images.library import installed
    from newel_images.pool import Pool

    library = installed()
    assert library is not None
    config = ImagesConfig(processes=2, queue=PHOTOS, wait_seconds=3600.0)
    pool = Pool(config, SystemClock(), logging.getLogger("bench"))
    images = WorkedImages(pool, config, library, tools())
    wanted = [Rendition(width=width) for width in WIDTHS]
    with tempfile.TemporaryDirectory() as folder:
        files = _files(Path(folder))
        before = sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
        begun = perf_counter()
        jobs = [images.render(*files[at % len(files)], wanted, Path(folder)) for at in range(PHOTOS)]
        made: list[Any] = await asyncio.gather(*jobs)
        seconds = perf_counter() - begun
    await pool.close()
    assert len(made) == PHOTOS
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    row(f"{PHOTOS} mixed photos to 5 WebP each, 2 workers, {library}", PHOTOS / seconds, "images/s")
    row("    CPU an image", (used.ru_utime + used.ru_stime - before) / PHOTOS, "s")


def _files(folder: Path) -> list[tuple[Path, str]]:
    made = []
    for at, (size, name) in enumerate(
        [
            ((4000, 3000), "jpeg"),
            ((3024, 4032), "jpeg"),
            ((2048, 1536), "jpeg"),
            ((1600, 1200), "webp"),
            ((800, 600), "png"),
        ]
    ):
        path = folder / f"photo-{at}"
        path.write_bytes(encoded(photo(*size), name.upper()))
        made.append((path, f"image/{name}"))
    return made
