"""Which trees there are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from newel.errors import BootError
from newel.hooks.files import register_file_trees

if TYPE_CHECKING:
    from newel.app import App
    from newel.contracts.files import FileTree

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


def trees_of(app: App) -> Mapping[str, FileTree]:
    """The trees by name. Raises ``BootError`` where two have one name, or a name is none."""
    found: dict[str, FileTree] = {}
    for plugin, tree in app.collected(register_file_trees):
        if not _NAME.fullmatch(tree.name):
            raise BootError(
                f"the plugin '{plugin}' brings a tree of files called '{tree.name}': that is no name for one"
            )
        if tree.name in found:
            raise BootError(f"two plugins bring a tree of files called '{tree.name}', one of them is '{plugin}'")
        found[tree.name] = tree
    return found
