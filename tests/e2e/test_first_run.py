"""An empty folder, one command, and the site is there; and what goes wrong at the start is told in a line."""

from __future__ import annotations

import json
import socket
import stat
from pathlib import Path

import pytest
from tests.support import free_port, newel, request, running

pytestmark = pytest.mark.slow


def test_serve_in_an_empty_folder(tmp_path: Path) -> None:
    with running(tmp_path) as site:
        told = "\n".join(site.lines)
        assert "/api/docs" in told
        assert "admin@" in told
        assert site.token
        assert (tmp_path / "newel.toml").is_file()
        assert (tmp_path / "data" / "newel.db").is_file()
        assert request("GET", f"{site.url}/livez").status == 200
        assert request("GET", f"{site.url}/readyz").status == 200
        assert site.api("GET", "/auth/me").status == 200
        assert site.stop() == 0
    with running(tmp_path, token=site.token) as again:
        assert "admin@" not in "\n".join(again.lines)
        assert again.api("GET", "/auth/me").status == 200


def test_what_is_kept_secret_is_not_readable_by_others(tmp_path: Path) -> None:
    with running(tmp_path) as site:
        mode = stat.S_IMODE((tmp_path / "data" / "newel.db").stat().st_mode)
        assert mode & 0o077 == 0, oct(mode)
        assert site.stop() == 0


def test_the_demonstration(tmp_path: Path) -> None:
    with running(tmp_path, "--demo") as site:
        home = site.api("GET", "/delivery/pages", anonymous=True).json()
        assert home["data"]["title"] == "Stairwell"
        german = site.api("GET", "/delivery/pages?locale=de", anonymous=True).json()
        assert german["data"]["title"] == "Treppenhaus"
        assert site.api("GET", "/delivery/pages/about/team", anonymous=True).json()["data"]["title"] == "Team"
        posts = site.api("GET", "/delivery/post?sort=-date&expand=author&limit=2", anonymous=True).json()
        assert [post["data"]["date"] for post in posts["data"]] == ["2026-07-15", "2026-06-07"]
        assert posts["data"][0]["data"]["author"]["data"]["name"] == "Tomasz Wilk"
        assert site.stop() == 0
    with running(tmp_path, "--demo", token=site.token) as again:
        assert len(again.api("GET", "/delivery/post", anonymous=True).json()["data"]) == 5


def test_init_keeps_what_is_there(tmp_path: Path) -> None:
    assert newel("init", "--yes", folder=tmp_path).returncode == 0
    (tmp_path / "newel.toml").write_text("[http]\nport = 1234\n", "utf-8")
    assert "kept" in newel("init", folder=tmp_path).stdout
    assert (tmp_path / "newel.toml").read_text("utf-8") == "[http]\nport = 1234\n"


@pytest.mark.parametrize(
    "signs", ["[http\n", "[http]\nprot = 1\n", '[http]\nport = "x"\n', '[plugins]\ndisable = ["accounts"]\n']
)
def test_a_bad_configuration_is_told_and_nothing_is_written(tmp_path: Path, signs: str) -> None:
    (tmp_path / "newel.toml").write_text(signs, "utf-8")
    ended = newel("serve", folder=tmp_path)
    assert ended.returncode == 1
    assert ended.stderr.startswith("newel: ")
    assert "Traceback" not in ended.stderr + ended.stdout
    assert not (tmp_path / "data" / "newel.db").exists()


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        ended = newel("--set", f"http.port={port}", "serve", folder=tmp_path)
    assert ended.returncode == 1
    assert f"{port}" in ended.stderr
    assert "in use" in ended.stderr
    assert "Traceback" not in ended.stderr + ended.stdout


def test_a_data_folder_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be", "utf-8")
    ended = newel("serve", folder=tmp_path)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr + ended.stdout
    assert (tmp_path / "data").read_text("utf-8") == "a file where the folder should be"


def test_a_database_that_is_none(tmp_path: Path) -> None:
    newel("init", folder=tmp_path)
    wrong = b"this is not a database, it only has its name" * 200
    (tmp_path / "data" / "newel.db").write_bytes(wrong)
    ended = newel("serve", folder=tmp_path)
    assert ended.returncode == 1
    assert "newel.db" in ended.stderr
    assert "Traceback" not in ended.stderr + ended.stdout
    assert (tmp_path / "data" / "newel.db").read_bytes() == wrong


def test_commands_of_operations(tmp_path: Path) -> None:
    port = free_port()
    toml = f"[http]\nport = {port}\n"
    (tmp_path / "newel.toml").write_text(toml, "utf-8")
    made = newel(
        "types",
        "create",
        "--name",
        "note",
        "--fields",
        '[{"name": "title", "type": "text"}]',
        "--json",
        folder=tmp_path,
    )
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["name"] == "note"
    (tmp_path / "note.json").write_text('{"title": "Hello"}', "utf-8")
    entry = newel("content", "create", "note", "--data", f"@{tmp_path}/note.json", "--json", folder=tmp_path)
    assert entry.returncode == 0, entry.stderr
    identity = json.loads(entry.stdout)["id"]
    shown = newel("content", "get", "note", identity, folder=tmp_path)
    assert "Hello" in shown.stdout
    for arguments, code in (
        (("content", "get", "note", "01ARZ3NDEKTSV4RRFFQ69G5FAV"), 5),
        (("content", "create", "note", "--data", '{"titel": 1}'), 2),
        (("types", "create", "--name", "note"), 4),
        (("content", "nothing"), 2),
        (("nothing",), 2),
    ):
        ended = newel(*arguments, folder=tmp_path)
        assert ended.returncode == code, (arguments, ended.stdout, ended.stderr)
        assert "Traceback" not in ended.stderr
