"""Data to frozen attrs classes and back: strict, all faults at once, each with a JSON pointer.

Fields are written ``Annotated[type, "One sentence.", Min(1), ...]`` (``bounds.py``). Text that came from
a place without types (environment, command line, query string) is wrapped in ``FromText`` and parsed by the field's
type; everything else must have its type already.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from math import isfinite
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

import cattrs
from attrs import has
from cattrs import BaseValidationError, Converter
from cattrs.errors import ClassValidationError, ForbiddenExtraKeysError, IterableValidationError
from cattrs.gen import make_dict_structure_fn

from newel.bounds import (
    Fault,
    Faults,
    FromText,
    Max,
    MaxLength,
    Min,
    MinLength,
    Pattern,
    bounds_of,
    check_bounds,
    described,
    sentence_of,
)
from newel.errors import Problem
from newel.secrets import MASK, Secret, ShownOnce

__all__ = [
    "Fault", "Faults", "FromText", "Max", "MaxLength", "Min", "MinLength", "Pattern", "Structurer", "bounds_of",
    "check_bounds", "described", "rfc3339", "sentence_of",
]  # fmt: skip

T = TypeVar("T")


def _parse(text: str, kind: type) -> Any:
    if kind is bool:
        if text.lower() in ("true", "false"):
            return text.lower() == "true"
        raise Fault("type", "expected true or false")
    try:
        number = kind(text)
    except ValueError:
        raise Fault("type", f"expected {'an integer' if kind is int else 'a number'}") from None
    if not text.isascii() or "_" in text or (not isfinite(number) if kind is float else abs(number) >= 2**63):
        raise Fault("type", f"expected {'an integer of 64 bits' if kind is int else 'a finite number'}")
    return number


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Fault("type", "expected a JSON object") from None


def _scalar(kind: type, name: str) -> Callable[[Any, Any], Any]:
    def structure(value: Any, _: Any) -> Any:
        if isinstance(value, FromText):
            return str(value) if kind is str else _parse(value, kind)
        if type(value) is kind or (kind is float and type(value) is int):
            return value
        raise Fault("type", f"expected {name}, got {described(value)}")

    return structure


def _datetime(value: Any, _: Any) -> datetime:
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if not isinstance(value, str):
        raise Fault("type", f"expected a date and time, got {described(value)}")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise Fault("format", "expected an RFC 3339 date and time") from None
    if moment.tzinfo is None:
        raise Fault("format", "the date and time needs an offset, such as Z")
    return moment.astimezone(UTC)


def rfc3339(moment: datetime) -> str:
    """A time as we write it everywhere: UTC, milliseconds, ``Z``; 24 characters that sort by time."""
    # Not strftime: its %Y writes years before 1000 with fewer digits, which then no longer sort.
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


class Structurer:
    """One strict converter. Plugins get the application's at ``app.structurer``.

    How a class is structured is worked out once in a process, whatever the number of applications in it.
    """

    def __init__(self) -> None:
        made = _made()
        self._converter, self._masked, self._shown = made.converter, made.masked, made.shown

    def structure(self, data: Any, kind: type[T]) -> T:
        """The value of that class; raises ``Faults`` with everything that is wrong."""
        try:
            return self._converter.structure(data, kind)
        except Exception as error:
            raise Faults(list(_problems(error, ""))) from error

    def unstructure(self, value: Any, *, show: bool = False) -> Any:
        """Plain dicts, lists and scalars. Secrets are masked; ``show`` reveals a ``ShownOnce`` to its maker."""
        return (self._shown if show else self._masked).unstructure(value)


@cache
def _made() -> _Converters:
    return _Converters()


class _Converters:
    """cattrs' converters with our hooks: in, and out with secrets masked or shown."""

    def __init__(self) -> None:
        self.converter = converter = Converter(forbid_extra_keys=True, prefer_attrib_converters=False)
        for kind, name in ((str, "a string"), (int, "an integer"), (float, "a number"), (bool, "true or false")):
            converter.register_structure_hook(kind, _scalar(kind, name))
        converter.register_structure_hook(datetime, _datetime)
        converter.register_unstructure_hook(datetime, rfc3339)
        converter.register_structure_hook_func(lambda kind: kind is Any, lambda value, _: value)
        converter.register_structure_hook_factory(_is_secret, self._secret_hook)
        converter.register_structure_hook_factory(_is_literal, self._literal_hook)
        converter.register_structure_hook_factory(_is_listing, self._listing_hook)
        converter.register_structure_hook_factory(_is_mapping, self._mapping_hook)
        converter.register_structure_hook_factory(_is_optional, self._optional_hook)
        converter.register_structure_hook_factory(lambda kind: bool(bounds_of(kind)), self._bounded_hook)
        converter.register_structure_hook_factory(has, self._class_hook)
        self.masked = converter.copy()
        self.masked.register_unstructure_hook_func(_is_secret_value, lambda value: MASK)
        self.shown = converter.copy()
        self.shown.register_unstructure_hook_func(
            _is_secret_value, lambda value: value.reveal() if isinstance(value, ShownOnce) else MASK
        )

    def _secret_hook(self, kind: Any) -> Callable[[Any, Any], Any]:
        inner = (get_args(kind) or (str,))[0]
        return lambda value, _: value if isinstance(value, Secret) else Secret(self.converter.structure(value, inner))

    def _literal_hook(self, kind: Any) -> Callable[[Any, Any], Any]:
        choices = get_args(kind)

        def structure(value: Any, _: Any) -> Any:
            for choice in choices:
                if value == choice and (type(value) is type(choice) or isinstance(value, FromText)):
                    return choice
            raise Fault("one_of", "expected one of: " + ", ".join(str(choice) for choice in choices))

        return structure

    def _listing_hook(self, kind: Any) -> Callable[[Any, Any], Any]:
        origin, arguments = get_origin(kind), get_args(kind)
        inner, build = arguments[0], {tuple: tuple, frozenset: frozenset}.get(origin, list)

        def structure(value: Any, _: Any) -> Any:
            if isinstance(value, FromText):
                value = _listed(value)
            if not isinstance(value, list | tuple):
                raise Fault("type", f"expected a list, got {described(value)}")
            items, errors = [], []
            for index, item in enumerate(value):
                try:
                    items.append(self.converter.structure(item, inner))
                except Exception as error:
                    error.add_note(f"/{index}")
                    errors.append(error)
            if errors:
                raise IterableValidationError("list", errors, kind)
            return build(items)

        return structure

    def _mapping_hook(self, kind: Any) -> Callable[[Any, Any], Any]:
        inner = (get_args(kind) or (str, Any))[1]

        def structure(value: Any, _: Any) -> Any:
            if isinstance(value, FromText):
                value = _json(value)
            if not isinstance(value, Mapping):
                raise Fault("type", f"expected an object, got {described(value)}")
            if inner is Any:
                return dict(value)
            items, errors = {}, []
            for key, item in value.items():
                try:
                    items[key] = self.converter.structure(item, inner)
                except Exception as error:
                    error.add_note(f"/{_escape(str(key))}")
                    errors.append(error)
            if errors:
                raise IterableValidationError("object", errors, kind)
            return items

        return structure

    def _optional_hook(self, kind: Any) -> Callable[[Any, Any], Any]:
        inner = next(choice for choice in get_args(kind) if choice is not type(None))
        return lambda value, _: None if value is None else self.converter.structure(value, inner)

    def _bounded_hook(self, kind: Any) -> Callable[[Any, Any], Any]:
        inner, bounds = get_args(kind)[0], bounds_of(kind)

        def structure(value: Any, _: Any) -> Any:
            result = self.converter.structure(value, inner)
            check_bounds(result, bounds)
            return result

        return structure

    def _class_hook(self, kind: Any) -> Callable[[Any, Any], Any]:
        inner = make_dict_structure_fn(kind, self.converter, _cattrs_forbid_extra_keys=True)

        def structure(value: Any, _: Any) -> Any:
            if isinstance(value, kind):
                return value
            if isinstance(value, FromText):
                value = _json(value)
            if type(value) is not dict and not isinstance(value, Mapping):  # the second is slow, and rarely needed
                raise Fault("type", f"expected an object, got {described(value)}")
            return inner(value, kind)

        return structure


