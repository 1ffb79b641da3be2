"""A run without some plugins: ``NEWEL_TEST_WITHOUT=audit,demo pytest`` shows that everything else does without them.

Their packages cannot be imported, and ``make_app`` leaves their names out. Folders of tests that are called like one of
them are not collected, tests marked ``needs_plugin("audit")`` are deselected; the head of the report says so.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import Any

import pytest

from newel.testing.off import VARIABLE


class Without(MetaPathFinder):
    """Refuses the packages of some plugins. An import of one fails the run, even where the error was caught."""

    def __init__(self, names: frozenset[str]) -> None:
        self._names = names
        self._packages = {f"newel_{name}" for name in names}
        self._imported: set[str] = set()

    def find_spec(self, fullname: str, path: Sequence[str] | None = None, target: Any = None) -> None:
        if fullname.partition(".")[0] in self._packages:
            self._imported.add(fullname)
            raise ImportError(f"{fullname} is imported in a run without it ({VARIABLE})", name=fullname)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        self._imported |= self._loaded()
        sys.meta_path.insert(0, self)

    def _loaded(self) -> set[str]:
        return {name for name in sys.modules if name.partition(".")[0] in self._packages}

    def pytest_report_header(self) -> str:
        names = ", ".join(sorted(self._names))
        return f"without the plugins: {names} (their folders, and tests marked needs_plugin, are left out)"

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        return True if collection_path.is_dir() and collection_path.name in self._names else None

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        out = [item for item in items if any(self._names & {*mark.args} for mark in item.iter_markers("needs_plugin"))]
        if out:
            config.hook.pytest_deselected(items=out)
            items[:] = [item for item in items if item not in out]

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        sys.meta_path.remove(self)
        self._imported |= self._loaded()
        if self._imported:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for name in sorted(self._imported):
            terminalreporter.line(f"ERROR imported in a run without it: {name}")
