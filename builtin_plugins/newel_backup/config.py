"""What can be set about backups."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from attrs import Factory, field, frozen

from newel import Max, Min, Pattern, Secret

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,47}")
LOCAL = "local"


def _names(_: Any, __: Any, found: Mapping[str, Any]) -> None:
    for name in found:
        if NAME.fullmatch(name) is None:
            raise ValueError(f"'{name}' is no name: a-z, 0-9 and -, at most 48")


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
    mbit_per_second: Annotated[float, "What may be written at most; 0: as fast as it goes.", Min(0)] = 0.0


def _default() -> dict[str, TargetConfig]:
    return {LOCAL: TargetConfig(url=Secret("file:backups"))}


@frozen(kw_only=True)
class BackupConfig:
    """The ``[backup]`` section."""

    targets: Annotated[Mapping[str, TargetConfig], "The repositories, by name."] = field(
        factory=_default, validator=_names
    )
    readers: Annotated[int, "Tables that are read side by side.", Min(1), Max(16)] = 2
    node: Annotated[str, "What this machine is called in manifests; empty: its host name.", Pattern(r"[ -~]{0,64}")] = (
        ""
    )
