"""What can be set about the SSH door."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen

from newel import Max, Min


@frozen(kw_only=True)
class SshConfig:
    """The ``[ssh]`` section."""

    host: Annotated[str, "The address to listen on."] = "127.0.0.1"
    port: Annotated[int, "The port; 0 takes a free one.", Min(0), Max(65535)] = 8422
    passwords: Annotated[bool, "Whether passwords are accepted beside public keys."] = False
