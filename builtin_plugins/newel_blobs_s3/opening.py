"""The first request: proves that the bucket can be used, or says in words why not."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from logging import Logger
from typing import Any

import aiohttp
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError, ProfileNotFound

from newel.errors import BootError
from newel_blobs_s3.connecting import client_of
from newel_blobs_s3.faults import code_of
from newel_blobs_s3.settings import Settings
from newel_blobs_s3.store import S3Blobs

_WRONG_REGION = {"PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "301"}


@asynccontextmanager
async def opened(settings: Settings, log: Logger) -> AsyncIterator[S3Blobs]:
    """Raises ``BootError`` for what waiting does not heal. A store that is away now stops nobody: it is logged."""
    async with AsyncExitStack() as stack:
        try:
            client = await stack.enter_async_context(client_of(settings))
            public = client
            if settings.public_endpoint is not None:
                public = await stack.enter_async_context(client_of(settings, public=True))
        except (BotoCoreError, ValueError) as error:
            raise BootError(f"{settings.name} cannot be used: {error}") from None
        try:
            await client.list_objects_v2(Bucket=settings.bucket, Prefix=settings.prefix, MaxKeys=1)
        except ClientError as error:
            if fault := refused(error, settings):
                raise BootError(fault) from None
            log.error("the store of files is not well", extra={"store": settings.name, "code": code_of(error)})
        except (NoCredentialsError, PartialCredentialsError, ProfileNotFound) as error:
            raise BootError(
                f"there are no credentials for {settings.name} ({error}). Set blobs_s3.access_key_id and "
                "blobs_s3.secret_access_key, or S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY."
            ) from None
        except (BotoCoreError, aiohttp.ClientError, OSError, TimeoutError) as error:
            if untrusted(error):
                raise BootError(
                    f"the certificate of {settings.endpoint} is not trusted. Name the store by the name in its "
                    "certificate, or its authority in AWS_CA_BUNDLE."
                ) from None
            log.error(
                "the store of files cannot be reached; files are answered with 503 until it is back",
                extra={"store": settings.name, "endpoint": settings.endpoint or "AWS"},
            )
        yield S3Blobs(client, public, settings, log)


def refused(error: ClientError, settings: Settings) -> str:
    """What to do about an answer of the store; empty: wait."""
    code = code_of(error)
    headers: dict[str, Any] = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    region = headers.get("x-amz-bucket-region") or error.response.get("Error", {}).get("Region", "")
    if code in _WRONG_REGION or (region and region != settings.region and code == "SignatureDoesNotMatch"):
        hint = f"It is in '{region}': set blobs_s3.region." if region else "Correct blobs_s3.region or the endpoint."
        return f"{settings.name} is not in the region '{settings.region}'. {hint}"
    match code:
        case "NoSuchBucket" | "404":
            return (
                f"there is no bucket '{settings.bucket}' at {settings.endpoint or 'AWS'}. "
                "Make it, or correct blobs.url."
            )
        case "InvalidAccessKeyId" | "InvalidTokenId" | "InvalidToken" | "ExpiredToken":
            return (
                f"{settings.profile.title} does not know this access key ({code}). Correct blobs_s3.access_key_id, "
                "S3_ACCESS_KEY_ID or AWS_ACCESS_KEY_ID."
            )
        case "SignatureDoesNotMatch":
            return (
                "the secret does not belong to this access key. Correct blobs_s3.secret_access_key, "
                "S3_SECRET_ACCESS_KEY or AWS_SECRET_ACCESS_KEY."
            )
        case "AccessDenied" | "403" | "AllAccessDisabled" | "AccountProblem":
            return (
                f"the access key may not use {settings.name} ({code}). Allow it s3:ListBucket, s3:GetObject, "
                "s3:PutObject, s3:DeleteObject and s3:AbortMultipartUpload there."
            )
        case "RequestTimeTooSkewed":
            return "the clock of this machine is wrong: the store refuses its signatures. Set the clock."
        case "InvalidBucketName":
            return f"'{settings.bucket}' is no name of a bucket. Correct blobs.url."
    return ""


def untrusted(error: BaseException | None) -> bool:
    """Whether a certificate is the cause: waiting does not heal it."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError | aiohttp.ClientConnectorCertificateError):
            return True
        error = error.__cause__ or error.__context__
    return False
