"""What a value may be: one module per family of field types."""

from __future__ import annotations

from newel.contracts.content import FieldType

FIELD_TYPES: tuple[FieldType, ...] = ()
