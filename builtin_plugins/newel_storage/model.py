"""What the operations on the store answer."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen


@frozen(kw_only=True)
class Probed:
    """What became of one probe."""

    probe: str
    outcome: Annotated[str, "`ok`, `failed`, `absent`: the store has no such thing, `skipped`: one before it failed."]
    ms: int
    detail: str
    fix: Annotated[str, "What to do; empty where nothing is to be done."]


@frozen(kw_only=True)
class Examined:
    """What the store can do."""

    store: Annotated[str, "Where it is, without credentials."]
    ok: bool
    probes: tuple[Probed, ...]
