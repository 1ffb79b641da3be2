"""What can be set about image work."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen

from newel.bounds import Max, Min


@frozen(kw_only=True)
class ImagesConfig:
    """The ``[images]`` section."""

    processes: Annotated[int, "Processes that decode and encode; each begins when it is needed.", Min(1), Max(64)] = 2
    look_apart: Annotated[
        bool, "Whether one more process looks at files that somebody uploads, so that they wait for no renditions."
    ] = True
    memory_mb: Annotated[int, "Address space of a process, in MB.", Min(256), Max(65_536)] = 1536
    cpu_seconds: Annotated[int, "CPU seconds that one job may take.", Min(1), Max(3600)] = 60
    seconds: Annotated[float, "Seconds that one job may take; then its process is killed.", Min(0.1), Max(3600)] = 90.0
    file_mb: Annotated[int, "Size of a file that a process may write, in MB.", Min(1), Max(65_536)] = 512
    max_pixels: Annotated[int, "Pixels that an image may have.", Min(10_000), Max(1_000_000_000)] = 50_000_000
    max_side: Annotated[int, "Pixels that a side may have, read or made.", Min(16), Max(65_535)] = 20_000
    max_frames: Annotated[int, "Frames that an animation may have.", Min(1), Max(10_000)] = 500
    queue: Annotated[int, "Jobs that may wait for a process; more get a 503.", Min(0), Max(10_000)] = 100
    wait_seconds: Annotated[float, "Seconds that a job waits for a process, before a 503.", Min(0.01)] = 60.0
    jobs_each: Annotated[int, "Jobs after which a process is replaced by a fresh one.", Min(1), Max(1_000_000)] = 200
    idle_seconds: Annotated[float, "A process that nobody needed so long ends.", Min(0.1)] = 60.0
