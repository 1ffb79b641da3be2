"""What a content type must be like: all faults at once, with pointers into the definition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from attrs import evolve

from newel import Problem
from newel.bounds import Fault, Faults
from newel.config import did_you_mean
from newel.contracts.content import ContentType, Field, FieldType
from newel_content.documents.checking import pointer
from newel_content.fieldtypes import rules
from newel_content.fieldtypes.registry import FieldTypes
from newel_content.fieldtypes.structured import check_json
from newel_content.model import BLOCKS, REFERENCE, SLUG, Catalogue, Model

MAX_FIELDS = 200
_COLUMNS = ("id", "type", "space", "revision", "locale", "parent", "position", "path")
_TIMES = ("created_at", "updated_at", "published_at", "first_published_at", "deleted_at")
RESERVED = frozenset((*_COLUMNS, *_TIMES))
"""Names of fields that lists filter and sort every entry by."""
RESERVED_TYPES = frozenset(("pages", "globals", "routes", "changes"))
"""Delivery has addresses of these names next to those of types."""
FIXED: Mapping[str, tuple[str, ...]] = {REFERENCE: ("many",), "number": ("exact",)}
"""Options that decide the shape of stored values."""


def numbered(fields: tuple[Field, ...], before: Model | None) -> tuple[tuple[Field, ...], int, list[Problem]]:
    """The fields with their numbers: a known number or name keeps its own, others get the next ones."""
    problems: list[Problem] = []
    known = {} if before is None else {bound.number: bound.name for bound in before}
    by_name = {} if before is None else {bound.name: bound.number for bound in before}
    given = {field.number for field in fields if field.number}
    following = 1 if before is None else before.next_number
    if before is None:
        following = max([0, *given]) + 1
    made = []
    for index, field in enumerate(fields):
        number = field.number
        if number and before is not None and number not in known:
            problems.append(Problem(pointer("fields", index, "number"), "number", "no field has this number"))
        if not number:
            number = by_name.get(field.name, 0)
            if not number or number in given:
                number, following = following, following + 1
        made.append(evolve(field, number=number))
    numbers = [field.number for field in made]
    for index, number in enumerate(numbers):
        if number in numbers[:index]:
            problems.append(Problem(pointer("fields", index, "number"), "duplicate", "two fields have this number"))
    return tuple(made), following, problems


class Validating:
    """Checks one definition against the catalogue that it joins."""

    def __init__(self, field_types: FieldTypes, catalogue: Catalogue, type: ContentType, before: Model | None) -> None:
        self._field_types = field_types
        self._catalogue = catalogue
        self._type = type
        self._before = before

    def problems(self) -> list[Problem]:
        found = list(self._character_faults())
        if found:
            return found
        found = list(self._type_faults())
        names = [field.name for field in self._type.fields]
        for index, field in enumerate(self._type.fields):
            here = pointer("fields", index)
            if field.name in names[:index]:
                found.append(Problem(here + "/name", "duplicate", f"two fields are called '{field.name}'"))
            if field.name in RESERVED:
                found.append(Problem(here + "/name", "reserved", f"'{field.name}' is a name that every entry has"))
            found += self._field_faults(field, here)
        return found

    def _character_faults(self) -> Iterator[Problem]:
        """Text and numbers that no database or no JSON can carry, wherever they stand."""
        plain = {"label": self._type.label, "parents": list(self._type.parents)}
        for name, value in plain.items():
            yield from _carried(value, pointer(name))
        for index, field in enumerate(self._type.fields):
            for name in ("label", "help", "type", "default", "options", "rules"):
                yield from _carried(getattr(field, name), pointer("fields", index, name))

    def _type_faults(self) -> Iterator[Problem]:
        if self._type.name in RESERVED_TYPES:
            yield Problem("/name", "reserved", f"'{self._type.name}' is a reserved name")
        if len(self._type.fields) > MAX_FIELDS:
            yield Problem("/fields", "max_count", f"takes at most {MAX_FIELDS} fields")
        slugs = [index for index, field in enumerate(self._type.fields) if field.type == SLUG]
        if self._type.kind == "page" and len(slugs) > 1:
            yield Problem(pointer("fields", slugs[1], "type"), "slug", "a page has one slug: its part of the path")
        if self._type.parents and self._type.kind != "page":
            yield Problem("/parents", "kind", "only pages have parents")
        yield from self._named(self._type.parents, "/parents", lambda kind: kind == "page", "page type")

    def _named(self, names: tuple[str, ...], here: str, fits: Any, what: str) -> Iterator[Problem]:
        """Faults of names of other types."""
        for index, name in enumerate(names):
            known = self._catalogue.models.get(name)
            kind = self._type.kind if name == self._type.name else None if known is None else known.kind
            if kind is None or not fits(kind):
                hint = did_you_mean(name, self._catalogue.models)
                yield Problem(here + pointer(index), "not_found", f"there is no {what} '{name}'{hint}")

    def _field_faults(self, field: Field, here: str) -> Iterator[Problem]:
        kind = self._field_types.get(field.type)
        if kind is None:
            hint = did_you_mean(field.type, [one.name for one in self._field_types])
            yield Problem(here + "/type", "field_type", f"there is no field type '{field.type}'{hint}")
            return
        yield from self._change_faults(field, here)
        try:
            options = self._field_types.options(kind, field.options)
        except Faults as faults:
            for problem in faults.problems:
                yield Problem(f"{here}/options{problem.pointer}", problem.code, problem.detail)
            return
        yield from self._option_faults(field, options, here + "/options")
        yield from rules.faults(field, kind, here + "/rules")
        yield from self._flag_faults(field, kind, here)
        yield from self._default_faults(field, kind, here)

    def _change_faults(self, field: Field, here: str) -> Iterator[Problem]:
        known = None if self._before is None else self._before.by_key.get(str(field.number))
        if known is None:
            return
        if known.field.type != field.type:
            detail = f"the field is a {known.field.type}; add a new field instead of changing its type"
            yield Problem(here + "/type", "type_change", detail)
            return
        fixed = FIXED.get(field.type, ())
        if self._type.kind == "block" and field.type == REFERENCE:
            fixed = (*fixed, "on_delete")
        for name in fixed:
            if known.field.options.get(name) != field.options.get(name):
                detail = "decides how values are stored; add a new field instead of changing it"
                yield Problem(f"{here}/options/{name}", "option_change", detail)

    def _option_faults(self, field: Field, options: Any, here: str) -> Iterator[Problem]:
        if field.type == SLUG and options.source:
            source = self._type.field(options.source)
            kind = None if source is None else self._field_types.get(source.type)
            if kind is None or not kind.textual or kind.many or options.source == field.name:
                yield Problem(here + "/source", "not_found", f"there is no field of text '{options.source}'")
        elif field.type == REFERENCE:
            yield from self._named(options.targets, here + "/targets", lambda kind: kind != "block", "content type")
        elif field.type == BLOCKS:
            yield from self._named(options.types, here + "/types", lambda kind: kind == "block", "block type")

    def _flag_faults(self, field: Field, kind: FieldType, here: str) -> Iterator[Problem]:
        if self._type.kind == "block":
            for name in ("localized", "unique", "indexed"):
                if getattr(field, name):
                    yield Problem(f"{here}/{name}", "block", "a block's fields follow the field that holds the block")
            if field.type == SLUG:
                yield Problem(here + "/type", "block", "a block has no slug")
            return
        if field.indexed and kind.key is None:
            yield Problem(here + "/indexed", "not_indexable", f"a field of type '{kind.name}' cannot be indexed")
        many = kind.many and (field.type != REFERENCE or field.options.get("many", False))
        if field.unique and (kind.key is None or many):
            yield Problem(here + "/unique", "not_indexable", f"a field of type '{kind.name}' cannot be unique")

    def _default_faults(self, field: Field, kind: FieldType, here: str) -> Iterator[Problem]:
        if field.default is None:
            return
        if field.type in (BLOCKS, REFERENCE, SLUG) or field.unique or kind.outside is not None:
            yield Problem(here + "/default", "default", "this field takes no default")
            return
        try:
            stored = kind.parse(field.default, field)
        except Fault as fault:
            yield Problem(here + "/default", fault.code, str(fault))
            return
        if not any(problem for problem in rules.faults(field, kind, "")):
            for breach in rules.broken(stored, field):
                yield Problem(here + "/default", breach.code, str(breach))


def _carried(value: Any, where: str) -> Iterator[Problem]:
    try:
        check_json(value)
    except Fault as fault:
        yield Problem(where, fault.code, str(fault))
