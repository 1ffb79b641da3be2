"""The field type ``media``: one file of the library, or several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from attrs import frozen

from newel import Fault, MaxLength
from newel.bounds import described
from newel.contracts.content import Field, FieldType
from newel.ids import is_id

if TYPE_CHECKING:
    from newel.contracts.database import Transaction
    from newel_media.reading import Reader

KIND = "media"
MOST = 500
Kinds = Literal["image", "video", "audio", "font", "document", "other"]


@frozen
class MediaOptions:
    many: Annotated[bool, "A list of files instead of one."] = False
    kinds: Annotated[tuple[Kinds, ...], "Kinds it may point at; empty: all.", MaxLength(6)] = ()


class MediaOutside:
    """What a value points at: assets."""

    kind = KIND

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def ids(self, stored: Any, field: Field) -> Sequence[str]:
        return [stored] if isinstance(stored, str) else list(stored)

    async def faults(self, tx: Transaction, wanted: Sequence[tuple[str, Field]]) -> Sequence[Fault | None]:
        kinds = await self._reader.held(tx, {id for id, _ in wanted})
        return [_fault(kinds.get(id), field) for id, field in wanted]

    async def shown(self, ids: Sequence[str], *, locale: str | None, private: bool) -> Mapping[str, Any]:
        return await self._reader.shown(ids, locale=locale, private=private)


def _fault(kind: str | None, field: Field) -> Fault | None:
    if kind is None:
        return Fault("not_found", "there is no such file")
    fitting = field.options.get("kinds", ())
    if fitting and kind not in fitting:
        return Fault("kind", f"takes files of these kinds: {', '.join(fitting)}; this is of the kind {kind}")
    return None


def field_type(reader: Reader) -> FieldType:
    """The type, for ``register_field_types``."""
    return FieldType(
        name=KIND,
        summary="A file of the library, or several.",
        parse=_parse,
        schema=_schema,
        key=lambda stored, field: str(stored),
        literal=_literal,
        many=True,
        options=MediaOptions,
        outside=MediaOutside(reader),
    )


def _id(value: Any) -> str:
    if not isinstance(value, str) or not is_id(value):
        raise Fault("format", f"expected the id of an asset, got {described(value)}")
    return value


def _parse(value: Any, field: Field) -> str | list[str]:
    if not field.options.get("many", False):
        return _id(value)
    if not isinstance(value, list):
        raise Fault("type", f"expected a list of ids, got {described(value)}")
    if len(value) > MOST:
        raise Fault("max_count", f"takes at most {MOST} files")
    ids = [_id(item) for item in value]
    if len(set(ids)) < len(ids):
        raise Fault("duplicate", "names the same file twice")
    return ids


def _literal(value: Any, field: Field) -> str:
    return str(value)


def _schema(field: Field) -> Mapping[str, Any]:
    one = {"type": "string", "minLength": 26, "maxLength": 26}
    return {"type": "array", "items": one, "uniqueItems": True} if field.options.get("many", False) else one
