"""A database that cannot be used, at every command that opens one: one clear message, exit code 1, and no password."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.engines import Servers, wanted
from tests.support import free_port, newel, request, start

pytestmark = pytest.mark.slow
COMMANDS = (("serve",), ("migrate", "up"), ("db", "copy", "--to", "sqlite:///copy.db"))
WORDS = "CREATE TABLE content_entries (theirs INTEGER)", "CREATE TABLE migrations_ledger (theirs INTEGER)"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "newel.toml").write_text("[http]\nport = 0\n")
    return tmp_path


def refusal(site: Path, url: str, *command: str) -> str:
    """What a command says; it comes with exit code 1, a traceback never."""
    ended = newel(*command, folder=site, NEWEL__DATABASE__URL=url)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr
    assert "s3cr" not in ended.stdout + ended.stderr
    last = ended.stderr[ended.stderr.rindex("newel: ") :]
    assert last.count("\n") <= 2, "a sentence, and what to do"
    return last


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("oracle://me:s3cret@host/newel", "no plugin knows the scheme 'oracle'; known here: mariadb, mysql"),
        ("me:s3cret@host/newel", "this is no URL, such as"),
        ("postgresql://me:s3cret@host:port/newel", "host or port"),
        ("postgresql://me:s3cr#t@host/newel", "cannot be read"),
        ("mysql://me:s3cret@host", "names no database"),
        ("mysql://root:s3cret@host:x/newel", "cannot be read"),
    ],
)
def test_a_url_that_is_none(site: Path, url: str, said: str) -> None:
    for command in (*COMMANDS, ("check",)) if "oracle" in url else [("serve",)]:
        assert said in refusal(site, url, *command)


def test_a_target_that_is_no_url(site: Path) -> None:
    ended = newel("db", "copy", "--to", "oracle://me:s3cret@host/newel", folder=site)
    assert (ended.returncode, "s3cret" in ended.stderr, "Traceback" in ended.stderr) == (1, False, False)
    assert "no plugin knows the scheme 'oracle'" in ended.stderr
    assert newel("db", "copy", folder=site).returncode == 2, "a use that is none"


def test_nobody_listens(site: Path) -> None:
    for scheme in ("postgresql", "mysql"):
        said = refusal(site, f"{scheme}://me:s3cret@127.0.0.1:{free_port()}/newel", "migrate", "up")
        assert "127.0.0.1" in said
        assert "Start the server" in said


@pytest.mark.parametrize("name", ["postgres", "mysql"])
def test_a_missing_database(site: Path, name: str, servers: Servers) -> None:
    if name not in wanted():
        pytest.skip(f"{name} is not tested on here")
    url = f"{servers.databases(name).server.url}/newel_gone"
    for command in COMMANDS:
        said = refusal(site, url, *command)
        assert "newel_gone" in said
        assert "create" in said.lower()


def test_a_wrong_password(site: Path, servers: Servers) -> None:
    if "mysql" not in wanted():
        pytest.skip("mysql is not tested on here")
    databases = servers.databases("mysql")
    databases.maker.run("CREATE USER newel_pw IDENTIFIED BY 'right';")
    url = f"{databases.server.url}/newel".replace("root@", "newel_pw:s3cret@")
    for command in COMMANDS:
        assert "password" in refusal(site, url, *command)


@pytest.mark.parametrize("statement", WORDS)
def test_a_database_of_another_application(site: Path, statement: str) -> None:
    """Told at the first start and at every later one; their table stays as it is."""
    with sqlite3.connect(site / "theirs.db") as theirs:
        theirs.execute(statement)
    theirs.close()
    for command in (*COMMANDS, COMMANDS[0]):
        said = refusal(site, "sqlite:///theirs.db", *command)
        assert statement.split()[2] in said
        assert "not Newel's" in said
        assert "a database of its own" in said
    with sqlite3.connect(site / "theirs.db") as theirs:
        assert theirs.execute("SELECT sql FROM sqlite_schema WHERE name = ?", [statement.split()[2]]).fetchall() == [
            (statement,)
        ]
    theirs.close()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A site on a disk of its own, of 4 MB."""
    if os.geteuid():
        pytest.skip("only root may mount a small disk")
    place = tmp_path / "disk"
    place.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", place], check=False, capture_output=True
    ).returncode:
        pytest.skip("no disk can be mounted here")
    (place / "newel.toml").write_text("[http]\nport = 0\n")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def filled(disk: Path) -> Path:
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            pass
    return filler


def test_a_disk_that_cannot_be_written(disk: Path) -> None:
    assert newel("migrate", "up", folder=disk).returncode == 0
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    for url, *command in (
        ("sqlite:///data/newel.db", "serve"),
        ("sqlite:///data/newel.db", "migrate", "up"),
        ("sqlite:///data/new.db", "serve"),
        ("sqlite:///other/new.db", "db", "copy", "--to", "sqlite:///copy.db"),
    ):
        said = refusal(disk, url, *command)
        assert "cannot" in said
        assert "this user" in said or "as user" in said


def test_no_room_to_begin(disk: Path) -> None:
    assert newel("migrate", "up", folder=disk).returncode == 0
    filled(disk)
    assert "The disk is full. Make room" in refusal(disk, "sqlite:///new.db", "migrate", "up")
    assert "The disk is full. Make room" in refusal(disk, "sqlite:///data/newel.db", "serve")


def test_a_disk_that_runs_full(disk: Path) -> None:
    """Writing is refused as 503 ``disk_full``, reading goes on, and with room all is well again."""
    site = start(disk, until_ready=False)
    try:
        assert site.api("POST", "/types", {"name": "note", "fields": [{"name": "text", "type": "text"}]}).status == 201
        kept = [site.api("POST", "/content/note", {"data": {"text": "before"}}).json()["id"]]
        filler = filled(disk)
        for _ in range(300):
            answer = site.api("POST", "/content/note", {"data": {"text": "x" * 1000}})
            if answer.status != 201:
                break
            kept.append(answer.json()["id"])
        assert (answer.status, answer.json()["code"], answer.headers["Retry-After"]) == (503, "disk_full", "60")
        assert [site.api("GET", f"/content/note/{id}").status for id in kept] == [200] * len(kept)
        assert request("GET", f"{site.url}/readyz").status == 200
        filler.unlink()
        assert site.api("POST", "/content/note", {"data": {"text": "after"}}).status == 201
        assert len(site.api("GET", "/content/note?limit=5").json()["data"]) >= 2
    finally:
        assert site.stop() == 0
