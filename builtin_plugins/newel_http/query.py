"""Query strings: ``sort=-date&filter[price][_gte]=10`` to what an operation or a route takes. Strict, since a
parameter that is quietly ignored has cost others dearly: unknown, repeated and oddly shaped ones are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints
from urllib.parse import unquote_plus

from attrs import fields, has

from newel import FromText, Malformed, Problem
from newel.config import did_you_mean
from newel_http import strict_json
from newel_http.faults import BadQuery

MAX_BRACKETS = 8
Pairs = list[tuple[str, str]]
Shape = Literal["one", "list", "nested"]
KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]+\])*)")


def pairs_of(text: str, limit: int) -> Pairs:
    """The decoded ``(key, value)`` pairs, in order; no key occurs twice. Raises ``BadQuery``."""
    if not text:
        return []
    if text.count("&") >= limit:
        raise Malformed(f"the query has more than {limit} parameters")
    pairs, seen, problems = [], set(), []
    for part in text.split("&"):
        key, _, value = part.partition("=")
        try:
            key, value = _decoded(key), _decoded(value)
        except UnicodeDecodeError:
            problems.append(Problem(key, "malformed", "is not valid UTF-8"))
            continue
        if not key:
            problems.append(Problem("", "malformed", "a parameter has no name"))
        elif "\0" in key or "\0" in value:
            problems.append(Problem(key.replace("\0", "\\0"), "malformed", "has a NUL character"))
        elif key in seen:
            problems.append(Problem(key, "duplicate", "is given more than once; write several values as a comma list"))
        seen.add(key)
        pairs.append((key, value))
    if problems:
        raise BadQuery(problems)
    return pairs


def _decoded(text: str) -> str:
    if "%" not in text and "+" not in text and text.isascii():
        return text
    # aiohttp hands on raw bytes beyond ASCII as lone surrogates; they must be valid UTF-8 like the escaped ones.
    raw = text.encode("utf-8", "surrogateescape").decode("utf-8")
    return unquote_plus(raw, errors="strict")


def shapes_of(kind: type[Any], without: Iterable[str] = ()) -> dict[str, Shape]:
    """How each field of an operation's input is written in a query."""
    hints = get_type_hints(kind, include_extras=True)
    left_out = set(without)
    return {one.name: _shape(hints[one.name]) for one in fields(kind) if one.name not in left_out}


def _shape(hint: Any) -> Shape:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _shape(arguments[0])
    if origin in (Union, UnionType):
        return _shape(next(one for one in arguments if one is not type(None)))
    if origin in (list, tuple, frozenset):
        return "list"
    if hint is dict or has(origin or hint) or (isinstance(origin, type) and issubclass(origin, Mapping)):
        return "nested"
    return "one"


def taken(pairs: Pairs, shapes: Mapping[str, Shape]) -> dict[str, Any]:
    """The input fields that a query gives: leaves are ``FromText``. Raises ``BadQuery`` with all faults."""
    found: dict[str, Any] = {}
    problems: list[Problem] = []
    for key, value in pairs:
        name, path = _split(key)
        shape = shapes.get(name)
        if name == "":
            problems.append(Problem(key, "malformed", "the brackets do not match, or one pair is empty"))
        elif shape is None:
            problems.append(Problem(key, "unknown", f"there is no parameter '{name}'{did_you_mean(name, shapes)}"))
        elif len(path) > MAX_BRACKETS:
            problems.append(Problem(key, "malformed", f"has more than {MAX_BRACKETS} brackets"))
        elif path and shape != "nested":
            problems.append(Problem(key, "malformed", f"'{name}' takes a single value, without brackets"))
        elif not path and shape == "nested":
            _put(found, (name,), _object(key, value, problems), key, problems)
        else:
            _put(found, (name, *path), FromText(value), key, problems)
    if problems:
        raise BadQuery(problems)
    return {name: _listed(value) if shapes[name] == "nested" else value for name, value in found.items()}


def shapes_named(names: Iterable[str]) -> dict[str, Shape]:
    """The parameters that a route names, with ``[]`` at the end where brackets are allowed."""
    return {name.removesuffix("[]"): "nested" if name.endswith("[]") else "one" for name in names}


def parameter(pointer: str) -> str:
    """``/filter/price/_gte`` as the parameter's name, ``filter[price][_gte]``."""
    name, *path = (part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])
    return name + "".join(f"[{part}]" for part in path)


def _split(key: str) -> tuple[str, tuple[str, ...]]:
    if "[" not in key and "]" not in key:
        return key, ()
    match = KEY.fullmatch(key)
    if match is None:
        return "", ()
    return match[1], tuple(match[2][1:-1].split("][")) if match[2] else ()


def _object(key: str, value: str, problems: list[Problem]) -> Any:
    if not value.lstrip().startswith("{"):
        problems.append(Problem(key, "type", "expected a JSON object, or brackets"))
        return {}
    try:
        return strict_json.parse(value.encode())
    except Malformed as error:
        problems.append(Problem(key, "malformed", error.detail))
        return {}


def _put(found: dict[str, Any], path: tuple[str, ...], value: Any, key: str, problems: list[Problem]) -> None:
    place: Any = found
    for part in path[:-1]:
        place = place.setdefault(part, _Open())
        if not isinstance(place, _Open):
            problems.append(Problem(key, "malformed", "is given both as a value and with brackets"))
            return
    if path[-1] in place:
        problems.append(Problem(key, "malformed", "is given both as a value and with brackets"))
        return
    place[path[-1]] = value


class _Open(dict[str, Any]):
    """A level that brackets made, to which brackets may add."""


def _listed(value: Any) -> Any:
    """``filter[_or][0]...`` and ``[1]`` are a list: keys that count from 0 without a gap."""
    if not isinstance(value, _Open):
        return value
    inner = {key: _listed(one) for key, one in value.items()}
    if inner and all(str(index) in inner for index in range(len(inner))):
        return [inner[str(index)] for index in range(len(inner))]
    return inner
