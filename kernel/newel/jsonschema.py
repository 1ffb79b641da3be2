"""JSON Schema (2020-12) of attrs classes: for OpenAPI, and whoever else has to describe an input."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from attrs import NOTHING, Factory, fields, has

from newel.bounds import Max, MaxLength, Min, MinLength, Pattern, bounds_of, sentence_of
from newel.secrets import Secret

PREFIX = "#/components/schemas/"
_PLAIN: dict[Any, dict[str, Any]] = {
    str: {"type": "string"}, int: {"type": "integer"}, float: {"type": "number"}, bool: {"type": "boolean"},
    datetime: {"type": "string", "format": "date-time"}, type(None): {"type": "null"}, Any: {}, dict: {"type": "object"},
}  # fmt: skip


class Schemas:
    """Collects the schemas of classes under their names; ``of`` answers a schema that refers to them."""

    def __init__(self) -> None:
        self.components: dict[str, dict[str, Any]] = {}
        self._names: dict[type[Any], str] = {}

    def of(self, hint: Any) -> dict[str, Any]:
        origin, arguments = get_origin(hint), get_args(hint)
        if origin is Annotated:
            return self._annotated(hint, arguments[0])
        if hint in _PLAIN:
            return dict(_PLAIN[hint])
        if isinstance(origin or hint, type) and issubclass(origin or hint, Secret):
            return {"type": "string", "format": "password"}
        if str(origin) == "typing.Literal":
            return {"enum": list(arguments)}
        if origin in (Union, UnionType):
            return {"anyOf": [self.of(one) for one in arguments]}
        if origin in (list, tuple, frozenset) or str(origin) == "<class 'collections.abc.Sequence'>":
            return {"type": "array", "items": self.of(arguments[0])}
        if isinstance(origin, type) and issubclass(origin, Mapping):
            return {"type": "object", "additionalProperties": self.of(arguments[1])}
        if has(hint):
            return {"$ref": PREFIX + self._component(hint)}
        return {}

    def _annotated(self, hint: Any, inner: Any) -> dict[str, Any]:
        schema = self.of(inner)
        is_text = schema.get("type") == "string"
        for bound in bounds_of(hint):
            match bound:
                case Min(value):
                    schema["minimum"] = value
                case Max(value):
                    schema["maximum"] = value
                case MinLength(value):
                    schema["minLength" if is_text else "minItems"] = value
                case MaxLength(value):
                    schema["maxLength" if is_text else "maxItems"] = value
                case Pattern(value):
                    schema["pattern"] = f"^(?:{value})$"
        if sentence := sentence_of(hint):
            schema["description"] = sentence
        return schema

    def _component(self, kind: type[Any]) -> str:
        if kind not in self._names:
            name = kind.__name__
            if name in self.components:  # two plugins may have a class of one name
                name = f"{kind.__module__.rpartition('.')[0].replace('.', '_')}_{name}"
            self._names[kind] = name
            self.components[name] = {}
            self.components[name] = self.object_of(kind)
        return self._names[kind]

    def object_of(self, kind: type[Any], without: tuple[str, ...] = ()) -> dict[str, Any]:
        """The schema of a class itself, with some fields left out."""
        hints = get_type_hints(kind, include_extras=True)
        shown = [one for one in fields(kind) if one.name not in without]
        schema: dict[str, Any] = {
            "type": "object",
            "properties": {one.name: self.of(hints[one.name]) | _default(one.default) for one in shown},
            "additionalProperties": False,
        }
        if required := [one.name for one in shown if one.default is NOTHING]:
            schema["required"] = required
        if kind.__doc__ and not kind.__doc__.startswith("Method generated"):
            schema["description"] = kind.__doc__.partition("\n")[0]
        return schema


def _default(default: Any) -> dict[str, Any]:
    if default is NOTHING or isinstance(default, Factory):  # type: ignore[arg-type]  # attrs types Factory as a function
        return {}
    return {"default": default} if isinstance(default, str | int | float | bool) else {}
