"""Changes of types and locales, as readers notice them in what is published."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from newel import Call
from newel.contracts.content import MAIN, ContentType, Locale
from newel.structure import rfc3339
from newel_content.config import ContentConfig
from newel_content.store import Store
from newel_content.store.changes import micros


async def type_changed(store: Store, call: Call, before: ContentType, after: ContentType) -> None:
    """Tells of all that is published of a type where it is shown to others than before, or looks otherwise."""
    if (before.public, _shape(before)) == (after.public, _shape(after)):
        return
    tick, at = await store.feed.tick(call.tx, call.now), rfc3339(call.now)
    if after.public and not before.public:
        await store.sweeps.show(call.tx, after.id, tick, at)
    elif before.public and not after.public:
        await store.sweeps.hide(call.tx, after.id, tick, at)
        await store.sweeps.name(call.tx, after.id, before.name)
    if _shape(before) != _shape(after):
        again = store.sweeps.with_block if after.kind == "block" else store.sweeps.of_type
        await again(call.tx, after.id, tick, at)


async def type_deleted(store: Store, config: ContentConfig, call: Call, gone: ContentType) -> None:
    """Nothing of it is published from now on."""
    tick, at = await store.feed.tick(call.tx, call.now), rfc3339(call.now)
    await store.sweeps.end(call.tx, gone.id, tick, at)
    if gone.public:  # else strangers keep the name by which they knew it
        await store.sweeps.name(call.tx, gone.id, gone.name)
    await forget(store, config, call)


async def locale_changed(store: Store, call: Call, before: Locale, after: Locale) -> None:
    """Tells of all that is published in a locale which is served from now on, or no longer."""
    if before.enabled != after.enabled:
        tick = await store.feed.tick(call.tx, call.now)
        await store.sweeps.in_locale(call.tx, after.code, tick, rfc3339(call.now))


async def forget(store: Store, config: ContentConfig, call: Call) -> None:
    """Drops what mirrors have been told long ago: rows of what is unpublished since ``keep_tombstones_days``.

    Whenever entries go for good, so that the table cannot grow without them.
    """
    before = micros(call.now - timedelta(days=config.keep_tombstones_days))
    await store.sweeps.forget(call.tx, MAIN, before)


def _shape(type: ContentType) -> Any:
    """What readers see of a type in each of its entries."""
    return type.name, {(field.number, field.name, field.type, field.localized) for field in type.fields}
