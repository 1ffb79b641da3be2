"""Stored values to wire values: names for numbers, inside blocks too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from newel_content.documents.document import Document, Flat
from newel_content.model import BLOCKS, EVERY, BoundField, Catalogue, Model


def shown(catalogue: Catalogue, bound: BoundField, stored: Any) -> Any:
    """The wire value of a stored one. Blocks whose type is gone are left out."""
    if stored is None or bound.field.type != BLOCKS:
        return stored
    blocks = []
    for block in stored:
        model = catalogue.by_id.get(block["type"])
        if model is not None:
            blocks.append({"id": block["id"], "type": model.name, "data": by_name(catalogue, model, block["data"])})
    return blocks


def by_name(catalogue: Catalogue, model: Model, flat: Flat) -> dict[str, Any]:
    """All fields of the type by name, in the type's order, ``None`` where there is no value."""
    return {bound.name: shown(catalogue, bound, flat.get(bound.key)) for bound in model}


def data_of(catalogue: Catalogue, model: Model, document: Document, locale: str) -> Mapping[str, Any]:
    """A draft's data in one locale, or with ``*`` localised fields as ``{code: value}``."""
    if locale != EVERY:
        return by_name(catalogue, model, document.flat(model, locale))
    data: dict[str, Any] = {}
    for bound in model:
        if bound.localized:
            data[bound.name] = {
                code: shown(catalogue, bound, values[bound.key])
                for code, values in document.locales.items()
                if bound.key in values and code in catalogue.locales
            }
        else:
            data[bound.name] = shown(catalogue, bound, document.shared.get(bound.key))
    return data
