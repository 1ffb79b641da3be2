"""What is wrong with a view: operations, inputs, columns and keys that are not there."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from attrs import fields, has

from newel.app import App
from newel.contracts.tui import Navigate
from newel.contracts.views import Act, Ask, Control, Form, Listing, Sheet, View
from newel.operations import Operation

UNKNOWN = object()


def faults(app: App, screens: Mapping[Any, Any], plugin: str, view: View) -> list[str]:
    """One line a fault."""
    return sorted(set(_faults(app, screens, plugin, view)))


def _faults(app: App, screens: Mapping[Any, Any], plugin: str, view: Any) -> Iterator[str]:
    for one in _walk(view):
        match one:
            case Ask():
                yield from _ask(app, one)
            case Act():
                yield from _act(app, screens, plugin, one)
            case Listing():
                yield from _acts(one.acts)
                yield from _listing(app, one)
            case Form():
                yield from _acts(one.acts)
                yield from _form(app, one)
            case Sheet():
                yield from _acts(one.acts)


def _walk(value: Any) -> Iterator[Any]:
    """The value, and everything inside it."""
    yield value
    if has(type(value)):
        for one in fields(type(value)):
            yield from _walk(getattr(value, one.name))
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _walk(inner)
    elif isinstance(value, tuple | list):
        for inner in value:
            yield from _walk(inner)


def _operation(app: App, name: str) -> Operation | None:
    return next((one for one in app.operations if one.name == name), None)


def _inputs(app: App, ask: Ask | None) -> set[str] | None:
    known = None if ask is None else _operation(app, ask.operation)
    return None if known is None else {one.name for one in fields(known.input)}


def _missing(app: App, ask: Ask | None, names: Sequence[str]) -> Iterator[str]:
    inputs = _inputs(app, ask)
    if inputs is not None and ask is not None:
        for name in names:
            if name and name not in inputs:
                yield f"{ask.operation} has no input '{name}'"


def _ask(app: App, ask: Ask) -> Iterator[str]:
    known = _operation(app, ask.operation)
    if known is None:
        yield f"there is no operation '{ask.operation}'"
    elif known.http is None:
        yield f"{ask.operation} has no HTTP form, so it cannot be run from afar"
    yield from _missing(app, ask, tuple(ask.params))


def _act(app: App, screens: Mapping[Any, Any], plugin: str, act: Act) -> Iterator[str]:
    ways = [one for one in (act.ask, act.opens, act.upload, act.back or None) if one is not None]
    if len(ways) > 1:
        yield f"the act '{act.name}' leads two ways"
    yield from _missing(app, act.ask, (act.bulk, *(act.form or ())))
    if isinstance(act.opens, Navigate) and not act.opens.page:
        where = (act.opens.plugin or plugin, act.opens.screen or "main")
        if where not in screens:
            yield f"the act '{act.name}' leads to {where}, which is no screen"


def _acts(acts: Sequence[Act]) -> Iterator[str]:
    for what, values in (("name", [one.name for one in acts]), ("key", [one.key for one in acts])):
        for value in sorted({one for one in values if values.count(one) > 1}):
            yield f"two acts have the {what} '{value}'"


def _listing(app: App, view: Listing) -> Iterator[str]:
    yield from _missing(app, view.ask, (view.search, *view.filters))
    known = None if view.ask is None else _operation(app, view.ask.operation)
    if known is None:
        return
    if at(known.output, view.next) not in (UNKNOWN, None):
        yield from _missing(app, view.ask, (view.cursor,))
    row = row_of(app, view)
    if row is UNKNOWN:
        return
    paths = [view.key, *(one.value for one in view.columns)]
    if view.detail is None:
        paths += [one.value for one in view.details]
    else:
        detail = _operation(app, view.detail.operation)
        for path in [one.value for one in view.details]:
            if detail is not None and at(detail.output, path) is None:
                yield f"{detail.name} answers no '{path}'"
    for path in (*paths, view.leaf.lstrip("!")):
        if at(row, path) is None:
            yield f"rows of {known.name} have no '{path}'"
    for act in view.acts:
        for value in _walk([act.ask.params if act.ask else {}, act.opens.params if act.opens else {}]):
            if isinstance(value, str) and value[:1] == "$" and value[:2] != "$$" and at(row, value[1:]) is None:
                yield f"the act '{act.name}' takes '{value}', which rows of {known.name} do not have"
        for path in (*act.when, *act.unless):
            if at(row, path) is None:
                yield f"the act '{act.name}' looks at '{path}', which rows of {known.name} do not have"


def _form(app: App, view: Form) -> Iterator[str]:
    top = [view.at.partition(".")[0]] if view.at else [one.name for one in view.controls]
    yield from _missing(app, view.submit, top)
    for name in sorted({*view.values} - {one.name for one in view.controls}):
        yield f"the form '{view.title}' has a value of '{name}', and no such field"
    for one in _walk(view.controls):
        if isinstance(one, Control) and one.kind in ("choice", "choices") and not one.options:
            yield f"the field '{one.name}' offers no choice"


# -- types --------------------------------------------------------------------------------------------------------


def at(hint: Any, path: str) -> Any:
    """The type at a dotted path; ``None`` where there is no such field, ``UNKNOWN`` where nobody can know."""
    hint = _bare(hint)
    for part in path.split(".") if path else ():
        if not has(_class(hint)):
            return UNKNOWN
        hints = get_type_hints(_class(hint), include_extras=True)
        if part not in hints:
            return None
        hint = _bare(hints[part])
    return hint


def row_of(app: App, view: Listing) -> Any:
    """The type of a listing's rows."""
    known = None if view.ask is None else _operation(app, view.ask.operation)
    found = UNKNOWN if known is None else at(known.output, view.at)
    items = [one for one in get_args(found) if one is not ...]
    known_items = get_origin(found) in (tuple, list) and len(items) == 1
    return _bare(items[0]) if known_items and has(_class(_bare(items[0]))) else UNKNOWN


def sample(hint: Any) -> Any:
    """A value of a type, JSON-like."""
    hint = _bare(hint)
    if has(_class(hint)):
        hints = get_type_hints(_class(hint), include_extras=True)
        return {one.name: sample(hints[one.name]) for one in fields(_class(hint))}
    if get_origin(hint) is Literal:
        return get_args(hint)[0]
    if get_origin(hint) in (tuple, list):
        return []
    values = {str: "01ARZ3NDEKTSV4RRFFQ69G5FAV", int: 1, float: 1.0, bool: False, datetime: "2030-01-01T00:00:00Z"}
    return values.get(hint, {} if get_origin(hint) is not None else None)


def _bare(hint: Any) -> Any:
    """Without bounds, and without ``None`` beside one other type."""
    while get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    if get_origin(hint) in (Union, types.UnionType):
        rest = [one for one in get_args(hint) if one is not type(None)]
        return _bare(rest[0]) if len(rest) == 1 else Any
    return hint


def _class(hint: Any) -> Any:
    return get_origin(hint) or hint
