"""The field for a control."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from newel.contracts.views import MISSING, Control
from newel_tui.boxes.form.blocks import BlocksField
from newel_tui.boxes.form.choices import ChoiceField, ChoicesField, FlagField
from newel_tui.boxes.form.dates import DateField
from newel_tui.boxes.form.field import Around, Field
from newel_tui.boxes.form.group import GroupField
from newel_tui.boxes.form.interface import InterfaceField
from newel_tui.boxes.form.items import ItemsField
from newel_tui.boxes.form.localized import LocalizedField
from newel_tui.boxes.form.markdown import MarkdownField
from newel_tui.boxes.form.multiline import JsonField, LinesField
from newel_tui.boxes.form.picking import PickField
from newel_tui.boxes.form.text import NumberField, SecretField, TagsField, TextField

FIELDS: Mapping[str, type[Field]] = {
    "text": TextField, "lines": LinesField, "markdown": MarkdownField, "json": JsonField, "secret": SecretField,
    "number": NumberField, "integer": NumberField, "flag": FlagField, "tags": TagsField,
    "choice": ChoiceField, "choices": ChoicesField, "reference": PickField, "references": PickField,
    "date": DateField, "time": DateField, "datetime": DateField,
    "object": GroupField, "list": ItemsField, "blocks": BlocksField,
}  # fmt: skip
FITS: Mapping[str, type | tuple[type, ...]] = {
    "text": str, "lines": str, "markdown": str, "tags": (list, tuple), "choices": (list, tuple),
    "references": (list, tuple), "object": Mapping, "list": (list, tuple), "blocks": (list, tuple),
}  # fmt: skip
"""What a value has to be, so that the field of its kind can show all of it."""


def field_for(form: Around, control: Control, value: Any = MISSING) -> Field:
    """What edits the value of a control. A value that the kind cannot show is edited as JSON, so nothing of it is
    lost."""
    if control.localized and form.locales:
        return LocalizedField(form, control, value)
    if control.interface is not None:
        return InterfaceField(form, control, value)
    fits = FITS.get(control.kind)
    if value is not MISSING and value is not None and fits is not None and not isinstance(value, fits):
        return JsonField(form, control, value)
    return FIELDS.get(control.kind, JsonField)(form, control, value)
