"""What can be set about SQLite."""

from __future__ import annotations

from typing import Annotated, Literal

from attrs import frozen

from newel import Max, Min


@frozen(kw_only=True)
class SqliteConfig:
    """The ``[sqlite]`` section. The file itself is named in ``[database]``."""

    synchronous: Annotated[
        Literal["full", "normal"],
        "`full`: a commit survives power loss. `normal`: faster, but power loss may undo the last ones.",
    ] = "full"
    busy_timeout: Annotated[float, "Seconds to wait while another process writes, before a 503.", Min(0)] = 10.0
    readers: Annotated[int, "Connections for slow reads, snapshots and streams.", Min(1), Max(64)] = 4
    inline_ms: Annotated[
        float,
        "Reads run in the event loop this many milliseconds at most, then on a thread; 0: always on a thread.",
        Min(0),
        Max(100),
    ] = 3.0
    cache_mib: Annotated[int, "Page cache of each connection, in MiB.", Min(1), Max(4096)] = 8
    wal_limit_mib: Annotated[int, "What the write-ahead log is cut back to after a burst, in MiB.", Min(1)] = 64
