"""Search the files of the repository for secrets: ``secrets_check.py FOLDER_OF_PROGRAMS [--accept | FILE ...]``.

What .secrets.baseline has is known: made-up secrets of tests and of examples. ``--accept`` writes it anew.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BASELINE = ROOT / ".secrets.baseline"
LEFT_OUT = (".lock", ".cast", ".baseline", "package-lock.json", ".png", ".webp")
"""Hashes and pictures: all entropy and no secret."""


def files() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],  # noqa: S607 - git, wherever it is
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [name for name in listed.stdout.splitlines() if not name.endswith(LEFT_OUT) and (ROOT / name).is_file()]


def main() -> int:
    programs, *named = sys.argv[1:]
    if named == ["--accept"]:
        scanned = subprocess.run(  # noqa: S603 - a program of ours
            [f"{programs}/detect-secrets", "scan", *files()], cwd=ROOT, capture_output=True, text=True, check=True
        )
        found = json.loads(scanned.stdout)
        del found["generated_at"]  # else each run differs
        BASELINE.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")
        return 0
    # The hook moves line numbers in the baseline that it is given: it gets a copy.
    known = json.loads(BASELINE.read_text()) | {"generated_at": "2026-01-01T00:00:00Z"}
    copy = ROOT / ".cache" / "secrets.baseline"
    copy.parent.mkdir(exist_ok=True)
    copy.write_text(json.dumps(known))
    hook = [f"{programs}/detect-secrets-hook", "--baseline", str(copy), *(named or files())]
    code = subprocess.run(hook, cwd=ROOT, check=False).returncode  # noqa: S603 - a program of ours
    return 0 if code == 3 else code  # 3: only lines have moved


if __name__ == "__main__":
    sys.exit(main())
