"""Work on images is timed, and what came to nothing is counted (``register_metrics``)."""

from __future__ import annotations

from typing import Any

import pytest
from tests.builtin_plugins.images.conftest import Work
from tests.builtin_plugins.images.pictures import encoded, photo

from newel.contracts.images import BadImage


async def test_work_is_timed_and_counted_by_verb(work: Work) -> None:
    plugin: Any = work.app.plugins["images"]
    figures = {one.name: one for one in plugin.register_metrics()}
    await work.facts(encoded(photo(), "PNG"), "png")
    with pytest.raises(BadImage):
        await work.facts(b"no picture", "png")
    taken = figures["images_duration_seconds"].read()["facts"]
    assert (sum(taken.counts), len(taken.counts)) == (2, len(figures["images_duration_seconds"].bounds) + 1)
    assert 0 < taken.sum < 60
    assert figures["images_refused_total"].read() == {"facts": 1.0}
    assert figures["images_waiting"].read() == 0.0
