"""Presets, and making renditions again."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from tests.builtin_plugins.media.pointing import EDITOR, PDF
from tests.builtin_plugins.media.site import Site, image, site

from newel import Conflict, Forbidden, NotFound, PreconditionFailed, Reject
from newel.contracts.blobs import Blobs
from newel.contracts.jobs import Jobs
from newel.testing import FakeClock
from newel_media.renditions.retiring import Retiring

WEEK = timedelta(days=7).total_seconds()


@pytest.fixture
async def library(engine: Any) -> AsyncIterator[Site]:
    async with site() as made:
        yield made


async def result(library: Site, job: str | None) -> dict[str, Any]:
    """Of a job, once all jobs are done."""
    await library.settle()
    done = await library.app.need(Jobs).get(job or "")
    assert done.state == "done", done.error
    found: dict[str, Any] = done.result
    return found


async def rendered(library: Site) -> list[tuple[int | None, str]]:
    """What was made since the last time, as width and format."""
    made = [(one.width, one.format) for batch in library.images.rendered for one in batch]
    library.images.rendered.clear()
    return made


@pytest.mark.needs_plugin("jobs")
async def test_a_new_preset_is_rendered_for_every_image_and_nothing_else_is(library: Site) -> None:
    first, second = await library.upload(image(1000, 500)), await library.upload(image(1001, 500))
    await library.upload(PDF, "a.pdf")
    await library.settle()
    await rendered(library)
    put = await library.run("media.put_preset", name="card", width=400, height=300, fit="cover", format="webp")
    assert (put.preset.name, put.revision) == ("card", 1)
    assert await result(library, put.job) == {"images": 2, "made": 2, "failed": 0, "failed_ids": []}
    assert await rendered(library) == [(400, "webp"), (400, "webp")]
    for stored in (first, second):
        shown = await library.run("media.get", id=stored.id)
        assert (shown.status, shown.presets["card"]["width"]) == ("ready", 400)
    done = await library.app.need(Jobs).get(put.job)
    assert done.progress is not None
    assert done.progress["total"] == 2


@pytest.mark.needs_plugin("jobs")
async def test_a_changed_preset_takes_the_place_of_the_old_one(library: Site) -> None:
    stored = await library.upload(image(1000, 500))
    await library.run("media.put_preset", name="card", width=400, format="webp")
    await library.settle()
    await rendered(library)
    changed = await library.run("media.put_preset", name="card", width=200, format="webp", revision=1)
    await library.settle()
    assert await rendered(library) == [(200, "webp")]
    assert (await library.run("media.get", id=stored.id)).presets["card"]["width"] == 200
    same = await library.run("media.put_preset", name="card", width=200, format="webp", fit="inside")
    assert (same.revision, same.job) == (changed.revision, None)
    with pytest.raises(PreconditionFailed) as refused:
        await library.run("media.put_preset", name="card", width=100, revision=1)
    assert (refused.value.extra["revision"], refused.value.extra["current"]["width"]) == (2, 200)
    assert [one.name for one in await library.run("media.presets", EDITOR)] == ["card", "responsive", "thumb"]


@pytest.mark.needs_plugin("jobs")
async def test_a_preset_that_is_deleted_is_offered_no_more(library: Site) -> None:
    stored = await library.upload(image(1000, 500))
    await library.settle()
    await library.run("media.delete_preset", name="thumb")
    await library.settle()
    assert list((await library.run("media.get", id=stored.id)).presets) == ["responsive"]
    with pytest.raises(Conflict):
        await library.run("media.delete_preset", name="responsive")
    with pytest.raises(NotFound):
        await library.run("media.delete_preset", name="thumb")
    with pytest.raises(Forbidden):
        await library.run("media.put_preset", EDITOR, name="x", width=1)


@pytest.mark.parametrize(
    "order",
    [
        {}, {"width": 0}, {"width": 8193}, {"widths": [9000]}, {"widths": list(range(1, 14))},
        {"width": 5, "widths": [5]},
        {"width": 5, "fit": "cover"}, {"height": 5, "fit": "contain"}, {"width": 5, "quality": 101},
        {"width": 5, "format": "tiff"}, {"width": 5, "background": "red"}, {"width": 5, "name": "../x"},
        {"width": 5, "name": "x" * 49}, {"width": 5, "max": 1},
    ],
)  # fmt: skip
async def test_a_preset_has_bounds(library: Site, order: dict[str, Any]) -> None:
    with pytest.raises(Reject):
        await library.run("media.put_preset", **{"name": "x", **order})
    assert len(await library.run("media.presets")) == 2


async def test_there_are_fifty_presets_at_most(library: Site) -> None:
    for number in range(48):
        await library.run("media.put_preset", name=f"p{number}", width=100 + number)
    with pytest.raises(Conflict):
        await library.run("media.put_preset", name="one_more", width=1)


@pytest.mark.needs_plugin("jobs")
async def test_what_is_missing_is_made_again_and_nothing_else(library: Site) -> None:
    stored = await library.upload(image(1000, 500))
    await library.settle()
    await rendered(library)
    keys = [key for key in await library.keys() if key.startswith("renditions/")]
    await library.app.need(Blobs).delete(keys[0])
    asked = await library.run("media.reprocess", missing=True)
    assert (await result(library, asked.job))["made"] == 1
    assert len(await rendered(library)) == 1
    assert keys[0] in await library.keys()
    assert (await result(library, (await library.run("media.reprocess", missing=True)).job))["made"] == 0
    assert (await library.run("media.get", id=stored.id)).status == "ready"


@pytest.mark.needs_plugin("jobs")
async def test_all_is_made_anew_and_a_second_attempt_goes_on_where_the_first_was_killed(engine: Any) -> None:
    clock = FakeClock()
    async with site(clock=clock) as library:
        await library.upload(image(1000, 500))
        await library.upload(image(1001, 500))
        await library.settle()
        await rendered(library)
        await clock.jump(10)
        asked = await library.run("media.reprocess", preset="thumb")
        payload = (await library.app.need(Jobs).get(asked.job)).payload
        first, second = [row["id"] for row in await library.rows("assets")]
        assert await library.media.rendering.bring(first, only="thumb", lost=True, before=payload["before"]) == 3
        assert [width for width, _ in await rendered(library)] == [320] * 3, "as a process did that was killed then"
        assert (await result(library, asked.job))["made"] == 3
        assert len(library.images.rendered) == 1, f"only {second} was left"


@pytest.mark.needs_plugin("jobs")
async def test_one_broken_image_does_not_stop_the_rest(library: Site) -> None:
    bad = await library.upload(image(10, 10, bad=True))
    lost = await library.upload(image(20, 20))
    await library.upload(image(30, 30))
    await library.settle()
    await library.app.need(Blobs).delete(*[key for key in await library.keys() if lost.hash in key])
    done = await result(library, (await library.run("media.reprocess")).job)
    assert (done["images"], done["failed"], done["failed_ids"]) == (3, 2, [bad.id, lost.id])


@pytest.mark.needs_plugin("jobs")
async def test_asking_twice_is_one_job(library: Site) -> None:
    first, second = await library.run("media.reprocess"), await library.run("media.reprocess")
    assert first.job == second.job
    with pytest.raises(Reject):
        await library.run("media.reprocess", preset="nothing")
    with pytest.raises(Forbidden):
        await library.run("media.reprocess", EDITOR)


@pytest.mark.needs_plugin("jobs")
async def test_renditions_of_an_old_focal_point_stay_a_week(engine: Any) -> None:
    clock = FakeClock()
    async with site(clock=clock) as library:
        stored = await library.upload(image(1000, 500))
        await library.settle()
        await clock.jump(WEEK * 2)
        before = set(await library.keys())
        await library.run("media.update", id=stored.id, focal={"x": 1, "y": 1})
        await library.settle()
        assert len(await library.keys()) == 19

        async def tidy() -> None:
            for kind in ("media.retire", "media.sweep"):
                await library.run("jobs.enqueue", kind=kind)
                await library.settle()

        await tidy()
        assert before < set(await library.keys()), "pages that were made before show them"
        await clock.jump(WEEK + 1)
        await tidy()
        keys = set(await library.keys())
        assert len(keys) == 16
        assert len(before - keys) == 3
        await library.run("media.update", id=stored.id, focal_by_hand=False)
        await library.settle()
        assert before <= set(await library.keys()), "and are made again where they are named again"


@pytest.mark.needs_plugin("jobs")
async def test_a_rendition_that_is_cleared_away_while_it_is_named_again_is_made_again(
    engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = FakeClock()
    async with site(clock=clock) as library:
        stored = await library.upload(image(1000, 500))
        await library.settle()
        await library.run("media.update", id=stored.id, focal={"x": 1, "y": 1})
        await library.settle()
        await clock.advance(WEEK - 10)
        await library.settle()  # what is on the schedule until then
        await clock.advance(20)
        render, retired = library.images.render, list[int]()

        async def silent(done: float, total: float | None = None, note: str = "") -> None:
            return

        async def late(*given: Any) -> Any:
            retired.append((await Retiring(library.app, library.media.store).all(silent))["renditions"])
            return await render(*given)

        monkeypatch.setattr(library.images, "render", late)
        await library.run("media.put_preset", name="card", width=77)
        await library.run("media.update", id=stored.id, focal_by_hand=False)
        await library.settle()
        await clock.advance(60)
        await library.settle()
        assert sum(retired) == 3, "the crops round the point that was found were let go"
        await library.run("jobs.enqueue", kind="media.sweep")
        await library.settle()
        shown = await library.run("media.get", id=stored.id)
        [asset] = await library.rows("assets")
        named = {one["hash"] for one in json.loads(asset["renditions_json"])}
        keys = {key.rpartition("/")[2].partition(".")[0] for key in await library.keys()}
        assert (shown.status, set(shown.presets)) == ("ready", {"card", "responsive", "thumb"})
        assert named <= keys
