"""What can be done to entries, wherever they are listed."""

from __future__ import annotations

from collections.abc import Sequence

from newel.contracts.tui import Navigate
from newel.contracts.views import Act, Ask, Cell, Col
from newel_content.documents.titles import title_field
from newel_content.model import Model

ENTRY = {"type": "$type", "id": "$id"}
SHOWN_FIELDS = 16
CELLS: dict[str, Cell] = {
    "datetime": "time", "boolean": "flag", "number": "number", "integer": "number", "tags": "list",
    "multiselect": "list",
}  # fmt: skip
_SHOWN = ("text", "textarea", "markdown", "slug", "email", "url", "select", "date", "time", "color", *CELLS)


def open_act(*, drafts: bool) -> Act:
    """The first one: what ``enter`` does."""
    return Act(name="edit", label="edit" if drafts else "read", key="e", opens=Navigate(screen="entry", params=ENTRY))


def entry_acts() -> tuple[Act, ...]:
    """For rows with ``type`` and ``id``. What somebody may not do is not offered to them."""
    return (
        Act(name="publish", label="publish", key="p", ask=Ask(operation="content.publish", params=ENTRY), many=True),
        Act(
            name="publish_with", label="publish with options", key="alt+p",
            ask=Ask(operation="content.publish", params=ENTRY), form=("locale", "descendants"),
        ),
        Act(
            name="unpublish", label="unpublish", key="P", many=True, confirm="Take it from readers?",
            ask=Ask(operation="content.unpublish", params=ENTRY),
        ),
        Act(
            name="unpublish_with", label="unpublish with options", key="alt+u",
            ask=Ask(operation="content.unpublish", params=ENTRY), form=("locale", "descendants", "force"),
        ),
        Act(
            name="duplicate", label="copy", key="c", ask=Ask(operation="content.duplicate", params=ENTRY),
        ),
        Act(
            name="delete", label="delete", key="d", many=True, confirm="Put it into the trash?",
            ask=Ask(operation="content.delete", params=ENTRY),
        ),
        Act(
            name="delete_with", label="delete with options", key="D",
            ask=Ask(operation="content.delete", params=ENTRY), form=("descendants", "force"),
        ),
    )  # fmt: skip


def history_acts() -> tuple[Act, ...]:
    """Where drafts may be read."""
    return (
        Act(name="versions", label="versions", key="v", opens=Navigate(screen="versions", params=ENTRY)),
        Act(name="references", label="who points here", key="R", opens=Navigate(screen="references", params=ENTRY)),
    )


def state_columns(locales: Sequence[str]) -> tuple[Col, ...]:
    """One for each locale, up to three; else one for the default."""
    shown = locales if len(locales) <= 3 else locales[:1]
    return tuple(
        Col(label="state" if len(locales) == 1 else code, value=f"state.{code}", cell="state", weight=0)
        for code in shown
    )


def field_lines(model: Model) -> tuple[Col, ...]:
    """The lines beside a list: what can be told on a line, the title first."""
    title = title_field(model)
    order = sorted(model, key=lambda bound: bound is not title)
    shown = [bound for bound in order if bound.field.type in _SHOWN][:SHOWN_FIELDS]
    return tuple(
        Col(label=one.field.label or one.name, value=f"data.{one.name}", cell=CELLS.get(one.field.type, "text"))
        for one in shown
    )
