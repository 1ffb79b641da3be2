"""Entity tags. ``"r17"`` is revision 17; a dash and more marks another representation of the same revision.

A strong tag must differ where bytes differ, and a revision alone does not tell them apart: the same entry may be asked
for with other parameters (``"r17-5f0c9a12"``, a hash of the body) and be gzipped (``"...-gz"``). For ``If-Match`` only
the revision counts, so any of these tags protects a write.
"""

from __future__ import annotations

import re
from hashlib import blake2b

from newel import Malformed, PreconditionFailed

TAG = re.compile(r'(?:W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
REVISION = re.compile(r"r(\d{1,18})(?:-.*)?")
GZIPPED = "-gz"


def tag_of(revision: int, body: bytes, *, parameters: bool) -> str:
    """The strong tag of an answer that has a revision."""
    if not parameters:
        return f'"r{revision}"'
    return f'"r{revision}-{blake2b(body, digest_size=4).hexdigest()}"'


def hashed(body: bytes) -> str:
    """A strong tag made of nothing but the bytes."""
    return f'"{blake2b(body, digest_size=12).hexdigest()}"'


def base_revision(header: str) -> int | None:
    """The revision that an ``If-Match`` names; ``None`` for ``*``."""
    if header.strip() == "*":
        return None
    tags = TAG.findall(header)
    if len(tags) != 1 or not TAG.fullmatch(header.strip()):
        raise Malformed('If-Match takes one entity tag as the server sent it, such as "r17"')
    match = REVISION.fullmatch(tags[0])
    if match is None:
        raise PreconditionFailed("the revision in If-Match is none of this resource")
    return int(match[1])


def matches(header: str, tag: str) -> bool:
    """Whether ``If-None-Match`` names the tag, compared weakly, zipped or not."""
    if header.strip() == "*":
        return True
    return any(one.removesuffix(GZIPPED) == tag.strip('"') for one in TAG.findall(header))


def zipped(tag: str) -> str:
    """The tag of the gzipped representation."""
    return tag if tag.startswith("W/") else f'{tag[:-1]}{GZIPPED}"'
