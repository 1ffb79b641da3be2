"""What can be set about accounts."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen

from newel import Max, MaxLength, Min, MinLength, Pattern, Secret

LEAST = 10
MOST = 256
"""Characters of a password."""


@frozen(kw_only=True)
class AccountsConfig:
    """The ``[accounts]`` section."""

    first_admin: Annotated[
        str, "E-mail address of the admin that the first start of a site makes.", Pattern(r"[^@\s]+@[^@\s]+"),
        MaxLength(191),
    ] = "admin@localhost"  # fmt: skip
    first_password: Annotated[
        Secret[str] | None, "Their password, for a start that nobody watches: nothing is made up, and nothing shown. "
        "Only the first start reads it.", MinLength(LEAST), MaxLength(MOST),
    ] = None  # fmt: skip
    session_hours: Annotated[int, "How long a session lasts.", Min(1), Max(8760)] = 12
    hashing_at_once: Annotated[
        int, "Passwords hashed at one time; each takes `argon2_memory_kib`.", Min(1), Max(16)
    ] = 2
    argon2_memory_kib: Annotated[int, "Memory of one hash, in KiB.", Min(7168), Max(4_194_304)] = 65536
    argon2_time: Annotated[int, "Passes over that memory.", Min(1), Max(100)] = 3
    argon2_lanes: Annotated[int, "Lanes of a hash that can be computed side by side.", Min(1), Max(64)] = 4
