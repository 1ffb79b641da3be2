"""``newel doctor``: says what is wrong with a site and what to do, whatever is wrong with it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from tests.support import HASH

from newel.cli import run
from newel.doctor import machine
from newel.doctor.examining import NAMES
from newel.doctor.folder import permissions, repair
from newel.doctor.model import Case

Doctor = Callable[..., tuple[int, dict[str, dict[str, Any]]]]
OFF = "--set", "plugins.disable=ssh,lua,images,media,demo"
"""What takes long to import and says nothing here."""


@pytest.fixture(scope="session")
def started(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site that has been started once."""
    folder = tmp_path_factory.mktemp("started")
    assert run(["--site", str(folder), "init"]) == 0
    assert run(["--site", str(folder), *HASH, "--set", "plugins.disable=media,ssh", "site", "overview"]) == 0
    return folder


@pytest.fixture
def site(started: Path, tmp_path: Path) -> Path:
    """A copy, private as the original."""
    return shutil.copytree(started, tmp_path / "site", dirs_exist_ok=True)


@pytest.fixture
def doctor(site: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Doctor]:
    def ask(*options: str, before: tuple[str, ...] = ()) -> tuple[int, dict[str, dict[str, Any]]]:
        capsys.readouterr()
        code = run(["--site", str(site), *OFF, *PORTS, *before, "doctor", "--json", *options])
        return code, {one["name"]: one for one in json.loads(capsys.readouterr().out)["checks"]}

    mask = os.umask(0o022)
    yield ask
    os.umask(mask)


PORTS = ("--set", "http.port=0")


def write(site: Path, text: str) -> None:
    (site / "newel.toml").write_text(text, "utf-8")


def test_a_site_that_is_well_but_for_its_backups(doctor: Doctor, site: Path) -> None:
    before = {one: one.stat().st_mtime_ns for one in site.rglob("*.toml")}
    code, found = doctor()
    wrong = {name: one["state"] for name, one in found.items() if one["state"] != "ok"}
    assert (code, wrong) == (3, {"backup.standing": "warning"})
    assert {"db.answers", "migrations.applied", "storage.writable", "site.clock", "http.port"} <= found.keys()
    assert set(NAMES) <= found.keys()
    assert {one: one.stat().st_mtime_ns for one in site.rglob("*.toml")} == before


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[http\n", "newel.toml is not valid TOML"),
        ("[http]\nprot = 1\n", "did you mean 'port'?"),
        ('[plugins]\nenable = ["nobody"]\n', "there is no plugin 'nobody'"),
        ('[database]\nurl = "oracle://x"\n', "no plugin knows the scheme 'oracle'"),
    ],
)
def test_a_configuration_that_is_wrong_is_a_finding(doctor: Doctor, site: Path, text: str, told: str) -> None:
    write(site, text)
    code, found = doctor()
    assert code == 1
    assert told in found["newel.configuration"]["detail"]
    assert "newel check" in found["newel.configuration"]["remedy"]
    assert found["newel.permissions"]["state"] == "ok", "what needs no configuration is looked at all the same"


def test_a_plugin_that_breaks_is_named_with_its_remedy(doctor: Doctor, site: Path) -> None:
    (site / "plugins").mkdir()
    (site / "plugins" / "broken_one.py").write_text("1/0\n", "utf-8")
    code, found = doctor()
    assert code == 3
    assert "'broken_one' at manifest: ZeroDivisionError" in found["newel.plugins"]["detail"]
    assert "newel plugins disable broken_one" in found["newel.plugins"]["remedy"]


