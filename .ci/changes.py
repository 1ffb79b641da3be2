"""Print what the next release will say: the fragments of docs/changes, by kind."""

from __future__ import annotations

import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "changes"
KINDS = {
    "break": "Breaking",
    "feature": "Added",
    "fix": "Fixed",
    "doc": "Documentation",
    "misc": "Other",
}


def fragments() -> dict[str, list[str]]:
    """The paragraphs of the fragments, by kind, in the order of their numbers. An unknown kind is a ``ValueError``."""
    found: dict[str, list[str]] = {kind: [] for kind in KINDS}
    files = [file for file in FOLDER.glob("*.md") if file.name != "README.md"]
    for file in sorted(files, key=lambda file: (int(file.name.partition(".")[0]), file.name)):
        kind = file.name.split(".")[1]
        if kind not in found:
            raise ValueError(f"{file.name}: there is no kind {kind!r}")
        paragraphs = file.read_text("utf-8").strip().split("\n\n")
        found[kind] += [" ".join(paragraph.removeprefix("- ").split()) for paragraph in paragraphs]
    return found


def main() -> int:
    for kind, paragraphs in fragments().items():
        if paragraphs:
            print(f"### {KINDS[kind]}\n")
            print("\n".join(f"- {paragraph}" for paragraph in paragraphs), end="\n\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
