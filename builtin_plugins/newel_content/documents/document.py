"""An entry's draft: values by field number, shared ones once, localised ones by locale."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from newel_content.model import SHARED, BoundField, Model

Flat = Mapping[str, Any]
"""One locale of an entry: stored values by field number, shared and localised together. What versions hold."""


class Document:
    """A mutable draft. ``None`` is never stored: a value that is not there has no key."""

    def __init__(self, shared: dict[str, Any] | None = None, locales: dict[str, dict[str, Any]] | None = None) -> None:
        self.shared = shared or {}
        self.locales = locales or {}

    @classmethod
    def read(cls, text: str) -> Document:
        plain = orjson.loads(text)
        return cls(plain["shared"], plain["locales"])

    @staticmethod
    def read_flat(text: str) -> Flat:
        """A version's document."""
        flat: Flat = orjson.loads(text)
        return flat

    def text(self) -> str:
        """The same bytes for the same values."""
        locales = {code: values for code, values in self.locales.items() if values}
        return packed({"shared": self.shared, "locales": locales})

    def copy(self) -> Document:
        """Values are never changed in place, so they are shared between copies."""
        return Document(dict(self.shared), {code: dict(values) for code, values in self.locales.items()})

    def get(self, bound: BoundField, locale: str) -> Any:
        return (self.locales.get(locale, {}) if bound.localized else self.shared).get(bound.key)

    def put(self, bound: BoundField, locale: str, value: Any) -> None:
        place = self.locales.setdefault(locale, {}) if bound.localized else self.shared
        if value is None:
            place.pop(bound.key, None)
        else:
            place[bound.key] = value

    def flat(self, model: Model, locale: str) -> dict[str, Any]:
        """One locale with the shared values, as a version keeps it. Values of removed fields go along."""
        merged = {key: value for key, value in self.shared.items() if not _is(model, key, localized=True)}
        own = self.locales.get(locale, {})
        return merged | {key: value for key, value in own.items() if not _is(model, key, localized=False)}

    def put_flat(self, model: Model, locale: str, flat: Flat) -> None:
        """Makes one locale's fields, shared ones too, what a version says. Removed fields stay as they are."""
        for bound in model:
            self.put(bound, locale, flat.get(bound.key))

    def values(self) -> Iterator[tuple[str, Any]]:
        """Everything stored, by address (``"/1"``, ``"de/2"``)."""
        for key, value in self.shared.items():
            yield address(SHARED, key), value
        for code, values in self.locales.items():
            for key, value in values.items():
                yield address(code, key), value

    def changes(self, other: Document) -> set[str]:
        """The addresses whose values differ."""
        mine, theirs = dict(self.values()), dict(other.values())
        return {one for one in mine.keys() | theirs.keys() if not same(mine.get(one), theirs.get(one))}

    def at(self, place: str) -> Any:
        """The value at an address, or ``None``."""
        code, _, key = place.partition("/")
        return (self.locales.get(code, {}) if code else self.shared).get(key)


def address(locale: str, key: str) -> str:
    return f"{locale}/{key}"


def packed(plain: Any) -> str:
    """JSON with sorted keys."""
    return orjson.dumps(plain, option=orjson.OPT_SORT_KEYS).decode()


def same(one: Any, other: Any) -> bool:
    """Whether two stored values are the same JSON: ``1`` is not ``true`` and not ``1.0``."""
    if one is other:
        return True
    if type(one) is not type(other) or one != other:
        return False
    return isinstance(one, str | int | float) or packed(one) == packed(other)


def digest(flat: Flat) -> str:
    """What tells a published snapshot from a newer draft."""
    return hashlib.sha256(packed(flat).encode()).hexdigest()


def _is(model: Model, key: str, *, localized: bool) -> bool:
    bound = model.by_key.get(key)
    return bound is not None and bound.localized is localized
