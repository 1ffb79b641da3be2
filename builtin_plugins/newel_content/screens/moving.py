"""Where a page is to stand: picked from the tree."""

from __future__ import annotations

from typing import Any

from newel.contracts.views import Ask, Col, Control, Form, Listing, Pick


def tree_listing(**more: Any) -> Listing:
    """The pages of all types as a tree."""
    return Listing(
        ask=Ask(operation="content.tree"),
        next="links.next",
        below=Ask(operation="content.tree", params={"parent": "$id"}),
        leaf="!children",
        empty="no pages yet",
        **{
            "columns": (Col(label="title", value="title", weight=3), Col(label="type", value="type", weight=0)),
            **more,
        },
    )


def move_form(type: str, id: str, title: str, parent: Any) -> Form:
    """Asks for the page above, or for the top."""
    pick = Pick(
        listing=tree_listing(title="Below which page?"),
        label="title",
        shown=Ask(operation="content.outline", params={"id": "$"}),
    )
    return Form(
        title=f"Move: {title}",
        controls=(
            Control(
                name="parent", kind="reference", label="below", pick=pick, help="The page to stand below, at its end."
            ),
            Control(name="top", kind="flag", label="at the top", help="Instead: at the top of the tree."),
        ),
        values={"parent": parent} if isinstance(parent, str) else {},
        submit=Ask(operation="content.move", params={"type": type, "id": id}),
        changed_only=True,
    )
