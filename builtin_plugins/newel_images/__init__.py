"""Reading and making images, in processes of their own."""

from __future__ import annotations

from newel.contracts.images import Images
from newel.manifest import Manifest
from newel_images.config import ImagesConfig

manifest = Manifest(
    name="images",
    summary="Decodes, resizes and encodes images in processes with limits and without a network.",
    load="newel_images.plugin:ImagesPlugin",
    config=ImagesConfig,
    provides=(Images,),
    commands={"images": "Image work: which library serves, and whether it does."},
)
