"""Hooks of the doors that show files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from newel.spec import collect

if TYPE_CHECKING:
    from newel.contracts.files import FileTree


@collect
def register_file_trees() -> Sequence[FileTree]:  # type: ignore[empty-body]  # a declaration
    """Trees that SFTP and SCP show below ``/``. Two of the same name are refused."""
