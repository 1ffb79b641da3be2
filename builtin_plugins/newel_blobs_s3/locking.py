"""S3 Object Lock: versions that the store does not let go before a day."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime, timedelta
from typing import Any

from newel_blobs_s3.config import BlobsS3Config


def retention(config: BlobsS3Config, now: datetime) -> dict[str, Any]:
    """What is sent with an object that is written now."""
    if not config.object_lock_days:
        return {}
    return {
        "ObjectLockMode": config.object_lock_mode.upper(),
        "ObjectLockRetainUntilDate": now + timedelta(days=config.object_lock_days),
    }


def md5_of(data: bytes) -> str:
    """S3 refuses to lock what comes without a checksum; this one all stores understand."""
    return base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()
