"""Completion in a real shell, and manual pages that a real formatter has nothing to say against."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support import environment

from newel.cli import run

NEWEL = Path(sys.executable).with_name("newel")
OFF = '[plugins]\ndisable = ["media", "lua", "ssh", "images"]\n'


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    (folder / "newel.toml").write_text(OFF, "utf-8")
    return folder


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def completed(capsys: pytest.CaptureFixture[str], site: Path, words: str) -> list[str]:
    """What the last word could become, as bash is told."""
    line = f"newel --site {site} {words}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMP_WORDS", line)
        patch.setenv("COMP_CWORD", str(len(line.split(" ")) - 1))
        patch.setenv("_NEWEL_COMPLETE", "bash_complete")
        assert run() == 0
    return [one.partition(",")[2] for one in capsys.readouterr().out.splitlines()]


def test_words_are_completed(capsys: pytest.CaptureFixture[str], site: Path, home: Path) -> None:
    assert {"serve", "doctor", "content", "backup"} <= set(completed(capsys, site, ""))
    assert completed(capsys, site, "content dup") == ["duplicate"]
    assert completed(capsys, site, "backup key ") == ["add", "list", "new", "remove"]
    assert "--locale" in completed(capsys, site, "content publish post --lo")
    assert completed(capsys, site, "completion z") == ["zsh"]
    assert len(list(home.rglob("*.json"))) == 1


def test_a_key_loads_no_plugin_once_the_commands_are_kept(
    capsys: pytest.CaptureFixture[str], site: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = completed(capsys, site, "content ")
    with monkeypatch.context() as patch:
        patch.setattr("newel.app.App.build", None)
        patch.setattr("newel.cli.site.from_entry_points", None)
        assert completed(capsys, site, "content ") == kept
    os.utime(site / "newel.toml", ns=(1, 1))
    monkeypatch.setattr("newel.app.App.build", None)
    with pytest.raises(TypeError, match="not callable"):
        completed(capsys, site, "content ")


def test_what_is_kept_is_ours_alone(capsys: pytest.CaptureFixture[str], site: Path, home: Path) -> None:
    """Where others may write, nothing is read and nothing is written; what is no list of commands is none."""
    completed(capsys, site, "content dup")
    (kept,) = home.rglob("*.json")
    assert kept.stat().st_mode & 0o777 == 0o600
    state = json.loads(kept.read_text("utf-8"))["state"]
    for odd in ("[" * 50_000, json.dumps({"state": state})):
        kept.write_text(odd, "utf-8")
        assert completed(capsys, site, "backup key li") == ["list"]
    words = {"help": "", "params": [], "commands": {"evil": {"help": "", "params": []}}}
    kept.write_text(json.dumps({"state": state, "root": words}), "utf-8")
    kept.parent.chmod(0o777)
    before = kept.read_bytes()
    assert "evil" not in completed(capsys, site, "ev")
    assert kept.read_bytes() == before


@pytest.mark.parametrize("text", ["[", "[http]\nprot = 1\n"])
def test_a_broken_site_completes_what_is_known_and_says_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, home: Path, text: str
) -> None:
    (tmp_path / "newel.toml").write_text(text, "utf-8")
    assert "doctor" in completed(capsys, tmp_path, "do")
    assert capsys.readouterr().err == ""
    assert not home.exists()


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_itself(site: Path, tmp_path: Path) -> None:
    script = (
        'eval "$(newel completion bash)"; complete -p newel; '
        'COMP_WORDS=(newel --site "$1" content dup); COMP_CWORD=4; _newel_completion newel; echo "${COMPREPLY[@]}"'
    )
    ended = subprocess.run(
        ["bash", "--norc", "-c", script, "bash", str(site)], capture_output=True, text=True, check=True, timeout=60,
        env=environment(PATH=f"{NEWEL.parent}:{os.environ['PATH']}", XDG_CACHE_HOME=str(tmp_path)),
    )  # fmt: skip
    registered, answer = ended.stdout.splitlines()
    assert "_newel_completion newel" in registered
    assert (answer, ended.stderr) == ("duplicate", "")


@pytest.mark.parametrize(
    ("shell", "told"), [("zsh", "#compdef newel"), ("fish", "complete --no-files --command newel")]
)
def test_scripts_of_other_shells(shell: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", shell]) == 0
    assert told in capsys.readouterr().out


def test_the_manual(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert run(["--site", str(site), "man", "--into", str(tmp_path)]) == 0
    pages = {one.name: one.read_text("utf-8") for one in tmp_path.glob("*.1")}
    assert {"newel.1", "newel-serve.1", "newel-content.1", "newel-backup.1", "newel-doctor.1"} <= pages.keys()
    assert '.TH "NEWEL" 1 "2023-11-14"' in pages["newel.1"]
    named = {f"newel-{name}.1" for name in re.findall(r"newel\\-(\S+) \(1\)", pages["newel.1"])}
    assert named == {name.replace("-", "\\-").replace("newel\\-", "newel-", 1) for name in pages} - {"newel.1"}
    for name, text in pages.items():
        assert not re.search(r"[\x00-\x08\x0b-\x1f]", text), name
        assert not [line for line in text.splitlines() if re.match(r"\.(?!TH|SH|SS|TP|PP|BR|B |br|nf|fi)", line)], name
    lint = shutil.which("mandoc")
    if lint is not None:
        ended = subprocess.run([lint, "-Tlint", "-Wwarning", *tmp_path.glob("*.1")], capture_output=True, text=True)
        assert ended.stdout == ""
