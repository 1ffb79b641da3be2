"""The cases of ``BlobsSuite``, by subject."""
