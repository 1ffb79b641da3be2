"""What can be set about the bucket."""

from __future__ import annotations

from typing import Annotated, Literal

from attrs import frozen

from newel import Max, Min, Secret

Provider = Literal[
    "", "aws", "r2", "b2", "minio", "seaweedfs", "garage", "ceph", "spaces", "wasabi", "hetzner", "other"
]


EMPTY = Secret("")


@frozen(kw_only=True)
class BlobsS3Config:
    """The ``[blobs_s3]`` section. Bucket and prefix are named in ``[blobs] url``.

    What stands neither here nor in ``S3_...`` variables is looked for where the tools of AWS look.
    """

    provider: Annotated[Provider, "Whose store it is; empty: told by the endpoint, `aws` without one."] = ""
    endpoint: Annotated[str, "Where the store is: `https://...`; empty: `S3_ENDPOINT`, or AWS itself."] = ""
    public_endpoint: Annotated[
        str, "Where browsers reach the store, when that is another address: `S3_PUBLIC_URL`; for presigned URLs only."
    ] = ""
    region: Annotated[str, "Where the bucket is; empty: `S3_REGION`, `AWS_REGION`, or as the provider has it."] = ""
    access_key_id: Annotated[str, "Who we are; empty: `S3_ACCESS_KEY_ID`, or the chain of AWS."] = ""
    secret_access_key: Annotated[Secret[str], "The key's secret; empty: `S3_SECRET_ACCESS_KEY`."] = EMPTY
    session_token: Annotated[Secret[str], "For credentials that expire; empty: `S3_SESSION_TOKEN`."] = EMPTY
    addressing: Annotated[
        Literal["auto", "path", "virtual"],
        "`path`: host/bucket/key. `virtual`: bucket.host/key. `auto`: as the provider needs it.",
    ] = "auto"
    acl: Annotated[str, "A canned ACL, such as `public-read`; empty: `S3_ACL`, or none is sent (most have none)."] = ""
    sse: Annotated[
        Literal["", "AES256", "aws:kms"], "Encryption by the store; empty: `S3_SSE`, or as the bucket is set."
    ] = ""
    sse_kms_key_id: Annotated[str, "The key of `aws:kms`; empty: the account's own."] = ""
    checksums: Annotated[
        Literal["when_required", "when_supported"],
        "`when_supported` has the client send CRC32 with each write. Only AWS and a few others understand.",
    ] = "when_required"
    object_lock_days: Annotated[
        int,
        "Days for which the store lets nothing go that the server writes now (the bucket needs Object Lock); 0: none.",
        Min(0),
        Max(36_500),
    ] = 0
    object_lock_mode: Annotated[
        Literal["compliance", "governance"],
        "`compliance`: nobody can end it before. `governance`: who has the right to bypass it can.",
    ] = "compliance"
    presign: Annotated[bool, "Lets browsers read and write directly, with addresses that expire."] = True
    part_mib: Annotated[int, "Size of the parts in which large files are sent, in MiB.", Min(5), Max(512)] = 8
    parts_at_once: Annotated[int, "Parts of one file that are sent at once; each is in memory.", Min(1), Max(32)] = 2
    connections: Annotated[int, "Connections to the store at most.", Min(1), Max(1000)] = 64
    connect_seconds: Annotated[float, "Seconds to wait for a connection.", Min(0.1)] = 5.0
    read_seconds: Annotated[float, "Seconds without a byte before a request is given up.", Min(0.1)] = 30.0
    attempts: Annotated[int, "How often a request is tried, with growing pauses.", Min(1), Max(20)] = 4
