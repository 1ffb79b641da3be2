"""Care of the site's files: is the store well, and how to move to another."""

from __future__ import annotations

from newel import Manifest
from newel.contracts.blobs import Blobs

manifest = Manifest(
    name="storage",
    summary="Examines the store of files, and moves files to another.",
    load="newel_storage.plugin:StoragePlugin",
    needs=(Blobs,),
    commands={"storage": "Files: examine the store, copy all to another."},
)
