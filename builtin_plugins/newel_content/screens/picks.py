"""Where the values of references come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from newel.contracts.tui import Navigate
from newel.contracts.views import Ask, Col, Listing, Pick
from newel_content.documents.titles import searched
from newel_content.model import BoundField, Model

SHOWN = Ask(operation="content.outline", params={"id": "$"})
COLUMNS = (
    Col(label="title", value="title", weight=3),
    Col(label="type", value="type", weight=0),
    Col(label="updated", value="updated_at", cell="time", weight=0),
)


def entries_pick(models: Mapping[str, Model], targets: Sequence[str]) -> Pick:
    """Entries of these types; none: of any. Of several, the type is opened first."""
    wanted = [models[name] for name in targets if name in models]
    wanted = wanted or [one for one in models.values() if one.kind != "block"]
    if len(wanted) == 1:
        one = wanted[0]
        listing = Listing(
            title=one.type.label or one.name,
            ask=Ask(operation="content.outlines", params={"type": one.name}),
            next="links.next",
            columns=COLUMNS,
            search="q" if searched(one) else "",
            empty="no entries yet",
        )
        return Pick(listing=listing, label="title", shown=SHOWN)
    rows = [{"id": f"type {one.name}", "title": one.type.label or one.name, "type": one.name} for one in wanted]
    listing = Listing(
        title="Of which type?",
        rows=tuple(rows),
        next="links.next",
        columns=COLUMNS,
        below=Ask(operation="content.outlines", params={"type": "$type"}),
        leaf="revision",
    )
    return Pick(listing=listing, label="title", shown=SHOWN)


def media_pick(bound: BoundField) -> Pick:
    """Files of the library, of the kind that the field takes where that is one."""
    kinds: Sequence[Any] = bound.field.options.get("kinds", ())
    listing = Listing(
        title="Files",
        ask=Ask(operation="media.list", params={"kind": kinds[0]} if len(kinds) == 1 else {}),
        columns=(
            Col(label="name", value="name", weight=3),
            Col(label="kind", value="kind", weight=0),
            Col(label="size", value="bytes", cell="bytes", weight=0),
        ),
        search="q",
        filters=("folder", "tag", "sort"),
        empty="the library is empty",
    )
    params = {"id": "$"}
    return Pick(
        listing=listing, label="name", shown=Ask(operation="media.get", params=params),
        opens=Navigate(plugin="media", screen="asset", params=params),
    )  # fmt: skip
