"""Copies of more than one request may copy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from newel.blobs import MOST_PARTS
from newel.contracts.blobs import Blob, Part
from newel_blobs_s3.faults import spoken
from newel_blobs_s3.uploads import S3Upload

if TYPE_CHECKING:
    from newel_blobs_s3.store import S3Blobs

LARGEST_COPY = 5 << 30
STRETCH = 256 << 20


async def copied_in_parts(store: S3Blobs, client: Any, source: Blob, target: str, stretch: int = STRETCH) -> Blob:
    """The store copies part by part; nothing comes through here."""
    stretch = max(stretch, -(-source.size // MOST_PARTS))
    upload = await S3Upload.begun(store, client, target, source.content_type)
    try:
        parts = []
        for number, start in enumerate(range(0, source.size, stretch), 1):
            end = min(start + stretch, source.size)
            with spoken(source.key):
                answer = await client.upload_part_copy(
                    **store.where(target), UploadId=upload.id, PartNumber=number,
                    CopySource=store.where(source.key), CopySourceRange=f"bytes={start}-{end - 1}",
                )  # fmt: skip
            parts.append(Part(number=number, size=end - start, tag=answer["CopyPartResult"]["ETag"]))
        return await upload.finish(parts)
    except BaseException:
        await upload.dropped()
        raise
