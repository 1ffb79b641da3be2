"""Screens that are one list each: everything in them is an operation."""

from __future__ import annotations

from newel.contracts.views import Act, Ask, Col, Listing

PRESET = ("width", "height", "widths", "fit", "format", "quality", "focal", "enlarge", "background")
PRESETS = Listing(
    title="Image presets",
    ask=Ask(operation="media.presets"),
    at="",
    key="name",
    columns=(
        Col(label="name", value="name", weight=2),
        Col(label="width", value="width", cell="number", weight=0),
        Col(label="height", value="height", cell="number", weight=0),
        Col(label="widths", value="widths", cell="list", weight=2),
        Col(label="fit", value="fit", weight=0),
        Col(label="format", value="format", weight=0),
    ),
    details=(
        Col(label="quality", value="quality", cell="number"), Col(label="focal", value="focal", cell="flag"),
        Col(label="enlarges", value="enlarge", cell="flag"), Col(label="background", value="background"),
        Col(label="revision", value="revision", cell="number"),
    ),
    acts=(
        Act(
            name="edit", label="edit", key="e", form=PRESET,
            ask=Ask(operation="media.put_preset", params={"name": "$name", "revision": "$revision"}),
        ),
        Act(
            name="new", label="new", key="n", row=False, form=("name", *PRESET),
            ask=Ask(operation="media.put_preset"),
        ),
        Act(
            name="delete", label="delete", key="d", confirm="Delete this preset? Its renditions go some days later.",
            ask=Ask(operation="media.delete_preset", params={"name": "$name", "revision": "$revision"}),
        ),
        Act(
            name="reprocess", label="make its renditions anew", key="p", shows=True,
            confirm="Make all renditions of this preset anew?",
            ask=Ask(operation="media.reprocess", params={"preset": "$name"}),
        ),
        Act(
            name="missing", label="make what is missing", key="P", row=False, shows=True,
            confirm="Make all renditions that are missing?",
            ask=Ask(operation="media.reprocess", params={"missing": True}),
        ),
    ),
    empty="no presets",
)  # fmt: skip
TAGS = Listing(
    title="Tags of media",
    ask=Ask(operation="media.tags"),
    key="tag",
    columns=(Col(label="tag", value="tag", weight=3), Col(label="files", value="files", cell="number", weight=0)),
    search="prefix",
    empty="no tags yet",
)
