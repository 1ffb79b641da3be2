"""What the operations of the site take and answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from attrs import frozen

from newel import Max, MaxLength, Min, Pattern
from newel.contracts.site import BackupStanding, Kind, State, Unit

Level = Literal["debug", "info", "warning", "error"]


@frozen(kw_only=True)
class PluginCounts:
    """How many plugins there are."""

    on: int
    off: int
    failed: int


@frozen(kw_only=True)
class Trouble:
    """A plugin in which something failed."""

    plugin: str
    stage: Annotated[str, "Where: `start`, `hook`, `part` ..."]
    cause: Annotated[str, "Why, in a line; empty for those who may not see it."] = ""


@frozen(kw_only=True)
class Overview:
    """A site at a glance. What needs the permission `site.watch` is empty without it."""

    name: Annotated[str, "The name of its folder."]
    version: Annotated[str, "Newel's version."]
    url: Annotated[str, "Where it answers; empty where it is not served by this process."]
    started_at: Annotated[str, "When this process started it."]
    uptime_seconds: int
    node: Annotated[str, "This process: host and process id."] = ""
    engine: Annotated[str, "The database and its version."] = ""
    python: str = ""
    plugins: PluginCounts
    troubles: tuple[Trouble, ...]
    queue: Annotated[Mapping[str, int] | None, "Jobs by state, counted up to 1,000; none without a queue."] = None
    backups: Annotated[BackupStanding | None, "None where no plugin makes backups."] = None


@frozen(kw_only=True)
class Checked:
    """What became of one check."""

    name: str
    plugin: Annotated[str, "Whose check it is."]
    summary: Annotated[str, "What was looked at."]
    state: State
    detail: str
    remedy: Annotated[str, "What to do; empty where nothing is to be done."]
    ms: Annotated[int, "How long it took."]


@frozen(kw_only=True)
class Health:
    """How the site fares."""

    state: Annotated[State, "The worst of all checks."]
    checked_at: str
    checks: tuple[Checked, ...]


@frozen(kw_only=True)
class Setting:
    """A setting, and what it is."""

    path: Annotated[str, "`section.key`."]
    section: str
    key: str
    value: Annotated[str, 'The value in force, as JSON; a secret is `"***"`.']
    default: str
    type: str
    sentence: str
    origin: Annotated[str, "Where it comes from: `default`, `newel.toml`, a variable, the command line."]
    environment: Annotated[str, "The variable that sets it."]
    settable: Annotated[bool, "Whether it can be changed here: what the environment sets goes before the file."]
    live: Annotated[bool, "Whether a change takes effect at once."]
    why: Annotated[str, "Why it cannot be changed here, or not at once."]
    secret: bool


@frozen(kw_only=True)
class SettingsQuery:
    """Which settings."""

    section: Annotated[str | None, "Only of this section.", MaxLength(64)] = None
    text: Annotated[str | None, "Only where this occurs in the path or the sentence.", MaxLength(100)] = None


@frozen(kw_only=True)
class Settings:
    """Settings by section, in the order of their definition."""

    data: tuple[Setting, ...]


Path = Annotated[str, "`section.key`, such as `http.port`.", MaxLength(128), Pattern(r"[a-z0-9_]+\.[a-z0-9_]+")]


@frozen(kw_only=True)
class Unset:
    """The setting that goes back to its default."""

    path: Path


@frozen(kw_only=True)
class Set:
    """A setting with its new value."""

    path: Path
    value: Annotated[Any, "The value, in JSON; on the command line as text. Not `null`: that is `site.config.unset`."]


@frozen(kw_only=True)
class Changed:
    """What became of a setting. It is in newel.toml."""

    path: str
    value: Annotated[str, "As it is now, as JSON; masked where it is secret."]
    live: Annotated[bool, "Whether this process goes by it already."]
    restart: Annotated[str, "Why it takes the next start; empty where it does not."]


@frozen(kw_only=True)
class LogQuery:
    """Which records, the newest first."""

    level: Annotated[Level | None, "Only this level and above."] = None
    plugin: Annotated[str | None, "Only those that name this plugin.", MaxLength(64)] = None
    text: Annotated[str | None, "Only where this occurs, in either case.", MaxLength(200)] = None
    after: Annotated[int | None, "Only records newer than this one (`last` of an earlier answer).", Min(0)] = None
    limit: Annotated[int, "Records a page.", Min(1), Max(500)] = 100
    cursor: Annotated[int | None, "Where the previous page ended (`next`).", Min(1)] = None


@frozen(kw_only=True)
class Record:
    """A record of the log."""

    id: Annotated[int, "Its number in this process, from 1."]
    at: str
    level: str
    message: str
    plugin: Annotated[str, "The plugin it names; empty where it names none."] = ""
    request_id: str = ""
    details: Annotated[str, "What else it says: `key=value`."] = ""
    line: Annotated[str, "Message and details in one."] = ""
    traceback: str = ""


@frozen(kw_only=True)
class Records:
    """A page of the log of this process."""

    data: tuple[Record, ...]
    next: int | None = None
    last: Annotated[int, "The newest record there is; 0: there is none."]


@frozen(kw_only=True)
class MetricsQuery:
    """Which figures."""

    name: Annotated[tuple[str, ...], "Only these; empty: all.", MaxLength(100)] = ()
    last: Annotated[int, "The latest so many readings.", Min(1), Max(10_000)] = 720


@frozen(kw_only=True)
class Series:
    """The readings of one figure. A counter is told as its growth a second, a histogram as its quantiles."""

    id: Annotated[str, 'Name, label and quantile in one: `operations_duration_seconds{door="http",quantile="0.95"}`.']
    name: str
    plugin: str
    kind: Kind
    unit: Unit
    summary: str
    label: Annotated[str, "The name of the label; empty: it has none."] = ""
    value: Annotated[str, "The value of the label."] = ""
    quantile: float | None = None
    values: Annotated[tuple[float | None, ...], "One for each of `times`; `null`: there was none."]


@frozen(kw_only=True)
class Metrics:
    """Readings of this process, the oldest first."""

    every: Annotated[float, "Seconds between two readings."]
    times: tuple[str, ...]
    series: tuple[Series, ...]
