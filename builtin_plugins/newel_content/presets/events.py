"""Events: when, where, with whom."""

from __future__ import annotations

from newel_content.presets.making import Preset, choice, kind, named, picture, seo, text, to, words

EVENTS = Preset(
    name="events",
    label="Events",
    summary="Events with venues and speakers.",
    types=(
        kind(
            "venue", "Venue", "collection",
            *named("name"), text("address", "textarea"), text("place", "geo"), text("link", "url"),
        ),
        kind("speaker", "Speaker", "collection", *named("name"), text("role"), words("bio"), picture("portrait")),
        kind(
            "event", "Event", "collection",
            *named(),
            text("starts_at", "datetime", required=True, indexed=True),
            text("ends_at", "datetime", indexed=True),
            choice("status", "planned", "moved", "cancelled", "sold_out", default="planned"),
            words("summary", "textarea", rules={"max_length": 400}),
            words("description"),
            picture("cover"),
            to("venue", "venue"),
            to("speakers", "speaker", many=True, on_delete="clear"),
            text("tickets", "url"),
            text("price", "number", options={"exact": True}, rules={"min": "0"}),
            text("tags", "tags", indexed=True),
            *seo(),
        ),
    ),
)  # fmt: skip
