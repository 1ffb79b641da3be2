"""Screens that are one list each: everything in them is an operation."""

from __future__ import annotations

from newel.contracts.tui import Navigate, Screen
from newel.contracts.views import Act, Ask, Col, Listing
from newel.pages import standing
from newel_content.permissions import CONTENT_READ, CONTENT_READ_DRAFT, TYPES_READ, TYPES_WRITE
from newel_content.screens.acts import ENTRY

TRASH = Listing(
    title="Trash",
    ask=Ask(operation="content.trash"),
    columns=(
        Col(label="title", value="title", weight=3),
        Col(label="type", value="type"),
        Col(label="deleted", value="deleted_at", cell="time", weight=0),
        Col(label="author", value="author"),
    ),
    acts=(
        Act(
            name="restore", label="restore", key="R", many=True,
            ask=Ask(operation="content.restore_trashed", params=ENTRY), confirm="Take it out of the trash, as a draft?",
        ),
        Act(
            name="purge", label="delete for good", key="d", many=True,
            confirm="Delete it for good, with its versions and all below it? Nothing brings it back.",
            ask=Ask(operation="content.purge", params={**ENTRY, "confirm": True}),
        ),
    ),
    empty="the trash is empty",
)  # fmt: skip
TYPES = Listing(
    title="Content types",
    ask=Ask(operation="types.list"),
    key="name",
    columns=(
        Col(label="label", value="label", weight=2),
        Col(label="name", value="name", weight=2),
        Col(label="kind", value="kind", weight=0),
        Col(label="public", value="public", cell="flag", weight=0),
        Col(label="revision", value="revision", cell="number", weight=0),
        Col(label="updated", value="updated_at", cell="time", weight=0),
    ),
    acts=(
        Act(name="fields", label="fields", key="f", opens=Navigate(screen="fields", params={"type": "$name"})),
        Act(
            name="edit", label="settings", key="e", form=("rename", "label", "public", "parents"),
            ask=Ask(operation="types.update", params={"name": "$name", "revision": "$revision"}),
        ),
        Act(
            name="new", label="new", key="n", row=False, form=("name", "label", "kind", "public"),
            ask=Ask(operation="types.create"),
        ),
        Act(
            name="delete", label="delete", key="d", confirm="Delete this type? It must have no entries.",
            ask=Ask(operation="types.delete", params={"name": "$name"}),
        ),
        Act(
            name="delete_all", label="delete with all entries", key="D",
            confirm="Delete this type and all its entries for good, versions and trash too? Nothing brings them back.",
            ask=Ask(operation="types.delete", params={"name": "$name", "force": True}),
        ),
        Act(name="history", label="history", key="v", opens=Navigate(screen="type_history", params={"type": "$name"})),
        Act(
            name="entries", label="entries", key="t", unless={"kind": "block"},
            opens=Navigate(screen="entries", params={"type": "$name"}),
        ),
        Act(name="quickstart", label="quick start", key="Q", opens=Navigate(screen="quickstart"), row=False),
    ),
    details=(
        Col(label="name", value="name"), Col(label="kind", value="kind"),
        Col(label="parents", value="parents", cell="list"), Col(label="id", value="id"),
        Col(label="created", value="created_at", cell="time"),
    ),
    empty="no types yet: n makes one, Q begins with a set of them",
)  # fmt: skip
FIELD_TYPES = Listing(
    title="Field types",
    ask=Ask(operation="types.field_types"),
    key="name",
    columns=(
        Col(label="name", value="name"),
        Col(label="what it is", value="summary", weight=3),
        Col(label="indexed", value="indexable", cell="flag", weight=0),
        Col(label="plugin", value="plugin", weight=0),
    ),
    details=(Col(label="rules", value="rules", cell="list"), Col(label="points at", value="points_at")),
)
LOCALES = Listing(
    title="Locales",
    ask=Ask(operation="locales.list"),
    key="code",
    columns=(
        Col(label="code", value="code", weight=0),
        Col(label="label", value="label", weight=2),
        Col(label="default", value="default", cell="flag", weight=0),
        Col(label="enabled", value="enabled", cell="flag", weight=0),
        Col(label="gaps filled by", value="fallback"),
    ),
    acts=(
        Act(
            name="edit", label="edit", key="e", form=("label", "enabled", "default", "fallback"),
            ask=Ask(operation="locales.update", params={"code": "$code"}),
        ),
        Act(name="new", label="new", key="n", row=False, form=(), ask=Ask(operation="locales.create")),
        Act(
            name="delete", label="delete", key="d", confirm="Delete this locale? No entry may have content in it.",
            unless={"default": True}, ask=Ask(operation="locales.delete", params={"code": "$code"}),
        ),
    ),
)  # fmt: skip
ROUTES = Listing(
    title="Routes",
    ask=Ask(operation="content.routes"),
    key="path",
    columns=(
        Col(label="path", value="path", weight=3),
        Col(label="type", value="type"),
        Col(label="leads to", value="redirect", weight=2),
        Col(label="status", value="status", cell="number", weight=0),
        Col(label="updated", value="updated_at", cell="time", weight=0),
    ),
    acts=(
        Act(
            name="open", label="open the page", key="e", unless={"entry": None},
            opens=Navigate(screen="entry", params={"type": "$type", "id": "$entry"}),
        ),
    ),
    filters=("locale",),
    empty="no page is published",
)  # fmt: skip
QUICKSTART = Listing(
    title="Quick start: types of a kind of site",
    ask=Ask(operation="types.presets"),
    key="name",
    columns=(Col(label="kind of site", value="label"), Col(label="what it has", value="summary", weight=3)),
    acts=(
        Act(
            name="install", label="make these types", key="n", shows=True, confirm="Make all of these content types?",
            ask=Ask(operation="types.install_preset", params={"preset": "$name"}),
        ),
        Act(name="types", label="the types", key="t", opens=Navigate(screen="types"), row=False),
    ),
    details=(
        Col(label="it makes", value="types", cell="list"), Col(label="taken names", value="taken", cell="list"),
    ),
)  # fmt: skip


def standing_screens() -> tuple[Screen, ...]:
    return (
        Screen(name="trash", section="content", label="Trash", needs=CONTENT_READ_DRAFT, open=standing(TRASH)),
        Screen(name="types", section="structure", label="Content types", needs=TYPES_READ, open=standing(TYPES)),
        Screen(
            name="field_types", section="structure", label="Field types", needs=TYPES_READ, open=standing(FIELD_TYPES)
        ),
        Screen(name="locales", section="structure", label="Locales", needs=TYPES_READ, open=standing(LOCALES)),
        Screen(name="routes", section="structure", label="Routes", needs=CONTENT_READ, open=standing(ROUTES)),
        Screen(
            name="quickstart", section="structure", label="Quick start", needs=TYPES_WRITE, open=standing(QUICKSTART)
        ),
    )
