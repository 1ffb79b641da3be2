"""What each provider needs, as data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from attrs import frozen


@frozen(kw_only=True)
class Profile:
    """One provider's ways."""

    title: str
    hosts: str = r"(?!)"
    """Endpoints that are its own; the group, where there is one, is the region."""
    endpoint: str = ""
    """Its endpoint by region. Empty: it has to be named."""
    example: str = ""
    region: str = "us-east-1"
    """Empty: it has to be known."""
    addressing: Literal["path", "virtual"] = "path"
    acl: bool = True
    """Whether objects have ACLs."""
    sse: tuple[str, ...] = ()
    deletes_many: bool = True
    """Whether one request may delete many."""
    in_order: bool = True
    """Whether keys are listed by their bytes, as S3 does."""
    mind: str = ""
    """What an operator should know."""


PROFILES: Mapping[str, Profile] = {
    "aws": Profile(
        title="Amazon S3",
        hosts=r"s3[.-](?:dualstack\.)?(?:([a-z0-9-]+)\.)?amazonaws\.com(?:\.cn)?",
        endpoint="https://s3.{region}.amazonaws.com",
        region="",
        addressing="virtual",
        sse=("AES256", "aws:kms"),
        mind="New buckets refuse ACLs; leave `acl` empty.",
    ),
    "r2": Profile(
        title="Cloudflare R2",
        hosts=r"[a-z0-9]+\.(?:eu\.|fedramp\.)?r2\.cloudflarestorage\.com",
        example="https://ACCOUNT.r2.cloudflarestorage.com",
        region="auto",
        acl=False,
        mind="All parts of an upload but the last must have one size.",
    ),
    "b2": Profile(
        title="Backblaze B2",
        hosts=r"s3\.([a-z0-9-]+)\.backblazeb2\.com",
        endpoint="https://s3.{region}.backblazeb2.com",
        region="",
        acl=False,
        sse=("AES256",),
        mind="Keeps old versions: set the bucket to keep only the last one.",
    ),
    "minio": Profile(
        title="MinIO",
        example="http://127.0.0.1:9000",
        acl=False,
        sse=("AES256", "aws:kms"),
        mind="Encryption needs a KMS behind it.",
    ),
    "seaweedfs": Profile(
        title="SeaweedFS",
        example="http://127.0.0.1:8333",
        sse=("AES256", "aws:kms"),
        in_order=False,
        mind="Tells the type of `application/octet-stream` by the key's extension.",
    ),
    "garage": Profile(
        title="Garage", example="http://127.0.0.1:3900", region="garage", acl=False, mind="Needs its region's name."
    ),
    "ceph": Profile(
        title="Ceph RGW", example="https://rgw.example", sse=("AES256", "aws:kms"), mind="Encryption wants TLS."
    ),
    "spaces": Profile(
        title="DigitalOcean Spaces",
        hosts=r"([a-z0-9-]+)\.digitaloceanspaces\.com",
        endpoint="https://{region}.digitaloceanspaces.com",
        region="",
        addressing="virtual",
        mind="The bucket does not belong into the endpoint.",
    ),
    "wasabi": Profile(
        title="Wasabi",
        hosts=r"s3\.(?:([a-z0-9-]+)\.)?wasabisys\.com",
        endpoint="https://s3.{region}.wasabisys.com",
        region="us-east-1",
        sse=("AES256",),
        mind="What is deleted early is still paid for (90 days).",
    ),
    "hetzner": Profile(
        title="Hetzner Object Storage",
        hosts=r"([a-z0-9-]+)\.your-objectstorage\.com",
        endpoint="https://{region}.your-objectstorage.com",
        region="",
        addressing="virtual",
        mind="A location (`fsn1`, `nbg1`, `hel1`) is its region.",
    ),
    "other": Profile(title="any other", example="https://s3.example", sse=("AES256", "aws:kms")),
}


def provider_of(host: str) -> tuple[str, str]:
    """Whose endpoint this is, and the region that it names, if any."""
    for name, profile in PROFILES.items():
        if found := re.fullmatch(profile.hosts, host):
            return name, (found[1] or "") if found.re.groups else ""
    return "other", ""
