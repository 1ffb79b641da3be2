"""``newel lua test``: runs the tests of plugins, without a site."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from attrs import asdict

if TYPE_CHECKING:
    from newel_lua.harness import Result

PASSED, FAILED, BROKEN = 0, 1, 2


@click.command("test")
@click.argument("folders", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="PATH...")
@click.option("--filter", "wanted", default="", metavar="TEXT", help="Only tests with this in their names.")
@click.option("--json", "as_json", is_flag=True, help="A line of JSON for each test.")
@click.option("--verbose", "-v", is_flag=True, help="How much each test asserted.")
@click.option("--timeout", default=5.0, type=click.FloatRange(0.1, 300), metavar="SECONDS", help="For each test; 5.")
def test(folders: Sequence[Path], wanted: str, as_json: bool, verbose: bool, timeout: float) -> None:
    """Runs test/*.test.lua of plugins against a site in memory, in which all that they ask for is approved.

    Ends with 0 where all passed, 1 where a test failed, 2 where a plugin does not load.
    """
    code = PASSED
    for folder in folders:
        code = max(code, asyncio.run(_run(folder, wanted, timeout, Printer(as_json, verbose))))
    click.get_current_context().exit(code)


async def _run(folder: Path, wanted: str, seconds: float, printer: Printer) -> int:
    # Imports a whole site; `newel --help` must not.
    from newel_lua.harness import Broken, results

    printer.begin(folder)
    try:
        async for result in results(folder, wanted=wanted, seconds=seconds):
            printer.one(result)
    except Broken as error:
        click.echo(f"error: {error}", err=True)
        return BROKEN
    printer.end()
    return FAILED if printer.failed else PASSED


class Printer:
    """For people, or for programs."""

    def __init__(self, as_json: bool, verbose: bool) -> None:
        self._json = as_json
        self._verbose = verbose
        self._file = ""
        self.passed = self.failed = 0
        self._took = 0.0

    def begin(self, folder: Path) -> None:
        self._say(folder.resolve().name)

    def one(self, result: Result) -> None:
        self._took += result.duration_ms
        self.passed, self.failed = self.passed + result.passed, self.failed + (not result.passed)
        if self._json:
            told = asdict(result)
            told["failures"] = [
                {key: value for key, value in one.items() if value is not None} for one in told["failures"]
            ]
            click.echo(json.dumps(told, ensure_ascii=False))
            return
        if result.file != self._file:
            self._file = result.file
            self._say(f"\n  {result.file}")
        mark, count = ("✓" if result.passed else "✗"), f", {result.assertions} assertions" if self._verbose else ""
        self._say(f"    {mark} {result.test} ({result.duration_ms:.0f} ms{count})")
        for failure in result.failures:
            self._say(f"        test/{result.file}:{failure.line}: {failure.message}")

    def end(self) -> None:
        self._say(f"\n{self.passed} passed, {self.failed} failed ({self._took:.0f} ms)")

    def _say(self, text: str) -> None:
        if not self._json:
            click.echo(text)
