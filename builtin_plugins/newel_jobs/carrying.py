"""What is written down to be used later, perhaps by another process: the call, and why something failed."""

from __future__ import annotations

import json
import re
from datetime import datetime

from attrs import frozen

from newel import Actor, Call
from newel.failures import told
from newel.spans import carried
from newel.structure import Structurer

LONGEST_ERROR = 1000
_NAMED = "(?:password|passwd|secret|token|api_?key|authorization)"
_SECRETS = (
    (re.compile(rf"(?i)(\w*{_NAMED}\w*[\"']?\s*[=:]\s*)(?:Bearer\s+)?\S+"), r"\1***"),
    (re.compile(r"://[^/\s@]+@"), "://***@"),
    (re.compile(r"\bnewel_\w{20,}"), "***"),
)  # fmt: skip


@frozen(kw_only=True)
class Carried:
    """Of a call what may be told later. Neither its transaction nor its idempotency key."""

    actor: Actor
    door: str
    request_id: str
    now: datetime
    locale: str | None = None
    ip: str | None = None
    trace: str = ""
    """The step of a trace that it was written in."""


def packed(call: Call) -> str:
    who = call.actor
    actor = {
        "id": who.id, "kind": who.kind, "name": who.name, "roles": list(who.roles),
        "permissions": sorted(who.permissions), "everything": who.everything, "credential": who.credential,
    }  # fmt: skip
    details = {
        "actor": actor, "door": call.door, "request_id": call.request_id, "now": call.now.isoformat(),
        "locale": call.locale, "ip": call.ip,
    }  # fmt: skip
    if trace := carried():
        details["trace"] = trace
    return json.dumps(details, ensure_ascii=False)


def unpacked(structurer: Structurer, text: str, event: str = "") -> tuple[Call, str]:
    """The call as it was, without a transaction, and the trace it came from. Raises ``Faults`` for what cannot be
    read."""
    was = structurer.structure(json.loads(text), Carried)
    call = Call(
        actor=was.actor, door=was.door, request_id=was.request_id, now=was.now, locale=was.locale, ip=was.ip,
        event=event,
    )  # fmt: skip
    return call, was.trace


def cause(error: BaseException) -> str:
    """An error as it is kept: its kind, its words and its place, without what looks like a secret."""
    text = told(error)
    for pattern, mask in _SECRETS:
        text = pattern.sub(mask, text)
    return text[:LONGEST_ERROR]
