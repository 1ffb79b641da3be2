"""All field types of the site, with their owners, and the binding of a field to its type."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from typing import Any

from newel import Problem
from newel.app import App
from newel.bounds import Fault, Faults
from newel.contracts.content import ContentType, Field, FieldType
from newel.errors import BootError
from newel.hooks.content import register_field_types
from newel.structure import Structurer
from newel_content.model import BoundField, Model

_WORD = re.compile(r"[a-z][a-z0-9_]{0,31}")


class FieldTypes:
    """Field types by name. Filled when the site boots, and anew when a plugin comes or goes."""

    def __init__(self, structurer: Structurer) -> None:
        self._structurer = structurer
        self._known: dict[str, FieldType] = {}
        self._owners: dict[str, str] = {}
        self._running: Container[str | None] = ()

    def collect(self, app: App) -> None:
        """Takes what the plugins bring. A name that two want takes the later one out, with an error naming both."""
        self._running = app.plugins
        for owner, kind in list(app.collected(register_field_types)):
            if owner in app.plugins:
                try:
                    self._take(owner, kind)
                except BootError as error:
                    app.fail(owner, "collect", error)

    def collect_anew(self, app: App) -> None:
        """Takes what the plugins bring now. Raises ``BootError``, and everything stays, for a name that two want."""
        before = self._known, self._owners
        self._known, self._owners = {}, {}
        try:
            for owner, kind in app.collected(register_field_types):
                self._take(owner, kind)
        except BootError:
            self._known, self._owners = before
            raise

    def _take(self, owner: str, kind: FieldType) -> None:
        if not isinstance(kind, FieldType):
            raise BootError(f"register_field_types answered {str(kind)[:60]!r}, which is no field type")
        if self.get(kind.name) is not None:
            other = self._owners[kind.name]
            raise BootError(f"{owner} and {other} both bring the field type '{kind.name}': rename or disable one")
        if kind.outside is not None:
            self._take_outside(owner, kind.name, kind.outside.kind)
        self._known[kind.name] = kind
        self._owners[kind.name] = owner

    def _take_outside(self, owner: str, name: str, word: str) -> None:
        if not _WORD.fullmatch(word):
            raise BootError(f"the field type '{name}' of {owner} points at '{word[:40]}', which is no kind")
        for other in self:
            if other.outside is not None and other.outside.kind == word and self._owners[other.name] != owner:
                raise BootError(f"{owner} and {self._owners[other.name]} both keep what is called '{word}'")

    def __iter__(self) -> Iterator[FieldType]:
        return (kind for name, kind in self._known.items() if self._owners[name] in self._running)

    def get(self, name: str) -> FieldType | None:
        """The field type, unless its plugin is not there (any more: it may have failed after it brought it)."""
        return self._known.get(name) if self._owners.get(name) in self._running else None

    def owner(self, name: str) -> str:
        """The plugin that brings a field type."""
        return self._owners[name]

    def options(self, kind: FieldType, given: Mapping[str, Any]) -> Any:
        """The structured options. Raises ``Faults`` with pointers below the options."""
        if kind.options is None:
            if given:
                raise Faults([_no_options(kind.name, name) for name in given])
            return None
        return self._structurer.structure(dict(given), kind.options)

    def bind(self, field: Field) -> BoundField:
        """The field with its type. A type whose plugin is gone is readable still, and refuses every write."""
        kind = self.get(field.type)
        if kind is None:
            return BoundField(field, _gone(field.type))
        try:
            return BoundField(field, kind, self.options(kind, field.options))
        except Faults:  # a plugin's newer version asks for other options than those that were stored
            return BoundField(field, _gone(field.type))

    def model(self, type: ContentType, next_number: int) -> Model:
        return Model(type, next_number, {field.name: self.bind(field) for field in type.fields})


def _no_options(kind: str, name: str) -> Problem:
    return Problem(f"/{name}", "unknown", f"the field type '{kind}' takes no options")


def _gone(name: str) -> FieldType:
    def refuse(value: Any, field: Field) -> Any:
        raise Fault("field_type_missing", f"no plugin brings the field type '{name}' with these options")

    return FieldType(name=name, summary="Its plugin is not there.", parse=refuse, schema=lambda field: {})
