"""Files and folders as SFTP describes them."""

from __future__ import annotations

from datetime import datetime

from asyncssh import FILEXFER_TYPE_DIRECTORY, FILEXFER_TYPE_REGULAR, SFTPAttrs, SFTPName, SFTPVFSAttrs

from newel.contracts.files import Node

FOLDER, FILE = 0o040555, 0o100444
WRITABLE = 0o200
ROOT = Node(name="", folder=True)
_BLOCK = 4096


def attributes(node: Node, now: datetime) -> SFTPAttrs:
    """Owners are nobody of this machine. A size that nobody knows is left out: clients read to the end then."""
    mode = (FOLDER if node.folder else FILE) | (WRITABLE if node.writable else 0)
    changed = int((node.changed or now).timestamp())
    return SFTPAttrs(
        type=FILEXFER_TYPE_DIRECTORY if node.folder else FILEXFER_TYPE_REGULAR, size=node.size, uid=0, gid=0,
        permissions=mode, atime=changed, mtime=changed, nlink=1,
    )  # fmt: skip


def named(node: Node, now: datetime, name: str = "") -> SFTPName:
    """A line of a listing."""
    return SFTPName((name or node.name).encode(), attrs=attributes(node, now))


def room() -> SFTPVFSAttrs:
    """As if there was plenty: what does not fit is refused with the reason, and the disk is nobody's business."""
    blocks = (1 << 40) // _BLOCK
    return SFTPVFSAttrs(
        bsize=_BLOCK, frsize=_BLOCK, blocks=blocks, bfree=blocks, bavail=blocks, files=1 << 30, ffree=1 << 30,
        favail=1 << 30, fsid=0, flags=0, namemax=255,
    )  # fmt: skip
