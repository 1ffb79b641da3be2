"""What a file says of itself."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from newel.structure import rfc3339


def moment(stat: os.stat_result) -> str:
    """When it was last written."""
    return rfc3339(datetime.fromtimestamp(stat.st_mtime, UTC))
