"""Which hook of the house each event of plugins in Lua stands for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from tests.builtin_plugins.lua.hooks.fakes import DRAFT, EVENT, Fake

from newel.contracts.delivery import DeliveryRead, DeliverySent
from newel.contracts.media import AssetEvent, Upload
from newel_lua.compat.tables import TABLES

ASSET = AssetEvent(type="media", id="m1", name="a.png", mime="image/png", bytes=3, sha256="0" * 64)
UPLOAD = Upload(name="a.png", mime="image/png", bytes=3, sha256="0" * 64, path=Path(), source="api")
READ = DeliveryRead(kind="one", path="/", types=("post",))
DOORS: dict[str, list[tuple[Any, str]]] = {
    "content_before_save": [(DRAFT, "before_create"), (evolve(DRAFT, created=False, before={}), "before_update")],
    "content_before_publish": [(EVENT, "before_publish")],
    "content_before_delete": [(EVENT, "before_delete")],
    "content_after_save": [(EVENT, "after_create"), (evolve(EVENT, revision=2), "after_update")],
    "content_after_publish": [(EVENT, "after_publish")],
    "content_after_unpublish": [(EVENT, "after_archive")],
    "content_after_delete": [(EVENT, "after_delete")],
    "media_before_store": [(UPLOAD, "before_create")],
    "media_before_delete": [(ASSET, "before_delete")],
    "media_after_store": [(ASSET, "after_create")],
    "media_after_replace": [(ASSET, "after_update")],
    "media_after_update": [(ASSET, "after_update")],
    "media_after_delete": [(ASSET, "after_delete")],
    "delivery_before_read": [(READ, "before_read")],
    "delivery_after_read": [(DeliverySent(read=evolve(READ, kept={}), headers={}), "after_read")],
}
EVENTS = sorted({event for cases in DOORS.values() for _, event in cases})


@pytest.mark.parametrize("door", DOORS)
async def test_each_door_leads_to_its_event(house: Any, door: str) -> None:
    table = "media" if door.startswith("media") else "content_data"
    told: list[tuple[str, str, set[str]]] = []

    def note(row: dict[str, Any], *_: Any) -> None:
        told.append((row["_event"], row["_table"], set(TABLES[table].columns) - set(row)))

    fake = Fake.of(*[(event, table, note) for event in EVENTS])
    here = house(fake)
    for subject, event in DOORS[door]:
        assert await getattr(here.doors, door)(subject, evolve(here.call, event=event)) is None
        missing = told[-1][2] if table == "media" or "read" not in event else set()  # of one that is not there
        assert (told[-1][:2], missing) == ((event, table), set())
    assert len(told) == len(DOORS[door])
