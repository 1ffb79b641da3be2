"""JSON Schema (2020-12) of attrs classes, for whoever has to describe inputs and answers: OpenAPI, MCP, SDKs.

An input and an answer of the same class differ: an input may leave out what has a default and must not have more, an
answer has every field. A class that serves as both is therefore described twice, as ``Entry`` and ``EntryInput``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Set
from datetime import datetime
from enum import Enum
from types import UnionType
from typing import Annotated, Any, NewType, TypeVar, Union, get_args, get_origin, get_type_hints

from attrs import NOTHING, fields, has

from newel.bounds import Max, MaxLength, Min, MinLength, Pattern, bounds_of, sentence_of
from newel.secrets import Secret, ShownOnce

DIALECT = "https://json-schema.org/draft/2020-12/schema"
PREFIX = "#/components/schemas/"
Schema = dict[str, Any]
_PLAIN: dict[Any, Schema] = {
    str: {"type": "string"}, int: {"type": "integer", "format": "int64"}, float: {"type": "number"},
    bool: {"type": "boolean"}, datetime: {"type": "string", "format": "date-time"}, type(None): {"type": "null"},
    None: {"type": "null"}, Any: {}, object: {}, dict: {"type": "object"}, list: {"type": "array"},
}  # fmt: skip


def schema_of(hint: Any, *, answer: bool = False) -> Schema:
    """A schema that stands alone, with what it refers to in ``$defs``."""
    schemas = Schemas("#/$defs/")
    schema = {"$schema": DIALECT, **schemas.of(hint, answer=answer)}
    return schema | {"$defs": schemas.components} if schemas.components else schema


class Schemas:
    """Collects the schemas of classes in ``components``, under their names; ``of`` answers a schema that refers to
    them. Describe all answers first: the suffix ``Input`` goes to inputs whose class is an answer already.
    """

    def __init__(self, prefix: str = PREFIX, components: Mapping[str, Schema] | None = None) -> None:
        self.components: dict[str, Schema] = dict(components or {})
        self._prefix = prefix
        self._names: dict[tuple[Any, bool], str] = {}

    def of(self, hint: Any, *, answer: bool = False) -> Schema:
        """The schema of a type, which may carry a sentence and bounds."""
        origin, arguments = get_origin(hint), get_args(hint)
        if origin is Annotated:
            return self._annotated(hint, answer)
        if isinstance(hint, NewType):
            return self.of(hint.__supertype__, answer=answer)
        if hint in _PLAIN:
            return dict(_PLAIN[hint])
        if str(origin) == "typing.Literal":
            return _choices(arguments)
        if origin in (Union, UnionType):
            return self._union(arguments, answer)
        kind = origin or hint
        if not isinstance(kind, type):
            return {}
        if issubclass(kind, Secret):
            return _secret(kind, answer)
        if issubclass(kind, Enum):
            return _choices([one.value for one in kind])
        if has(kind):
            return {"$ref": self._prefix + self._component(hint, answer)}
        if issubclass(kind, Mapping):
            return {"type": "object", "additionalProperties": self.of(arguments[1], answer=answer)}
        if issubclass(kind, Sequence | Set):
            return {"type": "array", "items": self.of(arguments[0], answer=answer)}
        return {}

    def object_of(
        self, kind: type[Any], *, answer: bool = False, without: Collection[str] = (), types: Any = None
    ) -> Schema:
        """The schema of a class itself, with some fields left out."""
        hints = get_type_hints(kind, include_extras=True)
        shown = [one for one in fields(kind) if one.name not in without]
        properties = {}
        for one in shown:
            schema = self.of(_filled(hints[one.name], types or {}), answer=answer)
            properties[one.name] = schema if answer else schema | _default(one.default)
        made: Schema = {"type": "object"}
        if text := _sentence(kind):
            made["description"] = text
        made["properties"] = properties
        required = [one.name for one in shown if answer or one.default is NOTHING]
        if required:
            made["required"] = required
        return made if answer else made | {"additionalProperties": False}

    def _annotated(self, hint: Any, answer: bool) -> Schema:
        schema = self.of(get_args(hint)[0], answer=answer)
        noun = {"array": "Items", "object": "Properties"}.get(_type(schema), "Length")
        for bound in bounds_of(hint):
            match bound:
                case Min(value):
                    schema["minimum"] = value
                case Max(value):
                    schema["maximum"] = value
                case MinLength(value):
                    schema[f"min{noun}"] = value
                case MaxLength(value):
                    schema[f"max{noun}"] = value
                case Pattern(value):
                    schema["pattern"] = f"^(?:{value})$"
        if sentence := sentence_of(hint):
            told = schema.get("description")
            schema["description"] = f"{sentence} {told}" if told else sentence
        return schema

    def _union(self, arguments: Sequence[Any], answer: bool) -> Schema:
        inner = [self.of(one, answer=answer) for one in arguments if one is not type(None)]
        if type(None) not in arguments:
            return {"anyOf": inner}
        if len(inner) == 1 and isinstance(inner[0].get("type"), str) and "enum" not in inner[0]:
            return inner[0] | {"type": [inner[0]["type"], "null"]}
        return {"anyOf": [*inner, {"type": "null"}]}

    def _component(self, hint: Any, answer: bool) -> str:
        known = self._names.get((hint, answer))
        if known is not None:
            return known
        kind: type[Any] = get_origin(hint) or hint
        name = "Of".join(one.__name__ for one in (kind, *get_args(hint)) if hasattr(one, "__name__"))
        if not answer and (hint, True) in self._names:
            name += "Input"
        if name in self.components:  # two plugins may have a class of one name
            package = kind.__module__.partition(".")[0].removeprefix("newel_")
            name = f"{package.title().replace('_', '')}{name}"
        while name in self.components:
            name += "_"
        self._names[hint, answer] = name
        self.components[name] = {}
        parameters = getattr(kind, "__parameters__", ())
        types = dict(zip(parameters, get_args(hint), strict=False))
        self.components[name] = self.object_of(kind, answer=answer, types=types)
        return name


def _type(schema: Schema) -> str:
    kind = schema.get("type", "")
    return str(kind[0] if isinstance(kind, list) else kind)


def _choices(values: Sequence[Any]) -> Schema:
    texts = all(isinstance(one, str) for one in values)
    return {"type": "string", "enum": list(values)} if texts else {"enum": list(values)}


def _secret(kind: type[Any], answer: bool) -> Schema:
    if not answer:
        return {"type": "string", "format": "password", "writeOnly": True}
    if issubclass(kind, ShownOnce):
        return {"type": "string", "description": "Shown in this answer and never again."}
    return {"type": "string", "description": "Never shown: always `***`."}


def _filled(hint: Any, types: Mapping[Any, Any]) -> Any:
    """A hint of a generic class with its type variables replaced."""
    if isinstance(hint, TypeVar):
        return types.get(hint, Any)
    open_ones: Any = getattr(hint, "__parameters__", None)
    if types and open_ones:
        return hint[tuple(types.get(one, Any) for one in open_ones)]
    return hint


def _sentence(kind: type[Any]) -> str:
    text = (kind.__doc__ or "").strip()
    return "" if text.startswith("Method generated by attrs") else " ".join(text.partition("\n\n")[0].split())


def _default(default: Any) -> Schema:
    if isinstance(default, tuple | frozenset):
        default = list(default)
    plain = default is None or isinstance(default, str | int | float | bool | list)
    return {"default": default} if plain else {}
