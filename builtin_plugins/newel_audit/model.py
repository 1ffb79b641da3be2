"""What the operations of the trail take and answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from attrs import frozen

from newel import Max, MaxLength, Min, Pattern

DAY = Pattern(r"\d{4}-\d{2}-\d{2}")


@frozen(kw_only=True)
class AuditRow:
    """One row: who did what to which entity."""

    id: str
    at: str
    actor: Annotated[str, "The id of who acted."]
    actor_kind: str
    actor_name: Annotated[str, "The name they had then."]
    credential: Annotated[str, "The id of the session, token or key they showed; `operator`: `--as` at the machine."]
    door: Annotated[str, "How they came in, such as `http` or `cli`."]
    request_id: str
    ip: str | None
    operation: str
    outcome: Annotated[str, "`done`, or `denied`: then nothing was changed."]
    detail: Annotated[str, "A code or a note, such as why it was denied."]
    entity: Annotated[str | None, "The kind of entity; empty where the operation changed none."]
    entity_id: str | None
    before: Annotated[Any, "What it was; `null` where it was not there."]
    after: Annotated[Any, "What it is; `null` where it is gone."]
    hlc: Annotated[str | None, "The hybrid clock's stamp, which never goes back; empty in rows of before the chain."]
    node: Annotated[str | None, "Which installation and process wrote it."]
    day: Annotated[str | None, "The day of its chain."]
    stripe: Annotated[int | None, "Which of the day's chains."]
    seq: Annotated[int | None, "Its number in the chain."]
    hash: Annotated[str | None, "The hash over it and the row before it."]


@frozen(kw_only=True)
class AuditPage:
    """A page of the trail; ``next`` is the cursor of the following one."""

    data: tuple[AuditRow, ...]
    next: str | None = None


@frozen(kw_only=True)
class AuditQuery:
    """Which rows, the newest first."""

    actor: Annotated[str | None, "Only what this actor (an id) did.", MaxLength(64)] = None
    operation: Annotated[str | None, "Only this operation, such as `content.publish`.", MaxLength(128)] = None
    entity: Annotated[str | None, "Only this kind of entity, such as `entry`.", MaxLength(64)] = None
    entity_id: Annotated[str | None, "Only this entity.", MaxLength(191)] = None
    outcome: Annotated[Literal["done", "denied"] | None, "Only what was done, or only what was denied."] = None
    door: Annotated[str | None, "Only what came through this door, such as `http`.", MaxLength(32)] = None
    ip: Annotated[str | None, "Only what came from this address.", MaxLength(64)] = None
    request_id: Annotated[str | None, "Only what this request did.", MaxLength(128)] = None
    since: Annotated[datetime | None, "Only from this moment on."] = None
    until: Annotated[datetime | None, "Only before this moment."] = None
    limit: Annotated[int, "Rows a page.", Min(1), Max(200)] = 50
    cursor: Annotated[str | None, "Where the previous page ended (`next`).", MaxLength(26)] = None


@frozen(kw_only=True)
class AuditId:
    """The row meant."""

    id: Annotated[str, "Its id.", MaxLength(26)]


@frozen(kw_only=True)
class UndoOrder:
    """The act meant: one of the two."""

    request_id: Annotated[str | None, "The request that did it.", MaxLength(128)] = None
    id: Annotated[str | None, "A row of it in the audit trail.", MaxLength(26)] = None


@frozen(kw_only=True)
class Undone:
    """What was taken back, and how."""

    request_id: Annotated[str, "The request that had done it."]
    operations: Annotated[tuple[str, ...], "The operations that ran, in order."]


@frozen(kw_only=True)
class Mark:
    """Where a chain ended at some time."""

    day: Annotated[str, "The chain's day.", DAY]
    stripe: Annotated[int, "Which of the day's chains.", Min(0)]
    seq: Annotated[int, "The number of its last row.", Min(0)]
    hash: Annotated[str, "That row's hash.", Pattern("[0-9a-f]{64}")]


@frozen(kw_only=True)
class VerifyOrder:
    """What to verify: all of it where nothing is said."""

    since: Annotated[str | None, "Only from this day on (`2030-01-31`, UTC).", DAY] = None
    until: Annotated[str | None, "Only before this day.", DAY] = None
    against: Annotated[
        tuple[Mark, ...] | None, "The `marks` of an earlier answer: the chains must still hold them.", MaxLength(1000)
    ] = None


@frozen(kw_only=True)
class Finding:
    """One thing that is not as it was written."""

    kind: str
    detail: str
    day: str
    stripe: int | None = None
    seq: int | None = None
    id: str | None = None


@frozen(kw_only=True)
class Verdict:
    """What verifying found. ``whole`` is true where nothing was found."""

    whole: bool
    rows: Annotated[int, "Rows that were held against their chain."]
    days: int
    pruned: Annotated[int, "Rows that are gone because they were pruned; the signed heads say so."]
    unchained: Annotated[int, "Rows of before the chain (and others without a place in it), which prove nothing."]
    findings: Annotated[tuple[Finding, ...], "The first hundred."]
    found: Annotated[int, "How many there are in all."]
    marks: Annotated[tuple[Mark, ...], "Where the newest chains end; kept elsewhere, they prove a later rollback."]


@frozen(kw_only=True)
class PruneOrder:
    """How much to keep."""

    keep_days: Annotated[int | None, "Whole days to keep; empty: the setting `keep_days`.", Min(1), Max(36_500)] = None
    dry_run: Annotated[bool, "Only say what would go."] = False


@frozen(kw_only=True)
class Pruned:
    """What went (or would go)."""

    before: Annotated[str, "The first day that is kept."]
    rows: int
    unchained: Annotated[int, "Rows of before the chain among them."]
    kept: Annotated[tuple[str, ...], "Days that do not verify: they are evidence, and stay."]
