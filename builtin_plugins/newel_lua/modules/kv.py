"""``kv``: small values that the plugin remembers, in every process of the site."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import TypeVar

from newel.contracts.clock import Clock
from newel.contracts.database import Row, Transaction
from newel.structure import rfc3339
from newel.transact import transact
from newel_lua import json_text
from newel_lua.model import LuaFault, LuaRefused, LuaValue, Run
from newel_lua.store_kv import KvStore

T = TypeVar("T")
NEED = "kv"
LONGEST_KEY = 200
LONGEST_VALUE = 65_536
"""Bytes of JSON."""
MOST_KEYS = 10_000
LONGEST_TTL = 10 * 366 * 86_400
EXACT = 2**53


class KvModule:
    """Functions of plugins that may use ``kv``. Each is one operation, and inside ``db.transaction`` part of it."""

    name = "kv"

    def __init__(self, store: KvStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self.functions = {"get": self.get, "set": self.set, "incr": self.incr, "delete": self.delete}

    async def get(self, run: Run, args: Sequence[LuaValue]) -> LuaValue:
        """``kv.get(key)``: the value, or ``nil``."""
        key = _begun(run, "get", args)
        text = await self._store.read(run.tx or self._store.db, run.plugin.name, key, self._now())
        return None if text is None else json_text.read(text.encode())

    async def set(self, run: Run, args: Sequence[LuaValue]) -> LuaValue:
        """``kv.set(key, value, {ttl = seconds})``: ``true``."""
        key, value = _begun(run, "set", args), _written(args)
        expires = self._expires("set", args)

        async def body(tx: Transaction) -> bool:
            await self._put(tx, run.plugin.name, key, value, expires)
            return True

        return await self._in(run, body)

    async def incr(self, run: Run, args: Sequence[LuaValue]) -> LuaValue:
        """``kv.incr(key, by, {ttl = seconds})``: the new number. ``by`` is 1 if it is left out; the time that it lives
        is set when the key is new, and stays. No two callers get the same."""
        key, by = _begun(run, "incr", args), args[1] if len(args) > 1 and args[1] is not None else 1
        if isinstance(by, bool) or not isinstance(by, int | float) or not abs(by) <= EXACT:
            raise LuaFault("kv.incr: a number is expected")
        expires = self._expires("incr", args)

        async def body(tx: Transaction) -> LuaValue:
            row = await self._store.locked(tx, run.plugin.name, key)
            if self._gone(row):
                if await self._put(tx, run.plugin.name, key, _text(by), expires, fresh=True):
                    return by
                row = await self._store.locked(tx, run.plugin.name, key)
            return await self._raised(tx, run, key, row, by)

        return await self._in(run, body)

    async def delete(self, run: Run, args: Sequence[LuaValue]) -> LuaValue:
        """``kv.delete(key)``: whether it was there."""
        key = _begun(run, "delete", args)

        async def body(tx: Transaction) -> bool:
            row = await self._store.locked(tx, run.plugin.name, key)
            if row is not None:
                await self._store.drop(tx, run.plugin.name, key)
            return not self._gone(row)

        return await self._in(run, body)

    async def _raised(self, tx: Transaction, run: Run, key: str, row: Row | None, by: float) -> LuaValue:
        before = json_text.read(row["value"].encode()) if row is not None else 0
        if isinstance(before, bool) or not isinstance(before, int | float):
            raise LuaRefused(f"the value of '{key}' is no number")
        after = before + by
        if abs(after) > EXACT:
            raise LuaRefused(f"the value of '{key}' would be too large a number")
        expires = None if row is None else row["expires_at"]
        await self._store.change(tx, run.plugin.name, key, _text(after), expires)
        return after

    async def _put(
        self, tx: Transaction, plugin: str, key: str, value: str, expires: str | None, *, fresh: bool = False
    ) -> bool:
        """Writes a value; with ``fresh`` only where there is none. Answers whether it did."""
        row = await self._store.locked(tx, plugin, key)
        if row is None:
            if await self._store.count(tx, plugin, self._now()) >= MOST_KEYS:
                raise LuaRefused(f"kv is full: {MOST_KEYS} keys")
            if await self._store.add(tx, plugin, key, value, expires):
                return True
            row = await self._store.locked(tx, plugin, key)
        if fresh and not self._gone(row):
            return False
        await self._store.change(tx, plugin, key, value, expires)
        return True

    async def _in(self, run: Run, body: Callable[[Transaction], Awaitable[T]]) -> T:
        """In the plugin's own transaction where it has one open: another would wait for it."""
        return await body(run.tx) if run.tx is not None else await transact(self._store.db, body)

    def _gone(self, row: Row | None) -> bool:
        return row is None or (row["expires_at"] is not None and row["expires_at"] <= self._now())

    def _now(self) -> str:
        return rfc3339(self._clock.now())

    def _expires(self, function: str, args: Sequence[LuaValue]) -> str | None:
        given = args[2] if len(args) > 2 else None
        ttl = given.get("ttl") if isinstance(given, Mapping) else given
        if ttl is None:
            return None
        if isinstance(ttl, bool) or not isinstance(ttl, int | float) or not 0 < ttl <= LONGEST_TTL:
            raise LuaFault(f"kv.{function}: ttl is a number of seconds, more than 0")
        return rfc3339(self._clock.now() + timedelta(seconds=ttl))


def _begun(run: Run, function: str, args: Sequence[LuaValue]) -> str:
    """The key, once it is clear that the function may be used now."""
    run.forbid(f"kv.{function}", "load", "before")
    if NEED not in run.plugin.grants.needs:
        raise LuaRefused("not approved: this plugin may not use 'kv'")
    key = args[0] if args else None
    if not isinstance(key, str) or not key or len(key.encode()) > LONGEST_KEY or not key.isprintable():
        raise LuaFault(f"kv.{function}: a key is a text of 1 to {LONGEST_KEY} bytes without control characters")
    run.spend()
    return key


def _written(args: Sequence[LuaValue]) -> str:
    if len(args) < 2 or args[1] is None:
        raise LuaFault("kv.set: a value is expected; kv.delete removes one")
    value = args[1]
    if isinstance(value, bytes):
        raise LuaFault("kv.set: a text is UTF-8")
    try:
        made = json_text.written(value)
    except ValueError as error:
        raise LuaFault(f"kv.set: {error}") from None
    if len(made) > LONGEST_VALUE:
        raise LuaRefused(f"the value has {len(made)} bytes, of {LONGEST_VALUE} that it may have")
    return made.decode()


def _text(number: float) -> str:
    return json_text.written(int(number) if number == int(number) else number).decode()
