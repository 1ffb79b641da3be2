"""What engine plugins share."""

from __future__ import annotations

import asyncio

import pytest

from newel.sql.hub import WAITING, Hub, check_signal
from newel.sql.parameters import prepared


@pytest.mark.parametrize(
    ("text", "dollar", "percent", "names"),
    [
        ("SELECT :a", "SELECT $1", "SELECT %s", ["a"]),
        ("a = :a AND b = :b OR c = :a", "a = $1 AND b = $2 OR c = $1", "a = %s AND b = %s OR c = %s", ["a", "b", "a"]),
        ("x = ':no' AND y = :ab", "x = ':no' AND y = $1", "x = ':no' AND y = %s", ["ab"]),
        ("'it''s :x' :y", "'it''s :x' $1", "'it''s :x' %s", ["y"]),
        ('":x" `:y` :z', '":x" `:y` $1', '":x" `:y` %s', ["z"]),
        ("-- :x\n:y /* :z */", "-- :x\n$1 /* :z */", "-- :x\n%s /* :z */", ["y"]),
        ("'10\\:30 \\:x' \\:x", "'10:30 :x' :x", "'10:30 :x' :x", []),
        ("a::text = :a", "a::text = $1", "a::text = %s", ["a"]),
        ("LIKE '1%' % :a", "LIKE '1%' % $1", "LIKE '1%%' %% %s", ["a"]),
    ],
)
def test_names_become_places(text: str, dollar: str, percent: str, names: list[str]) -> None:
    numbered = prepared(text, "numeric_dollar")
    assert numbered.sql == dollar
    assert list(numbered.names) == list(dict.fromkeys(names))
    repeated = prepared(text, "format")
    assert repeated.sql == percent
    assert list(repeated.names) == names
    assert repeated.arguments({name: name for name in names}) == tuple(names)


def test_a_missing_value_is_named() -> None:
    with pytest.raises(KeyError, match="b"):
        prepared("SELECT :a, :b", "format").arguments({"a": 1})
    with pytest.raises(KeyError, match="a"):
        prepared("SELECT :a", "format").arguments(None)


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("SELECT 1", True), (" -- x\n select 1", True), ("WITH a AS (SELECT 1) SELECT * FROM a", True),
        ("WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a", False), ("UPDATE t SET a = 1", False),
        ("WITH a AS (SELECT 1) UPDATE t SET a = 1", False), ("DROP TABLE t", False),
    ],
)  # fmt: skip
def test_what_reads(text: str, reads: bool) -> None:
    assert prepared(text, "format").reads is reads


async def test_a_hub_tells_those_who_listen() -> None:
    hub = Hub()
    hub.tell("a", "nobody")
    async with hub.listen("a", "b") as first, hub.listen("b") as second:
        hub.tell("a", "1")
        hub.tell("b", "2")
        assert [await anext(first), await anext(first), await anext(second)] == [("a", "1"), ("b", "2"), ("b", "2")]
    assert hub.channels == frozenset()


async def test_a_listener_that_does_not_come_round_costs_little() -> None:
    hub = Hub()
    async with hub.listen("a") as signals:
        for number in range(WAITING + 5):
            hub.tell("a", str(number))
        assert await anext(signals) == ("a", "5")
        for _ in range(WAITING - 1):
            await anext(signals)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await anext(signals)


@pytest.mark.parametrize("channel", ["", "A", "a b", "a" * 49, "a;b"])
def test_a_channel_has_a_plain_name(channel: str) -> None:
    with pytest.raises(ValueError, match="no channel"):
        check_signal(channel)
    with pytest.raises(ValueError, match="4000 bytes"):
        check_signal("a", "é" * 2001)
