"""What will go works still; its users are warned, and the site names the plugin, the thing and what to use instead."""

from __future__ import annotations

import io
import sys
import types
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import pytest
from attrs import frozen
from tests.kernel.plugins import plugin

from newel import PUBLIC, Call, Deprecated, hookimpl, operation, operations_of
from newel.app import App
from newel.context import SYSTEM
from newel.deprecation import NewelDeprecation, deprecated_names
from newel.explain import explained
from newel.operations import Operation
from newel.spec import fold, notify
from newel.testing import FakeAccounts, make_app
from newel.testing.app import build_app

OLD = Deprecated("0.2", "lunch_before_meal", "0.4")


@fold(deprecated=OLD)
def lunch_before_eat(meal: str, call: Call, app: App) -> str | None:
    """Before lunch."""


@notify(deprecated_arguments={"app": Deprecated("0.2", "call", "0.4")})
def lunch_after_eat(meal: str, call: Call, app: App) -> None:
    """After lunch."""


def hooks() -> types.ModuleType:
    module = types.ModuleType("lunch_hooks")
    vars(module).update(lunch_before_eat=lunch_before_eat, lunch_after_eat=lunch_after_eat)
    return module


class Declares:
    @hookimpl
    def register_hookspecs(self) -> Sequence[types.ModuleType]:
        return [hooks()]


class Eats:
    @hookimpl
    def lunch_before_eat(self, meal: str) -> str:
        return meal.upper()

    @hookimpl
    def lunch_after_eat(self, meal: str, app: App) -> None: ...


class Careful:
    @hookimpl
    def lunch_after_eat(self, meal: str, call: Call) -> None: ...


PLUGINS = [plugin("lunch", Declares)]
EATS, CAREFUL = plugin("eats", Eats, after=("lunch",)), plugin("careful", Careful, after=("lunch",))
TOLD = [
    "plugin 'eats': the argument 'app' of lunch_after_eat is deprecated since 0.2 and goes in 0.4; instead: call",
    "plugin 'eats': the hook lunch_before_eat is deprecated since 0.2 and goes in 0.4; instead: lunch_before_meal",
]


@contextmanager
def unnoticed() -> Iterator[None]:
    """As Python runs a site: deprecations are not shown, and no errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NewelDeprecation)
        yield


async def test_a_hook_and_an_argument_are_told_once_and_work() -> None:
    out = io.StringIO()
    with unnoticed():
        async with make_app([*PLUGINS, EATS, CAREFUL], log=out) as app:
            assert sorted(map(str, app.uses.all)) == TOLD
            assert await app.hooks.fold(lunch_before_eat, "soup", app.call(SYSTEM, "test")) == "SOUP"
    assert [out.getvalue().count(line) for line in TOLD] == [1, 1]
    assert "careful" not in out.getvalue()


def test_the_tests_of_its_author_fail(tmp_path: Path) -> None:
    """They make errors of warnings, as ours do."""
    with pytest.raises(Exception, match=r"NewelDeprecation: the (hook|argument)"):
        build_app([*PLUGINS, EATS], folder=tmp_path)
    with pytest.warns(NewelDeprecation) as caught:
        build_app([*PLUGINS, EATS], folder=tmp_path)
    assert len(caught) == 2


class Serves:
    @hookimpl
    def register_operations(self) -> Sequence[Operation]:
        return operations_of(self)

    @operation("lunch.eat", needs=PUBLIC, http="GET /lunch", deprecated=Deprecated("0.2", "meal.eat", "0.4"))
    async def eat(self, call: Call) -> str:
        """Eats lunch."""
        return "done"


@pytest.mark.needs_plugin("http")
async def test_an_operation_is_told_once_it_is_used_and_in_its_documentation() -> None:
    from newel.testing import Client

    out = io.StringIO()
    async with (
        make_app(["http", FakeAccounts.manifest, plugin("serves", Serves)], serving=True, log=out) as app,
        Client.of(app) as client,
    ):
        assert "lunch.eat is deprecated" not in out.getvalue()
        for _ in range(2):
            assert (await client.get("/api/v1/lunch")).json() == "done"
        told = "plugin 'serves': the operation lunch.eat is deprecated since 0.2 and goes in 0.4; instead: meal.eat"
        assert out.getvalue().count(told) == 1
        shown = (await client.get("/api/v1/openapi.json")).json()["paths"]["/api/v1/lunch"]["get"]
        assert shown["deprecated"] is True
        assert "instead: meal.eat" in shown["description"]


@frozen(kw_only=True)
class Config:
    """The section."""

    spoons: Annotated[int, "How many.", Deprecated("0.2", "cutlery", "0.4")] = 1
    forks: Annotated[int, "How many.", Deprecated("0.2", "cutlery", "0.4")] = 1


class Configured:
    def __init__(self, app: App, config: Config) -> None: ...


def test_a_setting_is_told_where_it_is_set(tmp_path: Path) -> None:
    app = build_app([plugin("table", Configured, config=Config)], {"table": {"spoons": 2}}, folder=tmp_path)
    assert [str(one) for one in app.uses.all] == [
        "plugin 'table': the setting table.spoons is deprecated since 0.2 and goes in 0.4; instead: cutlery"
    ]
    sentences = {one.key: one.sentence for one in explained(app, "table")}
    assert sentences["forks"] == "How many. `forks` is deprecated since 0.2 and goes in 0.4; instead: cutlery."


def test_a_name_that_moved_is_there_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module: Any = types.ModuleType("old_place")
    module.__getattr__ = deprecated_names("old_place", {"Fault": ("newel.bounds:Fault", OLD)})
    monkeypatch.setitem(sys.modules, "old_place", module)

    class Moves:
        def __init__(self, app: App) -> None:
            from newel.bounds import Fault

            assert module.Fault is Fault

    with unnoticed():
        app = build_app([plugin("moves", Moves)], folder=tmp_path)
    assert [str(one) for one in app.uses.all] == [
        "plugin 'moves': old_place.Fault is deprecated since 0.2 and goes in 0.4; instead: lunch_before_meal"
    ]
    with pytest.warns(NewelDeprecation) as caught:
        assert module.Fault is not None
    assert caught[0].filename == __file__
    with pytest.raises(AttributeError, match="module 'old_place' has no attribute 'Other'"):
        module.Other  # noqa: B018 - looked at to see it refused
