"""What can be set about looking after a site."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen

from newel import Max, Min


@frozen(kw_only=True)
class SiteConfig:
    """The ``[site]`` section."""

    sample_seconds: Annotated[float, "How often figures are read while the site is served.", Min(0.5), Max(300)] = 5.0
    samples: Annotated[int, "How many readings of each figure are kept.", Min(2), Max(10_000)] = 720
    log_records: Annotated[
        int, "How many of the latest records of the log are kept to be read.", Min(0), Max(50_000)
    ] = 2000
    free_disk_mib: Annotated[int, "Health: less free room than this in the site's folder is a warning.", Min(0)] = 1024
