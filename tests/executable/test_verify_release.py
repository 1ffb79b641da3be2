"""`verify_release.py`: what was downloaded is what was released."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "contrib/verify_release.py"
# Says yes where the bundle is beside what was signed and says "good".
COSIGN = '#!/bin/sh\nwhile [ "$1" != --bundle ]; do shift; done\ngrep -q good "$2"\n'


@pytest.fixture
def released(tmp_path: Path) -> Path:
    file = tmp_path / "newel-1.0-py3-none-any.whl"
    file.write_bytes(b"a wheel")
    (tmp_path / "SHA256SUMS").write_text(f"{hashlib.sha256(b'a wheel').hexdigest()}  {file.name}\n")
    return file


def verify(file: Path, *arguments: str, path: str = "/nowhere") -> tuple[int, str]:
    ended = subprocess.run(
        [sys.executable, "-I", SCRIPT, file, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": path},
    )
    return ended.returncode, ended.stdout + ended.stderr


def test_sums_and_signature(released: Path, tmp_path: Path) -> None:
    assert verify(released)[0] == 3  # nobody looked at the signature
    (tmp_path / "cosign").write_text(COSIGN)
    (tmp_path / "cosign").chmod(0o755)
    path = f"{tmp_path}:/usr/bin:/bin"
    code, said = verify(released, path=path)
    assert (code, "no SHA256SUMS.sigstore.json" in said) == (1, True), said
    bundle = tmp_path / "SHA256SUMS.sigstore.json"
    bundle.write_text("good")
    assert verify(released, path=path) == (0, "all is as it was released\n")
    bundle.write_text("bad")
    code, said = verify(released, path=path)
    assert (code, "does not hold" in said) == (1, True), said


@pytest.mark.parametrize(
    ("sums", "says"),
    [
        ("", "says nothing of"), ("hello", "is no list of sums"),
        (f"{'0' * 64}  newel-1.0-py3-none-any.whl", "is not what was released"),
    ],
)  # fmt: skip
def test_what_is_not_right_is_said(released: Path, sums: str, says: str) -> None:
    released.with_name("SHA256SUMS").write_text(sums)
    code, said = verify(released)
    assert (code, says in said) == (1, True), said


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    code, said = verify(tmp_path / "nothing.whl")
    assert code == 1
    assert "No such file" in said
    assert "Traceback" not in said
