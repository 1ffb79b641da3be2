"""The field for a control."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from newel.contracts.views import MISSING, Control
from newel_tui.boxes.form.choices import ChoiceField, ChoicesField, FlagField
from newel_tui.boxes.form.field import Around, Field
from newel_tui.boxes.form.multiline import JsonField, LinesField
from newel_tui.boxes.form.text import NumberField, SecretField, TagsField, TextField

FIELDS: Mapping[str, type[Field]] = {
    "text": TextField, "lines": LinesField, "number": NumberField, "integer": NumberField, "flag": FlagField,
    "choice": ChoiceField, "choices": ChoicesField, "tags": TagsField, "json": JsonField, "secret": SecretField,
}  # fmt: skip


def field_for(form: Around, control: Control, value: Any = MISSING) -> Field:
    """What edits the value of a control. A value that is of another kind is edited as JSON."""
    return FIELDS.get(control.kind, JsonField)(form, control, value)
