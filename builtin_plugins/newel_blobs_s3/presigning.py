"""Addresses that do one thing until they expire."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from newel.blobs import saved_as
from newel.contracts.blobs import Presigned
from newel.errors import Reject
from newel.structure import rfc3339
from newel_blobs_s3.faults import spoken

LONGEST = 7 * 24 * 3600
_HEADERS = {
    "ACL": "x-amz-acl",
    "ServerSideEncryption": "x-amz-server-side-encryption",
    "SSEKMSKeyId": "x-amz-server-side-encryption-aws-kms-key-id",
}


def _until(seconds: int) -> str:
    if not 1 <= seconds <= LONGEST:
        raise Reject(f"an address is good for 1 to {LONGEST} seconds, not {seconds}", code="bad_expiry")
    return rfc3339(datetime.now(UTC) + timedelta(seconds=seconds))  # a signature goes by the system's clock


async def reading(
    client: Any, where: dict[str, str], seconds: int, filename: str | None, content_type: str | None
) -> Presigned:
    until = _until(seconds)
    asked = dict(where)
    if filename is not None:
        asked["ResponseContentDisposition"] = saved_as(filename)
    if content_type is not None:
        asked["ResponseContentType"] = content_type
    with spoken():
        url = await client.generate_presigned_url("get_object", Params=asked, ExpiresIn=seconds, HttpMethod="GET")
    return Presigned(method="GET", url=url, expires_at=until)


async def writing(
    client: Any, where: dict[str, str], extra: dict[str, str], seconds: int, size: int, content_type: str
) -> Presigned:
    """Size and type are headers that the signature covers: another size or type has another signature."""
    until = _until(seconds)
    asked = where | extra | {"ContentLength": size, "ContentType": content_type}
    with spoken():
        url = await client.generate_presigned_url("put_object", Params=asked, ExpiresIn=seconds, HttpMethod="PUT")
    headers = {"Content-Length": str(size), "Content-Type": content_type}
    headers |= {_HEADERS[name]: value for name, value in extra.items()}
    return Presigned(method="PUT", url=url, headers=headers, expires_at=until)
