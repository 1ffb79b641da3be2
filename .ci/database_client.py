"""The client of the engine that a site's database is of: ``database_client.py SITE shell|dump [ARGUMENTS]``.

The password reaches the client through its environment, never through its arguments, which every process can read.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from pathlib import Path
from typing import NoReturn
from urllib.parse import unquote, urlsplit

from newel.config import read_layers
from newel.contracts.database import DEFAULT_URL

CLIENTS = {
    "postgresql": {"shell": ("psql",), "dump": ("pg_dump",)},
    "mysql": {"shell": ("mariadb", "mysql"), "dump": ("mariadb-dump", "mysqldump")},
}


def main() -> int:
    site, act, *arguments = sys.argv[1:]
    folder = Path(site)
    url = read_layers(folder / "newel.toml", os.environ).text("database.url", DEFAULT_URL.reveal())
    scheme = url.partition("://")[0]
    if scheme == "sqlite":
        return sqlite(folder / url.removeprefix("sqlite:///"), act, arguments)
    if scheme not in CLIENTS:
        sys.exit(f"no client is known for {scheme}://")
    return served(scheme, url, act, arguments)


def sqlite(file: Path, act: str, arguments: list[str]) -> int:
    if not file.is_file():
        sys.exit(f"there is no database at {file}: ./just site-init")
    if act == "dump":
        with sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True) as database:
            for line in database.iterdump():
                print(line)
        database.close()
        return 0
    return started("sqlite3", [str(file), *arguments], {})


def served(scheme: str, url: str, act: str, arguments: list[str]) -> int:
    address = urlsplit(url)
    names = CLIENTS[scheme][act]
    chosen = next((one for one in names if shutil.which(one)), names[0])
    host, database = address.hostname or "127.0.0.1", address.path.lstrip("/")
    user, password = unquote(address.username or ""), unquote(address.password or "")
    if scheme == "postgresql":
        given = {
            "PGHOST": host, "PGPORT": str(address.port or 5432), "PGUSER": user, "PGPASSWORD": password,
            "PGDATABASE": database,
        }  # fmt: skip
        dump = ["--no-owner", "--no-privileges"] if act == "dump" else []
        return started(chosen, [*dump, *arguments], {name: value for name, value in given.items() if value})
    place = [f"--host={host}", f"--port={address.port or 3306}", "--protocol=tcp", f"--user={user}"]
    dump = ["--single-transaction", "--hex-blob"] if act == "dump" else []
    return started(chosen, [*place, *dump, *arguments, database], {"MYSQL_PWD": password} if password else {})


def started(program: str, arguments: list[str], environment: dict[str, str]) -> NoReturn:
    """Becomes the program."""
    path = shutil.which(program)
    if path is None:
        sys.exit(f"{program} is not installed")
    os.execve(path, [program, *arguments], os.environ | environment)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    sys.exit(main())
