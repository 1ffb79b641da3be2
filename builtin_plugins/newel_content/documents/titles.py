"""What an entry is called in lists: the text of one of its fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from newel_content.model import SLUG, BoundField, Catalogue, Model

NAMES = ("title", "name", "headline", "label", "question")
LONGEST = 200
NAMING = ("text", "textarea", "markdown")


def title_field(model: Model) -> BoundField | None:
    """The field that names entries: ``title`` or its like, else the first plain text, else the slug."""
    texts = [bound for bound in model if bound.kind.textual and not bound.kind.many]
    for name in NAMES:
        found = next((bound for bound in texts if bound.name == name and bound.field.type != SLUG), None)
        if found is not None:
            return found
    return next((bound for bound in texts if bound.field.type in NAMING), model.slug)


def title_of(catalogue: Catalogue, model: Model, data: Mapping[str, Any], locale: str) -> str:
    """The title on one line, of an entry's wire data in one locale or in all of them (``{code: value}``).

    Of all: in the locale, else in those that fill its gaps, else in any. Empty where there is none.
    """
    bound = title_field(model)
    value = None if bound is None else data.get(bound.name)
    if isinstance(value, Mapping):
        order = (*catalogue.chain(locale), catalogue.default, *value)
        value = next((value[code] for code in order if value.get(code)), None)
    return " ".join(value.split())[:LONGEST] if isinstance(value, str) else ""


def searched(model: Model) -> list[str]:
    """The fields of text that a search looks into: what has index rows, at most four."""
    return [bound.name for bound in model.indexed if bound.kind.textual][:4]
