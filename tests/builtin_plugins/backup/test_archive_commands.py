"""``newel backup export|import``: to a file or a pipe, and back to a site."""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.builtin_plugins.backup import archives
from tests.builtin_plugins.backup.restored import backed_up, made, titles, working
from tests.builtin_plugins.backup.treesite import Site

from newel.cli import run
from newel.testing import run_command

pytestmark = pytest.mark.engines("sqlite")  # about commands and files


async def filled(site: Site) -> None:
    await site.filled(2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = made(tmp_path / "site")
    working(folder, filled)
    return folder


def piped(monkeypatch: pytest.MonkeyPatch, data: bytes = b"") -> Callable[[], bytes]:
    """Standard input with these bytes; answers what comes to standard output, which cannot be sought in."""
    out = io.BytesIO()
    out.seekable = lambda: False  # type: ignore[method-assign]  # as a pipe
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    text = io.TextIOWrapper(out, write_through=True)
    monkeypatch.setattr(sys, "stdout", text)
    return lambda: (text.flush(), out.getvalue())[1]  # text is held: what is collected closes out


def test_a_site_moves_to_another_folder_in_one_file(folder: Path, tmp_path: Path) -> None:
    """Exported while it stands, imported on a new machine, restored there."""
    file = tmp_path / "site.zip"
    told = run_command("backup", "export", str(file), "--json", site=folder).ok().json()
    assert (told["file"], told["missing"]) == (str(file), 0)
    assert file.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".")] == []
    again = run_command("backup", "export", str(file), site=folder)
    assert (again.code, "is there already" in again.err) == (4, True)
    other = made(tmp_path / "other")
    looked = run_command("backup", "import", str(file), "--dry-run", "--json", site=other).ok().json()
    assert (looked["id"], looked["rows"], looked["next"]) == (told["id"], told["rows"], "")
    assert not (other / "backups").exists()
    came = run_command("backup", "import", str(file), site=other).ok()
    assert f"next: newel backup restore {told['id']} --target local" in came.out
    assert "imported" in run_command("backup", "list", site=other).ok().out
    plan = run_command("backup", "restore", told["id"], "--dry-run", site=other).ok()
    assert "imported from a file, which nobody signs" in plan.out
    run_command("backup", "restore", told["id"], "--target", "local", "--yes", site=other).ok()
    assert working(other, titles) == working(folder, titles)


def test_a_snapshot_goes_through_a_pipe(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = backed_up(folder)
    with monkeypatch.context() as patch:
        out = piped(patch)
        assert run(["--site", str(folder), "backup", "export", "-", "--from", taken]) == 0
    with zipfile.ZipFile(io.BytesIO(out())) as archive:
        assert archive.testzip() is None
    other = made(tmp_path / "other")
    with monkeypatch.context() as patch:
        told = piped(patch, out())
        assert run(["--site", str(other), "backup", "import", "-", "--json"]) == 0
    assert taken in told().decode()
    assert run_command("backup", "show", taken, site=other).ok()


def test_what_goes_wrong_is_one_line(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*arguments: str) -> tuple[int, str]:
        ended = run_command("backup", *arguments, site=folder)
        assert "Traceback" not in ended.err
        assert len(ended.err.strip().splitlines()) == 1, ended.err
        return ended.code, ended.err

    bad = tmp_path / "bad.zip"
    bad.write_bytes(b"PK")
    assert "no ZIP archive" in fails("import", str(bad))[1]
    assert "cannot read" in fails("import", str(tmp_path / "none.zip"))[1]
    assert "cannot read" in fails("import", str(tmp_path))[1]
    assert "there is no target 'nowhere'" in fails("import", str(bad), "--target", "nowhere")[1]
    assert "cannot be written" in fails("export", str(tmp_path / "no" / "site.zip"))[1]
    assert "newel backup init" in fails("export", str(tmp_path / "site.zip"), "--from", "latest")[1]
    backed_up(folder)
    assert "there is no snapshot" in fails("export", str(tmp_path / "site.zip"), "--from", "01XX")[1]
    assert not (tmp_path / "site.zip").exists()
    good = tmp_path / "good.zip"
    good.write_bytes(archives.zipped(archives.entries(missing=["a/b"], missing_count=1)))
    ended = run_command("backup", "import", str(good), site=folder)
    assert (ended.code, "1 files are missing" in ended.err) == (3, True)
    assert "is there already" in fails("import", str(good))[1]


def test_a_terminal_gets_no_archive(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    assert run(["--site", str(folder), "backup", "export", "-"]) == 2
    assert "is a terminal" in capsys.readouterr().err


def test_help_says_that_it_is_not_encrypted(folder: Path) -> None:
    assert "NOT encrypted" in run_command("backup", "export", "--help", site=folder).ok().out