def _listed(text: FromText) -> list[Any]:
    """A list as text: JSON, or words between commas."""
    if text.lstrip().startswith("["):
        try:
            found = json.loads(text)
        except ValueError:
            raise Fault("type", "expected a list") from None
        return list(found)
    return [FromText(part.strip()) for part in text.split(",") if part.strip()]


def _is_secret(kind: Any) -> bool:
    origin = get_origin(kind) or kind
    return isinstance(origin, type) and issubclass(origin, Secret)


_is_secret_value = _is_secret


def _is_literal(kind: Any) -> bool:
    return str(get_origin(kind)) == "typing.Literal"


def _is_listing(kind: Any) -> bool:
    return get_origin(kind) in (list, tuple, frozenset)


def _is_mapping(kind: Any) -> bool:
    return get_origin(kind) in (dict, Mapping) or kind is dict


def _is_optional(kind: Any) -> bool:
    arguments = get_args(kind)
    return get_origin(kind) in (Union, UnionType) and len(arguments) == 2 and type(None) in arguments


def _escape(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")


def _problems(error: BaseException, pointer: str) -> list[Problem]:
    """Flattens cattrs' tree of exceptions. A note ``/3`` or an ``AttributeValidationNote`` says where a branch is."""
    if isinstance(error, ClassValidationError | IterableValidationError):
        found: list[Problem] = []
        for inner in error.exceptions:
            found += _problems(inner, pointer + _step(inner))
        return found
    if isinstance(error, ForbiddenExtraKeysError):
        return [
            Problem(f"{pointer}/{_escape(str(key))}", "unknown", f"there is no '{key}' here")
            for key in sorted(error.extra_fields, key=str)
        ]
    if isinstance(error, BaseValidationError):
        return [problem for inner in error.exceptions for problem in _problems(inner, pointer + _step(inner))]
    if isinstance(error, KeyError):
        return [Problem(pointer, "required", "is missing")]
    if isinstance(error, Fault):
        return [Problem(pointer, error.code, str(error))]
    if isinstance(error, ValueError | TypeError):
        return [Problem(pointer, "invalid", str(error) or "is not valid")]
    raise error


def _step(error: BaseException) -> str:
    for note in getattr(error, "__notes__", ()):
        if isinstance(note, cattrs.AttributeValidationNote):
            return f"/{_escape(note.name)}"
        if isinstance(note, str) and note.startswith("/"):
            return note
    return ""
