"""The parts of a release that need no network: ``release.py prepare VERSION | check TAG | notes | sums``."""

from __future__ import annotations

import datetime
import hashlib
import re
import sys
import tomllib
from pathlib import Path

from changes import FOLDER, KINDS, fragments
from packaging.version import InvalidVersion, Version

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"
CHANGELOG = ROOT / "CHANGELOG.md"
PROJECT = ROOT / "pyproject.toml"
VERSIONS = ROOT / "kernel/newel/versions.py"
CHART = ROOT / "contrib/helm/newel/Chart.yaml"
SAID = {
    PROJECT: ['version = "{}"'], VERSIONS: ['VERSION = "{}"'], CHART: ["version: {}", "appVersion: {}"],
}  # fmt: skip
"""The lines that say the version; of the chart's ``appVersion`` the image is pulled."""
UNRELEASED = "## [Unreleased]\n"


def version() -> str:
    text: str = tomllib.loads(PROJECT.read_text("utf-8"))["project"]["version"]
    return text


def gathered(changelog: str, number: str, day: str, found: dict[str, list[str]]) -> str:
    """The changelog with the fragments as the section of a version; what stood under Unreleased goes there, too.

    Raises ``ValueError`` where there is nothing to tell, or the version is there already.
    """
    if f"## [{number}]" in changelog:
        raise ValueError(f"CHANGELOG.md has {number} already")
    head, mark, rest = changelog.partition(UNRELEASED)
    if not mark:
        raise ValueError("CHANGELOG.md has no section Unreleased")
    waiting = re.split(r"(?m)^(?=## \[)", rest, maxsplit=1)[0]
    older = rest.removeprefix(waiting)
    sections = dict(re.findall(r"(?ms)^### (\w+)\n\n(.*?)(?=^### |\Z)", waiting))
    for kind, paragraphs in found.items():
        if paragraphs:
            lines = "\n".join(f"- {paragraph}" for paragraph in paragraphs)
            sections[KINDS[kind]] = "\n".join(filter(None, [sections.get(KINDS[kind], "").strip(), lines]))
    if not sections:
        raise ValueError("there is nothing to tell: docs/changes is empty")
    body = "".join(f"### {name}\n\n{text.strip()}\n\n" for name, text in sections.items())
    return f"{head}{mark}\n## [{number}] - {day}\n\n{body}{older}"


def section(changelog: str, number: str) -> str:
    """What the changelog says of a version. ``ValueError`` where it says nothing."""
    match = re.search(rf"(?ms)^## \[{re.escape(number)}\][^\n]*\n(.*?)(?=^## \[|\Z)", changelog)
    if match is None or not match[1].strip():
        raise ValueError(f"CHANGELOG.md says nothing of {number}: ./just release-prepare {number}")
    return match[1].strip() + "\n"


def prepare(text: str) -> None:
    number = str(Version(text))
    if Version(number) < Version(version()):
        raise ValueError(f"{number} is before {version()}")
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    # All is known before anything is written.
    written = {CHANGELOG: gathered(CHANGELOG.read_text("utf-8"), number, today, fragments())}
    for file, lines in SAID.items():
        written[file] = file.read_text("utf-8")
        for line in lines:
            pattern = re.escape(line).replace(r"\{\}", r"[^\"\n]*")
            written[file], found = re.subn(rf"(?m)^{pattern}$", line.format(number), written[file], count=1)
            if not found:
                raise ValueError(f"{file.relative_to(ROOT)} has no line {line}")
    for file, told in written.items():
        file.write_text(told, "utf-8")
    for file in FOLDER.glob("*.md"):
        if file.name != "README.md":
            file.unlink()


def check(tag: str) -> None:
    if tag != f"v{version()}":
        raise ValueError(f"the tag is {tag or 'none'}, the version of pyproject.toml is {version()}")
    for file, lines in SAID.items():
        found = file.read_text("utf-8").splitlines()
        if not all(line.format(version()) in found for line in lines):
            raise ValueError(f"{file.relative_to(ROOT)} says another version than {version()}")
    section(CHANGELOG.read_text("utf-8"), version())


def notes() -> None:
    DIST.mkdir(exist_ok=True)
    (DIST / "NOTES.md").write_text(section(CHANGELOG.read_text("utf-8"), version()), "utf-8")


def sums(folder: Path = DIST) -> None:
    """Sums of all files but signatures, as ``sha256sum --check`` reads them."""
    files = sorted(file for file in folder.iterdir() if file.is_file() and not file.name.endswith(".sigstore.json"))
    lines = [
        f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files if file.name != "SHA256SUMS"
    ]
    if not lines:
        raise ValueError("dist/ is empty: ./just dist")
    (folder / "SHA256SUMS").write_text("".join(lines))


def main() -> int:
    act, *arguments = sys.argv[1:]
    acts = {"prepare": prepare, "check": check, "notes": notes, "sums": sums}
    try:
        acts[act](*arguments)
    except (ValueError, InvalidVersion) as error:
        print(f"release {act}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
