"""What can be set about the HTTP door."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen

from newel import Max, Min, Pattern

Origin = Annotated[str, Pattern(r"\*|[a-z][a-z0-9+.-]*://[A-Za-z0-9.\-\[\]:]+")]

ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - not bound here; how to reach what is


@frozen(kw_only=True)
class HttpConfig:
    """The ``[http]`` section."""

    host: Annotated[str, "The address to listen on; `0.0.0.0` or `::` for all."] = "127.0.0.1"
    port: Annotated[int, "The port; 0 takes a free one.", Min(0), Max(65535)] = 8420
    docs: Annotated[bool, "Whether `/api/docs` and `/api/v1/openapi.json` are served."] = True
    access_log: Annotated[bool, "Whether every request is logged in a line."] = True
    max_body: Annotated[int, "The largest body of an operation, in bytes.", Min(1024), Max(1_073_741_824)] = 1_048_576
    max_header_line: Annotated[int, "The longest request line or header, in bytes.", Min(1024), Max(65536)] = 8190
    max_headers: Annotated[int, "How many headers a request may have.", Min(10), Max(1000)] = 100
    max_params: Annotated[int, "How many query parameters a request may have.", Min(1), Max(1000)] = 200
    header_seconds: Annotated[float, "How long a client may take to send its headers.", Min(0.05), Max(600)] = 15.0
    body_seconds: Annotated[
        float, "How long an operation's body may take to arrive, and an upload may be silent.", Min(0.05), Max(3600)
    ] = 30.0
    body_rate: Annotated[
        int, "Bytes a second of an upload: one that is slower for long is cut off.", Min(1), Max(1_073_741_824)
    ] = 1024
    idle_seconds: Annotated[
        float,
        "How long a kept connection may be silent, or a download not be taken; more than a proxy in front keeps it.",
        Min(0.05),
        Max(3600),
    ] = 75.0
    drain_seconds: Annotated[float, "How long running requests may take to finish at a stop.", Min(0), Max(25)] = 20.0
    cors_origins: Annotated[
        tuple[Origin, ...], "Web origins whose scripts may call the API, such as `https://example.org`; `*` for any."
    ] = ()
    trusted_proxies: Annotated[
        tuple[str, ...], "Networks of proxies whose `X-Forwarded-For` is believed, such as `10.0.0.0/8`."
    ] = ()
    hsts_seconds: Annotated[int, "`Strict-Transport-Security` for so long; 0 leaves it out.", Min(0)] = 0
    compress: Annotated[bool, "Whether JSON and text of 1 KiB and more is gzipped for clients that accept it."] = True


def reached(scheme: str, host: str, port: int) -> str:
    """The URL under which this machine reaches what listens there."""
    name = ANYWHERE.get(host, host)
    return f"{scheme}://[{name}]:{port}" if ":" in name else f"{scheme}://{name}:{port}"
