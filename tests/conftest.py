"""Engines for every test that asks for one: a test that uses the fixture ``engine`` runs once on each."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest

from newel.testing.engines import SQLITE, Engine, current
from tests import rendered, stores
from tests.engines import ENGINES, Servers, missing, wanted
from tests.s3 import Bucket, started

STORING = {
    "accounts", "audit", "backup", "content", "delivery", "demo", "idempotency", "jobs", "kept", "life", "media",
    "metrics", "migrations", "ratelimit",
}  # fmt: skip
"""Folders of plugins with tables: their tests run on each engine."""


def pytest_configure(config: pytest.Config) -> None:
    # Hundreds of processes are started: where none may keep what it compiled, each spends most of its time on that.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    rendered.keep()
    stores.keep()
    config.addinivalue_line("markers", "fresh: the test wants a database without tables")
    config.addinivalue_line("markers", "engines(*names): the test is about these engines only; about none: engines()")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long ones first: workers that have nothing left take over what waits, but not what has begun."""
    items.sort(key=lambda item: (item.path.name != "test_plugins_off.py", item.get_closest_marker("slow") is None))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    marked = metafunc.definition.get_closest_marker("engines")
    if "engine" not in metafunc.fixturenames:
        folders = metafunc.definition.path.relative_to(metafunc.config.rootpath).parts[:-1]
        if not STORING & set(folders) or (marked is not None and not marked.args):
            return
        metafunc.fixturenames.append("engine")
    names = [name for name in wanted() if marked is None or name in marked.args]
    marks = [pytest.mark.engine] if marked is None else []
    # What blocks the loop shows on the first engine; the watch costs a tenth.
    more = {name: [] if name == "sqlite" else [pytest.mark.may_block] for name in names}
    params = [pytest.param(name, marks=[*marks, *more[name]], id=name) for name in names]
    metafunc.parametrize("engine", params, indirect=True)


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """The database servers of this process of tests."""
    made = Servers()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def bucket() -> Iterator[Bucket]:
    """A bucket on an S3 server of this process of tests."""
    with started() as made:
        yield made


@pytest.fixture(autouse=True)
def _on_every_engine(request: pytest.FixtureRequest) -> None:
    """Tests in the folders of plugins that store run on each engine, but for those marked ``engines()``."""
    if "engine" in getattr(getattr(request.node, "callspec", None), "params", ()):
        request.getfixturevalue("engine")


@pytest.fixture
def engine(request: pytest.FixtureRequest, servers: Servers) -> Iterator[Engine]:
    """The engine that ``database`` means in this test."""
    current.engine = servers.engine(request.param, fresh=request.node.get_closest_marker("fresh") is not None)
    yield current.engine
    current.engine = SQLITE
    servers.give_back()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for name in ENGINES:
        if name not in wanted():
            why = missing(name) or "NEWEL_TEST_ENGINES leaves it out"
            terminalreporter.write_line(f"not tested on {name}: {why}")
