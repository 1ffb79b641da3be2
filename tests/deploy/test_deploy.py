"""Deployments over ssh to a real sshd, with wheels of a made-up Newel. `just deploy-try` takes the real one."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from newel_deploy.bundle import Bundle
from newel_deploy.far.errors import Stop
from newel_deploy.far.install import receive
from tests.deploy.conftest import Server, until


def test_a_version_comes_up_the_next_takes_its_place_and_there_is_a_way_back(server: Server) -> None:
    code, said = server.run("plan", "--wheel", str(server.wheel("1.0")))
    assert code == 0, said
    assert "now nothing" in said
    assert not (server.root / "newel/releases").exists()
    code, said = server.deploy(server.wheel("1.0"))
    assert (code, server.version()) == (0, "1.0"), said
    server.write("kept")

    code, said = server.deploy(server.wheel("2.0", schema=2))
    assert (code, server.version()) == (0, "2.0"), said
    assert server.answers("/rows") == ["kept"]
    present = server.place.record(server.place.current() or "")
    assert (present["version"], present["snapshot"]) == ("2.0", "0")
    # The old version has made the backup, when nobody could write any more, before the new one changed the tables.
    calls = (server.place.site / "calls.log").read_text().splitlines()
    assert calls[-6:] == [
        "2.0 check", "2.0 migrate status --json", "1.0 backup run --to local --json", "2.0 migrate up", "2.0 doctor",
        "2.0 serve",
    ]  # fmt: skip

    code, said = server.run("rollback")
    assert (code, server.version()) == (3, "2.0"), said
    assert "--restore" in said
    code, said = server.run("rollback", "--restore")
    assert (code, server.version()) == (0, "1.0"), said
    assert server.answers("/rows") == ["kept"]
    code, said = server.run("status")
    assert code == 0
    assert "release   1.0-" in said
    assert "service   running" in said
    assert server.results() == ["done", "done", "rolled back", "done"]


@pytest.mark.parametrize("schema", [1, 2])
def test_a_version_that_does_not_start_is_taken_back(unchanged: Server, schema: int) -> None:
    """With its tables, where the former version would not read them: they come from the backup."""
    code, said = unchanged.deploy(unchanged.wheel("2.0", schema=schema, fault="serve"))
    assert code == 3, said
    assert ("restoring the backup" in said) is (schema == 2)
    assert unchanged.results()[-1] == "rolled back"


def test_what_fails_before_anything_is_touched_leaves_the_site_running(unchanged: Server) -> None:
    """A check of the new version, or the backup: without one it does not go on."""
    process = unchanged.place.root / "run/newel.pid"
    before = process.read_text()
    code, said = unchanged.deploy(unchanged.wheel("2.1", fault="doctor"))
    assert (code, process.read_text()) == (1, before), said
    assert "made to fail at doctor" in said
    full = unchanged.place.site / "full"
    full.touch()
    code, said = unchanged.deploy(unchanged.wheel("2.2"))
    full.unlink()
    assert (code, process.read_text()) == (1, before), said
    assert "made to fail at backup" in said
    assert unchanged.results()[-2:] == ["refused", "refused"]


def test_one_that_is_killed_while_it_migrates_is_taken_back_by_the_next(unchanged: Server) -> None:
    """And while it runs, or a program that it has left, nobody else may begin."""
    wheel = unchanged.wheel("2.4", schema=2, fault="hang migrate up")
    with unchanged.begin("deploy", "--wheel", str(wheel)) as killed:
        hanging = _hangs(unchanged)
        code, said = unchanged.run("prune")
        assert code == 4, said
        assert "another deployment is under way here: process" in said
        _kill(_far(unchanged))
        code, said = unchanged.run("rollback")
        assert code == 4, said
        _kill(hanging)
        killed.communicate(timeout=20)
    code, said = unchanged.run("prune")
    assert code == 0, said
    assert "was killed at 'migrate'" in said
    assert "restoring the backup" in said
    assert unchanged.results()[-1] == "rolled back"


def test_one_that_is_killed_after_the_switch_is_taken_back_by_the_next(unchanged: Server) -> None:
    with unchanged.begin("deploy", "--wheel", str(unchanged.wheel("2.5", fault="unready"))) as killed:
        until(lambda: (unchanged.place.journal() or {}).get("stage") == "start")
        _kill(_far(unchanged))
        killed.communicate(timeout=20)
    code, said = unchanged.run("prune")
    assert code == 0, said
    assert "rolled back: 1.0" in said


def test_one_whose_client_is_gone_ends_by_itself(unchanged: Server) -> None:
    """Before anything was touched it leaves nothing behind."""
    with unchanged.begin("deploy", "--wheel", str(unchanged.wheel("2.6", fault="hang check"))) as client:
        hanging = _hangs(unchanged)
        os.killpg(client.pid, signal.SIGKILL)
    before = len(unchanged.results())
    _kill(hanging)
    until(lambda: len(unchanged.results()) > before)
    assert unchanged.results()[-1] == "refused"
    until(lambda: not list(unchanged.place.releases.glob("2.6-*")))


def test_a_first_version_that_does_not_answer_leaves_nothing_running(server: Server) -> None:
    assert server.run("rollback")[0] == 5
    code, said = server.deploy(server.wheel("1.0", fault="unready"), attempts="2")
    assert code == 3, said
    assert server.place.current() is None
    assert not (server.place.root / "run/newel.pid").exists()


def test_a_server_whose_key_is_not_known_is_not_spoken_to(server: Server) -> None:
    empty = server.root / "nobody"
    empty.touch()
    code, said = server.deploy(server.wheel("1.0"), known_hosts=str(empty))
    assert code == 255
    assert "Host key verification failed" in said
    assert not (server.root / "newel/releases").exists()


def test_what_arrives_changed_is_refused(running: Server, tmp_path: Path) -> None:
    """The announced hash is that of another file."""
    bundle = Bundle(running.wheel("2.7"), running.root / "lock")
    changed = tmp_path / "changed"
    changed.write_bytes(b"".join(bundle.pieces()).replace(b"2.7", b"2.8"))
    with changed.open("rb") as stream, pytest.raises(Stop, match="arrived changed"):
        receive(stream, bundle.files, tmp_path / "into")
    with changed.open("rb") as stream, pytest.raises(Stop, match="ended in the middle"):
        receive(stream, [{**bundle.files[0], "size": 10**9}], tmp_path / "again")


def _far(server: Server) -> int:
    """The process on the server that does the deployment."""
    return int((server.place.root / "deploy.lock").read_text().split()[1].rstrip(","))


def _hangs(server: Server) -> int:
    """The process of ``newel`` that hangs."""
    path = server.place.site / "hanging"
    until(lambda: path.exists() and bool(path.read_text()))
    process = int(path.read_text())
    path.unlink()
    return process


def _kill(process: int) -> None:
    os.kill(process, signal.SIGKILL)
