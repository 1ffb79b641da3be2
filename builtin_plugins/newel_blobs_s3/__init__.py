"""A bucket for the site's files: S3 and what speaks its language."""

from __future__ import annotations

from newel.contracts.blobs import Blobs, BlobsConfig
from newel.manifest import Manifest, Offer
from newel_blobs_s3.config import BlobsS3Config

manifest = Manifest(
    name="blobs_s3",
    summary="Keeps files in a bucket of S3 or one of its kin.",
    load="newel_blobs_s3.plugin:BlobsS3Plugin",
    config=BlobsS3Config,
    sections={"blobs": BlobsConfig},
    provides=(Offer(Blobs, "blobs.url", ("s3",)),),
)
