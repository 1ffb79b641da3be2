"""A folder for the site's files."""

from __future__ import annotations

from newel.contracts.blobs import Blobs, BlobsConfig
from newel.manifest import Manifest, Offer
from newel_blobs_local.config import BlobsLocalConfig

manifest = Manifest(
    name="blobs_local",
    summary="Keeps files in a folder: whole or not at all, on disk when it says so.",
    load="newel_blobs_local.plugin:BlobsLocalPlugin",
    config=BlobsLocalConfig,
    sections={"blobs": BlobsConfig},
    provides=(Offer(Blobs, "blobs.url", ("file",)),),
)
