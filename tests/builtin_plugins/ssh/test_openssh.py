"""Clients that are not ours: OpenSSH, and an auditor."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from pathlib import Path

import pytest
from attrs import frozen
from tests.builtin_plugins.ssh.conftest import MakeSite, Site, until

from newel.testing.actors import actor

pytestmark = pytest.mark.skipif(shutil.which("ssh") is None, reason="OpenSSH's client is not installed")
WITHOUT = ("-o", "StrictHostKeyChecking=accept-new", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-F", "none")


@frozen
class Ended:
    code: int
    out: str
    err: str


async def program(*arguments: str, given: bytes = b"") -> Ended:
    process = await asyncio.create_subprocess_exec(
        *arguments,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "SSH_AUTH_SOCK": ""},
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(given), 60)
    return Ended(process.returncode or 0, out.decode(), err.decode())


@pytest.fixture
def identity(site: Site, tmp_path: Path) -> Path:
    file = tmp_path / "key"
    file.touch(0o600)
    file.write_bytes(site.knows(actor("admin")).export_private_key())
    return file


async def ssh(site: Site, identity: Path, *arguments: str, given: bytes = b"", before: tuple[str, ...] = ()) -> Ended:
    known = f"UserKnownHostsFile={identity.parent / 'known'}"
    place = ("-p", str(site.port), "-i", str(identity), *before, "newel@127.0.0.1")
    return await program("ssh", *WITHOUT, "-o", known, *place, *arguments, given=given)


async def test_commands_input_output_and_exit_codes(site: Site, identity: Path) -> None:
    done = await ssh(site, identity, "notes", "add", "--text", "-", "--json", given="grüße".encode())
    assert (done.code, json.loads(done.out)["text"]) == (0, "grüße")
    done = await ssh(site, identity, "notes", "add", "--text", "' '", "--json")
    assert (done.code, done.out, "a note says something" in done.err) == (2, "", True)
    done = await ssh(site, identity, given=b"notes shout hey\n")
    assert (done.code, done.out) == (3, "HEY\n")


async def test_e3_20_openssh_forwards_nothing(site: Site, identity: Path) -> None:
    done = await ssh(site, identity, before=("-W", f"127.0.0.1:{site.port}"))
    assert (done.code, "administratively prohibited" in done.err or "open failed" in done.err) == (255, True)
    done = await ssh(
        site, identity, "notes", "list", before=("-A", "-o", "ExitOnForwardFailure=yes", "-R", "0:127.0.0.1:1")
    )
    assert (done.code, "forwarding failed" in done.err) == (255, True)


async def test_a_terminal_of_openssh(site: Site, identity: Path) -> None:
    done = await ssh(site, identity, before=("-tt", "-o", "SetEnv=COLORTERM=truecolor"), given=b"q")
    assert (done.code, "hello" in done.out, "q by admin" in done.out) == (7, True, True)
    assert site.echo.terminals[0].environment["COLORTERM"] == "truecolor"


async def test_who_has_too_many_sessions_reads_why(make_site: MakeSite, tmp_path: Path) -> None:
    site = await make_site(sessions_each=1)
    file = tmp_path / "key"
    file.touch(0o600)
    file.write_bytes(site.knows(actor("ann")).export_private_key())
    await site.connect(site.knows(actor("ann")))
    done = await ssh(site, file, "help")
    assert (done.code, "you have 1 SSH sessions open" in done.err) == (255, True)
    await until(lambda: len(site.door.sessions) == 1)


async def test_an_auditor_finds_nothing(make_site: MakeSite) -> None:
    site = await make_site(connects_each=10.0)
    done = await program(str(Path(sys.executable).with_name("ssh-audit")), "-n", "-p", str(site.port), "127.0.0.1")
    assert "[fail]" not in done.out
    assert "[warn]" not in done.out
    assert done.code == 0, done.out
