"""Trees of files that plugins bring."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from tests.builtin_plugins.ssh.filing import door
from tests.kernel.plugins import plugin

from newel import Call, NotFound, Permission, hookimpl
from newel.contracts.files import FileTree, Node, Path
from newel.errors import BootError
from newel.testing import actor, make_app
from newel_ssh.config import SshConfig
from newel_ssh.listening import opened

pytestmark = pytest.mark.engines()


class Poem:
    """One file, to be read."""

    name = "poems"
    needs = Permission("poems.read", "Read poems")

    async def stat(self, call: Call, path: Path) -> Node:
        if path in ((), ("stairs.txt",)):
            return Node(name=path[-1] if path else "", folder=not path, size=6)
        raise NotFound("there is no such poem")

    async def list(self, call: Call, path: Path) -> AsyncIterator[Sequence[Node]]:
        yield [Node(name="stairs.txt", size=6)]

    async def open(self, call: Call, path: Path) -> Poem:
        return self

    async def read(self, offset: int, size: int) -> bytes:
        return b"up up\n"[offset : offset + size]

    async def close(self) -> None:
        pass


def bringing(*names: str) -> type:
    class Brings:
        @hookimpl
        def register_file_trees(self) -> Sequence[FileTree]:
            made: list[Any] = []
            for name in names:
                tree = Poem()
                tree.name = name
                made.append(tree)
            return made

    return Brings


async def test_a_plugins_tree_is_seen_by_those_who_may() -> None:
    reader, other = actor("reader", "poems.read"), actor("other")
    async with (
        make_app(others=[plugin("poet", bringing("poems"))]) as app,
        door(app, reader=reader, other=other) as at,
        at.client("reader") as client,
        at.client("other") as stranger,
    ):
        assert b"poems" in await client.listdir(b"/")
        assert b"poems" not in await stranger.listdir(b"/")
        async with client.open(b"/poems/stairs.txt", "rb") as file:
            assert await file.read() == b"up up\n"


@pytest.mark.parametrize(("names", "says"), [(("poems", "poems"), "two plugins"), (("../up",), "no name")])
async def test_two_of_one_name_and_names_that_are_none_are_refused(names: tuple[str, ...], says: str) -> None:
    async with make_app(others=[plugin("poet", bringing(*names))]) as app:
        with pytest.raises(BootError, match=says):
            async with opened(app, SshConfig(port=0)):
                pytest.fail("the door is open")
