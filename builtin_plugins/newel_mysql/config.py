"""What can be set about MariaDB and MySQL."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen

from newel import Max, Min


@frozen(kw_only=True)
class MysqlConfig:
    """The ``[mysql]`` section. Server, account and database are named in ``[database]``."""

    pool: Annotated[
        int, "Connections that are kept at most; each process of the site has as many.", Min(1), Max(500)
    ] = 10
    pool_wait: Annotated[float, "Seconds to wait for a free connection, before a 503.", Min(0.1)] = 10.0
    connect_timeout: Annotated[float, "Seconds a new connection may take.", Min(0.1), Max(600)] = 5.0
    statement_timeout: Annotated[
        float,
        "Seconds a statement may run (MySQL: a SELECT); 0: as long as it takes. Streams and DDL are exempt.",
        Min(0),
    ] = 30.0
    lock_timeout: Annotated[int, "Seconds to wait for a row that another transaction holds.", Min(1)] = 10
    statements: Annotated[
        int, "Prepared statements kept per connection (the server's `max_prepared_stmt_count` is for all).", Min(1)
    ] = 256
