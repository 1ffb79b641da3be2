"""How a site fares, as its plugins tell it: checks, figures, and the state of its backups."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Literal, Protocol, TypeAlias

from attrs import field, frozen

from newel.bounds import Fault

State = Literal["ok", "warning", "failing"]
Kind = Literal["gauge", "counter", "histogram"]
Unit = Literal["", "seconds", "bytes", "ratio"]
CHECK_SECONDS = 5.0
LABELS = 32
"""The most values that a label of a metric may have at once. Those past it are dropped: series have to be few."""
SERIES = 1000
"""The most series that a metric of several labels may have at once. Those past it are dropped."""


@frozen(kw_only=True)
class Finding:
    """What a check found."""

    state: Annotated[State, "`ok`, `warning`: works, but somebody should look; `failing`: does not work."] = "ok"
    detail: Annotated[str, "A sentence for people. It may name folders and hosts, never secrets."] = ""
    remedy: Annotated[str, "What to do; empty where nothing is to be done."] = ""


@frozen(kw_only=True)
class HealthCheck:
    """A question about health. ``look`` leaves nothing behind, is quick, and may be cancelled at any time.

    After ``seconds`` it counts as failing; so it does when it raises.
    """

    name: str
    """``<plugin>.<noun>``: ``jobs.queue``."""
    summary: str
    """What is looked at, in a few words."""
    look: Callable[[], Awaitable[Finding]]
    seconds: float = CHECK_SECONDS
    running: bool = True
    """Whether the site must run for it. Where not, it looks at the configuration and at this machine only, and ``newel
    doctor`` asks it of a site that cannot start, too."""
    felt: bool = False
    """Whether visitors feel it: then ``/readyz`` tells it, as ``degraded``. It takes no node out: what all nodes share
    would take them out together."""


@frozen(kw_only=True)
class Spread:
    """How often a value was in which range, since the start. ``counts`` has one more item than the metric's
    ``bounds``: values up to the first bound, up to the second, ..., above the last."""

    counts: tuple[int, ...]
    sum: float


Labels: TypeAlias = str | tuple[str, ...]
Reading: TypeAlias = (
    float
    | Spread
    | Mapping[str, float]
    | Mapping[str, Spread]
    | Mapping[tuple[str, ...], float]
    | Mapping[tuple[str, ...], Spread]
)
"""One value, or one for each value of the metric's ``label``, or for each row of values of its ``labels``."""


def _named(_: object, __: object, name: str) -> None:
    if not name.replace("_", "").isalnum() or not name.isascii() or name != name.lower() or name[0].isdigit():
        raise Fault("pattern", f"'{name}' is no name of a metric: a-z, 0-9 and _")


@frozen(kw_only=True)
class Metric:
    """A figure that a plugin keeps. Whoever exports figures reads it: several do, so reading changes nothing.

    ``read`` is quick: what is dear to find out is kept, or is asked for no more often than every ``every`` seconds. A
    reading that fails, or takes more than a second, is left out.
    """

    name: str = field(validator=_named)
    """``<plugin>_<what>``, and at its end the unit, or ``_total`` of a counter: ``jobs_waiting``,
    ``http_requests_total``, ``operations_duration_seconds``. Unique in a site."""
    kind: Kind = "gauge"
    """``counter``: only ever grows, from 0 at the start of the process; it is shown as a rate. ``histogram``: its
    readings are ``Spread``."""
    unit: Unit = ""
    summary: str
    """A sentence."""
    read: Callable[[], Reading | Awaitable[Reading]]
    label: str = ""
    """The name of the one label; its values are few, and never a stranger's: ``door``, ``state``."""
    labels: tuple[str, ...] = ()
    """Where one does not do: the names of several. Who has room for one shows the first and adds up over the others."""
    bounds: tuple[float, ...] = ()
    """Of a histogram: the upper ends of the ranges, ascending."""
    every: float = 0.0


@frozen(kw_only=True)
class BackupStanding:
    """How the backups of a site stand. Times are RFC 3339; ``None``: never, or not planned."""

    last_good_at: Annotated[str | None, "When the last backup was made that has been read back."] = None
    next_at: Annotated[str | None, "When the next one is due."] = None
    rpo_seconds: Annotated[float | None, "How much work would be lost now."] = None
    finding: Finding = Finding()


class Backups(Protocol):
    """Whoever makes backups."""

    async def standing(self) -> BackupStanding:
        """Quick: what is known, without a look at the backups themselves."""
