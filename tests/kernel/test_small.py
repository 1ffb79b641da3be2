"""Ids, clock, log, versions, secrets: the small parts."""

from __future__ import annotations

import asyncio
import io
import json
import os
import sys
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newel import Manifest, program
from newel.ids import Ids, encode, is_id
from newel.log import REQUEST, LogConfig, logger
from newel.secrets import Secret
from newel.testing import FakeClock
from newel.versions import check


@given(st.integers(0, 2**48 - 1), st.integers(0, 2**80 - 1), st.integers(0, 2**48 - 1), st.integers(0, 2**80 - 1))
def test_ids_sort_as_their_parts(a: int, b: int, c: int, d: int) -> None:
    assert (encode(a, b) < encode(c, d)) == ((a, b) < (c, d))
    assert is_id(encode(a, b))


def test_ids_grow_within_a_millisecond_and_when_the_clock_steps_back() -> None:
    times = iter([datetime(2030, 1, 1, tzinfo=UTC) - timedelta(seconds=number // 100) for number in range(1000)])
    ids = Ids(lambda: next(times))
    made = [ids.new() for _ in range(1000)]
    assert made == sorted(set(made))


@pytest.mark.parametrize("text", ["", "x" * 26, "0" * 25, "8" + "0" * 25, "0" * 25 + "U", "0" * 25 + "a"])
def test_what_is_no_id(text: str) -> None:
    assert not is_id(text)


async def test_the_fake_clock_wakes_in_order(clock: FakeClock) -> None:
    woken: list[int] = []

    async def sleeper(seconds: int) -> None:
        await clock.sleep(seconds)
        woken.append(seconds)

    tasks = [asyncio.create_task(sleeper(seconds)) for seconds in (30, 10, 20)]
    await asyncio.sleep(0)
    assert clock.sleeping == 3
    await clock.advance(25)
    assert woken == [10, 20]
    await clock.advance(5)
    await asyncio.gather(*tasks)
    assert (woken, clock.monotonic()) == ([10, 20, 30], 30)


async def test_the_fake_clock_jumps(clock: FakeClock) -> None:
    woken = []

    async def often() -> None:
        while True:
            await clock.sleep(1)
            woken.append(clock.now())

    task = asyncio.create_task(often())
    await asyncio.sleep(0)
    goal = clock.now() + timedelta(days=1)
    await clock.jump(86_400)
    task.cancel()
    assert woken == [goal]


def test_json_log_lines_carry_the_request_and_no_secret(clock: FakeClock) -> None:
    out = io.StringIO()
    log = logger(LogConfig(format="json"), clock, out)
    token = REQUEST.set("r1")
    try:
        log.info("hello %s", "there", extra={"key": Secret("hush"), "n": 1})
    finally:
        REQUEST.reset(token)
    line = json.loads(out.getvalue())
    assert (line["message"], line["request_id"], line["key"], line["n"]) == ("hello there", "r1", "***", 1)
    assert line["time"] == "2030-01-01T00:00:00.000Z"


def test_nobody_forges_a_log_line(clock: FakeClock) -> None:
    out = io.StringIO()
    log = logger(LogConfig(), clock, out)
    log.info("title %s", "a\nERROR forged\x1b[2J", extra={"who": "x\r\ny"})
    assert out.getvalue().count("\n") == 1
    assert "\x1b" not in out.getvalue()
    assert r"a\nERROR forged\x1b[2J who=x\r\ny" in out.getvalue()


def test_a_traceback_is_kept_whole(clock: FakeClock) -> None:
    out = io.StringIO()
    log = logger(LogConfig(level="warning"), clock, out)
    log.info("not written")
    try:
        raise ValueError("why")
    except ValueError:
        log.exception("failed")
    assert "ValueError: why" in out.getvalue()
    assert "not written" not in out.getvalue()


@pytest.mark.parametrize(
    ("wants", "fits"),
    [("", True), (">=0.1,<1", True), (">=0.2", False), ("==0.1.0", True), ("!=0.1.0", False), ("<0.1", False)],
)
def test_the_range_of_a_manifest(wants: str, fits: bool) -> None:
    manifest = Manifest(name="m", summary="s", load="m:M", newel=wants)
    if fits:
        check(manifest, "0.1.0")
    else:
        with pytest.raises(ValueError, match=r"it is made for Newel"):
            check(manifest, "0.1.0")
    with pytest.raises(ValueError, match="is not a version range"):
        check(Manifest(name="m", summary="s", load="m:M", newel="~=0.1"), "0.1.0")


def test_secrets_hide() -> None:
    secret = Secret("x")
    assert (repr(secret), str(secret), f"{secret}", secret.reveal()) == ("***", "***", "***", "x")
    assert secret == Secret("x") != Secret("y")
    assert len({secret, Secret("x")}) == 1


def test_a_module_is_started_by_python_or_by_the_executable_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    assert program.module("newel.worker") == [sys.executable, "-P", "-s", "-m", "newel.worker"]
    assert sys.path[-1] in program.paths()["PYTHONPATH"].split(os.pathsep)
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert program.module("newel.worker") == [sys.executable, "-m", "newel.worker"]
    assert program.paths() == {}
