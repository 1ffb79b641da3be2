"""What can be set about MariaDB and MySQL."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen

from newel import Max, Min


@frozen(kw_only=True)
class MysqlConfig:
    """The ``[mysql]`` section. Server, account, database and TLS are named in ``[database] url``."""

    pool_min: Annotated[int, "Connections that stay open.", Min(1), Max(500)] = 2
    pool_max: Annotated[
        int,
        "Connections at most; a few more serve locks, cancellations and whoever holds one already. All processes "
        "together stay below the server's `max_connections`.",
        Min(1),
        Max(500),
    ] = 10
    wait_seconds: Annotated[float, "Seconds to wait for a free connection, before a 503.", Min(0.01)] = 10.0
    connect_seconds: Annotated[float, "Seconds to wait for a new connection.", Min(0.1), Max(600)] = 5.0
    statement_seconds: Annotated[
        float,
        "Seconds a statement may take (MySQL: a SELECT), before a 503; 0: any time. Streams and changes of tables take "
        "theirs.",
        Min(0),
    ] = 30.0
    lock_seconds: Annotated[
        int, "Whole seconds a statement may wait for another one's row, before a 503.", Min(1), Max(1_000_000)
    ] = 10
    idle_seconds: Annotated[float, "Connections that nobody needed so long are closed, down to `pool_min`.", Min(1)] = (
        300.0
    )
    statement_cache: Annotated[
        int, "Prepared statements kept per connection; the server's `max_prepared_stmt_count` is for all.", Min(1)
    ] = 256
