"""``newel plugins new``: a complete package with tests that pass: ``contrib/plugin_template``, renamed."""

from __future__ import annotations

import keyword
import re
import shutil
from importlib.util import find_spec
from pathlib import Path

from newel.discover import from_entry_points, readable
from newel.errors import Conflict, Reject

NAME = re.compile(r"[a-z](?:_?[a-z0-9]+)*")
LONGEST = 30
RESERVED = {
    "newel", "plugin", "plugins", "log", "releases", "serve", "init", "check", "doctor", "version", "completion", "man",
    "config", "test", "tests",
}  # fmt: skip
"""Sections and commands of the kernel's own, and what cannot be told from them."""
_WORD = re.compile(r"newel-sketch|sketch|SKETCH")
_LEFT_OUT = shutil.ignore_patterns("__pycache__", ".*_cache", ".venv", "dist", "*.egg-info")


def template() -> Path:
    """The folder that is copied: in the wheel, or in a checkout."""
    shipped = Path(__file__).with_name("plugin_template")
    return shipped if shipped.is_dir() else Path(__file__).parents[2] / "contrib" / "plugin_template"


def write_plugin(name: str, into: Path) -> Path:
    """Writes the package and answers its folder. Raises ``Reject`` for a bad name, ``Conflict`` where it exists."""
    check_name(name)
    folder = into / f"newel-{name.replace('_', '-')}"
    if folder.exists():
        raise Conflict(f"{folder} exists already")
    try:
        shutil.copytree(template(), folder, ignore=_LEFT_OUT)
        for path in sorted(folder.rglob("*"), reverse=True):  # what is deepest first, since folders are renamed too
            if path.is_file():
                path.write_text(renamed(path.read_text("utf-8"), name), "utf-8")
            if "sketch" in path.name:
                path.rename(path.with_name(renamed(path.name, name)))
    except OSError as error:
        raise Conflict(f"cannot write {folder}: {error.strerror}") from None
    return folder


def renamed(text: str, name: str) -> str:
    """The template's text, about another plugin."""
    words = {"newel-sketch": f"newel-{name.replace('_', '-')}", "sketch": name, "SKETCH": name.upper()}
    return _WORD.sub(lambda match: words[match[0]], text)


def check_name(name: str) -> None:
    """Raises ``Reject`` for what is no name of a new plugin."""
    if not NAME.fullmatch(name):
        raise Reject(f"'{name}' is no plugin name: lower-case letters, digits and single _, from a letter on")
    if len(name) > LONGEST:
        raise Reject(f"'{name}' is too long: {LONGEST} characters at most, since its tables begin with it")
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        raise Reject(f"'{name}' is a word of Python's: choose another name")
    if name in RESERVED:
        raise Reject(f"'{name}' is a word of Newel's own: choose another name")
    ours = [one for one in from_entry_points() if one.builtin]
    if name in {one.name for one in ours}:
        raise Reject(f"'{name}' is a plugin that ships with Newel: choose another name")
    for manifest in readable(ours):
        if name in manifest.commands or name in manifest.sections:
            raise Reject(f"'{name}' is a command or a section of the plugin '{manifest.name}': choose another name")
    if find_spec(f"newel_{name}") is not None:
        raise Reject(f"the package newel_{name} is installed already: choose another name")