def test_a_database_that_is_away(doctor: Doctor, site: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and listens not
        url = f"postgresql://u:geheim@127.0.0.1:{nobody.getsockname()[1]}/x"
        write(site, f'[database]\nurl = "{url}"\n')
        (site / "newel.toml").chmod(0o600)
        code, found = doctor()
    assert code == 1
    assert found["newel.start"]["state"] == "failing"
    assert "checks were not asked" in found["newel.start"]["detail"]
    assert found["http.port"]["state"] == "ok"
    assert "geheim" not in json.dumps(found)


def test_a_database_that_is_not_there_is_not_made(doctor: Doctor, site: Path) -> None:
    for file in (site / "data").glob("newel.db*"):
        file.unlink()
    code, found = doctor()
    assert (code, found["sqlite.file"]["state"]) == (1, "failing")
    assert "not tried" in found["newel.start"]["detail"]
    assert "See sqlite.file" in found["newel.start"]["remedy"]
    assert not list((site / "data").glob("newel.db*"))


def test_a_site_without_users_gets_none(doctor: Doctor, site: Path) -> None:
    """Whose password is told once is made when somebody is told it."""
    with sqlite3.connect(site / "data" / "newel.db") as database:
        database.execute("delete from accounts_users")
    database.close()
    _, found = doctor()
    assert found["newel.start"]["state"] == "ok"
    with sqlite3.connect(site / "data" / "newel.db") as database:
        assert database.execute("select count(*) from accounts_users").fetchone() == (0,)
    database.close()


def test_secrets_that_others_may_read_and_how_they_are_locked(
    doctor: Doctor, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (site / "data" / "newel.db").unlink()  # so that it is not started
    write(site, '[backup.targets.far]\nurl = "file:backups"\npassphrase = "a long passphrase"\n')
    (site / "newel.toml").chmod(0o644)
    (site / "plugins").mkdir()
    (site / "plugins").chmod(0o777)
    code, found = doctor()
    assert (code, found["newel.secrets"]["state"], found["newel.permissions"]["state"]) == (1, "failing", "failing")
    assert "everybody may write plugins" in found["newel.permissions"]["detail"]
    assert f"chmod 600 {site / 'newel.toml'}" in found["newel.secrets"]["remedy"]
    assert "a long passphrase" not in json.dumps(found)

    _, found = doctor("--fix")
    assert (found["newel.secrets"]["state"], found["newel.permissions"]["state"]) == ("ok", "ok")
    assert (site / "newel.toml").stat().st_mode & 0o777 == 0o640
    assert (site / "plugins").stat().st_mode & 0o777 == 0o770


def test_files_that_variables_name(site: Path, doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no secret in newel.toml may be read; the file of a secret may not."""
    (site / "data" / "newel.db").unlink()
    (site / "newel.toml").chmod(0o644)
    assert doctor()[1]["newel.secrets"]["state"] == "ok"
    handed = site / "handed"
    handed.write_text("sqlite:///data/newel.db", "utf-8")
    handed.chmod(0o644)
    write(site, f'[database]\nurl = {{file = "{handed}"}}\n')
    assert str(handed) in doctor()[1]["newel.secrets"]["detail"]
    with monkeypatch.context() as container:  # a mount of its own, such as a secret of compose
        container.setattr(os.path, "ismount", lambda path: Path(path) == handed)
        assert doctor()[1]["newel.secrets"]["state"] == "ok"
    handed.chmod(0o600)
    assert doctor()[1]["newel.secrets"]["state"] == "ok"


def test_a_file_that_a_variable_names_is_looked_for_in_the_site(
    site: Path, doctor: Doctor, monkeypatch: pytest.MonkeyPatch
) -> None:
    (site / "data" / "newel.db").unlink()
    (site / "handed").write_text("sqlite:///data/newel.db", "utf-8")
    (site / "handed").chmod(0o644)
    monkeypatch.setenv("NEWEL__DATABASE__URL_FILE", "handed")
    assert str(site / "handed") in doctor()[1]["newel.secrets"]["detail"]


def test_links_lead_no_repair_out_of_the_site(tmp_path: Path) -> None:
    """Nor does what was put in the place of a file after it was seen."""
    site, outside = tmp_path / "site", tmp_path / "outside"
    for folder in (site, outside, site / "data"):
        folder.mkdir()
        folder.chmod(0o755)
    for file in (outside / "passwd", outside / "other", site / "data" / "x", site / "data" / "y"):
        file.touch()
        file.chmod(0o644)
    (site / "certs").symlink_to(outside)
    case = Case(folder=site)
    assert permissions(case).state == "warning"
    (site / "data" / "x").unlink()
    (site / "data" / "x").symlink_to(outside / "passwd")
    told = repair(case)
    assert {one.stat().st_mode & 0o777 for one in outside.iterdir()} == {0o644}
    assert (site / "data" / "y").stat().st_mode & 0o777 == 0o640
    assert f"left {site / 'data' / 'x'} alone: it is another one by now" in told
    assert f"left {site / 'certs' / 'other'} alone: it is a link to {outside / 'other'}" in told


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_what_is_not_the_site_owners_is_left_to_its_owner(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "x").touch()
    (tmp_path / "data").chmod(0o755)
    (tmp_path / "data" / "x").chmod(0o644)
    os.chown(tmp_path, 65_534, 65_534)
    case = Case(folder=tmp_path)
    permissions(case)
    assert repair(case) == [f"left {tmp_path / 'data' / 'x'} alone: it belongs to root, and the site to nobody"]
    assert (tmp_path / "data" / "x").stat().st_mode & 0o777 == 0o644


def test_other_programs_on_the_port(doctor: Doctor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newel.ports.SECONDS", 0.05)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        code, found = doctor(before=("--set", f"http.port={port}"))
    assert (code, found["http.port"]["state"]) == (1, "failing")
    assert f"sport = :{port}" in found["http.port"]["remedy"]


@pytest.mark.parametrize(
    ("settings", "check", "state"),
    [
        ('host = "0.0.0.0"', "http.exposed", "warning"),
        ('host = "0.0.0.0"\ntrusted_proxies = ["10.0.0.2/32"]', "http.exposed", "ok"),
        ('trusted_proxies = ["0.0.0.0/0"]', "http.proxies", "failing"),
        ('trusted_proxies = ["::/0"]', "http.proxies", "failing"),
        ('trusted_proxies = ["fc00::/7", "10.0.0.0/8"]', "http.proxies", "ok"),
    ],
)
def test_how_open_the_door_is(doctor: Doctor, site: Path, settings: str, check: str, state: str) -> None:
    (site / "data" / "newel.db").unlink()  # so that it is not started
    write(site, f"[http]\n{settings}\n")
    assert doctor()[1][check]["state"] == state


def test_a_host_key_that_others_can_read(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = site / "data" / "ssh" / "host_ed25519"
    key.parent.mkdir(exist_ok=True)
    key.write_text("x", "utf-8")
    key.chmod(0o644)
    (site / "data" / "newel.db").unlink()
    off = ("--set", "plugins.disable=lua,media,images", "--set", "ssh.port=0")
    assert run(["--site", str(site), *PORTS, *off, "doctor"]) == 1
    told = capsys.readouterr().out
    assert "can be read by others" in told
    assert "→ " in told


def test_where_no_site_is_none_is_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--site", str(tmp_path / "empty"), "doctor"]) == 1
    assert "newel.site" in capsys.readouterr().out
    assert not (tmp_path / "empty").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_anothers_site_is_looked_at_and_not_started(doctor: Doctor, site: Path) -> None:
    """Its write-ahead log would be root's afterwards."""
    os.chown(site / "data", 65_534, 65_534)
    code, found = doctor()
    assert (code, found["newel.owner"]["state"], found["newel.start"]["state"]) == (3, "warning", "warning")
    assert "sudo -u nobody newel" in found["newel.owner"]["remedy"]
    assert "db.answers" not in found


def test_libraries_that_are_too_old_or_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    case, known = Case(folder=Path()), metadata.version
    monkeypatch.setattr("newel.doctor.machine.metadata.version", lambda name: "1.0" if name == "click" else known(name))
    assert "click 1.0 is here, and >=8.1.8 is needed" in machine.libraries(case).detail

    def missing(name: str) -> str:
        if name in ("click", "asyncpg"):
            raise metadata.PackageNotFoundError(name)
        return known(name)

    monkeypatch.setattr("newel.doctor.machine.metadata.version", missing)
    assert machine.libraries(case).detail == "click is missing", "what only an extra needs may be missing"


def test_a_clock_that_is_set_or_stands_wrong() -> None:
    now = 2_000_000_000.0
    assert machine.jumped((now, 5.0), (now + 1, 6.0)).state == "ok"
    assert "+60.0 s" in machine.jumped((now, 5.0), (now + 61, 6.0)).detail
    assert machine.jumped((0.0, 5.0), (1.0, 6.0)).state == "failing"
