"""What can be set about PostgreSQL."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen

from newel import Max, Min


@frozen(kw_only=True)
class PostgresConfig:
    """The ``[postgres]`` section. Server, database and TLS are named in ``[database] url``."""

    pool_min: Annotated[int, "Connections that stay open.", Min(1), Max(500)] = 2
    pool_max: Annotated[
        int,
        "Connections at most; a few more serve locks, signals and whoever holds one already. All processes together "
        "stay below the server's `max_connections`.",
        Min(1),
        Max(500),
    ] = 10
    wait_seconds: Annotated[float, "Seconds to wait for a free connection, before a 503.", Min(0.01)] = 10.0
    connect_seconds: Annotated[float, "Seconds to wait for a new connection.", Min(0.1)] = 5.0
    statement_seconds: Annotated[
        float, "Seconds a statement may take, before a 503; 0: any time. Changes of tables take theirs.", Min(0)
    ] = 30.0
    lock_seconds: Annotated[
        float, "Seconds a statement may wait for another one's row, before a 503; 0: any time.", Min(0)
    ] = 10.0
    idle_seconds: Annotated[float, "Connections that nobody needed so long are closed, down to `pool_min`.", Min(1)] = (
        300.0
    )
    statement_cache: Annotated[
        int,
        "Prepared statements kept per connection; 0 for poolers between here and the server that cannot keep any.",
        Min(0),
    ] = 1000
