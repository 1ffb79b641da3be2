"""What a before-hook answered: nothing, a refusal, or fields to change."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from newel_lua.hooks.calling import rejection
from newel_lua.hooks.model import LuaHook
from newel_lua.model import LuaValue

_EXACT = 1 << 53


def changes(
    hook: LuaHook, answer: LuaValue, sent: Mapping[str, Any], at: str, columns: Collection[str] = ()
) -> dict[str, Any]:
    """The fields that the hook changes, with their new values. ``sent``: those that it was given; ``columns``: what
    else stood beside them.

    A hook answers ``{title = "..."}``; or ``{data = {...}, clear = {"subtitle"}}``, which may be the table that it was
    given, changed. A field that is not named stays. ``{error = {field=, code=, message=}}`` or ``{errors = {...}}``
    refuses: raises ``Reject``.
    """
    if not isinstance(answer, dict):
        return {}
    own = "_table" in answer
    for name, refused in (("errors", answer.get("errors")), ("error", [answer.get("error")])):
        if isinstance(refused, list) and any(refused) and (own or name not in sent):
            raise rejection(hook, refused, at)
    inner = answer.get("data")
    whole = isinstance(inner, dict | list) and (own or "data" not in sent)
    given: dict[str, Any] = {}
    if own:
        given = {name: answer[name] for name in sent if name in answer and name not in columns}
    elif not whole:
        given = answer
    found = {name: value for name, value in given.items() if name not in sent or not same(value, sent[name])}
    if whole and isinstance(inner, dict):
        found |= {name: value for name, value in inner.items() if name not in sent or not same(value, sent[name])}
    clear = answer.get("clear") if whole else None
    return found | {str(name): None for name in (clear if isinstance(clear, list) else ())}


def same(answered: LuaValue, sent: Any) -> bool:
    """Whether a value came back as it went out: on the way, ``null`` in tables and the exactness of numbers beyond
    2^53 are lost, and an empty table is a list or none."""
    if not answered and not sent and isinstance(answered, list | dict) and isinstance(sent, list | dict):
        return True
    if isinstance(answered, dict) and isinstance(sent, Mapping):
        kept = {key: value for key, value in sent.items() if value is not None}
        return answered.keys() == kept.keys() and all(same(answered[key], kept[key]) for key in kept)
    if isinstance(answered, list) and isinstance(sent, list | tuple):
        return len(answered) == len(sent) and all(map(same, answered, sent))
    if type(sent) is int and abs(sent) > _EXACT:
        return isinstance(answered, int | float) and float(answered) == float(sent)
    return bool(answered == sent) and isinstance(answered, bool) == isinstance(sent, bool)
