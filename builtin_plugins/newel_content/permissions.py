"""The rights that content knows. ``admin`` holds all of them."""

from __future__ import annotations

from newel import Permission

CONTENT_READ = Permission("content.read", "Read published entries through the API", ("viewer", "editor"))
CONTENT_READ_DRAFT = Permission("content.read_draft", "Read drafts and versions", ("editor",))
CONTENT_CREATE = Permission("content.create", "Create entries", ("editor",))
CONTENT_UPDATE = Permission("content.update", "Change, move and restore entries", ("editor",))
CONTENT_DELETE = Permission("content.delete", "Put entries into the trash and take them out", ("editor",))
CONTENT_PUBLISH = Permission("content.publish", "Publish and unpublish entries", ("editor",))
CONTENT_PURGE = Permission("content.purge", "Delete entries in the trash for good")
TYPES_READ = Permission("content.types.read", "Read content types and locales", ("viewer", "editor"))
TYPES_WRITE = Permission("content.types", "Create, change and delete content types and locales")
