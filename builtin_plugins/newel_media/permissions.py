"""The rights that media knows."""

from __future__ import annotations

from newel import Permission

MEDIA_READ = Permission("media.read", "See the library of files, private ones too", ("editor", "viewer"))
MEDIA_WRITE = Permission("media.write", "Upload, describe, move and replace files", ("editor",))
MEDIA_DELETE = Permission("media.delete", "Delete files and folders", ("editor",))
MEDIA_MANAGE = Permission("media.manage", "Presets, reprocessing, clean-up and signed addresses")
