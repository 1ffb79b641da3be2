"""``crypto``: the same digests as anywhere else."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from typing import Any

import pytest

from newel_lua.model import LuaFault, LuaRefused
from newel_lua.modules.crypto import CryptoModule


async def run(name: str, *args: Any) -> Any:
    return await CryptoModule().functions[name](None, args)  # type: ignore[arg-type]  # they need nothing of a call


async def test_digests() -> None:
    assert await run("sha256", "abc") == hashlib.sha256(b"abc").hexdigest()
    assert await run("sha256", "abc", "base64") == b64encode(hashlib.sha256(b"abc").digest()).decode()
    assert await run("hmac_sha256", "key", "text") == hmac.digest(b"key", b"text", "sha256").hex()


async def test_base64_of_both_alphabets() -> None:
    assert await run("base64_encode", b"\xfb\xff") == "+/8="
    for text in ("+/8=", "-_8", "-_8="):
        assert await run("base64_decode", text) == b"\xfb\xff"
    with pytest.raises(LuaRefused):
        await run("base64_decode", "no base64!")


async def test_texts_are_compared() -> None:
    assert await run("equal", "a", b"a")
    assert not await run("equal", "a", "b")


@pytest.mark.parametrize("args", [(), (1,), ({},), ("x" * (4 << 20) + "x",)])
async def test_what_is_no_text_raises(args: tuple[Any, ...]) -> None:
    with pytest.raises(LuaFault):
        await run("sha256", *args)
    with pytest.raises(LuaFault):
        await run("sha256", "abc", "rot13")
