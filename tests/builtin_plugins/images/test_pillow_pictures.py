"""Each picture of Pillow's own tests, most of them odd and many broken: renditions or ``BadImage``, nothing else."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from pathlib import Path
from time import perf_counter

import pytest
from PIL import Image
from tests.builtin_plugins.images.conftest import MIMES, Begin, Work
from tests.pillow_pictures import SECONDS, fetch, folder

from newel.contracts.images import BadImage, Rendition

WANTED = (
    Rendition(width=64, height=64, format="webp"),
    Rendition(width=32, height=48, fit="cover", format="jpeg"),
    Rendition(width=16, format="png"),
)


@pytest.mark.slow
@pytest.mark.timeout(SECONDS + 120)
async def test_each_is_rendered_or_refused(begin: Begin) -> None:
    if why := await asyncio.to_thread(fetch):
        if os.environ.get("NEWEL_TEST_ENGINES") == "all":
            pytest.fail(why)
        pytest.skip(why)
    files = await asyncio.to_thread(lambda: sorted(folder().iterdir()))
    assert len(files) > 400
    work = await begin(processes=2, seconds=20, queue=10)
    outcomes: Counter[str] = Counter()
    slow: list[tuple[float, str]] = []
    left = iter(files)

    async def some() -> None:
        for file in left:
            begun = perf_counter()
            outcomes[await _tried(work, file)] += 1
            slow.append((perf_counter() - begun, file.name))

    await asyncio.gather(some(), some())
    assert sum(outcomes.values()) == len(files)
    # Some are broken on purpose. Many more would mean that good ones are refused.
    assert outcomes["rendered"] > 0.85 * len(files), outcomes
    assert outcomes["refused"] > 5, outcomes
    assert max(slow)[0] < 20, max(slow)
    assert len(work.workers()) <= 2


async def _tried(work: Work, file: Path) -> str:
    try:
        made = await work.images.render(file, MIMES[file.suffix[1:]], WANTED, work.folder)
        facts = await work.images.facts(file, MIMES[file.suffix[1:]])
    except BadImage:
        return "refused"
    assert facts.width >= 1
    for one in made:
        with Image.open(one.path) as image:
            image.load()
            assert image.size == (one.width, one.height)
    return "rendered"
