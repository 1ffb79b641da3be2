"""Taking targets out of references."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from newel_content.documents.document import Document
from newel_content.model import REFERENCE, SHARED, BoundField, Catalogue, Model


def clear_targets(catalogue: Catalogue, model: Model, document: Document, targets: Collection[str]) -> None:
    """Empties every reference with the rule ``clear`` that points at one of the targets, inside blocks too."""
    for bound in model.linking:
        for locale in list(document.locales) if bound.localized else [SHARED]:
            document.put(bound, locale, _without(catalogue, bound, document.get(bound, locale), targets))


def _without(catalogue: Catalogue, bound: BoundField, value: Any, targets: Collection[str]) -> Any:
    if value is None:
        return None
    if bound.field.type == REFERENCE:
        if bound.options.on_delete != "clear":
            return value
        if isinstance(value, list):
            return [one for one in value if one not in targets]
        return None if value in targets else value
    return [_block(catalogue, block, targets) for block in value]


def _block(catalogue: Catalogue, block: dict[str, Any], targets: Collection[str]) -> dict[str, Any]:
    model = catalogue.by_id.get(block["type"])
    if model is None:
        return block
    data = dict(block["data"])
    for bound in model.linking:
        if bound.key in data:
            kept = _without(catalogue, bound, data.pop(bound.key), targets)
            if kept is not None:
                data[bound.key] = kept
    return {**block, "data": data}
