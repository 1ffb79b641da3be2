"""The right to examine the store of files."""

from __future__ import annotations

from newel import Permission

STORAGE_CHECK = Permission("storage.check", "Try everything that Newel does with the store of files")
