"""``crypto``: signatures, digests and base64, which Lua of its own has not."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence

from newel_lua.model import Function, LuaFault, LuaRefused, LuaValue, Run

MOST = 4 << 20
"""Bytes of one text."""


class CryptoModule:
    """Plain functions of bytes. Digests are hex, or base64 where the last argument says so."""

    name = "crypto"

    def __init__(self) -> None:
        self.functions: Mapping[str, Function] = {
            "hmac_sha256": _hmac_sha256,
            "sha256": _sha256,
            "base64_encode": _base64_encode,
            "base64_decode": _base64_decode,
            "equal": _equal,
        }


async def _hmac_sha256(run: Run, args: Sequence[LuaValue]) -> LuaValue:
    """``crypto.hmac_sha256(key, text[, "base64"])``"""
    key, text = (_bytes("hmac_sha256", args, index) for index in (0, 1))
    return _written("hmac_sha256", hmac.digest(key, text, "sha256"), args, 2)


async def _sha256(run: Run, args: Sequence[LuaValue]) -> LuaValue:
    """``crypto.sha256(text[, "base64"])``"""
    return _written("sha256", hashlib.sha256(_bytes("sha256", args, 0)).digest(), args, 1)


async def _base64_encode(run: Run, args: Sequence[LuaValue]) -> LuaValue:
    """``crypto.base64_encode(text)``"""
    return base64.b64encode(_bytes("base64_encode", args, 0)).decode()


async def _base64_decode(run: Run, args: Sequence[LuaValue]) -> LuaValue:
    """``crypto.base64_decode(text)``: ``nil`` and a message for what is none. Both alphabets, padded or not."""
    text = _bytes("base64_decode", args, 0).translate(bytes.maketrans(b"-_", b"+/")).rstrip(b"=")
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        raise LuaRefused("this is no base64") from None


async def _equal(run: Run, args: Sequence[LuaValue]) -> LuaValue:
    """``crypto.equal(one, other)``: whether they are the same, in a time that tells nothing of where they differ."""
    return hmac.compare_digest(_bytes("equal", args, 0), _bytes("equal", args, 1))


def _written(function: str, digest: bytes, args: Sequence[LuaValue], index: int) -> str:
    form = args[index] if len(args) > index else None
    if form in (None, "hex"):
        return digest.hex()
    if form == "base64":
        return base64.b64encode(digest).decode()
    raise LuaFault(f'crypto.{function}: a digest is written as "hex" or "base64"')


def _bytes(function: str, args: Sequence[LuaValue], index: int) -> bytes:
    value = args[index] if len(args) > index else None
    if isinstance(value, str):
        value = value.encode()
    if not isinstance(value, bytes):
        raise LuaFault(f"crypto.{function}: argument {index + 1} must be a string")
    if len(value) > MOST:
        raise LuaFault(f"crypto.{function}: a text has at most {MOST} bytes")
    return value
