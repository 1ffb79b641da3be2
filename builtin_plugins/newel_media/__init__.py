"""Media: from upload to the right bytes for every screen."""

from __future__ import annotations

from newel import Manifest
from newel.contracts.blobs import Blobs
from newel.contracts.content import Content
from newel.contracts.database import Database
from newel.contracts.egress import Egress
from newel.contracts.images import Images
from newel.contracts.jobs import Jobs
from newel.contracts.media import Media
from newel.contracts.migrations import Migrations
from newel_media.config import MediaConfig

manifest = Manifest(
    name="media",
    summary="Files: uploads, folders, renditions for every screen, and their delivery.",
    load="newel_media.plugin:MediaPlugin",
    config=MediaConfig,
    needs=(Database, Migrations, Blobs),
    wants=(Images, Jobs, Egress, Content),
    provides=(Media,),
    commands={"media": "Files: import a folder, list, move, reprocess, clean up."},
)
