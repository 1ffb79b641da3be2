"""The kit's watch over the event loop."""

from __future__ import annotations

import time
from types import FunctionType

import pytest
from blockbuster import BlockingError

from newel import ids


def named(name: str, file: str) -> FunctionType:
    """A function that blocks, as if it stood in that file."""
    scope = {"time": time}
    exec(compile(f"def {name}():\n    time.sleep(0)\n", file, "exec"), scope)  # noqa: S102 - our own text
    made = scope[name]
    assert isinstance(made, FunctionType)
    return made


async def test_a_blocking_call_of_newel_fails() -> None:
    with pytest.raises(BlockingError):
        named("anything", str(ids.__file__))()


async def test_it_may_block_where_that_is_declared() -> None:
    named("run_briefly", str(ids.__file__))()


async def test_a_test_may_block() -> None:
    named("anything", __file__)()
