"""The words that presets are written in."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from newel.contracts.content import ContentType, Field, Kind


@frozen(kw_only=True)
class Preset:
    """Types that make a kind of site; each names only types that stand before it, or itself."""

    name: str
    label: str
    summary: str
    types: tuple[ContentType, ...]


def kind(name: str, label: str, kind: Kind, *fields: Field, public: bool = True) -> ContentType:
    return ContentType(name=name, label=label, kind=kind, fields=fields, public=public)


def block(name: str, label: str, *fields: Field) -> ContentType:
    return kind(name, label, "block", *fields)


def text(name: str, type: str = "text", **more: Any) -> Field:
    return Field(name=name, type=type, **more)


def named(name: str = "title") -> tuple[Field, Field]:
    """What an entry is called, in each locale, and the slug that is made of it."""
    return (
        Field(name=name, type="text", required=True, localized=True, indexed=True, rules={"max_length": 200}),
        Field(name="slug", type="slug", localized=True, options={"source": name}),
    )


def words(name: str, type: str = "markdown", **more: Any) -> Field:
    """Text in each locale."""
    return Field(name=name, type=type, localized=True, **more)


def choice(name: str, *values: str, **more: Any) -> Field:
    choices = [{"value": value} for value in values]
    return Field(name=name, type="select", options={"choices": choices}, indexed=True, **more)


def to(name: str, *targets: str, many: bool = False, on_delete: str = "restrict", **more: Any) -> Field:
    """A reference."""
    options = {"targets": list(targets), "many": many, "on_delete": on_delete}
    return Field(name=name, type="reference", options=options, indexed=True, **more)


def blocks(name: str, *types: str) -> Field:
    return Field(name=name, type="blocks", localized=True, options={"types": list(types)})


def picture(name: str = "image", *, many: bool = False) -> Field:
    """An image of the library: left out where the site has no library."""
    return Field(name=name, type="media", options={"kinds": ["image"], "many": many})


def seo() -> tuple[Field, Field]:
    """What search engines are told."""
    return (
        words("seo_title", "text", help="Instead of the title, for search engines.", rules={"max_length": 70}),
        words("seo_description", "textarea", rules={"max_length": 200}),
    )
