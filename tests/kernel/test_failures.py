"""Plugins of others that go wrong in less common ways: each is a failure with a stage, never the end of the site."""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from tests.kernel.plugins import plugin, raising

from newel import Manifest, Offer, hookimpl
from newel.app import App
from newel.config import read_layers
from newel.discover import Found, from_folder
from newel.errors import BootError
from newel.hooks.lifecycle import register_commands
from newel.testing import make_app


class Promise: ...


def dropped(folder: Path, code: str, toml: str = "", *, strict: bool = False) -> App:
    """An application with one plugin, ``faulty``, from a folder."""
    (folder / "plugins").mkdir()
    (folder / "plugins" / "faulty.py").write_text("from newel import Manifest\n" + code, "utf-8")
    layers = read_layers(None, {}, toml.split())
    found = from_folder(folder / "plugins")
    return App.build(folder, found, layers, environment={}, strict=strict, log_stream=io.StringIO())


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """The module of the plugin is not kept for the next test."""
    yield
    sys.modules.pop("faulty", None)


MANIFESTS = {
    "raise SystemExit('bye')\n": ("manifest", "SystemExit: bye (faulty.py:2)"),
    "manifest = 7\n": ("manifest", "has no 'manifest = Manifest(...)'"),
    "manifest = Manifest(name='other', summary='x', load='x:X')\n": (
        "manifest",
        "the manifest says 'other', its entry point 'faulty': make them equal",
    ),
    "manifest = Manifest(name='faulty', summary='x', load='x:X', newel='>=9')\n": (
        "manifest",
        "it is made for Newel >=9; this is 0.1.0",
    ),
    "class Log: ...\nmanifest = Manifest(name='faulty', summary='x', load='x:X', sections={'log': Log})\n": (
        "manifest",
        "section [log] is claimed by both newel.log and faulty",
    ),
    "class C: key: 'Nowhere' = 1\nmanifest = Manifest(name='faulty', summary='x', load='x:X', config=C)\n": (
        "config",
        "name 'Nowhere' is not defined",
    ),
    "manifest = Manifest(name='faulty', summary='x', load='faulty:Faulty')\n": (
        "import",
        "AttributeError: module 'faulty' has no attribute 'Faulty'",
    ),
    "manifest = Manifest(name='faulty', summary='x', load='faulty.other:Faulty')\n": (
        "import",
        "ModuleNotFoundError: No module named 'faulty.other'",
    ),
}


@pytest.mark.parametrize("code", MANIFESTS)
def test_what_cannot_be_loaded_is_told_with_its_stage(code: str, tmp_path: Path) -> None:
    stage, cause = MANIFESTS[code]
    app = dropped(tmp_path, code)
    assert [(one.plugin, one.stage) for one in app.failures] == [("faulty", stage)]
    assert cause in app.failures[0].cause
    assert not app.plugins


def test_what_is_offered_by_an_unknown_setting(tmp_path: Path) -> None:
    odd = Manifest(name="odd", summary="x", load="x:X", provides=[Offer(Promise, "odd.url", ("x",))])
    app = App.build(
        tmp_path, [Found("odd", "explicit", False, lambda: odd)], read_layers(None, {}), log_stream=io.StringIO()
    )
    assert [(one.stage, one.cause) for one in app.failures] == [
        ("manifest", "it is offered by the setting 'odd.url', which is in no section of its manifest")
    ]


def test_all_mistakes_in_the_sections_of_those_that_must_run_are_told_at_once(tmp_path: Path) -> None:
    others = [Found(name, "explicit", False, lambda name=name: _sized(name)) for name in ("one", "two")]  # type: ignore[misc]  # bound here
    layers = read_layers(None, {}, ["one.size=x", "two.sice=1"])
    with pytest.raises(BootError) as caught:
        App.build(tmp_path, others, layers, strict=True, log_stream=io.StringIO())
    told = caught.value.detail.splitlines()
    assert [told[0], told[3]] == ["plugin 'one' failed at config", "plugin 'two' failed at config"]
    assert told[1] == "  cause: one.size: expected an integer  (--set one.size)"
    assert "two.sice: there is no 'sice' here; did you mean 'size'?" in told[4]


@frozen(kw_only=True)
class Sized:
    size: int = 1


@frozen(kw_only=True)
class Sized2:
    size: int = 1


def _sized(name: str) -> Manifest:
    return Manifest(name=name, summary="x", load="x:X", config={"one": Sized, "two": Sized2}[name])


class Asked:
    """Counts how often it is asked what it brings."""

    def __init__(self, app: App) -> None:
        self.times = 0

    @hookimpl
    def register_operations(self) -> list[Any]:
        self.times += 1
        return []


class Garbage:
    def __init__(self, app: App) -> None: ...

    @hookimpl
    def register_operations(self) -> list[Any]:
        return [7]


class Quits:
    def __init__(self, app: App) -> None: ...

    register_operations = hookimpl(raising(SystemExit("enough")), specname="register_operations")


async def test_each_is_asked_once_whoever_fails() -> None:
    others = [plugin("garbage", Garbage), plugin("quits", Quits), plugin("z", Asked, after=("quits",))]
    async with make_app([plugin("a", Asked)], others=others) as app:
        assert [(one.plugin, one.stage) for one in app.failures] == [("quits", "collect"), ("garbage", "collect")]
        assert app.failures[1].cause == "register_operations answered '7', which is no operation"
        assert {name: one.times for name, one in app.plugins.items()} == {"a": 1, "z": 1}  # type: ignore[attr-defined]  # Asked
        assert app.collected(register_commands) == []


async def test_who_cannot_open_its_door_is_stopped_at_once() -> None:
    log: list[str] = []

    class Opens:
        def __init__(self, app: App) -> None: ...

        @asynccontextmanager
        async def running(self) -> AsyncIterator[None]:
            log.append("up")
            yield
            log.append("down")

        def serving(self) -> Any:
            raise OSError("no door")

    async with make_app(others=[plugin("opens", Opens)], serving=True) as app:
        assert log == ["up", "down"]
        assert [(one.plugin, one.stage) for one in app.failures] == [("opens", "start")]
    assert log == ["up", "down"]


async def test_a_start_that_takes_too_long() -> None:
    class Slow:
        start_seconds = 0.01

        @asynccontextmanager
        async def running(self) -> AsyncIterator[None]:
            await asyncio.Event().wait()
            yield

    async with make_app(others=[plugin("slow", Slow)]) as app:
        assert app.failures[0].cause.startswith("TimeoutError: it took too long")
