"""The content model, ready for use: types with their field types resolved, and the locales, as one value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from attrs import define, field, frozen

from newel import Malformed, NotFound
from newel.contracts.content import ContentType, Field, FieldType, Locale

EVERY = "*"
"""The ``locale`` argument for all locales at once."""
SHARED = ""
"""The locale of values that all locales share, in index and reference rows of drafts."""
BLOCKS = "blocks"
REFERENCE = "reference"
SLUG = "slug"


@define
class BoundField:
    """A field with its field type and its options, structured."""

    field: Field
    kind: FieldType
    options: Any = None

    @property
    def name(self) -> str:
        return self.field.name

    @property
    def number(self) -> int:
        return self.field.number

    @property
    def key(self) -> str:
        """The field's key in documents."""
        return str(self.field.number)

    @property
    def localized(self) -> bool:
        return self.field.localized

    @property
    def indexed(self) -> bool:
        """Whether it has index rows: to be found by, or to be unique."""
        return self.field.indexed or self.unique

    @property
    def unique(self) -> bool:
        return self.field.unique or self.field.type == SLUG


@define(slots=False)
class Model:
    """A content type with its bound fields, in the editor's order."""

    type: ContentType
    next_number: int
    fields: Mapping[str, BoundField]
    """By name."""

    @cached_property
    def by_key(self) -> Mapping[str, BoundField]:
        """By number as text, the key in documents."""
        return {bound.key: bound for bound in self.fields.values()}

    @cached_property
    def slug(self) -> BoundField | None:
        """The field that makes a page's part of its path."""
        return next((bound for bound in self.fields.values() if bound.field.type == SLUG), None)

    @cached_property
    def indexed(self) -> tuple[BoundField, ...]:
        return tuple(bound for bound in self.fields.values() if bound.indexed)

    @cached_property
    def linking(self) -> tuple[BoundField, ...]:
        """The fields that may point at other entries."""
        known = (bound for bound in self.fields.values() if bound.options is not None)
        return tuple(bound for bound in known if bound.field.type in (BLOCKS, REFERENCE))

    @cached_property
    def outside(self) -> tuple[BoundField, ...]:
        """The fields that point at what is not content."""
        return tuple(bound for bound in self.fields.values() if bound.kind.outside is not None)

    @cached_property
    def embedding(self) -> tuple[BoundField, ...]:
        """The fields that hold blocks."""
        return tuple(bound for bound in self.linking if bound.field.type == BLOCKS)

    @property
    def id(self) -> str:
        return self.type.id

    @property
    def name(self) -> str:
        return self.type.name

    @property
    def kind(self) -> str:
        return self.type.kind

    @property
    def routable(self) -> bool:
        return self.type.kind == "page"

    def __iter__(self) -> Iterator[BoundField]:
        return iter(self.fields.values())


@frozen
class Catalogue:
    """All types and locales of a space, as they were when ``stamp`` was given."""

    space: str
    stamp: str
    models: Mapping[str, Model]
    """By name."""
    by_id: Mapping[str, Model]
    locales: Mapping[str, Locale]
    """By code, the default first."""
    default: str = field(init=False)
    outside: bool = field(init=False)
    """Whether blocks point at what is not content."""

    @outside.default
    def _outside(self) -> bool:
        return any(model.kind == "block" and model.outside for model in self.models.values())

    @default.default
    def _default(self) -> str:
        return next(code for code, locale in self.locales.items() if locale.default)

    def model(self, name: str) -> Model:
        """The type of that name. Raises ``NotFound``."""
        found = self.models.get(name)
        if found is None:
            raise NotFound(f"there is no content type '{name}'")
        return found

    def locale(self, code: str | None, *, every: bool = False) -> str:
        """A known, enabled locale's code; ``None``: the default's. ``every`` lets ``*`` pass. Raises ``Malformed``."""
        if code is None:
            return self.default
        if every and code == EVERY:
            return EVERY
        found = self.locales.get(code)
        if found is None or not found.enabled:
            known = ", ".join(one for one, locale in self.locales.items() if locale.enabled)
            raise Malformed(f"there is no locale '{code}'; known: {known}")
        return code

    def chain(self, code: str) -> tuple[str, ...]:
        """The locale and, in order, those that fill its gaps."""
        chain = [code]
        while (following := self.locales[chain[-1]].fallback) is not None and following not in chain:
            if following not in self.locales:
                break
            chain.append(following)
        return tuple(chain)
