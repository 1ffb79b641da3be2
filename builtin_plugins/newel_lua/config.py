"""What can be set about plugins in Lua."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen

from newel import Max, Min


@frozen(kw_only=True)
class LuaConfig:
    """The ``[lua]`` section."""

    folder: Annotated[str, "Where plugins lie, a folder each; relative to the site's folder."] = "plugins/lua"
    shipped: Annotated[bool, "Whether the plugins that come with Newel are offered beside those of `folder`."] = True
    watch: Annotated[bool, "Whether a change of a plugin's files reloads it."] = True
    watch_seconds: Annotated[float, "How often its files are looked at.", Min(0.1), Max(3600)] = 0.5
    per_worker: Annotated[int, "Plugins in one process.", Min(1), Max(200)] = 25
    calls: Annotated[int, "Calls of one plugin at the same time; one of them is kept for hooks.", Min(2), Max(1000)] = (
        16
    )
    acquire_ms: Annotated[int, "How long a call waits for its turn.", Min(1), Max(60_000)] = 1000
    seconds: Annotated[
        float, "Of a route, an after-hook or a schedule, by the clock on the wall.", Min(0.1), Max(300)
    ] = 5.0
    before_seconds: Annotated[float, "Of one before-hook.", Min(0.1), Max(60)] = 2.0
    cpu_seconds: Annotated[
        float,
        "Of processor time between two calls of the server, after which the process is killed.",
        Min(0.1),
        Max(60),
    ] = 1.0
    instructions: Annotated[int, "Of one call.", Min(100_000), Max(10_000_000_000)] = 50_000_000
    memory_mb: Annotated[int, "Of one plugin.", Min(2), Max(1024)] = 32
    operations: Annotated[int, "Calls of the database in one call of a plugin.", Min(1), Max(100_000)] = 1000
    after_operations: Annotated[int, "The same in an after-hook.", Min(1), Max(100_000)] = 100
    max_request: Annotated[int, "Bytes of a request to a plugin's route.", Min(0), Max(104_857_600)] = 1_048_576
    max_response: Annotated[int, "Bytes of its answer.", Min(0), Max(104_857_600)] = 5_242_880
    requests_per_second: Annotated[int, "Requests to plugins' routes from one address.", Min(1), Max(1_000_000)] = 100
    failures: Annotated[int, "In a row, after which a plugin rests.", Min(1), Max(1000)] = 5
    rest_seconds: Annotated[float, "How long it rests.", Min(0.1), Max(86_400)] = 60.0
    hook_aborts: Annotated[int, "In a row, after which one before-hook is switched off.", Min(1), Max(1000)] = 10
    local_requests: Annotated[bool, "Whether plugins may call `http://localhost`; for development."] = False
