"""What can be set about accounts."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen

from newel import Max, Min


@frozen(kw_only=True)
class AccountsConfig:
    """The ``[accounts]`` section."""

    session_hours: Annotated[int, "How long a session lasts.", Min(1), Max(8760)] = 12
    hashing_at_once: Annotated[int, "Passwords hashed at one time; each takes about 64 MiB.", Min(1), Max(16)] = 2
