"""Run the tests of what differs from another branch: ``changed_tests.py BASE [ARGUMENTS OF PYTEST]``.

A test that was changed is run. A plugin's tests are run when something in the plugin was changed, the kernel's (and the
rules of the repository) when something in the kernel was.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parent.parent


def changed(base: str) -> list[str]:
    """The files that differ from where the branch began, committed or not, new ones too."""
    begun = _git("merge-base", base, "HEAD").strip()
    return sorted(
        {*_git("diff", "--name-only", begun).splitlines(), *_git("ls-files", "-o", "--exclude-standard").splitlines()}
    )


def _git(*arguments: str) -> str:
    ended = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603, S607 - git, wherever it is
    if ended.returncode:
        sys.exit(f"git {arguments[0]}: {ended.stderr.strip()}")
    return ended.stdout


def tests_of(files: list[str]) -> list[str]:
    """The files and folders of tests to run for changed files, those that are there."""
    found: set[str] = set()
    for name in files:
        parts = PurePosixPath(name).parts
        if parts[0] == "tests" and parts[-1].startswith("test_"):
            found.add(name)
        elif parts[0] == "tests" and len(parts) > 2:
            found.add(str(PurePosixPath(*parts[:-1])))  # a helper of a folder
        elif parts[0] == "builtin_plugins":
            found |= {f"tests/builtin_plugins/{parts[1].removeprefix('newel_')}", "tests/meta/test_house_rules.py"}
        elif parts[0] == "kernel":
            found |= {"tests/kernel", "tests/meta/test_house_rules.py"}
        elif parts[0] == "lua_plugins":
            found.add("tests/lua_plugins")
        elif parts[0] in {".ci", ".github", "justfile", "pyproject.toml"}:
            found.add("tests/meta/test_recipes.py")
    there = sorted(name for name in found if (ROOT / name).exists())
    return [name for name in there if not any(name.startswith(f"{other}/") for other in there)]


def main() -> int:
    base, *arguments = sys.argv[1:]
    chosen = tests_of(changed(base))
    if not chosen:
        print(f"nothing that differs from {base} has tests")
        return 0
    print("\n".join(chosen), flush=True)
    return subprocess.run([sys.executable, "-m", "pytest", "-q", *arguments, *chosen], cwd=ROOT, check=False).returncode  # noqa: S603 - our own arguments


if __name__ == "__main__":
    sys.exit(main())
