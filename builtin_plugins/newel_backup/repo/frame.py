"""Objects as they lie on the target: a header of six bytes, then the compressed and perhaps encrypted content.

``NWB1``, method (0 as it is, 1 zstd), seal (0 none, 1 AES-256-GCM). Then, sealed: nonce (12 bytes), ciphertext, tag;
not sealed: the first 16 bytes of the SHA-256 of what is bound and the content. Bound are the header, the repository's
id and the object's name, so that an object that was moved to another name, or came from another repository, does not
open.
"""

from __future__ import annotations

import hashlib
import os
import threading

import zstandard
from attrs import frozen
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from newel_backup.repo.faults import Damaged

MAGIC = b"NWB1"
CHECK = 16
STORED, ZSTD = 0, 1
PLAIN, AES = 0, 1
LEVEL = 3
LARGEST = 16 << 20
"""Bytes that an object may have when it is unpacked. What says it has more is damaged, or meant to do harm."""
_kept = threading.local()


@frozen
class Frame:
    """Seals and opens a repository's objects. ``key`` is 32 bytes; ``None``: they are not encrypted.

    Random nonces are good for 2**32 objects with one key: half a petabyte of chunks.
    """

    repository: str
    key: bytes | None = None

    def seal(self, name: str, data: bytes) -> bytes:
        """The object. It takes processor time: not in the event loop."""
        packed = _compressor().compress(data)
        method, body = (ZSTD, packed) if len(packed) < len(data) else (STORED, data)
        header = MAGIC + bytes((method, PLAIN if self.key is None else AES))
        if self.key is None:
            return header + self._check(header, name, body) + body
        nonce = os.urandom(12)
        return header + nonce + AESGCM(self.key).encrypt(nonce, body, self._bound(header, name))

    def open(self, name: str, sealed: bytes) -> bytes:
        """What was sealed under that name. Raises ``Damaged``."""
        header, body = sealed[:6], sealed[6:]
        if len(header) < 6 or header[:4] != MAGIC or header[4] not in (STORED, ZSTD) or header[5] not in (PLAIN, AES):
            raise Damaged(f"{name} does not begin as an object of a repository does")
        if (header[5] == AES) != (self.key is not None):
            raise Damaged(f"{name} is {'not ' if self.key else ''}encrypted, unlike its repository")
        if self.key is not None:
            try:
                body = AESGCM(self.key).decrypt(body[:12], body[12:], self._bound(header, name))
            except (InvalidTag, ValueError):
                raise Damaged(f"{name} was changed, or is another object's content") from None
        else:
            check, body = body[:CHECK], body[CHECK:]
            if check != self._check(header, name, body):
                raise Damaged(f"{name} was changed, or is another object's content")
        if header[4] == STORED:
            return body
        try:
            if zstandard.frame_content_size(body) > LARGEST:
                raise Damaged(f"{name} says that it holds more than an object may")
            # One frame and nothing behind it, so that no byte of it is without meaning.
            return _decompressor().decompress(body, max_output_size=LARGEST, allow_extra_data=False)
        except zstandard.ZstdError as error:
            raise Damaged(f"{name} cannot be unpacked: {error}") from None

    def _check(self, header: bytes, name: str, body: bytes) -> bytes:
        found = hashlib.sha256(self._bound(header, name))
        found.update(body)
        return found.digest()[:CHECK]

    def _bound(self, header: bytes, name: str) -> bytes:
        return header + self.repository.encode() + b"\0" + name.encode() + b"\0"


def _compressor() -> zstandard.ZstdCompressor:
    """One for each thread: they keep state, and are dear to make."""
    if not hasattr(_kept, "compressor"):
        _kept.compressor = zstandard.ZstdCompressor(level=LEVEL, write_checksum=False, write_content_size=True)
    made: zstandard.ZstdCompressor = _kept.compressor
    return made


def _decompressor() -> zstandard.ZstdDecompressor:
    if not hasattr(_kept, "decompressor"):
        _kept.decompressor = zstandard.ZstdDecompressor()
    made: zstandard.ZstdDecompressor = _kept.decompressor
    return made
