"""Tables that a screen yields, as layouts and actions of the contract. Faults name the place in the table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from newel import Fault
from newel.contracts import layout as look
from newel.contracts import tui
from newel_lua.model import LuaValue

T = TypeVar("T")
LEVELS: Mapping[str, tui.Level] = {
    "info": "info", "success": "success", "warning": "warning", "warn": "warning", "error": "error",
}  # fmt: skip


class Unshowable(Exception):
    """What was yielded is neither a layout nor an action; the text says where and why."""


def is_action(value: LuaValue) -> bool:
    return isinstance(value, Mapping) and value.get("action") is not None


def action(value: Mapping[str, Any]) -> tui.Action:
    """What the door shall do. Raises ``Unshowable``."""
    return _made("the action", lambda: _action(value))


def _action(value: Mapping[str, Any]) -> tui.Action:
    match value["action"]:
        case "navigate":
            return tui.Navigate(
                plugin=_said(value, "plugin"), screen=_said(value, "screen"), page=_said(value, "page"),
                params=_table(value.get("params"), "params"),
            )  # fmt: skip
        case "confirm":
            return tui.Confirm(title=_said(value, "title"), message=_said(value, "message"))
        case "toast":
            return tui.Toast(message=_said(value, "message"), level=LEVELS.get(_said(value, "level"), "info"))
        case "commit":
            return tui.Commit(value.get("value"))
        case "cancel":
            return tui.Cancel()
        case "quit":
            return tui.Quit()
        case other:
            raise Unshowable(f"there is no action {_plain(other, 'the action')[:40]!r}")


def layout(value: LuaValue) -> look.Layout:
    """Raises ``Unshowable``."""
    told = _table(value, "what was yielded")
    kind = told.get("type")
    if kind == "grid":
        return _made("grid", lambda: _grid(told))
    return _primitive(told, "")


def _grid(told: Mapping[str, Any]) -> look.Grid:
    refresh = told.get("refresh")
    if refresh is not None and not isinstance(refresh, int | float):
        raise Unshowable("grid.refresh must be a number of seconds")
    hints = _each(
        told.get("hints"), "hints", lambda one, at: look.Hint(key=_text(one, "key"), label=_text(one, "label"))
    )
    return look.Grid(columns=_each(told.get("columns"), "columns", _column), hints=hints, refresh=refresh)


def _column(told: Mapping[str, Any], at: str) -> look.Column:
    return look.Column(span=told.get("span", look.UNITS), cells=_each(told.get("cells"), f"{at}.cells", _cell))


def _cell(told: Mapping[str, Any], at: str) -> look.Cell:
    content = _primitive(_table(told.get("content"), f"{at}.content"), f"{at}.content")
    return look.Cell(title=_text(told, "title"), height=told.get("height", 1.0), content=content)


def _primitive(told: Mapping[str, Any], at: str) -> look.Primitive:
    kind = told.get("type")
    make = _PRIMITIVES.get(kind) if isinstance(kind, str) else None
    if make is None:
        known = ", ".join(["grid"] * (not at) + sorted(_PRIMITIVES))
        raise Unshowable(f"{at or 'what was yielded'} has the type {str(kind)[:40]!r}; known are {known}")
    return _made(at or str(kind), lambda: make(told, at or str(kind)))


def _made(at: str, make: Callable[[], T]) -> T:
    try:
        return make()
    except Fault as fault:
        raise Unshowable(f"{at}: {fault}") from None


def _list(told: Mapping[str, Any], at: str) -> look.List:
    items = _each(told.get("items"), f"{at}.items", _item)
    return look.List(items=items, cursor=told.get("cursor", 0), empty=_text(told, "empty_text"))


def _item(told: Mapping[str, Any], at: str) -> look.Item:
    return look.Item(
        label=_text(told, "label"), id=_text(told, "id"), bold=_flag(told, "bold"), faint=_flag(told, "faint")
    )


def _detail(told: Mapping[str, Any], at: str) -> look.Detail:
    def pair(one: Mapping[str, Any], _: str) -> look.Pair:
        return look.Pair(label=_text(one, "label"), value=_text(one, "value"), faint=_flag(one, "faint"))

    return look.Detail(fields=_each(told.get("fields"), f"{at}.fields", pair), title=_text(told, "title"))


def _lines(told: Mapping[str, Any], at: str) -> look.Text:
    made: list[look.Line] = []
    for index, one in enumerate(_sequence(told.get("lines"), f"{at}.lines")):
        if isinstance(one, Mapping):
            style = _table(one.get("style") or {}, f"{at}.lines[{index + 1}].style")
            bold, faint, accent = (_flag(one, name) for name in ("bold", "faint", "accent"))
            fg, bg = _text(style, "fg"), _text(style, "bg")
            made.append(look.Line(text=_text(one, "text"), bold=bold, faint=faint, accent=accent, fg=fg, bg=bg))
        else:
            made += [look.Line(text=part) for part in _plain(one, f"{at}.lines[{index + 1}]").split("\n")]
    return look.Text(lines=tuple(made))


def _rows(told: Mapping[str, Any], at: str) -> look.Table:
    headers = tuple(_plain(one, f"{at}.headers") for one in _sequence(told.get("headers"), f"{at}.headers"))
    rows = tuple(
        tuple(_plain(cell, f"{at}.rows[{index + 1}]") for cell in _sequence(row, f"{at}.rows[{index + 1}]"))
        for index, row in enumerate(_sequence(told.get("rows"), f"{at}.rows"))
    )
    return look.Table(headers=headers, rows=rows, cursor=told.get("cursor", 0))


def _input(told: Mapping[str, Any], at: str) -> look.Input:
    focused = told.get("focused") is not False
    return look.Input(
        id=_text(told, "id"), value=_text(told, "value"), placeholder=_text(told, "placeholder"), focused=focused
    )


def _select(told: Mapping[str, Any], at: str) -> look.Select:
    def option(one: Mapping[str, Any], _: str) -> look.Option:
        return look.Option(label=_text(one, "label"), value=_text(one, "value"))

    options = _each(told.get("options"), f"{at}.options", option)
    focused = told.get("focused") is not False
    return look.Select(id=_text(told, "id"), options=options, selected=told.get("selected", 0), focused=focused)


def _tree(told: Mapping[str, Any], at: str) -> look.Tree:
    nodes = _each(told.get("nodes"), f"{at}.nodes", lambda one, place: _node(one, place, 1))
    return look.Tree(nodes=nodes, cursor=told.get("cursor", 0))


def _node(told: Mapping[str, Any], at: str, level: int) -> look.Node:
    if level > look.DEEPEST:
        raise Unshowable(f"{at}: a tree has at most {look.DEEPEST} levels")
    children = told.get("children")
    return look.Node(
        label=_text(told, "label"), id=_text(told, "id"), expanded=_flag(told, "expanded"),
        children=_each(children, f"{at}.children", lambda one, place: _node(one, place, level + 1)) if children else (),
    )  # fmt: skip


def _progress(told: Mapping[str, Any], at: str) -> look.Progress:
    return look.Progress(value=told.get("value", 0.0), label=_text(told, "label"))


_PRIMITIVES: Mapping[str, Callable[[Mapping[str, Any], str], look.Primitive]] = {
    "list": _list, "detail": _detail, "text": _lines, "table": _rows, "input": _input, "select": _select,
    "tree": _tree, "progress": _progress,
}  # fmt: skip


def _each(value: LuaValue, at: str, make: Callable[[Mapping[str, Any], str], T]) -> tuple[T, ...]:
    made = []
    for index, one in enumerate(_sequence(value, at)):
        place = f"{at}[{index + 1}]"
        made.append(_made(place, lambda one=one, place=place: make(_table(one, place), place)))  # type: ignore[misc]  # mypy cannot infer a lambda with defaults
    return tuple(made)


def _sequence(value: LuaValue, at: str) -> Sequence[Any]:
    if value is None or value == {}:
        return ()
    if not isinstance(value, list):
        raise Unshowable(f"{at} must be a list")
    return value


def _table(value: LuaValue, at: str) -> Mapping[str, Any]:
    if value is None or value == []:
        return {}
    if not isinstance(value, Mapping):
        raise Unshowable(f"{at} must be a table")
    return value


def _plain(value: LuaValue, at: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:.14g}"
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, str):
        return value
    raise Unshowable(f"{at} must be a text")


def _text(told: Mapping[str, Any], name: str) -> str:
    return _plain(told.get(name), name)


def _said(told: Mapping[str, Any], name: str) -> str:
    return look.Line(text=_plain(told.get(name), f"the action's {name}")).text


def _flag(told: Mapping[str, Any], name: str) -> bool:
    return told.get(name) is True
