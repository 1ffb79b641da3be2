"""Verifies files of a release: ``python verify_release.py FILE...``, with Python's standard library alone.

The file's SHA-256 must be the one in ``SHA256SUMS`` beside it, and where ``cosign`` is installed, the signature of
``SHA256SUMS`` (``SHA256SUMS.sigstore.json``) must be by the workflow that makes Newel's releases.

Exit code 0: all is well, 1: something is not, 3: the sums are right, but nobody could look at the signature.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

IDENTITY = r"^https://github\.com/newel/newel/\.github/workflows/release\.yml@refs/tags/v[0-9][0-9a-z.]*$"
ISSUER = "https://token.actions.githubusercontent.com"
LINE = re.compile(r"([0-9a-f]{64}) [ *](\S.*)")


def verify(file: Path, sums: Path) -> str:
    """What is wrong with the file, in a line; empty: nothing."""
    known: dict[str, str] = {}
    for line in sums.read_text("utf-8").splitlines():
        match = LINE.fullmatch(line)
        if match is None:
            return f"{sums} is no list of sums: {line[:80]!r}"
        if known.setdefault(match[2], match[1]) != match[1]:
            return f"{sums} has two sums of {match[2]}"
    if file.name not in known:
        return f"{sums} says nothing of {file.name}"
    with file.open("rb") as held:
        found = hashlib.file_digest(held, "sha256").hexdigest()
    return "" if found == known[file.name] else f"{file.name} is not what was released: its SHA-256 is {found}"


def signed(sums: Path, identity: str) -> str | None:
    """What is wrong with the signature of the sums; ``None`` where cosign is not here to look."""
    cosign = shutil.which("cosign")
    if cosign is None:
        return None
    bundle = sums.with_name(sums.name + ".sigstore.json")
    if not bundle.is_file():
        return f"there is no {bundle.name} beside {sums.name}"
    ended = subprocess.run(  # noqa: S603 - no shell
        [cosign, "verify-blob", "--bundle", bundle, "--certificate-identity-regexp", identity,
         "--certificate-oidc-issuer", ISSUER, sums],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return "" if ended.returncode == 0 else f"the signature of {sums.name} does not hold: {ended.stderr.strip()[-300:]}"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--sums", type=Path, help="SHA256SUMS, where it is not beside the file")
    parser.add_argument("--identity", default=IDENTITY, help="who must have signed, as a pattern")
    options = parser.parse_args(arguments)
    faults, lists = [], []
    for file in options.files:
        sums = options.sums or file.with_name("SHA256SUMS")
        lists.append(sums)
        try:
            faults.append(verify(file, sums))
        except OSError as error:
            faults.append(f"{error.filename}: {error.strerror}")
    looked = [signed(sums, options.identity) for sums in dict.fromkeys(lists) if sums.is_file()]
    told = [one for one in [*faults, *looked] if one]
    print(*told, sep="\n", end="\n" if told else "", file=sys.stderr)
    if told:
        return 1
    if None in looked:
        print("the sums are right; for the signature install cosign: who can change a file can change its sum")
        return 3
    print("all is as it was released")
    return 0


if __name__ == "__main__":
    sys.exit(main())
