"""What can be set about the SSH door."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen

from newel import Max, Min


@frozen(kw_only=True)
class SshConfig:
    """The ``[ssh]`` section."""

    host: Annotated[str, "The address to listen on; `0.0.0.0` or `::` for all."] = "127.0.0.1"
    port: Annotated[int, "The port; 0 takes a free one.", Min(0), Max(65535)] = 8422
    host_key: Annotated[
        str, "The file with the key that clients know the site by, relative to the site's folder; made once."
    ] = "data/ssh/host_ed25519"  # fmt: skip
    passwords: Annotated[bool, "Whether passwords are accepted beside public keys."] = False
    sessions: Annotated[int, "How many people may be signed in at once, in all.", Min(1), Max(10_000)] = 200
    sessions_each: Annotated[int, "How many sessions one account may have at once.", Min(1), Max(1000)] = 10
    idle_minutes: Annotated[float, "A session in which nothing happens ends after so long.", Min(0.05), Max(10_080)] = (
        60.0
    )
    login_seconds: Annotated[float, "How long signing in may take.", Min(0.1), Max(600)] = 30.0
    half_open: Annotated[
        int,
        "Connections that are not signed in yet, in all; of more, those that say nothing give way.",
        Min(1),
        Max(10_000),
    ] = 100
    half_open_each: Annotated[int, "The same, from one address (of IPv6: one /64).", Min(1), Max(10_000)] = 20
    connects_each: Annotated[
        float, "New connections a second from one address; a few at once are fine.", Min(0.1), Max(10_000)
    ] = 10.0
    tries: Annotated[int, "Keys and passwords that are refused before a connection is cut.", Min(1), Max(100)] = 6
    keepalive_seconds: Annotated[
        float, "A client that is silent is asked after so long whether it is there; three times.", Min(1), Max(3600)
    ] = 30.0
    drain_seconds: Annotated[float, "How long running commands may take to finish at a stop.", Min(0), Max(25)] = 10.0
