"""What can be set about the HTTP door."""

from __future__ import annotations

from typing import Annotated, Any

from attrs import field, frozen

from newel import Max, MaxLength, Min, Pattern, Secret

Contact = Annotated[str, Pattern(r"(mailto:|https://|tel:)[!-~]+"), MaxLength(500)]
Origin = Annotated[str, Pattern(r"\*|[a-z][a-z0-9+.-]*://[A-Za-z0-9.\-\[\]:]+")]

ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - not bound here; how to reach what is

SHOWN = "data/run/http-certificate.pem"
"""In the site's folder: the certificate in use."""


def _with_certificate(config: Any, attribute: Any, value: object) -> None:
    if attribute.name == "key" and bool(value) != bool(config.certificate):
        raise ValueError("certificate and key go together: set both, or none")
    if attribute.name == "redirect_port" and value and not config.certificate:
        raise ValueError("there is nothing to send people to without a certificate")


@frozen(kw_only=True)
class HttpConfig:
    """The ``[http]`` section."""

    host: Annotated[str, "The address to listen on; `0.0.0.0` or `::` for all."] = "127.0.0.1"
    port: Annotated[int, "The port; 0 takes a free one.", Min(0), Max(65535)] = 8420
    certificate: Annotated[
        str, "TLS: the file of the certificate and its chain, in PEM form, relative to the site folder."
    ] = ""
    key: Annotated[str, "TLS: the file of the certificate's key, in PEM form."] = field(
        default="", validator=_with_certificate
    )
    key_passphrase: Annotated[Secret[str] | None, "TLS: what opens the key, where it is encrypted."] = None
    redirect_port: Annotated[
        int, "TLS: a second port, of plain HTTP, that sends people to `port`; 0: none.", Min(0), Max(65535)
    ] = field(default=0, validator=_with_certificate)
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
    hsts_seconds: Annotated[
        int | None,
        "`Strict-Transport-Security` for so long, with all names below; 0 leaves it out. Unset: a year for the name "
        "itself where this door has a `certificate`.",
        Min(0),
    ] = None
    security_contact: Annotated[
        tuple[Contact, ...],
        "Whom to tell of a hole in this site, in `/.well-known/security.txt`: `mailto:security@example.org`. "
        "Empty: there is no such file.",
    ] = ()
    security_policy: Annotated[
        str, "The page about it, for the same file.", Pattern(r"(https://[!-~]+)?"), MaxLength(500)
    ] = ""
    compress: Annotated[bool, "Whether JSON and text of 1 KiB and more is gzipped for clients that accept it."] = True


def reached(scheme: str, host: str, port: int) -> str:
    """The URL under which this machine reaches what listens there."""
    name = ANYWHERE.get(host, host)
    return f"{scheme}://[{name}]:{port}" if ":" in name else f"{scheme}://{name}:{port}"
