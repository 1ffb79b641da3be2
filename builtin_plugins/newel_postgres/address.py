"""From ``[database] url`` to a server. No message ever shows the URL: a password stands in it."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import get_args
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from attrs import field, frozen

from newel import Secret
from newel.errors import BootError
from newel_postgres.tls import Mode, Tls

PORT = 5432
SOCKETS = "/var/run/postgresql"
FORM = "postgresql://user:password@host:5432/database"
OPTIONS = ("host", "port", "sslmode", "sslrootcert", "sslcert", "sslkey", "application_name")


@frozen(kw_only=True)
class Address:
    """A database of a server. A host that begins with ``/`` is the folder of a socket."""

    host: str
    port: int = PORT
    user: str
    password: Secret[str] = field(factory=lambda: Secret(""))
    database: str
    application_name: str = "newel"
    tls: Tls = field(factory=Tls)

    @property
    def socket(self) -> bool:
        return self.host.startswith("/")

    def __str__(self) -> str:
        """For messages."""
        place = f"{self.host}/.s.PGSQL.{self.port}" if self.socket else f"{self.host}:{self.port}"
        return f"database '{self.database}' at {place}"


def address_of(url: str, folder: Path) -> Address:
    """Reads a URL; paths in it are relative to ``folder``. Raises ``BootError``."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BootError(f"database.url: host or port cannot be read. {_form()}") from None
    if parts.fragment or "@" in f"{parts.path}{parts.query}":
        raise BootError(f"database.url cannot be read: a special character is not encoded. {_form()}")
    options = _options(parts)
    database = unquote(parts.path.removeprefix("/"))
    if not database or "/" in database:
        raise BootError(f"database.url names no database: write it after the last slash. {_form()}")
    host = options.get("host") or unquote(parts.hostname or "") or SOCKETS
    mode = options.get("sslmode", "prefer")
    if mode not in get_args(Mode):
        raise BootError(f"database.url: sslmode is one of {', '.join(get_args(Mode))}.")
    return Address(
        host=host,
        port=_port(options["port"]) if "port" in options else port or PORT,
        user=unquote(parts.username or "") or getpass.getuser(),
        password=Secret(unquote(parts.password or "")),
        database=database,
        application_name=options.get("application_name", "newel"),
        tls=Tls(
            "disable" if host.startswith("/") else mode,
            _file(options, "sslrootcert", folder),
            _file(options, "sslcert", folder),
            _file(options, "sslkey", folder),
        ),
    )


def _form() -> str:
    return f"The form is {FORM}; other characters than letters, digits, . - _ and ~ in a password stand as %XX."


def _options(parts: SplitResult) -> dict[str, str]:
    try:
        given = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError:
        raise BootError("database.url: after the '?' stands name=value, with a '&' between two of them.") from None
    options = dict(given)
    if len(options) < len(given):
        raise BootError("database.url: an option stands there twice.")
    for name in options:
        if name not in OPTIONS:
            raise BootError(f"database.url: no option is called '{name}'. There are: {', '.join(OPTIONS)}.")
    return options


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise BootError("database.url: port is a number below 65536.")
    return int(text)


def _file(options: dict[str, str], name: str, folder: Path) -> Path | None:
    given = options.get(name)
    if not given or (name == "sslrootcert" and given == "system"):
        return None
    return folder / given
