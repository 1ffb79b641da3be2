"""The fields of a form and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from newel.contracts.views import MISSING, Form
from newel_tui.boxes.form.field import Around, Fault, Field, Placed, step
from newel_tui.boxes.form.making import field_for


class Fields:
    """All fields of a form by name, as one value."""

    def __init__(self, form: Around, view: Form) -> None:
        self.view = view
        self.all: dict[str, Field] = {
            one.name: field_for(form, one, view.values.get(one.name, MISSING)) for one in view.controls
        }
        self.told: dict[str, str] = {}
        """What the site said, by pointer."""
        self.checked: dict[str, str] = {}
        """What it said when it was asked while somebody typed."""
        self.tried = False
        """Whether it was sent, so that what is missing is told."""

    def placed(self) -> Iterator[Placed]:
        for name, one in self.all.items():
            yield from one.placed(step(name), 0)

    @property
    def dirty(self) -> bool:
        return any(one.dirty for one in self.all.values())

    def values(self, *, changed_only: bool = False) -> dict[str, Any]:
        """What is sent: of a changed field that is empty now ``null``, of others that are not there nothing."""
        found = {}
        for name, one in self.all.items():
            if one.control.readonly:
                continue
            if changed_only:
                if one.dirty:
                    found[name] = one.changes()
            elif (value := one.value()) is not MISSING:
                found[name] = value
        return found

    def kept(self) -> dict[str, Any]:
        """What was typed and is not sent, without secrets."""
        found = {name: one.kept() for name, one in self.all.items() if one.dirty and not one.control.readonly}
        return {name: None if value is MISSING else value for name, value in found.items() if not _secret(self, name)}

    def take(self, values: Mapping[str, Any]) -> None:
        """Puts values into the fields as if they were typed."""
        for name, value in values.items():
            if (one := self.all.get(name)) is not None and not one.control.readonly:
                one.load(MISSING if value is None else value)
                one.touched = True

    def again(self, view: Form) -> bool:
        """Takes new values of the same fields: what is unsaved stays. ``False`` where the fields are others."""
        if [_shape(one) for one in view.controls] != [_shape(one) for one in self.view.controls]:
            return False
        self.view = view
        for name, one in self.all.items():
            value, dirty = view.values.get(name, MISSING), one.dirty
            one.original = value
            if not dirty:
                one.load(value)
        self.tell(view.problems)
        return True

    # -- faults ---------------------------------------------------------------------------------------------------

    def tell(self, problems: Sequence[Any], prefix: str = "") -> None:
        self.told = told(problems, prefix)

    def forget(self, pointer: str) -> None:
        """Something was typed there: what the site said of it does not hold any more."""
        self.told = {one: text for one, text in self.told.items() if not _within(one, pointer)}

    def faults(self) -> list[Fault]:
        """All that is to be told, each once."""
        found: dict[str, Fault] = {}
        for name, one in self.all.items():
            for fault in one.faults(step(name)):
                if self.tried or not fault.quiet:
                    found.setdefault(fault.pointer, fault)
        for pointer, text in {**self.checked, **self.told}.items():
            found.setdefault(pointer, Fault(pointer, text))
        return list(found.values())


def told(problems: Sequence[Any], prefix: str) -> dict[str, str]:
    """Problems as mappings or as ``Problem``, by pointer from where the values stand."""
    found = {}
    for one in problems:
        pointer, detail = (
            (str(one.get("pointer", "")), str(one.get("detail", "")))
            if isinstance(one, Mapping)
            else (one.pointer, one.detail)
        )
        found[pointer.removeprefix(prefix) if _within(pointer, prefix) else pointer] = detail
    return found


def _within(pointer: str, other: str) -> bool:
    return pointer == other or pointer.startswith(other + "/")


def _secret(fields: Fields, name: str) -> bool:
    return fields.all[name].control.kind == "secret"


def _shape(control: Any) -> Any:
    return (control.name, control.kind, control.localized, control.readonly, control.interface)


def belongs(faults: Sequence[Fault], placed: Sequence[Placed]) -> dict[int, list[Fault]]:
    """The faults by the ``id`` of the stop that is nearest to them; those of none at ``0``."""
    found: dict[int, list[Fault]] = {}
    for fault in faults:
        best, length = 0, -1
        for one in placed:
            if one.stop is None:
                continue
            for pointer in (one.pointer, one.covers or one.pointer):
                if len(pointer) > length and _within(fault.pointer, pointer):
                    best, length = id(one.stop), len(pointer)
        found.setdefault(best, []).append(fault)
    return found
