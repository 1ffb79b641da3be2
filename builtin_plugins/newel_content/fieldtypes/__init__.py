"""What a value may be: one module per family of field types."""

from __future__ import annotations

from newel.contracts.content import FieldType
from newel_content.fieldtypes import choices, embedding, links, moments, numbers, slug, structured, text

FIELD_TYPES: tuple[FieldType, ...] = (
    *text.FIELD_TYPES,
    *slug.FIELD_TYPES,
    *links.FIELD_TYPES,
    *numbers.FIELD_TYPES,
    *moments.FIELD_TYPES,
    *choices.FIELD_TYPES,
    *structured.FIELD_TYPES,
    *embedding.FIELD_TYPES,
)
"""The field types that content itself brings."""
