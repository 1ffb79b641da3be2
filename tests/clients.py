"""How the tests make, empty and drop databases of a server: with the server's own client, so with no code of Newel's.

A client stays open for the next test, which saves two processes a test.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import IO

from attrs import define, field

from tests.servers import POSTGRES_PLACES, Absent, Server, program

END = "newel-tests-end"


@define
class Client:
    """A client program that reads statements, prints rows, and ends at the first error."""

    command: Sequence[str]
    end: str
    """The statement that prints ``END``."""
    _process: subprocess.Popen[str] | None = None
    _errors: IO[str] | None = None

    def run(self, script: str) -> list[str]:
        """The lines that a script prints. It may run twice: the server may have been restarted since the last one."""
        if self._process is not None and (lines := self._asked(script)) is not None:
            return lines
        self.close()
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - as long as the client
        self._process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True
        )
        if (lines := self._asked(script)) is not None:
            return lines
        self._errors.seek(0)
        told = self._errors.read().strip()
        self.close()
        raise RuntimeError(f"{self.command[0]}: {told}\nscript: {script[:500]}")

    def _asked(self, script: str) -> list[str] | None:
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        lines: list[str] = []
        with suppress(BrokenPipeError):
            self._process.stdin.write(f"{script}\n{self.end}\n")
            self._process.stdin.flush()
            while line := self._process.stdout.readline():
                if line == f"{END}\n":
                    return lines
                lines.append(line.removesuffix("\n"))
        self._process.wait(60)
        return None

    def close(self) -> None:
        if self._process is not None:
            with suppress(BrokenPipeError):
                self._process.communicate(timeout=60)
        if self._errors is not None:
            self._errors.close()
        self._process = self._errors = None


@define
class Clients:
    """One client a database, each opened when it is first needed."""

    _open: dict[str, Client] = field(factory=dict)

    def client(self, database: str) -> Client:
        raise NotImplementedError

    def run(self, script: str, database: str = "") -> list[str]:
        if database not in self._open:
            self._open[database] = self.client(database)
        return self._open[database].run(script)

    def leave(self, name: str) -> None:
        if client := self._open.pop(name, None):
            client.close()

    def close(self) -> None:
        for name in list(self._open):
            self.leave(name)


@define
class Postgres(Clients):
    """PostgreSQL's."""

    server: Server = field(kw_only=True)

    def client(self, database: str) -> Client:
        command = [program("psql", *POSTGRES_PLACES), "-XAtq", "-v", "ON_ERROR_STOP=1"]
        return Client([*command, f"{self.server.url}/{database or 'postgres'}"], f"\\echo {END}")

    def make(self, name: str) -> None:
        self.run(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8';")

    def drop(self, name: str) -> None:
        self.leave(name)
        self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE);")

    def tables(self, name: str) -> list[str]:
        return self.run("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1;", name)

    def empty(self, name: str, tables: Iterable[str], foreign: Iterable[str], more: str) -> None:
        drops = "".join(f'DROP TABLE "{table}" CASCADE;' for table in foreign)
        deletes = "".join(f'DELETE FROM "{table}";' for table in tables)
        self.run(f"BEGIN; SET LOCAL session_replication_role = replica; {drops} {deletes} {more} COMMIT;", name)


def mysql_client() -> Sequence[str]:
    """MariaDB's client; MySQL's where there is no other, which knows the same options."""
    try:
        return (program("mariadb"),)
    except Absent:
        return (program("mysql"),)


@define
class Mysql(Clients):
    """MariaDB's and MySQL's."""

    server: Server = field(kw_only=True)
    collation: str = ""

    def client(self, database: str) -> Client:
        command = [
            *mysql_client(), "--no-defaults", "--protocol=tcp", "-h", "127.0.0.1", "-P", str(self.server.port),
            "-uroot", "-nNB", "--default-character-set=utf8mb4",
        ]  # fmt: skip
        return Client([*command, database] if database else command, f"SELECT '{END}';")

    def make(self, name: str) -> None:
        if not self.collation:
            mariadb = "MariaDB" in self.run("SELECT VERSION();")[0]
            self.collation = "utf8mb4_nopad_bin" if mariadb else "utf8mb4_0900_bin"
        self.run(f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE {self.collation};")

    def drop(self, name: str) -> None:
        self.leave(name)
        self.run(f"DROP DATABASE IF EXISTS {name};")

    def tables(self, name: str) -> list[str]:
        return self.run("SHOW TABLES;", name)

    def empty(self, name: str, tables: Iterable[str], foreign: Iterable[str], more: str) -> None:
        drops = "".join(f"DROP TABLE `{table}`;" for table in foreign)
        deletes = "".join(f"DELETE FROM `{table}`;" for table in tables)
        self.run(f"SET foreign_key_checks = 0; {drops} {deletes} {more}", name)
