"""Presets, and the renditions that follow from them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from attrs import asdict, evolve, fields, frozen

from newel import Call, Conflict, NotFound, Pattern, PreconditionFailed, Problem, Reject, operation
from newel.contracts.audit import Change
from newel.contracts.database import Row
from newel.contracts.images import Images
from newel.contracts.jobs import Jobs
from newel.structure import rfc3339
from newel_media.model import PRESET_NAME, Preset
from newel_media.permissions import MEDIA_MANAGE, MEDIA_READ

if TYPE_CHECKING:
    from newel.app import App
    from newel_media.config import MediaConfig
    from newel_media.renditions.rendering import Rendering
    from newel_media.store import Store

REPROCESS = "media.reprocess"
MOST = 50
"""Presets: each is up to 36 files of every image."""


@frozen(kw_only=True)
class PutPreset(Preset):
    """A preset, whole: what is left out is as if it had never been said."""

    revision: Annotated[int | None, "The revision that this is based on."] = None  # type: ignore[assignment]  # given, not counted


@frozen(kw_only=True)
class PresetName:
    """Which preset."""

    name: Annotated[str, "Its name.", Pattern(PRESET_NAME)]
    revision: Annotated[int | None, "The revision that this is based on."] = None


@frozen(kw_only=True)
class PresetAnswer:
    """``job``: the one that brings all images up to it; empty where there is nothing to do."""

    preset: Preset
    revision: int
    job: str | None = None


@frozen(kw_only=True)
class Reprocess:
    """Of which renditions."""

    preset: Annotated[str | None, "Only those of this preset.", Pattern(PRESET_NAME)] = None
    missing: Annotated[
        bool, "Only those that are not there, be it that their bytes are lost; else all are made anew."
    ] = False  # fmt: skip


@frozen(kw_only=True)
class Asked:
    """The job that does it; `jobs.get` says how far it is."""

    job: str


class Presetting:
    """``media.presets``, what changes them, and ``media.reprocess``."""

    def __init__(self, app: App, config: MediaConfig, store: Store, rendering: Rendering) -> None:
        self._app = app
        self._config = config
        self._store = store
        self._rendering = rendering

    @operation("media.presets", needs=MEDIA_READ, http="GET /media/presets")
    async def presets(self, call: Call) -> tuple[Preset, ...]:
        """Lists the presets."""
        return tuple(await self._rendering.presets())

    @operation(
        "media.put_preset", needs=MEDIA_MANAGE, http="PUT /media/presets/{name}", effect="write", revision="revision"
    )
    async def put(self, call: Call, order: PutPreset) -> PresetAnswer:
        """Makes or replaces a preset. All images are brought up to it, beside the requests."""
        _check(order)
        row = await self._store.presets.locked(call.tx, order.name)
        self._check_revision(row, order.revision)
        given = _given(order)
        if row is not None and json.loads(row["preset_json"]) == given:
            return PresetAnswer(preset=self._rendering.preset(row), revision=row["revision"])
        if row is None and len(await self._store.presets.all(call.tx)) >= MOST:
            raise Conflict(f"there are {MOST} presets at most", code="too_many_presets")
        after: dict[str, Any] = {
            "name": order.name, "revision": 1 if row is None else row["revision"] + 1, "preset_json": json.dumps(given),
            "updated_at": rfc3339(call.now),
        }  # fmt: skip
        await (self._store.presets.add if row is None else self._store.presets.update)(call.tx, after)
        before = None if row is None else json.loads(row["preset_json"])
        call.changed(Change(entity="media_preset", id=order.name, before=before, after=given))
        job = await self._enqueue(call, order.name, "needed")
        return PresetAnswer(preset=self._rendering.preset(after), revision=after["revision"], job=job)

    @operation(
        "media.delete_preset", needs=MEDIA_MANAGE, http="DELETE /media/presets/{name}", effect="write",
        revision="revision",
    )  # fmt: skip
    async def delete(self, call: Call, order: PresetName) -> PresetAnswer:
        """Deletes a preset. Its renditions go some days later, when no page shows them any more."""
        row = await self._store.presets.locked(call.tx, order.name)
        if row is None:
            raise NotFound(f"there is no preset '{order.name}'")
        self._check_revision(row, order.revision)
        if order.name == self._config.default_preset:
            raise Conflict("this preset is behind `sources` (media.default_preset)", code="default_preset")
        await self._store.presets.delete(call.tx, order.name)
        before = json.loads(row["preset_json"])
        call.changed(Change(entity="media_preset", id=order.name, before=before, after=None))
        job = await self._enqueue(call, order.name, "needed")
        return PresetAnswer(preset=self._rendering.preset(row), revision=row["revision"], job=job)

    @operation("media.reprocess", needs=MEDIA_MANAGE, http="POST /media/reprocess", effect="write", status=202)
    async def reprocess(self, call: Call, order: Reprocess) -> Asked:
        """Makes renditions anew, or those that are missing: a job that goes through all images."""
        if order.preset is not None and await self._store.presets.locked(call.tx, order.preset) is None:
            raise Reject.field("/preset", "not_found", f"there is no preset '{order.preset}'")
        job = await self._enqueue(call, order.preset, "missing" if order.missing else "anew")
        if job is None:
            raise Conflict("this needs the plugins 'images' and 'jobs'", code="cannot_render")
        return Asked(job=job)

    async def _enqueue(self, call: Call, preset: str | None, extent: str) -> str | None:
        jobs = self._app.find(Jobs)
        if jobs is None or self._app.find(Images) is None:
            return None
        payload = {"preset": preset, "extent": extent, "before": rfc3339(call.now)}
        return await jobs.enqueue(call, REPROCESS, payload, key=f"{extent} {preset or ''}")

    def _check_revision(self, row: Row | None, revision: int | None) -> None:
        there = 0 if row is None else row["revision"]
        if revision is not None and revision != there:
            current = None if row is None else asdict(self._rendering.preset(row))
            extra = {"revision": there, "base": revision, "current": current}
            raise PreconditionFailed("somebody changed this preset meanwhile", extra=extra)


def _given(order: Preset) -> Mapping[str, Any]:
    """What is kept of a preset: where it differs from one that says nothing."""
    kept = {one.name: getattr(order, one.name) for one in fields(Preset) if one.name not in ("name", "revision")}
    if kept["widths"]:
        kept["widths"] = tuple(sorted(set(kept["widths"])))
    plain = asdict(evolve(Preset(name=order.name), **kept))
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in plain.items()
        if name in kept and value != getattr(Preset(name=order.name), name)
    }


def _check(preset: Preset) -> None:
    faults = []
    if not (preset.width or preset.height or preset.widths):
        faults.append(Problem("/width", "required", "give a width, a height or several widths"))
    if preset.width and preset.widths:
        faults.append(Problem("/widths", "contradiction", "give a width or several, not both"))
    if preset.fit in ("cover", "contain") and not (preset.height and (preset.width or preset.widths)):
        faults.append(Problem("/height", "required", f"`{preset.fit}` needs a height and a width"))
    if faults:
        raise Reject("the preset is not valid", problems=faults)
