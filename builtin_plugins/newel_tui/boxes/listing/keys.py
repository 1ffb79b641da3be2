"""What keys do in a listing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from newel.contracts.views import Act
from newel_tui.actions import Action
from newel_tui.boxes.base import permitted
from newel_tui.boxes.listing.acts import first, targets
from newel_tui.boxes.listing.forest import Forest

if TYPE_CHECKING:
    from newel_tui.boxes.listing.box import ListingBox

Do = Callable[[], Awaitable[None] | None]


def actions(box: ListingBox) -> list[Action]:
    """All that can be done now, the most special first."""
    groups = (_searching, _acts, _choosing, _narrowing, _marking, _tree, _moving)
    return [one for group in groups for one in group(box)]


def _one(name: str, label: str, keys: str, run: Do, *, hint: bool = False) -> Action:
    """``keys``: with spaces between, or the space itself."""
    several = tuple(keys.split()) or (keys,)
    return Action(name=f"list.{name}", label=label, keys=several, run=run, hint=hint)


def _searching(box: ListingBox) -> list[Action]:
    """Before everything else while something is looked for, since ``n`` is *new* otherwise."""
    made = []
    if box.reader.travelling:
        made.append(_one("stop", "stop", "esc", box.stop, hint=True))
    if box.found and not box.view.search:
        made += [
            _one("next", "next match", "n", lambda: box.next(1), hint=True),
            _one("previous", "previous match", "N", lambda: box.next(-1)),
        ]
    if box.found or box.marks.rows or box.marks.start is not None:
        made.append(_one("clear", "unmark all, look for nothing", "esc", box.clear))
    return made


def _acts(box: ListingBox) -> list[Action]:
    if box.picking:
        return []
    current, made = box.current, []
    here = (current.key, current.row) if current is not None else None
    for act in box.view.acts:
        rows = targets(act, here, box.marks.rows) if permitted(box.host, act) else None
        if rows is not None:
            keys = dict.fromkeys((act.key, "enter") if act is first(box.view.acts) else (act.key,))
            name = f"{box.owner.plugin}.{box.owner.screen}.{act.name}"
            made.append(Action(name=name, label=act.label, keys=tuple(keys), run=_doing(box, act), hint=True))
    return made


def _doing(box: ListingBox, act: Act) -> Do:
    return lambda: box.act(act)


def _choosing(box: ListingBox) -> list[Action]:
    if not box.picking:
        return []
    return [_one("pick", "choose", "enter", box.pick, hint=True)]


def _narrowing(box: ListingBox) -> list[Action]:
    made = [_one("search", "look for", "/", box.ask, hint=True)]
    if box.view.filters and box.view.ask is not None:
        made.append(_one("filter", "filters", "f", box.filter, hint=True))
    return made


def _marking(box: ListingBox) -> list[Action]:
    if box.picking != "many" and not any(act.many or act.bulk for act in box.view.acts):
        return []
    return [
        _one("mark", "mark", " ", box.mark, hint=True),
        _one("range", "mark from here to there", "v", box.range),
        _one("mark_all", "mark all that are loaded, or none", "*", lambda: box.marks.all(box.source.held())),
    ]


def _tree(box: ListingBox) -> list[Action]:
    if not isinstance(box.source, Forest):
        return []
    made = [
        _one("expand", "show what is below", "l right", lambda: box.unfold(True)),
        _one("collapse", "hide what is below, or go above", "h left", lambda: box.unfold(False)),
    ]
    if first(box.view.acts) is None and not box.picking:
        made.append(_one("toggle", "show or hide what is below", "enter", box.toggle))
    return made


def _moving(box: ListingBox) -> list[Action]:
    at, page = box.spot.at, box.spot.height
    made = [
        _one("down", "down", "j down", lambda: box.to(at + 1)),
        _one("up", "up", "k up", lambda: box.to(at - 1)),
        _one("half_down", "half a page down", "ctrl+d", lambda: box.to(at + max(1, page // 2))),
        _one("half_up", "half a page up", "ctrl+u", lambda: box.to(at - max(1, page // 2))),
        _one("page_down", "a page down", "pgdown ctrl+f", lambda: box.to(at + page)),
        _one("page_up", "a page up", "pgup ctrl+b", lambda: box.to(at - page)),
        _one("top", "to the first", "g home", lambda: box.to(0)),
        _one("bottom", "to the last", "G end", box.end),
        _one("reload", "read again", "r", box.reload),
        _one("copy", "copy the id", "y", box.copy),
    ]
    if box.view.details:
        made.append(_one("details", "details", "tab", box.details))
    return made
