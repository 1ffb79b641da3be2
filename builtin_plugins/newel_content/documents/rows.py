"""The index and reference rows that a document or a snapshot asks for."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from attrs import frozen

from newel.contracts.content import Stage
from newel_content.documents.document import Document, Flat, packed
from newel_content.model import BLOCKS, REFERENCE, SHARED, SLUG, BoundField, Catalogue, Model

TEXT_LENGTH = 255
USES = 0
"""The field number of a row that says which block type a document uses."""


@frozen
class IndexRow:
    """One value to be found by. ``sort_key`` is ``None`` where the field has no value."""

    field: int
    locale: str
    ordinal: int
    sort_key: str | None
    text_value: str | None
    unique_key: str | None


@frozen
class ReferenceRow:
    """One pointer at another entry (or, with field ``USES``, at a block type)."""

    field: int
    place: str
    locale: str
    ordinal: int
    target: str
    on_delete: str
    outside: str | None = None
    """``kind:id`` of what is not content. ``target`` is then the type of the block it stands in, if any."""


def slug_scope(model: Model, parent_key: str, number: int) -> str:
    """Where a slug is unique: pages among their siblings of all types, others in their type."""
    return parent_key if model.routable else f"{parent_key}/{number}"


def unique_key(stage: Stage, scope: str, locale: str, value: Any) -> str:
    """The hash that no two rows share."""
    text = unicodedata.normalize("NFC", value) if isinstance(value, str) else packed(value)
    return hashlib.sha256(f"{stage}\x1f{scope}\x1f{locale}\x1f{text}".encode()).hexdigest()


def key_of(model: Model, bound: BoundField, parent_key: str, stage: Stage, locale: str, value: Any) -> str | None:
    """The unique key of a field's value, ``None`` where it need not be unique."""
    if not bound.unique or value is None:
        return None
    if bound.field.type == SLUG:
        return unique_key(stage, slug_scope(model, parent_key, bound.number), locale, value)
    if bound.field.type == "email":
        value = value.casefold()
    return unique_key(stage, f"{model.id}/{bound.number}", locale, value)


def draft_index(
    catalogue: Catalogue, model: Model, document: Document, parent_key: str, only: Iterable[BoundField] | None = None
) -> list[IndexRow]:
    """Rows of a draft. A localised field has a row for every locale of the site, so lists can sort by any of them."""
    rows: list[IndexRow] = []
    for bound in model.indexed if only is None else only:
        for locale in catalogue.locales if bound.localized else (SHARED,):
            rows += _index(model, bound, document.get(bound, locale), parent_key, "draft", locale)
    return rows


def published_index(
    model: Model, flat: Flat, parent_key: str, locale: str, only: Iterable[BoundField] | None = None
) -> list[IndexRow]:
    """Rows of a published snapshot."""
    rows: list[IndexRow] = []
    for bound in model.indexed if only is None else only:
        rows += _index(model, bound, flat.get(bound.key), parent_key, "published", locale)
    return rows


def _index(model: Model, bound: BoundField, value: Any, parent_key: str, stage: Stage, locale: str) -> list[IndexRow]:
    items = value if bound.kind.many and isinstance(value, list) else [] if value is None else [value]
    unique = key_of(model, bound, parent_key, stage, locale, value)
    rows = []
    for ordinal, item in enumerate(items):
        key = None if bound.kind.key is None else bound.kind.key(item, bound.field)
        text = item[:TEXT_LENGTH] if bound.kind.textual and isinstance(item, str) else None
        rows.append(IndexRow(bound.number, locale, ordinal, key, text, unique if ordinal == 0 else None))
    return rows or [IndexRow(bound.number, locale, 0, None, None, None)]


def outside_names(bound: BoundField, stored: Any) -> list[str]:
    """What a stored value points at outside of content, as ``kind:id``, each once."""
    outside = bound.kind.outside
    if outside is None or stored is None:
        return []
    return list(dict.fromkeys(f"{outside.kind}:{id}" for id in outside.ids(stored, bound.field)))


class Links:
    """Gathers reference rows, the ids of targets by pointer, and block ids that stand twice."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self.rows: list[ReferenceRow] = []
        self.twice: list[str] = []
        self._seen: dict[str, set[str]] = {}
        self._uses: dict[str, list[str]] = {}

    def flat(self, model: Model, flat: Flat, locale: str) -> None:
        """What a snapshot points at."""
        for bound in (*model.linking, *model.outside):
            self.value(bound, flat.get(bound.key), locale)

    def document(self, model: Model, document: Document) -> None:
        """What a draft points at, in all locales."""
        for bound in (*model.linking, *model.outside):
            if not bound.localized:
                self.value(bound, document.shared.get(bound.key), SHARED)
            else:
                for locale, values in document.locales.items():
                    self.value(bound, values.get(bound.key), locale)

    def value(self, bound: BoundField, stored: Any, locale: str, place: str = "", inside: str = "") -> None:
        if stored is None:
            return
        for ordinal, name in enumerate(outside_names(bound, stored)):
            self.rows.append(ReferenceRow(bound.number, place, locale, ordinal, inside, "", name))
        if bound.field.type == REFERENCE:
            for ordinal, target in enumerate(stored if isinstance(stored, list) else [stored]):
                rule = bound.options.on_delete
                self.rows.append(ReferenceRow(bound.number, place, locale, ordinal, target, rule))
        elif bound.field.type == BLOCKS:
            for block in stored:
                self._block(block, locale)

    def _block(self, block: Mapping[str, Any], locale: str) -> None:
        # A published locale holds shared and localised blocks together, so ids differ across both.
        rivals = self._seen.values() if locale == SHARED else (self._seen.get(SHARED, ()), self._seen.get(locale, ()))
        if any(block["id"] in seen for seen in rivals):
            self.twice.append(block["id"])
        self._seen.setdefault(locale, set()).add(block["id"])
        used = self._uses.setdefault(locale, [])
        if block["type"] not in used:
            self.rows.append(ReferenceRow(USES, "", locale, len(used), block["type"], "restrict"))
            used.append(block["type"])
        model = self._catalogue.by_id.get(block["type"])
        if model is not None:
            for bound in (*model.linking, *model.outside):
                self.value(bound, block["data"].get(bound.key), locale, block["id"], block["type"])
