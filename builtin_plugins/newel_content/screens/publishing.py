"""Publishing locale by locale: a list of them with what readers see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from newel.contracts.views import Act, Ask, Col, Listing


def publishing(state: Mapping[str, str], locales: Sequence[str], order: Mapping[str, Any]) -> Listing:
    """``order`` names the entry."""
    here = {**order, "locale": "$code"}
    return Listing(
        title="Publish: in which locales?",
        rows=tuple({"code": code, "state": state.get(code, "draft")} for code in locales),
        key="code",
        columns=(Col(label="locale", value="code"), Col(label="state", value="state", cell="state", weight=2)),
        acts=(
            Act(
                name="publish_here", label="publish", key="p", many=True,
                ask=Ask(operation="content.publish", params=here),
            ),
            Act(
                name="unpublish_here", label="unpublish", key="P", many=True, confirm="Take it from readers?",
                ask=Ask(operation="content.unpublish", params=here),
            ),
            Act(
                name="publish_all", label="with all pages below", key="alt+p",
                confirm="Publish it and all pages below it, in this locale?",
                ask=Ask(operation="content.publish", params={**here, "descendants": True}),
            ),
            Act(
                name="unpublish_force", label="unpublish, even if others need it", key="alt+u",
                confirm="Take it from readers, though published entries may point at it?",
                ask=Ask(operation="content.unpublish", params={**here, "force": True}),
            ),
        ),
    )  # fmt: skip
