"""What can be set about outgoing requests."""

from __future__ import annotations

from typing import Annotated, Any

from attrs import field, frozen

from newel import Max, MaxLength, Min, Pattern
from newel_egress.places import Places


def _places(_: Any, __: Any, texts: tuple[str, ...]) -> None:
    Places.of(texts)


def _ports(_: Any, __: Any, ports: tuple[int, ...]) -> None:
    for port in ports:
        if not 0 < port < 65_536:
            raise ValueError(f"{port} is no port: 1 to 65535")


@frozen(kw_only=True)
class EgressConfig:
    """The ``[egress]`` section."""

    allow: Annotated[
        tuple[str, ...],
        "What may be called though its network is denied: `10.1.0.0/16`, `hooks.example.com`, `*.example.com`.",
    ] = field(default=(), validator=_places)
    deny: Annotated[tuple[str, ...], "What may not be called, written like `allow`; it wins over `allow`."] = field(
        default=(), validator=_places
    )
    ports: Annotated[tuple[int, ...], "Ports that may be called besides 80 and 443."] = field(
        default=(), validator=_ports
    )
    seconds: Annotated[float, "The most that a request may take in all.", Min(0.1), Max(3600)] = 60.0
    max_bytes: Annotated[
        int, "The most that an answer may have, unpacked; who asks often takes less.", Min(1024), Max(1 << 40)
    ] = 104_857_600
    user_agent: Annotated[str, "How the site calls itself.", Pattern(r"[!-~][ -~]*"), MaxLength(200)] = "Newel"
