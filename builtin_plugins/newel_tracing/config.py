"""What can be set about traces."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from attrs import Factory, field, frozen

from newel import Max, MaxLength, Min, Pattern, Secret

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_VALUE = re.compile(r"[\t\x20-\x7e]{0,4000}")
_HOST = re.compile(r"[a-z0-9.:-]{1,253}|\*\.[a-z0-9.-]{1,250}")


def _headers(_: Any, __: Any, headers: Mapping[str, Secret[str]]) -> None:
    for name, value in headers.items():
        if _NAME.fullmatch(name) is None:
            raise ValueError(f"'{name}' is no name of a header")
        if _VALUE.fullmatch(value.reveal()) is None:
            raise ValueError(f"the value of '{name}' cannot stand in a header")


def _hosts(_: Any, __: Any, hosts: tuple[str, ...]) -> None:
    for host in hosts:
        if _HOST.fullmatch(host) is None:
            raise ValueError(f"'{host}' is no host: `api.example.com` or `*.example.com`")


@frozen(kw_only=True)
class TracingConfig:
    """The ``[tracing]`` section."""

    endpoint: Annotated[
        str,
        "Where spans are sent by OTLP over HTTP: `http://127.0.0.1:4318`; without a path, to `/v1/traces`. Empty: "
        "nothing is traced.",
        Pattern(r"(https?://[^/?#@\s]+(/[^?#@\s]*)?)?"),
        MaxLength(500),
    ] = ""
    headers: Annotated[
        Mapping[str, Secret[str]], "Headers sent with them: `{Authorization = {env = 'COLLECTOR_TOKEN'}}`."
    ] = field(default=Factory(dict), validator=_headers)
    service_name: Annotated[str, "What the site is called in traces.", Pattern(r"[!-~][ -~]*"), MaxLength(100)] = (
        "newel"
    )
    sample_ratio: Annotated[
        float, "The part of traces that is kept, decided at the first step of each: 1 is all.", Min(0), Max(1)
    ] = 0.1
    trust_incoming: Annotated[
        Literal["never", "proxies", "always"],
        "Whose `traceparent` makes a request part of their trace and decides whether it is kept: of `proxies`, those "
        "in `http.trusted_proxies`; `always`: anybody's, so that strangers may have everything kept.",
    ] = "proxies"
    propagate_hosts: Annotated[
        tuple[str, ...],
        "Hosts that are told the trace in requests of this site to them: `api.example.com`, `*.example.com`.",
    ] = field(default=(), validator=_hosts)
    spans: Annotated[int, "The most steps of one request or job; what comes after is dropped.", Min(1), Max(10_000)] = (
        500
    )
    queue: Annotated[int, "The most spans that wait to be sent; what comes after is dropped.", Min(1), Max(100_000)] = (
        4096
    )
    batch: Annotated[int, "The most spans sent at once.", Min(1), Max(10_000)] = 512
    interval: Annotated[float, "Seconds between two batches, where they are not full before.", Min(0.05), Max(60)] = 2.0
    timeout: Annotated[float, "Seconds that sending a batch may take, tried again within.", Min(0.1), Max(60)] = 5.0
    flush_seconds: Annotated[float, "Seconds that a stop waits for what is not sent yet.", Min(0), Max(60)] = 3.0

    @property
    def url(self) -> str:
        """The whole address."""
        _, _, rest = self.endpoint.partition("://")
        return self.endpoint if rest.partition("/")[2] else self.endpoint.rstrip("/") + "/v1/traces"
