"""What the operations of the trail take and answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from attrs import frozen

from newel import Max, MaxLength, Min


@frozen(kw_only=True)
class AuditRow:
    """One row: who did what to which entity."""

    id: str
    at: str
    actor: Annotated[str, "The id of who acted."]
    actor_kind: str
    actor_name: Annotated[str, "The name they had then."]
    credential: Annotated[str, "The id of the session or token they showed; empty where there was none."]
    door: Annotated[str, "How they came in, such as `http` or `cli`."]
    request_id: str
    ip: str | None
    operation: str
    entity: Annotated[str | None, "The kind of entity; empty where the operation changed none."]
    entity_id: str | None
    before: Annotated[Any, "What it was; `null` where it was not there."]
    after: Annotated[Any, "What it is; `null` where it is gone."]


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
    since: Annotated[datetime | None, "Only from this moment on."] = None
    until: Annotated[datetime | None, "Only before this moment."] = None
    limit: Annotated[int, "Rows a page.", Min(1), Max(200)] = 50
    cursor: Annotated[str | None, "Where the previous page ended (`next`).", MaxLength(26)] = None


@frozen(kw_only=True)
class AuditId:
    """The row meant."""

    id: Annotated[str, "Its id.", MaxLength(26)]
