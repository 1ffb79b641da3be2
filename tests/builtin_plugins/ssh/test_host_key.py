"""The key that the door is known by, and where the door stays shut."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncssh
import pytest
from tests.builtin_plugins.ssh.conftest import MakeSite, key_of

from newel.errors import BootError
from newel.testing.actors import actor
from newel.testing.app import make_app
from newel.testing.fakes import FakeAccounts
from newel_ssh.config import SshConfig
from newel_ssh.hostkey import host_key


def file_in(folder: Path) -> Path:
    return folder / SshConfig().host_key


def test_e3_20_it_is_made_once_and_nobody_else_can_read_it(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        keys = list(threads.map(lambda _: host_key(file_in(tmp_path)).get_fingerprint(), range(16)))
    assert len(set(keys)) == 1
    file = file_in(tmp_path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [one.name for one in file.parent.iterdir()] == [file.name]
    assert host_key(file_in(tmp_path)).get_fingerprint() == keys[0]
    assert host_key(file_in(tmp_path)).get_algorithm() == "ssh-ed25519"


def test_one_that_others_can_read_is_refused(tmp_path: Path) -> None:
    host_key(file_in(tmp_path))
    file_in(tmp_path).chmod(0o644)
    with pytest.raises(BootError, match=r"can be read by others \(mode 0644\)"):
        host_key(file_in(tmp_path))


def test_a_damaged_one_is_refused_and_not_replaced(tmp_path: Path) -> None:
    host_key(file_in(tmp_path))
    file_in(tmp_path).write_bytes(b"-----BEGIN OPENSSH PRIVATE KEY-----\nnonsense\n")
    with pytest.raises(BootError, match="is damaged: put it back from a backup"):
        host_key(file_in(tmp_path))
    assert b"nonsense" in file_in(tmp_path).read_bytes()


async def test_clients_see_the_fingerprint_that_is_announced_and_told(make_site: MakeSite) -> None:
    site = await make_site()
    connection = await site.admin()
    key = connection.get_server_host_key()
    assert key is not None
    shown = key.get_fingerprint()
    status = await site.app.operations.run("ssh.status", {}, site.app.call(actor("admin"), "test"))
    assert (status.open, status.port, status.fingerprint, status.sessions) == (True, site.port, shown, 1)
    notices = [text for label, text in site.app.notices if label == "ssh"]
    assert notices[0] == f"ssh -p {site.port} newel@127.0.0.1  host key {shown}"
    assert notices[1].startswith("nobody has a key yet: newel ssh keys add")


@pytest.mark.may_block  # it looks at the folder
async def test_the_key_lies_where_the_site_says(tmp_path: Path) -> None:
    config = {"port": 0, "host_key": "ssh/host_ed25519"}
    async with make_app([FakeAccounts.manifest, "ssh"], {"ssh": config}, folder=tmp_path, serving=True) as app:
        status = await app.operations.run("ssh.status", {}, app.call(actor("admin"), "test"))
        assert status.fingerprint == host_key(tmp_path / "ssh/host_ed25519").get_fingerprint()
    assert not file_in(tmp_path).exists()


@pytest.mark.may_block  # it looks at the folder
async def test_a_door_that_cannot_be_opened_leaves_the_site_running(tmp_path: Path, make_site: MakeSite) -> None:
    other = await make_site()
    for config, told in (
        ({"port": other.port}, "it is in use"),
        ({"host": "192.0.2.1"}, "this machine has no such address"),
        ({"host": "no such host"}, "is no address of this machine"),
    ):  # fmt: skip
        async with make_app([FakeAccounts.manifest, "ssh"], {"ssh": config}, folder=tmp_path, serving=True) as app:
            assert told in app.failures[0].cause
            assert told in dict(app.notices)["ssh"]
            status = await app.operations.run("ssh.status", {}, app.call(actor("admin"), "test"))
            assert (status.open, status.fingerprint) == (False, host_key(file_in(tmp_path)).get_fingerprint())
    file_in(tmp_path).chmod(0o640)
    async with make_app([FakeAccounts.manifest, "ssh"], folder=tmp_path, serving=True) as app:
        assert "can be read by others" in app.failures[0].cause
        status = await app.operations.run("ssh.status", {}, app.call(actor("admin"), "test"))
        assert status.fingerprint is None


async def test_without_its_library_the_site_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    log = io.StringIO()
    monkeypatch.setattr("newel_ssh.plugin.find_spec", lambda name: None)
    async with make_app([FakeAccounts.manifest, "ssh"], serving=True, log=log) as app:
        assert app.ready()
    assert "pip install 'newel[ssh]'" in log.getvalue()


async def test_a_client_that_knows_the_key_is_content_after_a_restart(tmp_path: Path, make_site: MakeSite) -> None:
    site = await make_site(tmp_path)
    key = (await site.connect(site.knows(actor("admin")))).get_server_host_key()
    assert key is not None
    again = await make_site(tmp_path)
    again.knows(actor("admin"))
    known = f"[127.0.0.1]:{again.port} {key.export_public_key().decode()}"
    async with asyncssh.connect(
        "127.0.0.1", again.port, username="newel", client_keys=[key_of("admin")], config=None, agent_path=None,
        known_hosts=asyncssh.import_known_hosts(known),
    ) as connection:  # fmt: skip
        assert (await connection.run("help")).exit_status == 0
