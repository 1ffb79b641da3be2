"""What can be done to rows of a listing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from newel.contracts.views import Act, at
from newel_tui.boxes.listing.source import Row


def fits(act: Act, row: Row) -> bool:
    """Whether the act is for such a row."""
    return _has(row, act.when) and not (act.unless and _has(row, act.unless))


def targets(act: Act, current: tuple[str, Row] | None, marked: Mapping[str, Row]) -> dict[str, Row] | None:
    """The rows, by key, that the act would be done to; ``None``: it is not offered now."""
    if not act.row:
        return {}
    if marked and (act.many or act.bulk):
        return {key: row for key, row in marked.items() if fits(act, row)} or None
    return {current[0]: current[1]} if current is not None and fits(act, current[1]) else None


def first(acts: Sequence[Act]) -> Act | None:
    """What ``enter`` does."""
    return acts[0] if acts and acts[0].row else None


def _has(row: Row, values: Mapping[str, Any]) -> bool:
    return all(_same(at(row, path), value) for path, value in values.items())


def _same(found: Any, value: Any) -> bool:
    return bool(found == value) and isinstance(found, bool) is isinstance(value, bool)
