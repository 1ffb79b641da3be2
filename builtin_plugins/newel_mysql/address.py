"""From ``[database] url`` to where the server is, with plain words where that cannot work."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, cast, get_args
from urllib.parse import parse_qsl, unquote, urlsplit

from attrs import frozen

from newel.errors import BootError
from newel.secrets import Secret

PORT = 3306
Tls = Literal["disabled", "preferred", "required", "verify_ca", "verify_identity"]
_OPTIONS = ("ssl_mode", "ssl_ca", "ssl_cert", "ssl_key", "unix_socket")
_EXAMPLE = "Write e.g. mysql://user:password@host:3306/newel."


@frozen(kw_only=True)
class Address:
    """A server, an account and a database."""

    host: str
    port: int
    unix_socket: str | None
    user: str
    password: Secret[str]
    database: str
    tls: Tls
    files: Mapping[str, Path]
    """``ssl_ca``, ``ssl_cert`` and ``ssl_key``, as far as given."""

    @property
    def place(self) -> str:
        """The server, for messages."""
        return self.unix_socket or f"{self.host}:{self.port}"

    def context(self) -> ssl.SSLContext | None:
        """What TLS asks for; ``None`` where there is none. Raises ``BootError`` for files that cannot be read."""
        if self.tls == "disabled" or (self.unix_socket and self.tls == "preferred"):
            return None
        ca, cert = self.files.get("ssl_ca"), self.files.get("ssl_cert")
        try:
            context = ssl.create_default_context(cafile=ca)
            if cert is not None:
                context.load_cert_chain(cert, self.files.get("ssl_key"))
        except (OSError, ssl.SSLError) as error:
            said = error.strerror or "not in PEM form"
            raise BootError(f"database.url: a file of the TLS options cannot be used: {said}.") from error
        context.check_hostname = self.tls == "verify_identity"
        if self.tls in ("preferred", "required"):
            context.verify_mode = ssl.CERT_NONE  # as MySQL's own clients understand these two
        return context


def address_of(url: str, folder: Path) -> Address:
    """The address a URL names. Paths are relative to the site folder. ``BootError`` never shows the password."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or PORT
        given = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError:
        raise BootError(
            f"database.url cannot be read (in a password, write @ : / ? # % as %40 %3A %2F %3F %23 %25). {_EXAMPLE}"
        ) from None
    options = _options(given)
    socket = options.get("unix_socket")
    if not host and socket is None:
        raise BootError(f"database.url names no host. {_EXAMPLE}")
    database = unquote(parts.path.removeprefix("/"))
    if not database or "/" in database:
        raise BootError(f"database.url names no database. {_EXAMPLE}")
    if not parts.username:
        raise BootError(f"database.url names no user. {_EXAMPLE}")
    return Address(
        host=host,
        port=port,
        unix_socket=None if socket is None else str(folder / socket),
        user=unquote(parts.username),
        password=Secret(unquote(parts.password or "")),
        database=database,
        tls=_mode(options),
        files={name: folder / options[name] for name in ("ssl_ca", "ssl_cert", "ssl_key") if name in options},
    )


def _options(given: list[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for written, value in given:
        name = written.replace("-", "_")
        if name not in _OPTIONS:
            raise BootError(f"database.url: unknown option '{written}'. There are {', '.join(_OPTIONS)}.")
        if name in found:
            raise BootError(f"database.url: the option '{written}' stands there twice.")
        if not value:
            raise BootError(f"database.url: the option '{written}' has no value.")
        found[name] = value
    return found


def _mode(options: Mapping[str, str]) -> Tls:
    default = "verify_identity" if "ssl_ca" in options else "preferred"
    mode = options.get("ssl_mode", default).lower().replace("-", "_")
    if mode not in get_args(Tls):
        raise BootError(f"database.url: ssl_mode is one of {', '.join(get_args(Tls))}.")
    if "ssl_key" in options and "ssl_cert" not in options:
        raise BootError("database.url: ssl_key needs ssl_cert.")
    return cast(Tls, mode)
