"""From errors of the store and of its client to those of the contract."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
)

from newel.contracts.blobs import BlobsAway
from newel.errors import NewelError, NotFound, Reject, Transient

ABSENT = {"NoSuchKey", "404", "NotFound"}
NO_UPLOAD = {"NoSuchUpload"}
NO_ID = {"InvalidRequest", "InvalidArgument"}
"""What some say where an upload's id is none."""
NO_PART = {"InvalidPart", "InvalidPartOrder"}
FULL = {"QuotaExceeded", "XMinioStorageFull", "InsufficientStorage", "507"}
PAST_THE_END = {"InvalidRange", "416"}
CHANGED = {"PreconditionFailed", "412"}
REFUSED = {"AccessDenied", "ObjectLocked"}
"""What one of several objects is refused with: by the rights of these credentials, or by its lock."""


def code_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def spoken(key: str = "") -> Iterator[None]:
    """Round requests to the store, never round what the caller's own source does."""
    try:
        yield
    except ClientError as error:
        raise _translated(error, key) from error
    except ParamValidationError:  # a bug of ours
        raise
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise BlobsAway("there are no credentials for the store of files", retry_after=30.0) from error
    except (BotoCoreError, aiohttp.ClientError, OSError, TimeoutError) as error:
        raise BlobsAway("the store of files cannot be reached", retry_after=2.0) from error


def _translated(error: ClientError, key: str) -> NewelError:
    code = code_of(error)
    if code in ABSENT:
        return NotFound(f"there is no blob {key}")
    if code in NO_UPLOAD:
        return NotFound("there is no such upload")
    if code in NO_PART:
        return NotFound("a part is not there")
    if code == "EntityTooSmall":
        return Reject("a part but the last is too small", code="bad_part")
    if code == "EntityTooLarge":
        return Reject("the store takes no file of that size", code="too_large")
    if code in FULL:
        return Transient("there is no room left for files", code="storage_full", retry_after=60.0)
    # The store's own sentence could quote what it was given: the log has it, as the cause.
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
    told = BlobsAway(f"the store of files answers {code or 'nothing of sense'}", retry_after=5.0)
    told.reason = "blobs_refused" if 400 <= status < 500 else told.reason
    return told
