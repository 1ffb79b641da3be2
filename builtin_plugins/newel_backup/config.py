"""What can be set about backups."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from attrs import Factory, field, frozen

from newel import Max, Min, Pattern, Secret
from newel_backup.keeping.retention import Keep

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,47}")
LOCAL = "local"


def _names(_: Any, __: Any, found: Mapping[str, Any]) -> None:
    for name in found:
        if NAME.fullmatch(name) is None:
            raise ValueError(f"'{name}' is no name: a-z, 0-9 and -, at most 48")


def _lockable(target: Any, __: Any, days: int) -> None:
    if days and not target.url.reveal().startswith("s3:"):
        raise ValueError("only a store of S3 locks objects; here 0 is right")


@frozen(kw_only=True)
class TargetConfig:
    """A section ``[backup.targets.NAME]``: a repository."""

    url: Annotated[
        Secret[str],
        "Where its objects lie: `file:/srv/backups` (a path relative to the site folder) or `s3://bucket/prefix`.",
    ]
    settings: Annotated[
        Mapping[str, Secret[str]],
        "Settings of the store for this target only: `{'blobs_s3.endpoint' = 'https://...'}`.",
    ] = Factory(dict)
    key_file: Annotated[str, "The file with the key that encrypts it, relative to the site folder."] = ""
    passphrase: Annotated[
        Secret[str] | None, "The passphrase that encrypts it; `{env = 'NAME'}` or `{file = 'PATH'}`."
    ] = None
    mbit_per_second: Annotated[
        float, "What is written at most by one backup; 0: as fast as it goes. Reading is not limited.", Min(0)
    ] = 0.0
    object_lock_days: Annotated[
        int,
        "Days for which a store of S3 lets nothing go that was written (Object Lock). What is older than half of that "
        "is written again when it is needed, so that each snapshot is safe for half of it at least.",
        Min(0),
        Max(36_500),
    ] = field(default=0, validator=_lockable)


def _default() -> dict[str, TargetConfig]:
    return {LOCAL: TargetConfig(url=Secret("file:backups"))}


@frozen(kw_only=True)
class ScheduleConfig:
    """A section ``[backup.schedules.NAME]``: what is done at set times."""

    cron: Annotated[str, "Five fields, or `@daily` and the like."]
    zone: Annotated[str, "The IANA time zone that it is read in."] = "UTC"
    does: Annotated[
        Literal["backup", "verify", "drill"],
        "`backup`: backs up, reads it back, prunes. `verify`: reads everything back. `drill`: restores on trial.",
    ] = "backup"
    targets: Annotated[tuple[str, ...], "Names of targets, one after the other; none: all."] = ()
    verify: Annotated[
        Literal["data", "lists", "none"],
        "After a backup: `data` reads back all that the snapshot holds, `lists` only looks whether all of it is there.",
    ] = "data"
    keep: Annotated[Keep, "What is kept of this site's snapshots on its targets; nothing said: all."] = Factory(Keep)
    jitter_minutes: Annotated[float, "It comes later by up to so much, each time by another.", Min(0), Max(1440)] = 0.0
    catch_up: Annotated[
        Literal["once", "skip"], "What happens to times that passed while nobody ran: one backup, or none."
    ] = "once"


@frozen(kw_only=True)
class BackupConfig:
    """The ``[backup]`` section."""

    targets: Annotated[Mapping[str, TargetConfig], "The repositories, by name."] = field(
        factory=_default, validator=_names
    )
    schedules: Annotated[Mapping[str, ScheduleConfig], "What is done at set times, by name."] = field(
        factory=dict, validator=_names
    )
    rpo_hours: Annotated[
        float, "How old the newest backup that was read back may be before it is told of; 0: never.", Min(0)
    ] = 26.0
    readers: Annotated[int, "Tables that are read side by side.", Min(1), Max(16)] = 2
    node: Annotated[str, "What this machine is called in manifests; empty: its host name.", Pattern(r"[ -~]{0,64}")] = (
        ""
    )
