"""Where bytes lie that are too large for the database: a folder, or a bucket. One suite (``BlobsSuite``) tries all.

Keys are ours, never people's: ``a-z 0-9 . _ -`` in segments joined by ``/``, at most 255 bytes, no segment ``.`` or
``..`` (``KEY_PATTERN``). A store adds its own prefix and never shows, lists or deletes anything outside of it. No key
is a folder of another one (``a`` beside ``a/b``): neither folders nor some buckets can keep both.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Annotated, Protocol

from attrs import Factory, frozen

from newel.errors import Transient
from newel.secrets import Secret

KEY_PATTERN = r"(?=.{1,255}\Z)[a-z0-9_-][a-z0-9._-]*(?:/[a-z0-9_-][a-z0-9._-]*)*"
LARGEST_PARTS = 8
"""Of how many ``part_size`` the largest part may be."""
DEFAULT_URL = Secret("file:data/blobs")


@frozen(kw_only=True)
class BlobsConfig:
    """The ``[blobs]`` section. The scheme of ``url`` picks the plugin."""

    url: Annotated[
        Secret[str],
        "Where files lie: `file:data/blobs` (relative to the site folder) or `s3://bucket/prefix`.",
    ] = DEFAULT_URL


class BlobsAway(Transient):
    """The store cannot be reached, or went away in the middle. What was being put is not there, or whole."""

    code = "blobs_away"


class BlobDamaged(Exception):
    """What arrived is not what was announced (``sha256``, ``size``). Nothing of it is kept."""


@frozen(kw_only=True)
class Blob:
    """What is known of a blob."""

    key: str
    size: int
    """Bytes."""
    modified: str
    """RFC 3339, UTC, milliseconds."""
    content_type: str = "application/octet-stream"


@frozen(kw_only=True)
class BlobRead:
    """An open read. ``start`` and ``length`` say which bytes come."""

    blob: Blob
    start: int
    length: int
    pieces: AsyncIterator[bytes]


@frozen(kw_only=True)
class Presigned:
    """An address that does one thing without any credentials, until it expires."""

    method: str
    url: str
    headers: Mapping[str, str] = Factory(dict)
    """To be sent as they are; they are part of the signature."""
    expires_at: str = ""


@frozen(kw_only=True)
class Part:
    """A part of a multipart upload that has arrived."""

    number: int
    """From 1."""
    size: int
    tag: str
    """What ``finish`` needs; opaque."""


class MultipartUpload(Protocol):
    """A blob that arrives in parts, from several processes if need be. Not visible before ``finish``.

    All parts but the last have at least ``Blobs.part_size`` bytes (some stores want them all of one size), none more
    than ``LARGEST_PARTS`` times as many, since a store may have to hold a part in memory to send it again; numbers go
    to 10,000. A part that is put again replaces the earlier one.
    """

    @property
    def id(self) -> str:
        """Goes on with it in another process (``Blobs.multipart(key, id=...)``)."""

    async def put_part(self, number: int, pieces: AsyncIterator[bytes], *, size: int) -> Part:
        """Raises ``BlobDamaged`` where other than ``size`` bytes come, ``NotFound`` where the upload is gone."""

    async def finish(self, parts: Sequence[Part]) -> Blob:
        """Makes the blob of these parts, in order of their numbers. Raises ``NotFound`` where a part is not there,
        ``Reject`` for none at all (an empty blob is ``put``)."""

    async def abort(self) -> None:
        """Drops what arrived. No error where there is nothing."""


class Blobs(Protocol):
    """One site's blobs.

    Obligations: a blob is visible whole or not at all, and afterwards is on disk (or acknowledged by the store); a
    reader of a key sees one version of it to its end. Memory is bounded (a few ``part_size``), whatever the size.
    Cancelling leaves nothing half done and no connection taken. Errors: ``NotFound``, ``BlobsAway``, ``Reject`` for a
    key that is none.
    """

    @property
    def name(self) -> str:
        """Where, for people, without credentials: ``file:/srv/site/data/blobs``, ``s3://bucket/prefix``."""

    @property
    def part_size(self) -> int:
        """The least size of a part but the last, in bytes."""

    async def put(
        self,
        key: str,
        pieces: AsyncIterator[bytes],
        *,
        content_type: str = "application/octet-stream",
        size: int | None = None,
        sha256: str | None = None,
    ) -> Blob:
        """Writes a blob, over what was there. ``size`` and ``sha256`` (hex) are checked on the way: ``BlobDamaged``."""

    async def put_file(self, key: str, path: Path, *, content_type: str = "application/octet-stream") -> Blob:
        """Writes a file. Unlike ``put`` it can be read again, so a store that fails in the middle is tried again."""

    def get(self, key: str, *, start: int = 0, end: int | None = None) -> AbstractAsyncContextManager[BlobRead]:
        """Reads the bytes from ``start`` up to, not including, ``end`` (or the blob's end).

        ``start`` past the end is an empty read. Raises ``NotFound``; ``BlobsAway`` in the middle, never a short read.
        """

    async def head(self, key: str) -> Blob:
        """Raises ``NotFound``."""

    async def delete(self, *keys: str) -> None:
        """What is not there is no error."""

    def list(self, prefix: str = "", *, after: str = "") -> AsyncIterator[Blob]:
        """Blobs whose keys begin with ``prefix`` (of the key, not of a segment) and come after ``after``, in order.
        ``content_type`` is not told here."""

    async def copy(self, source: str, target: str) -> Blob:
        """Inside the store, over what was there, with its type. Raises ``NotFound``."""

    async def multipart(
        self, key: str, *, id: str | None = None, content_type: str = "application/octet-stream"
    ) -> MultipartUpload:
        """Begins a multipart upload, or goes on with one (``NotFound`` where it is gone)."""

    async def presign_get(
        self, key: str, *, seconds: int, filename: str | None = None, content_type: str | None = None
    ) -> Presigned | None:
        """An address to read from; with ``filename`` it is saved under that name. ``None``: this store has none."""

    async def presign_put(self, key: str, *, seconds: int, size: int, content_type: str) -> Presigned | None:
        """An address to write to: exactly ``size`` bytes of that type. ``None``: this store has none."""

    async def close(self) -> None:
        """Frees connections; for stores that were opened for one command."""
